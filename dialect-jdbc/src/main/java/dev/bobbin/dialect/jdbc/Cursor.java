package dev.bobbin.dialect.jdbc;

import dev.bobbin.record.ColumnBuilder;
import java.sql.SQLException;

/**
 * The rows that a server streams for one scan, one after the other, on a connection that is lent
 * until the cursor is ended. Used by one thread at a time, except for {@link #discard()}.
 */
public interface Cursor {

  /** Appends the current row's value of one column to that column's builder. */
  @FunctionalInterface
  interface ValueReader {
    /**
     * Appends the value.
     *
     * @return the size of the value as the server sent it, in bytes; at least 1
     */
    int append() throws SQLException;
  }

  /**
   * How the values of a column are read, resolved once for all rows.
   *
   * @param column its index in the result, from 0
   * @param to where the values are appended
   */
  ValueReader reader(int column, ColumnBuilder to) throws SQLException;

  /**
   * Goes to the next row; sends the first statement when it is called first.
   *
   * @return false once the server has said that no more rows come, and in no other case
   */
  boolean next() throws SQLException;

  /**
   * The current row's value of a column that is no column of the table: a whole number.
   *
   * @param column its index in the result, from 0
   */
  int mark(int column) throws SQLException;

  /** Ends the transaction normally and gives the connection back; once, and not after discard. */
  void finish();

  /**
   * Aborts the connection and keeps it out of every pool; the server stops working for it. May be
   * called by another thread while this one waits for the server, which then fails.
   */
  void discard();
}
