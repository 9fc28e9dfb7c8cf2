package dev.bobbin.dialect.jdbc;

import dev.bobbin.record.ColumnBuilder;
import java.sql.SQLException;
import java.util.List;

/**
 * The rows that a server streams for one scan, one after the other, on a connection that is lent
 * until the cursor is ended. Used by one thread at a time, except for {@link #discard()}. Its
 * methods may also throw {@link MalformedDataException}.
 */
public interface Cursor extends LentConnection {

  /**
   * Sends the statement, and resolves once for all rows how their values are appended; called once,
   * before everything else.
   *
   * @param columns where the values are appended, in the order of the result's
   */
  void open(List<ColumnBuilder> columns) throws SQLException;

  /**
   * Goes to the next row.
   *
   * @return false once the server has said that no more rows come, and in no other case
   */
  boolean next() throws SQLException;

  /** The size of the current row as the server sent it, in bytes; known before it is appended. */
  long size();

  /** Appends the current row's values, one to each column; once per row. */
  void append() throws SQLException;

  /**
   * The whole number behind the current row's last value, a {@linkplain RowMark mark}; after {@link
   * #append()}, and only if the statement adds it.
   */
  int mark() throws SQLException;

  /**
   * Lets go of the memory that the last row took, if it is much; before a batch is handed over,
   * which the consumer may keep for long.
   */
  void release();
}
