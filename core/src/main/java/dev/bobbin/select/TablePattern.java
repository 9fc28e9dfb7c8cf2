package dev.bobbin.select;

import dev.bobbin.catalog.TableId;
import dev.bobbin.error.ConfigurationException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A table's name, or a pattern that several names match: {@code *} stands for any characters of one
 * part, {@code ?} for one. Compared exactly, upper and lower case included.
 */
public final class TablePattern implements Serializable {

  private static final long serialVersionUID = 1L;

  private final String text;
  private final List<String> parts;
  private final List<Boolean> globs;

  private TablePattern(String text, List<String> parts, List<Boolean> globs) {
    this.text = text;
    this.parts = List.copyOf(parts);
    this.globs = List.copyOf(globs);
  }

  /**
   * Reads a pattern. A part in double quotes is literal, even where it holds a star.
   *
   * @throws ConfigurationException if the text is not a name or pattern
   */
  public static TablePattern parse(String text) {
    List<String> parts = TableId.parse(text).parts();
    List<Boolean> globs = new ArrayList<>();
    int at = 0;
    for (String part : parts) {
      boolean quoted = text.charAt(at) == '"';
      globs.add(!quoted && (part.indexOf('*') >= 0 || part.indexOf('?') >= 0));
      at += 1 + (quoted ? part.replace("\"", "\"\"").length() + 2 : part.length());
    }
    return new TablePattern(text, parts, globs);
  }

  /** The pattern that matches that table alone. */
  public static TablePattern exactly(TableId table) {
    List<String> parts = table.parts();
    return new TablePattern(
        table.toString(), parts, java.util.Collections.nCopies(parts.size(), false));
  }

  /** Whether it can match more than one table. */
  public boolean isGlob() {
    return globs.contains(true);
  }

  /**
   * Whether stars and question marks in a part stand for other characters.
   *
   * @param part its number, from 0
   */
  public boolean isGlob(int part) {
    return globs.get(part);
  }

  /** The parts as written, without quotes. */
  public List<String> parts() {
    return parts;
  }

  /**
   * Whether a table matches.
   *
   * @param table a full name
   * @param defaultNamespace what leading parts that this pattern leaves out are
   */
  public boolean matches(TableId table, List<String> defaultNamespace) {
    List<String> full = table.parts();
    int missing = full.size() - parts.size();
    if (missing < 0 || missing > defaultNamespace.size()) {
      return false;
    }
    for (int i = 0; i < full.size(); i++) {
      boolean fits =
          i < missing
              ? full.get(i).equals(defaultNamespace.get(i))
              : partMatches(i - missing, full.get(i));
      if (!fits) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether a table of that database can match.
   *
   * @param database the outermost part of full names
   * @param defaultNamespace as in {@link #matches}; its size tells how many parts a name has
   */
  public boolean canMatchDatabase(String database, List<String> defaultNamespace) {
    return parts.size() > defaultNamespace.size()
        ? partMatches(0, database)
        : database.equals(defaultNamespace.get(0));
  }

  private boolean partMatches(int part, String name) {
    String wanted = parts.get(part);
    if (!globs.get(part)) {
      return wanted.equals(name);
    }
    StringBuilder regex = new StringBuilder();
    wanted
        .codePoints() // half of an emoji would match nothing
        .forEach(
            c ->
                regex.append(
                    c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c))));
    return Pattern.compile(regex.toString(), Pattern.DOTALL).matcher(name).matches();
  }

  @Override
  public String toString() {
    return text;
  }
}
