package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.Column;

/** How a column is asked for. */
final class SelectedColumn {

  private SelectedColumn() {}

  /** The expression for a column. */
  static String expression(Column column) {
    return MySqlSql.identifier(column.name());
  }
}
