package dev.bobbin.dialect.mysql;

import com.mysql.cj.NativeSession;
import com.mysql.cj.QueryBindings;
import com.mysql.cj.ServerPreparedQuery;
import com.mysql.cj.exceptions.CJException;
import com.mysql.cj.jdbc.JdbcConnection;
import com.mysql.cj.jdbc.exceptions.SQLExceptionsMapping;
import com.mysql.cj.protocol.ProtocolEntity;
import com.mysql.cj.protocol.ProtocolEntityFactory;
import com.mysql.cj.protocol.Resultset;
import com.mysql.cj.protocol.ResultsetRow;
import com.mysql.cj.protocol.ResultsetRows;
import com.mysql.cj.protocol.a.NativeMessageBuilder;
import com.mysql.cj.protocol.a.NativePacketPayload;
import com.mysql.cj.protocol.a.NativeProtocol;
import com.mysql.cj.protocol.a.result.NativeResultset;
import com.mysql.cj.protocol.a.result.OkPacket;
import com.mysql.cj.result.Field;
import dev.bobbin.dialect.jdbc.Cursor;
import dev.bobbin.dialect.jdbc.MalformedDataException;
import dev.bobbin.dialect.jdbc.load.SqlText;
import dev.bobbin.record.ColumnBuilder;
import java.io.IOException;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a statement that the server has prepared, which it sends by the binary protocol as
 * fast as they are read.
 *
 * <p>Below JDBC: the driver's own classes prepare, bind, send and take the packets, whatever the
 * connection's properties say of prepared statements, fetch sizes and types; the packets of rows
 * are decoded here. So no object is made per row or value, and {@code 0000-00-00} and {@code
 * 838:59:59} are what they are.
 */
final class MySqlCursor implements Cursor {

  /** The resolution of the server's times. */
  static final long TICKS_PER_SECOND = 1_000_000;

  private static final int ALL_ROWS = -1;

  private final ReadOnlyTransaction transaction;
  private final SqlText sql;
  private final BinaryRow row = new BinaryRow();
  private @Nullable Stream stream;

  /** An open result. */
  private static final class Stream {
    final NativeProtocol protocol;
    final ServerPreparedQuery query;
    final ResultsetRows rows;
    final RowPackets packets;
    final ValueDecoder[] decoders;
    final ValueDecoder.@Nullable WholeNumber mark;

    Stream(
        NativeProtocol protocol,
        ServerPreparedQuery query,
        ResultsetRows rows,
        BinaryRow row,
        List<ColumnBuilder> columns) {
      this.protocol = protocol;
      this.query = query;
      this.rows = rows;
      Field[] fields = rows.getMetadata().getFields();
      int count = columns.size();
      if (fields.length != count && fields.length != count + 1) {
        throw new MalformedDataException(
            "a row has " + fields.length + " values where " + count + " columns are read");
      }
      this.packets = new RowPackets(row, fields.length, protocol.getExceptionInterceptor());
      this.decoders = new ValueDecoder[count];
      for (int i = 0; i < count; i++) {
        decoders[i] = ValueDecoder.of(columns.get(i), fields[i]);
      }
      this.mark = fields.length == count ? null : ValueDecoder.WholeNumber.of(fields[count]);
    }
  }

  /**
   * A cursor; it sends nothing before {@link #open}.
   *
   * @param transaction on a connection that is lent until the cursor is ended
   * @param sql what to read: the columns of the table, each as {@link SelectedColumn} says, and
   *     perhaps a mark
   */
  MySqlCursor(ReadOnlyTransaction transaction, SqlText sql) {
    this.transaction = transaction;
    this.sql = sql;
  }

  @Override
  public void open(List<ColumnBuilder> columns) throws SQLException {
    JdbcConnection jdbc = transaction.connection().unwrap(JdbcConnection.class);
    NativeSession session = (NativeSession) jdbc.getSession();
    try {
      ServerPreparedQuery query = ServerPreparedQuery.getInstance(session);
      query.serverPrepare(sql.text());
      bind(query.getQueryBindings());
      NativeResultset result = query.serverExecute(ALL_ROWS, true, null, new Results());
      if (!result.hasRows()) {
        throw new MalformedDataException("the statement has no result");
      }
      stream = new Stream(session.getProtocol(), query, result.getRows(), row, columns);
    } catch (CJException e) {
      throw failure(e);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private void bind(QueryBindings bindings) {
    for (int i = 0; i < sql.parameters().size(); i++) {
      Object value = sql.parameters().get(i);
      if (value instanceof String text) {
        bindings.setString(i, text);
      } else if (value instanceof Long number) {
        bindings.setLong(i, number);
      } else if (value instanceof Double number) {
        bindings.setDouble(i, number);
      } else if (value instanceof BigDecimal number) {
        bindings.setBigDecimal(i, number);
      } else if (value instanceof byte[] bytes) {
        bindings.setBytes(i, bytes, false);
      } else {
        throw new IllegalArgumentException(
            "a parameter cannot be a " + value.getClass().getSimpleName());
      }
    }
  }

  @Override
  public boolean next() throws SQLException {
    Stream open = open();
    try {
      if (open.protocol.read(ResultsetRow.class, open.packets) != null) {
        return true;
      }
      open.protocol.unsetStreamingData(open.rows);
      if (open.protocol.getServerSession().hasMoreResults()) {
        throw new MalformedDataException("another result follows");
      }
      return false;
    } catch (CJException e) {
      throw failure(e);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  @Override
  public long size() {
    return row.length();
  }

  @Override
  public void append() {
    BinaryRow from = row;
    ValueDecoder[] columns = open().decoders;
    for (int i = 0; i < columns.length; i++) {
      ValueDecoder column = columns[i];
      if (from.isNull(i)) {
        column.to.appendNull();
      } else {
        column.decode(from);
      }
    }
  }

  @Override
  public int mark() {
    Stream open = open();
    ValueDecoder.WholeNumber mark = open.mark;
    if (mark == null || row.isNull(open.decoders.length)) {
      throw new MalformedDataException("a row ends without its mark");
    }
    return (int) mark.read(row);
  }

  @Override
  public void release() {
    row.forget();
    open().protocol.reclaimLargeReusablePacket();
  }

  @Override
  public void finish() {
    try {
      Stream open = open();
      NativeProtocol protocol = open.protocol;
      boolean attributes = protocol.getServerSession().supportsQueryAttributes();
      protocol.sendCommand(
          new NativeMessageBuilder(attributes)
              .buildComStmtClose(protocol.getSharedSendPacket(), open.query.getServerStatementId()),
          true,
          0);
      open.query.closeQuery();
    } catch (CJException e) {
      transaction.discard();
      return;
    }
    transaction.finish();
  }

  @Override
  public void discard() {
    transaction.discard();
  }

  private Stream open() {
    Stream open = stream;
    if (open == null) {
      throw new IllegalStateException("the cursor is not open");
    }
    return open;
  }

  private static SQLException failure(CJException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof OutOfMemoryError error) {
        throw error;
      }
    }
    return SQLExceptionsMapping.translateException(e);
  }

  private static SQLException failure(IOException e) {
    return new SQLNonTransientConnectionException("The connection broke", "08S01", e);
  }

  /** Makes results of what the server answers; they are never those of the server's cursors. */
  private static final class Results
      implements ProtocolEntityFactory<NativeResultset, NativePacketPayload> {

    @Override
    public Resultset.Type getResultSetType() {
      return Resultset.Type.FORWARD_ONLY;
    }

    @Override
    public Resultset.Concurrency getResultSetConcurrency() {
      return Resultset.Concurrency.READ_ONLY;
    }

    @Override
    public int getFetchSize() {
      return 0;
    }

    @Override
    public NativeResultset createFromProtocolEntity(ProtocolEntity answer) {
      return answer instanceof OkPacket ok
          ? new NativeResultset(ok)
          : new NativeResultset((ResultsetRows) answer);
    }
  }
}
