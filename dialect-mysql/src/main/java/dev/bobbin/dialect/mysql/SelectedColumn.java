package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.dialect.jdbc.Quoting;

/**
 * How a column is asked for, so that the binary protocol sends the form that its decoder reads.
 * {@link ValueDecoder} is the other half.
 */
final class SelectedColumn {

  private SelectedColumn() {}

  /** The expression for a column: the column itself, or the text of a type that is not known. */
  static String expression(Column column) {
    String reference = Quoting.BACKTICKS.quote(column.name());
    return column.type() instanceof DataType.Other ? "CAST(" + reference + " AS CHAR)" : reference;
  }
}
