package dev.bobbin.dialect.jdbc;

import static java.util.stream.Collectors.joining;

import dev.bobbin.error.ConfigurationException;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TablePattern;
import dev.bobbin.select.TableSelection;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * One line of a selection as statements that grant reading need it: the full name or pattern, and
 * the columns. Immutable.
 *
 * @param parts of the name, outermost first, with those that the line leaves out filled in
 * @param line the line itself
 */
public record GrantLine(List<Part> parts, TableSelection line) {

  /**
   * A part of a name.
   *
   * @param text as written; empty where only the connection would tell
   * @param glob whether stars and question marks stand for other characters
   */
  public record Part(String text, boolean glob) {

    /** Whether every name matches. */
    public boolean isEverything() {
      return glob && text.chars().allMatch(c -> c == '*');
    }

    /** As the pattern of SQL's LIKE. */
    public String like(char escape) {
      StringBuilder like = new StringBuilder();
      text.codePoints()
          .forEach(
              c -> {
                if (c == '*' || c == '?') {
                  like.append(c == '*' ? '%' : '_');
                } else {
                  if (c == '%' || c == '_' || c == escape) {
                    like.append(escape);
                  }
                  like.appendCodePoint(c);
                }
              });
      return like.toString();
    }

    /** Whether some name can match both; true where it cannot be told. */
    boolean canMeet(Part other) {
      if (text.isEmpty() || other.text.isEmpty() || (glob && other.glob)) {
        return true;
      }
      return glob ? matches(other.text) : other.isMet(text);
    }

    private boolean isMet(String name) {
      return glob ? matches(name) : text.equals(name);
    }

    /** Whether every name that matches this matches the other too; false where unclear. */
    boolean isCoveredBy(Part other) {
      return other.isEverything() || equals(other) || (!glob && other.isMet(text));
    }

    private boolean matches(String name) {
      StringBuilder regex = new StringBuilder();
      text.codePoints()
          .forEach(
              c ->
                  regex.append(
                      c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c))));
      return Pattern.compile(regex.toString(), Pattern.DOTALL).matcher(name).matches();
    }
  }

  /** Copies the parts. */
  public GrantLine {
    parts = List.copyOf(parts);
  }

  /**
   * The lines of a selection.
   *
   * @param defaultNamespace what parts that are left out are; its size tells how many parts a full
   *     name has besides the table's own
   * @throws ConfigurationException if a name has more parts
   */
  public static List<GrantLine> of(Selection selection, List<String> defaultNamespace) {
    List<GrantLine> lines = new ArrayList<>();
    for (TableSelection line : selection.tables()) {
      lines.add(new GrantLine(parts(line.pattern(), defaultNamespace), line));
    }
    return lines;
  }

  /** What a selection leaves out, as names and patterns with all their parts. */
  public static List<List<Part>> excluded(Selection selection, List<String> defaultNamespace) {
    return selection.excluded().stream().map(p -> parts(p, defaultNamespace)).toList();
  }

  private static List<Part> parts(TablePattern pattern, List<String> defaultNamespace) {
    List<String> own = pattern.parts();
    int missing = defaultNamespace.size() + 1 - own.size();
    if (missing < 0) {
      throw new ConfigurationException(
          "The name " + pattern + " has more parts than the names of this source.",
          "It has " + (defaultNamespace.size() + 1) + " at most.");
    }
    List<Part> parts = new ArrayList<>();
    for (String name : defaultNamespace.subList(0, missing)) {
      parts.add(new Part(name, false));
    }
    for (int i = 0; i < own.size(); i++) {
      parts.add(new Part(own.get(i), pattern.isGlob(i)));
    }
    return parts;
  }

  /** Whether it can match more than one table. */
  public boolean isGlob() {
    return parts.stream().anyMatch(Part::glob);
  }

  /** Whether some table can match both; true where it cannot be told. */
  public boolean canMeet(List<Part> other) {
    for (int i = 0; i < parts.size(); i++) {
      if (!parts.get(i).canMeet(other.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** Whether every table that matches this matches the other too; false where unclear. */
  public boolean isCoveredBy(List<Part> other) {
    for (int i = 0; i < parts.size(); i++) {
      if (!parts.get(i).isCoveredBy(other.get(i))) {
        return false;
      }
    }
    return true;
  }

  /**
   * What a pattern does not mean, as names and patterns with all their parts: what is excluded, and
   * tables that other lines name.
   */
  public List<List<Part>> without(List<List<Part>> excluded, List<GrantLine> allLines) {
    List<List<Part>> without = new ArrayList<>(excluded.stream().filter(this::canMeet).toList());
    allLines.stream()
        .filter(line -> !line.isGlob() && canMeet(line.parts()))
        .forEach(line -> without.add(line.parts()));
    return without;
  }

  /**
   * The columns to grant: those that are named, with replication key and identity; empty for the
   * whole table.
   */
  public List<String> columns() {
    if (!line.isOnly()) {
      return List.of();
    }
    Set<String> columns = new LinkedHashSet<>(line.identity());
    if (line.method() instanceof Incremental incremental) {
      columns.add(incremental.key());
    }
    columns.addAll(new TreeSet<>(line.columns()));
    return List.copyOf(columns);
  }

  /**
   * What to say of columns that the line leaves out, and that a grant of the whole table includes;
   * empty where there are none.
   */
  public String columnsLeftOut() {
    if (line.isOnly() || line.columns().isEmpty()) {
      return "";
    }
    return "The whole of "
        + line.pattern()
        + ", as except(...) copies columns that are added later. To withhold some, list the"
        + " others: GRANT SELECT (...) ON ...";
  }

  /**
   * The statement that grants one named table, or its named columns.
   *
   * @param identifier quotes a name
   * @param namespace which part is the namespace's; the table's follows it
   * @param grantee as the statement has it
   */
  public String grantSelect(UnaryOperator<String> identifier, int namespace, String grantee) {
    List<String> columns = columns();
    return "GRANT SELECT"
        + (columns.isEmpty()
            ? ""
            : columns.stream().map(identifier).collect(joining(", ", " (", ")")))
        + " ON "
        + identifier.apply(parts.get(namespace).text())
        + '.'
        + identifier.apply(parts.get(namespace + 1).text())
        + " TO "
        + grantee;
  }

  /** What to say before {@link #grantSelect}, a sentence each. */
  public List<String> remarks() {
    List<String> remarks = new ArrayList<>();
    if (!columnsLeftOut().isEmpty()) {
      remarks.add(columnsLeftOut());
    }
    if (!columns().isEmpty() && line.identity().isEmpty()) {
      remarks.add("With the columns of its primary key, where they are not named:");
    }
    return remarks;
  }

  /**
   * Whether it means every table of one namespace, with all columns, and neither an exclusion nor
   * another line takes anything of that away.
   *
   * @param namespace which part is the namespace's; the table's follows it
   */
  public boolean isEverythingIn(
      int namespace, List<List<Part>> excluded, List<GrantLine> allLines) {
    return !parts.get(namespace).glob()
        && parts.get(namespace + 1).isEverything()
        && columns().isEmpty()
        && excluded.stream().noneMatch(this::canMeet)
        && allLines.stream().noneMatch(l -> !l.columns().isEmpty() && canMeet(l.parts()));
  }

  /**
   * A line of a comment.
   *
   * @param text names from outside may be in it: what could end the comment is made blank
   */
  public static String comment(String text) {
    return "-- " + text.replaceAll("[\\p{Cntrl}\\u0085\\u2028\\u2029]", " ") + "\n";
  }

  /**
   * A name to log in with, checked.
   *
   * @throws ConfigurationException if no server has such a user
   */
  public static String user(String user) {
    if (user.isEmpty() || user.indexOf('\0') >= 0) {
      throw new ConfigurationException(
          "The user has no name, or one that no user can have.", "Give the name to log in with.");
    }
    return user;
  }
}
