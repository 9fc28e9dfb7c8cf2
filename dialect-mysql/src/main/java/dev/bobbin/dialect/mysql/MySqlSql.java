package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.Quoting;

/** Quotes names for MySQL. */
final class MySqlSql {

  private MySqlSql() {}

  /** A name, quoted; every character in it is data. */
  static String identifier(String name) {
    return Quoting.BACKTICKS.quote(name);
  }

  /** A text, quoted, where {@code sql_mode} takes backslashes as escapes or not. */
  static String literal(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
  }

  /** A table's name, with its database where it has one. */
  static String table(TableId table) {
    return Quoting.BACKTICKS.quote(table.parts());
  }
}
