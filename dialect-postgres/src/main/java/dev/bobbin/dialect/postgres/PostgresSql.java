package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.Quoting;
import java.util.ArrayList;
import java.util.List;

/** Quotes names and texts for PostgreSQL. */
final class PostgresSql {

  private PostgresSql() {}

  /** A name, quoted; every character in it is data. */
  static String identifier(String name) {
    return Quoting.DOUBLE_QUOTES.quote(name);
  }

  /** A table's schema and name; the database that stands before them is where one is connected. */
  static String table(TableId table) {
    List<String> parts = table.parts();
    return parts.size() == 1
        ? identifier(parts.get(0))
        : identifier(parts.get(parts.size() - 2)) + '.' + identifier(parts.get(parts.size() - 1));
  }

  /**
   * The schema and the name in a type's name as {@code format_type} writes it, which quotes names
   * where needed; the whole as it stands, alone, where the type is PostgreSQL's own.
   */
  static List<String> typeName(String nativeType) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < nativeType.length(); i++) {
      char c = nativeType.charAt(i);
      if (c == '"') {
        if (quoted && i + 1 < nativeType.length() && nativeType.charAt(i + 1) == '"') {
          part.append('"');
          i++;
        } else {
          quoted = !quoted;
        }
      } else if (c == '.' && !quoted) {
        parts.add(part.toString());
        part.setLength(0);
      } else {
        part.append(c);
      }
    }
    parts.add(part.toString());
    return parts.size() == 2 ? parts : List.of(nativeType);
  }

  /**
   * A text as an untyped literal. Always in the form {@code E'…'}, which means the same whatever
   * {@code standard_conforming_strings} says (manual, 4.1.2.2). The client's encoding has to be
   * UTF-8, as the driver makes it: in an encoding such as SJIS a backslash can be half a character.
   */
  static String literal(String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("PostgreSQL's texts hold no NUL");
    }
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + '\'';
  }
}
