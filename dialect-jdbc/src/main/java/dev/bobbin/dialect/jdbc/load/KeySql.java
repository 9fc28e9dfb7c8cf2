package dev.bobbin.dialect.jdbc.load;

import dev.bobbin.catalog.Column;
import dev.bobbin.record.ColumnVector;
import dev.bobbin.state.Bookmark;

/** How one database's SQL speaks of the columns of a key and of their values. */
public interface KeySql {

  /** The quoted reference to a column of the table that is read. */
  String reference(String column);

  /**
   * The text of a key's value in bookmarks and positions: exact, and as an {@link #operand} equal
   * to the key for the server.
   *
   * @throws dev.bobbin.error.SourceException if the value is one that cannot be compared
   */
  String text(ColumnVector keys, int row);

  /**
   * A value as an operand of the type of its column, so that the comparison uses the index and, of
   * texts, the column's own collation.
   *
   * @param text what {@link #text} gave
   * @throws dev.bobbin.error.StateException if the text is not that of a value of the type
   */
  SqlText operand(Column column, String text);

  /**
   * Whether a comparison of several columns is to say beforehand what follows from it for the first
   * one, for optimizers that make a range of nothing else; false unless overridden.
   */
  default boolean saysFirstColumn() {
    return false;
  }

  /** A column compared with something. */
  default SqlText compare(Column column, String operator, SqlText other) {
    return new SqlText(
        reference(column.name()) + " " + operator + " " + other.text(), other.parameters());
  }

  /** The bookmark of a key that is not NULL in the source. */
  default Bookmark bookmark(ColumnVector keys, int row) {
    Column column = keys.column();
    return new Bookmark(column.name(), column.type(), column.nativeType(), text(keys, row));
  }
}
