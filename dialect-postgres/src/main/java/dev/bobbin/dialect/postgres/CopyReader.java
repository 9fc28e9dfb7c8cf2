package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.jdbc.ReadLimits;
import dev.bobbin.dialect.jdbc.RowMark;
import dev.bobbin.dialect.postgres.CopyPass.End;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.record.BatchBuilder;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.state.Bookmark;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyOut;

/**
 * Reads a scan by COPY in its binary format (manual, COPY, "Binary Format"): a signature, tuples,
 * and a trailer that alone ends the data. A scan can be several COPYs, one after the other, whose
 * rows are one stream. The connection is given back only after the last trailer and the server's
 * own end of the command; in all other cases it is discarded, since a COPY that is left half-way
 * leaves the connection out of step.
 */
final class CopyReader implements BatchReader {

  /** The resolution of PostgreSQL's times. */
  static final long TICKS_PER_SECOND = 1_000_000;

  private static final byte[] SIGNATURE = {
    'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xff, '\r', '\n', 0
  };
  private static final int HEADER = SIGNATURE.length + 8;
  private static final int TRAILER = -1;
  private static final int CRITICAL_FLAGS = 0xffff_0000;
  private static final byte[] NOTHING = {};
  private static final VarHandle RECEIVED;

  static {
    try {
      RECEIVED = MethodHandles.lookup().findVarHandle(CopyReader.class, "received", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private enum Step {
    NEW,
    HEADER,
    ROWS,
    TRAILER,
    ENDED,
    FAILED
  }

  private final ScanConnection connection;
  private final TableScan scan;
  private final ReadLimits limits;
  private final Function<SQLException, SourceException> failures;
  private final CopyPlan plan;
  private final BatchBuilder batch;
  private final ValueDecoder[] decoders;
  private final int keyIndex;
  private final AtomicBoolean released = new AtomicBoolean();
  private volatile boolean cancelled;
  private long received;

  private Step step = Step.NEW;
  private int passes;
  private CopyPass pass;
  private CopyPass passOfLast;
  private @Nullable CopyOut copy;
  private byte[] message = NOTHING;
  private int position;

  private long block;
  private int offset;
  private boolean metAny;
  private int upToBookmark;
  private int ahead;
  private BitSet recent = new BitSet();
  private boolean pastBookmark;
  private boolean reachedAhead;

  /**
   * A reader; it sends nothing before the first {@link #next()}.
   *
   * @param connection lent until the reader is closed
   * @param scan what to read
   * @param plan how to read it
   * @param limits how much at a time
   * @param validateUtf8 whether texts may be invalid UTF-8, as in a database in SQL_ASCII
   * @param failures makes of a driver's failure one without row values
   */
  CopyReader(
      ScanConnection connection,
      TableScan scan,
      CopyPlan plan,
      ReadLimits limits,
      boolean validateUtf8,
      Function<SQLException, SourceException> failures) {
    this.connection = connection;
    this.scan = scan;
    this.limits = limits;
    this.failures = failures;
    this.plan = plan;
    this.pass = plan.passes().get(0);
    this.passOfLast = pass;
    List<Column> columns = scan.table().columns();
    this.batch =
        new BatchBuilder(
            scan.table().id(), columns, TICKS_PER_SECOND, limits.batchBytes(), limits.batchRows());
    this.decoders = new ValueDecoder[columns.size()];
    int key = -1;
    for (int i = 0; i < decoders.length; i++) {
      decoders[i] = ValueDecoder.of(batch.column(i), validateUtf8);
      if (scan.range() instanceof ScanRange.FromBookmark from
          && columns.get(i).name().equals(from.key())) {
        key = i;
      }
    }
    this.keyIndex = key;
  }

  @Override
  public Optional<SourceBatch> next() {
    if (step == Step.ENDED) {
      return Optional.empty();
    }
    if (step == Step.FAILED || released.get()) {
      throw cancelled
          ? cancelledScan()
          : failure("The scan of ", " has failed before or was closed", null);
    }
    boolean done = false;
    try {
      Optional<SourceBatch> rows = read();
      done = true;
      return rows;
    } catch (SQLException e) {
      throw cancelled ? cancelledScan() : failures.apply(e);
    } catch (OutOfMemoryError e) {
      throw tooLarge(-1, e);
    } catch (MalformedTupleException e) {
      throw failure("What the server sent of ", " cannot be read: " + e.getMessage(), e);
    } catch (IndexOutOfBoundsException | ArithmeticException e) {
      throw failure("What the server sent of ", " cannot be read", e);
    } finally {
      if (!done) {
        step = Step.FAILED;
        message = NOTHING;
      }
    }
  }

  private Optional<SourceBatch> read() throws SQLException {
    if (step == Step.NEW) {
      start();
    }
    while (true) {
      if (position == message.length) {
        if (!receive()) {
          return batch.rows() > 0 ? Optional.of(finished()) : Optional.empty();
        }
        if (step == Step.HEADER) {
          header();
          continue;
        }
      }
      int size = message.length - position;
      if (batch.rows() > 0 && size >= limits.batchBytes()) {
        return Optional.of(finished());
      }
      if (tuple()) {
        batch.endRow(size);
        if (batch.isFull()) {
          return Optional.of(finished());
        }
      }
    }
  }

  private void start() throws SQLException {
    if (!"on".equals(connection.pg().getParameterStatus("integer_datetimes"))) {
      throw new SourceException(
          Kind.PERMANENT,
          "The server keeps times as floating point numbers (integer_datetimes is off), in which "
              + scan.table().id()
              + " cannot be read exactly.",
          "Read from a server that was built with integer times, as all are since PostgreSQL 10.",
          null);
    }
    try (Statement statement = ((Connection) connection.pg()).createStatement()) {
      statement.execute(plan.settings());
    }
    startPass();
  }

  private CopyOut startPass() throws SQLException {
    pass = plan.passes().get(passes++);
    CopyOut open = connection.pg().getCopyAPI().copyOut(pass.sql());
    copy = open;
    step = Step.HEADER;
    return open;
  }

  /** The next message; false once the server has ended the last command as it should. */
  private boolean receive() throws SQLException {
    CopyOut open = copy;
    if (open == null) {
      throw new IllegalStateException("the COPY has not been started");
    }
    byte[] next = open.readFromCopy();
    while (next == null) {
      if (step != Step.TRAILER) {
        throw new MalformedTupleException("the data ended without its trailer");
      }
      if (passes == plan.passes().size()) {
        step = Step.ENDED;
        return false;
      }
      next = startPass().readFromCopy();
    }
    RECEIVED.setOpaque(this, received + next.length);
    if (step == Step.TRAILER && next.length > 0) {
      throw new MalformedTupleException("there is data after the trailer");
    }
    if (next.length > limits.maxRowBytes()) {
      throw tooLarge(next.length, null);
    }
    message = next;
    position = 0;
    return true;
  }

  private void header() {
    if (message.length < HEADER) {
      throw new MalformedTupleException("the header is cut off");
    }
    for (int i = 0; i < SIGNATURE.length; i++) {
      if (message[i] != SIGNATURE[i]) {
        throw new MalformedTupleException("it does not begin with the signature of a binary COPY");
      }
    }
    int flags = BigEndian.int4(message, SIGNATURE.length);
    if ((flags & CRITICAL_FLAGS) != 0) {
      throw new MalformedTupleException("the header has flags that are not known");
    }
    int extension = BigEndian.int4(message, SIGNATURE.length + 4);
    if (extension < 0 || extension > message.length - HEADER) {
      throw new MalformedTupleException("the header's extension is cut off");
    }
    position = HEADER + extension;
    step = Step.ROWS;
  }

  /** Decodes the tuple at the position; false if it is the trailer. */
  private boolean tuple() {
    byte[] from = message;
    int end = from.length;
    int at = position;
    if (step == Step.TRAILER) {
      throw new MalformedTupleException("there is data after the trailer");
    }
    if (end - at < 2) {
      throw new MalformedTupleException("a tuple is cut off");
    }
    int count = BigEndian.int2(from, at);
    at += 2;
    if (count == TRAILER) {
      step = Step.TRAILER;
      position = at;
      return false;
    }
    ValueDecoder[] columns = decoders;
    End last = pass.end();
    if (count != columns.length + (last == End.NONE ? 0 : 1)) {
      throw new MalformedTupleException(
          "a tuple has " + count + " fields where " + columns.length + " columns are read");
    }
    for (ValueDecoder column : columns) {
      if (end - at < 4) {
        throw new MalformedTupleException("a tuple is cut off");
      }
      int length = BigEndian.int4(from, at);
      at += 4;
      if (length == -1) {
        column.to.appendNull();
      } else if (length >= 0 && length <= end - at) {
        column.decode(from, at, length);
        at += length;
      } else {
        throw new MalformedTupleException("a field has a length of " + length);
      }
    }
    if (last != End.NONE) {
      if (end - at < 4 + last.length() || BigEndian.int4(from, at) != last.length()) {
        throw new MalformedTupleException("a tuple ends without its mark");
      }
      at += 4;
      if (last == End.MARK) {
        mark(BigEndian.int2(from, at));
      } else if (last == End.PLACE) {
        block = BigEndian.int4(from, at) & 0xffff_ffffL;
        offset = BigEndian.int2(from, at + 4) & 0xffff;
      }
      at += last.length();
    }
    passOfLast = pass;
    position = at;
    return true;
  }

  /** Counts a row that may be up to the bookmark, or ahead: rows at the one and the other end. */
  private void mark(int mark) {
    if ((mark & RowMark.UP_TO_BOOKMARK) == 0) {
      pastBookmark = true;
    } else if (pastBookmark) {
      throw outOfOrder();
    } else {
      upToBookmark++;
    }
    if ((mark & RowMark.AHEAD) != 0) {
      reachedAhead = true;
      ahead++;
    } else if (reachedAhead) {
      throw outOfOrder();
    }
    if ((mark & RowMark.RECENT) != 0) {
      recent.set(batch.rows());
    }
  }

  private SourceBatch finished() {
    metAny = true;
    RecordBatch rows = batch.finish();
    int last = rows.rowCount() - ahead - 1;
    Bookmark bookmark =
        keyIndex < 0 || last < 0 ? null : BookmarkText.of(rows.column(keyIndex), last);
    SourceBatch finished =
        new SourceBatch(
            rows,
            bookmark,
            upToBookmark,
            ahead,
            step == Step.ENDED,
            passOfLast.positions().behind(rows, block, offset),
            plan.tellsRecent() ? recent : null);
    if (position == message.length) {
      message = NOTHING; // a huge row is not kept twice while the sink has its batch
      position = 0;
    }
    upToBookmark = 0;
    ahead = 0;
    recent = new BitSet();
    return finished;
  }

  @Override
  public Optional<String> endPosition() {
    return plan.end(metAny);
  }

  @Override
  public List<String> notes() {
    return plan.notes();
  }

  @Override
  public long received() {
    return (long) RECEIVED.getOpaque(this);
  }

  @Override
  public void cancel() {
    if (released.compareAndSet(false, true)) {
      cancelled = true;
      connection.discard();
    }
  }

  @Override
  public void close() {
    if (released.compareAndSet(false, true)) {
      message = NOTHING;
      if (step == Step.ENDED) {
        connection.finish();
      } else {
        connection.discard();
      }
    }
  }

  private SourceException cancelledScan() {
    return failure("The scan of ", " was cancelled", null);
  }

  private SourceException failure(String what, String happened, @Nullable Throwable cause) {
    return new SourceException(
        Kind.PERMANENT,
        what + scan.table().id() + happened + '.',
        "The rows read before it are not affected; run again to read on.",
        cause);
  }

  private SourceException outOfOrder() {
    return new SourceException(
        Kind.PERMANENT,
        "The rows of "
            + scan.table().id()
            + " do not come in the order of their replication key, so an index on it is damaged, as"
            + " after an upgrade of the server's collations.",
        "Rebuild the indexes on that column with REINDEX and run again.",
        null);
  }

  private SourceException tooLarge(long bytes, @Nullable Throwable cause) {
    Table table = scan.table();
    List<String> key =
        scan.range() instanceof ScanRange.FromBookmark from
            ? List.of(from.key())
            : table.primaryKey();
    return new SourceException(
        Kind.PERMANENT,
        "A row of "
            + table.id()
            + (key.isEmpty()
                ? " (which has no primary key)"
                : " (key " + String.join(", ", key) + ')')
            + " is too large"
            + (bytes < 0
                ? ": the heap cannot hold it"
                : ": " + bytes + " bytes where " + limits.maxRowBytes() + " are allowed")
            + '.',
        "Raise the largest row size and the heap, or leave its large column out of the selection.",
        cause);
  }
}
