package dev.bobbin.catalog;

import dev.bobbin.error.ConfigurationException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The name of a table (or view, or collection) as a structure: its namespace, outermost part first,
 * and its own name.
 *
 * <p>The namespace of a PostgreSQL or SQL Server table is database and schema, that of a MySQL
 * table or a MongoDB collection is the database alone. Parts are compared exactly, upper and lower
 * case included, as the database stores them.
 *
 * @param namespace the parts around the table, outermost first; may be empty
 * @param name the table's own name, never empty
 */
public record TableId(List<String> namespace, String name)
    implements Serializable, Comparable<TableId> {

  /** Checks that no part is empty. */
  public TableId {
    namespace = List.copyOf(namespace);
    if (name.isEmpty() || namespace.stream().anyMatch(String::isEmpty)) {
      throw new ConfigurationException(
          "A table name has an empty part: " + namespace + " " + name + ".",
          "Give every part, for example TableId.of(\"public\", \"orders\").");
    }
  }

  /**
   * A table by its parts, outermost first.
   *
   * @param parts for example {@code "shop", "public", "orders"}; at least one
   */
  public static TableId of(String... parts) {
    return of(List.of(parts));
  }

  /**
   * A table by its parts, outermost first.
   *
   * @param parts at least one
   */
  public static TableId of(List<String> parts) {
    if (parts.isEmpty()) {
      throw new ConfigurationException(
          "A table name without parts.", "Give at least the table's own name.");
    }
    return new TableId(parts.subList(0, parts.size() - 1), parts.get(parts.size() - 1));
  }

  /**
   * Reads a name from text: parts separated by dots, taken as they stand (no change of case); a
   * part in double quotes may hold dots, and a double quote written twice.
   *
   * @param text for example {@code public.orders} or {@code public."Odd.Name"}
   * @throws ConfigurationException if the text is not a name
   */
  public static TableId parse(String text) {
    List<String> parts = new ArrayList<>();
    int at = 0;
    while (true) {
      StringBuilder part = new StringBuilder();
      if (at < text.length() && text.charAt(at) == '"') {
        at++;
        while (true) {
          int quote = text.indexOf('"', at);
          if (quote < 0) {
            throw unreadable(text, "a quoted part is not closed");
          }
          part.append(text, at, quote);
          at = quote + 1;
          if (at < text.length() && text.charAt(at) == '"') {
            part.append('"');
            at++;
          } else {
            break;
          }
        }
      } else {
        int dot = text.indexOf('.', at);
        int end = dot < 0 ? text.length() : dot;
        part.append(text, at, end);
        if (part.indexOf("\"") >= 0) {
          throw unreadable(text, "a double quote stands inside an unquoted part");
        }
        at = end;
      }
      if (part.isEmpty()) {
        throw unreadable(text, "a part is empty");
      }
      parts.add(part.toString());
      if (at == text.length()) {
        return of(parts);
      }
      if (text.charAt(at) != '.') {
        throw unreadable(text, "a dot is expected after a quoted part");
      }
      at++;
    }
  }

  private static ConfigurationException unreadable(String text, String why) {
    return new ConfigurationException(
        "The table name " + text + " cannot be read: " + why + ".",
        "Write schema.table; put a part that holds a dot or a quote in double quotes.");
  }

  /** All parts, outermost first; the last one is the name. */
  public List<String> parts() {
    List<String> parts = new ArrayList<>(namespace);
    parts.add(name);
    return List.copyOf(parts);
  }

  /** Whether this is that name, or that name with leading parts added. */
  public boolean endsWith(TableId shorter) {
    List<String> full = parts();
    List<String> end = shorter.parts();
    return full.size() >= end.size()
        && full.subList(full.size() - end.size(), full.size()).equals(end);
  }

  @Override
  public int compareTo(TableId other) {
    List<String> mine = parts();
    List<String> theirs = other.parts();
    for (int i = 0; i < Math.min(mine.size(), theirs.size()); i++) {
      int order = mine.get(i).compareTo(theirs.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(mine.size(), theirs.size());
  }

  /** The name in the form that {@link #parse} reads, quoted only where that is needed. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (String part : parts()) {
      if (text.length() > 0) {
        text.append('.');
      }
      text.append(isPlain(part) ? part : '"' + part.replace("\"", "\"\"") + '"');
    }
    return text.toString();
  }

  private static boolean isPlain(String part) {
    return part.equals(part.toLowerCase(Locale.ROOT))
        && part.chars().allMatch(c -> Character.isLetterOrDigit(c) || c == '_' || c == '$');
  }
}
