package dev.bobbin.dialect.sqlserver;

import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.Quoting;
import java.util.stream.Collectors;

/** Quotes names and texts for T-SQL. */
final class TSql {

  private TSql() {}

  /**
   * A name, quoted; every character in it is data. In brackets, or in double quotes where a closing
   * bracket is in it: Babelfish does not understand the doubled one. Both servers understand double
   * quotes under {@code QUOTED_IDENTIFIER ON}, which is how the driver connects.
   */
  static String identifier(String name) {
    return name.indexOf(']') < 0 ? Quoting.BRACKETS.quote(name) : Quoting.DOUBLE_QUOTES.quote(name);
  }

  /** A table's name with all its parts. */
  static String table(TableId table) {
    return table.parts().stream().map(TSql::identifier).collect(Collectors.joining("."));
  }

  /** A text in Unicode; a backslash before a line's end would join lines, so there is none. */
  static String literal(String text) {
    return "N'" + text.replace("'", "''").replace("\\\n", "\\' + N'\n") + "'";
  }
}
