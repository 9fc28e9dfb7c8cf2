package dev.bobbin.dialect.sqlserver;

import dev.bobbin.dialect.jdbc.Cursor;
import dev.bobbin.dialect.jdbc.MalformedDataException;
import dev.bobbin.dialect.jdbc.load.SqlText;
import dev.bobbin.record.ColumnBuilder;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a statement, which the server sends as fast as they are read, and the driver hands on
 * without keeping them (adaptive buffering).
 */
final class ResultCursor implements Cursor {

  /** A look at the table once all its rows have come. */
  @FunctionalInterface
  interface Last {
    /**
     * Looks.
     *
     * @throws dev.bobbin.error.SourceException if what has come is not what there was
     */
    void look() throws SQLException;
  }

  private final ReadTransaction transaction;
  private final SqlText sql;
  private final long most;
  private final Last last;
  private @Nullable Open open;
  private volatile @Nullable PreparedStatement running;
  private long size;
  private int mark;

  /** An open result. */
  private static final class Open {
    final PreparedStatement statement;
    final ResultSet rows;
    final ValueReader[] columns;
    final int mark;

    Open(PreparedStatement statement, ResultSet rows, ValueReader[] columns, int mark) {
      this.statement = statement;
      this.rows = rows;
      this.columns = columns;
      this.mark = mark;
    }
  }

  /**
   * A cursor; it sends nothing before {@link #open}.
   *
   * @param transaction on a connection that is lent until the cursor is ended
   * @param sql what to read: the columns of the table, each as {@link SelectedColumn} says, and
   *     perhaps a mark
   * @param most the size of a row above which no more of it is taken
   * @param last looks at the table once all rows have come
   */
  ResultCursor(ReadTransaction transaction, SqlText sql, long most, Last last) {
    this.transaction = transaction;
    this.sql = sql;
    this.most = most;
    this.last = last;
  }

  @Override
  public void open(List<ColumnBuilder> columns) throws SQLException {
    PreparedStatement statement = transaction.prepare(sql);
    running = statement;
    ResultSet rows = statement.executeQuery();
    ResultSetMetaData result = rows.getMetaData();
    ValueReader[] readers = new ValueReader[columns.size()];
    int next = 1;
    for (int i = 0; i < readers.length; i++) {
      if (next > result.getColumnCount()) {
        throw new MalformedDataException("a row has less values than are read");
      }
      readers[i] = ValueReader.of(columns.get(i), next, result, most);
      next += readers[i].width();
    }
    if (next < result.getColumnCount()) {
      throw new MalformedDataException("a row has more values than are read");
    }
    open = new Open(statement, rows, readers, next == result.getColumnCount() ? next : 0);
  }

  @Override
  public boolean next() throws SQLException {
    Open current = current();
    ResultSet rows = current.rows;
    if (!rows.next()) {
      if (current.statement.getMoreResults() || current.statement.getUpdateCount() != -1) {
        throw new MalformedDataException("another result follows");
      }
      current.statement.close();
      last.look();
      return false;
    }
    long bytes = 0;
    for (ValueReader column : current.columns) {
      bytes += column.read(rows);
      if (bytes > most) {
        size = bytes; // the rest of the row stays where it is: it is refused
        return true;
      }
    }
    if (current.mark > 0) {
      mark = rows.getInt(current.mark);
    }
    size = bytes;
    return true;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void append() {
    for (ValueReader column : current().columns) {
      column.append();
    }
  }

  @Override
  public int mark() {
    if (current().mark == 0) {
      throw new MalformedDataException("a row ends without its mark");
    }
    return mark;
  }

  @Override
  public void release() {
    for (ValueReader column : current().columns) {
      column.release();
    }
  }

  @Override
  public void finish() {
    transaction.finish();
  }

  /**
   * Aborts the connection: closing a result that is left half-way would read it to its end. The
   * attention that is sent before ends the statement at once on SQL Server, which else would notice
   * only when it next sends something; Babelfish takes no notice of it.
   */
  @Override
  public void discard() {
    PreparedStatement statement = running;
    if (statement != null) {
      transaction.cancel(statement);
    }
    transaction.discard();
  }

  private Open current() {
    Open current = open;
    if (current == null) {
      throw new IllegalStateException("the cursor is not open");
    }
    return current;
  }
}
