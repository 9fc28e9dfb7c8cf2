package dev.bobbin.dialect.jdbc;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.record.BatchBuilder;
import dev.bobbin.record.ColumnBuilder;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.state.Bookmark;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A scan that is being read, whatever form its rows come in: the batch that is being built, the
 * marks of its rows, what was received, and how it ends. Readers of dialects are made of it; their
 * own part is to take the rows apart.
 *
 * <p>The connection is finished only after {@link #end()}; in all other cases it is discarded,
 * since a result that is left half-way leaves the connection out of step.
 *
 * <p>Used by one thread at a time, except for {@link #cancel()} and {@link #received()}, which any
 * thread may call.
 */
public final class OpenScan {

  /** Reads on until a batch is complete. */
  @FunctionalInterface
  public interface Step {
    /**
     * The next rows; empty after {@link OpenScan#end()}, and in no other case.
     *
     * @throws SQLException as the driver does
     * @throws MalformedDataException if what the server sent cannot be read
     */
    Optional<SourceBatch> read() throws SQLException;
  }

  private static final VarHandle RECEIVED;

  static {
    try {
      RECEIVED = MethodHandles.lookup().findVarHandle(OpenScan.class, "received", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final LentConnection connection;
  private final TableScan scan;
  private final ReadLimits limits;
  private final CursorPlan.Bookmarks bookmarks;
  private final boolean tellsRecent;
  private final Function<SQLException, SourceException> failures;
  private final String orderRemedy;
  private final BatchBuilder batch;
  private final int keyIndex;
  private final RowMarks marks = new RowMarks();
  private final AtomicBoolean released = new AtomicBoolean();
  private volatile boolean cancelled;
  private boolean ended;
  private boolean failed;
  private boolean metAny;
  private long received;

  /**
   * A scan; nothing is sent for it.
   *
   * @param connection lent until the scan is closed
   * @param scan what is read
   * @param limits how much at a time
   * @param ticksPerSecond the resolution of the source's times
   * @param bookmarks makes the bookmark of a key; of a scan by key
   * @param tellsRecent whether the rows' marks say which of them are recent
   * @param failures makes of a driver's failure one without row values
   * @param orderRemedy what to do where rows do not come in the order of their key, in a sentence
   */
  public OpenScan(
      LentConnection connection,
      TableScan scan,
      ReadLimits limits,
      long ticksPerSecond,
      CursorPlan.Bookmarks bookmarks,
      boolean tellsRecent,
      Function<SQLException, SourceException> failures,
      String orderRemedy) {
    this.connection = connection;
    this.scan = scan;
    this.limits = limits;
    this.bookmarks = bookmarks;
    this.tellsRecent = tellsRecent;
    this.failures = failures;
    this.orderRemedy = orderRemedy;
    List<Column> columns = scan.table().columns();
    this.batch =
        new BatchBuilder(
            scan.table().id(), columns, ticksPerSecond, limits.batchBytes(), limits.batchRows());
    int key = -1;
    if (scan.range() instanceof ScanRange.FromBookmark from) {
      for (int i = 0; i < columns.size(); i++) {
        if (columns.get(i).name().equals(from.key())) {
          key = i;
        }
      }
    }
    this.keyIndex = key;
  }

  /** The batch that is being built. */
  public BatchBuilder batch() {
    return batch;
  }

  /** The builders of its columns, in the order of the table's. */
  public List<ColumnBuilder> columns() {
    return IntStream.range(0, scan.table().columns().size()).mapToObj(batch::column).toList();
  }

  /** The next rows, as {@link dev.bobbin.spi.BatchReader#next()} says. */
  public Optional<SourceBatch> next(Step step) {
    if (ended && !failed) {
      return Optional.empty();
    }
    if (failed || released.get()) {
      throw cancelled
          ? cancelledScan()
          : failure("The scan of ", " has failed before or was closed", null);
    }
    boolean done = false;
    try {
      Optional<SourceBatch> rows = step.read();
      done = true;
      return rows;
    } catch (SQLException e) {
      throw cancelled ? cancelledScan() : failures.apply(e);
    } catch (OutOfMemoryError e) {
      throw tooLarge(-1, e);
    } catch (MalformedDataException e) {
      throw malformed(": " + e.getMessage(), e);
    } catch (IndexOutOfBoundsException | ArithmeticException e) {
      throw malformed("", e);
    } finally {
      failed = !done;
    }
  }

  /** Counts bytes that came from the source. */
  public void receive(long bytes) {
    RECEIVED.setOpaque(this, received + bytes);
  }

  /**
   * Refuses a row that is larger than allowed.
   *
   * @param bytes its size as the server sent it
   */
  public void checkSize(long bytes) {
    if (bytes > limits.maxRowBytes()) {
      throw tooLarge(bytes, null);
    }
  }

  /** Whether a row of so many bytes is to be the first of a batch, and is not yet. */
  public boolean mustWait(long bytes) {
    return bytes >= limits.batchBytes() && batch.rows() > 0;
  }

  /** Takes the mark of the row that is being appended; before the row is ended. */
  public void mark(int mark) {
    if (!marks.count(mark, batch.rows())) {
      throw outOfOrder();
    }
  }

  /** Notes that the source has said that no more rows come. */
  public void end() {
    ended = true;
  }

  /** Whether any rows were read. */
  public boolean metAny() {
    return metAny;
  }

  /** The batch of the rows appended so far, with what the source says about it. */
  public SourceBatch finish(CursorPlan.Positions positions) {
    metAny = true;
    RecordBatch rows = batch.finish();
    int last = rows.rowCount() - marks.ahead() - 1;
    Bookmark bookmark = keyIndex < 0 || last < 0 ? null : bookmarks.of(rows.column(keyIndex), last);
    SourceBatch finished =
        new SourceBatch(
            rows,
            bookmark,
            marks.upToBookmark(),
            marks.ahead(),
            ended,
            positions.behind(rows),
            tellsRecent ? marks.recent() : null);
    marks.nextBatch();
    return finished;
  }

  /** The same as {@link #finish} at the end of the data: empty if there are no rows left. */
  public Optional<SourceBatch> finishLast(CursorPlan.Positions positions) {
    end();
    return batch.rows() > 0 ? Optional.of(finish(positions)) : Optional.empty();
  }

  /** The bytes received from the source so far. */
  public long received() {
    return (long) RECEIVED.getOpaque(this);
  }

  /** As {@link dev.bobbin.spi.BatchReader#cancel()} says. */
  public void cancel() {
    if (released.compareAndSet(false, true)) {
      cancelled = true;
      connection.discard();
    }
  }

  /** As {@link dev.bobbin.spi.BatchReader#close()} says. */
  public void close() {
    if (released.compareAndSet(false, true)) {
      if (ended && !failed) {
        connection.finish();
      } else {
        connection.discard();
      }
    }
  }

  private SourceException cancelledScan() {
    return failure("The scan of ", " was cancelled", null);
  }

  private SourceException malformed(String how, RuntimeException cause) {
    return failure("What the server sent of ", " cannot be read" + how, cause);
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
        orderRemedy,
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
