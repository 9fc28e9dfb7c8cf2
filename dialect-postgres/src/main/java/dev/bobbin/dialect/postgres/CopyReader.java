package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.OpenScan;
import dev.bobbin.dialect.jdbc.ReadLimits;
import dev.bobbin.dialect.postgres.CopyPass.End;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.plan.TableScan;
import dev.bobbin.record.BatchBuilder;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceBatch;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
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

  private enum Step {
    NEW,
    HEADER,
    ROWS,
    TRAILER
  }

  private final ScanConnection connection;
  private final TableId table;
  private final CopyPlan plan;
  private final OpenScan scan;
  private final ValueDecoder[] decoders;

  private Step step = Step.NEW;
  private int passes;
  private CopyPass pass;
  private CopyPass passOfLast;
  private @Nullable CopyOut copy;
  private byte[] message = NOTHING;
  private int position;

  private long block;
  private int offset;

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
    this.table = scan.table().id();
    this.plan = plan;
    this.pass = plan.passes().get(0);
    this.passOfLast = pass;
    this.scan =
        new OpenScan(
            connection,
            scan,
            limits,
            TICKS_PER_SECOND,
            BookmarkText::of,
            plan.tellsRecent(),
            failures,
            "Rebuild the indexes on that column with REINDEX and run again.");
    this.decoders =
        this.scan.columns().stream()
            .map(column -> ValueDecoder.of(column, validateUtf8))
            .toArray(ValueDecoder[]::new);
  }

  @Override
  public Optional<SourceBatch> next() {
    return scan.next(this::read);
  }

  private Optional<SourceBatch> read() throws SQLException {
    if (step == Step.NEW) {
      start();
    }
    BatchBuilder batch = scan.batch();
    while (true) {
      if (position == message.length) {
        if (!receive()) {
          return scan.finishLast(this::behind);
        }
        if (step == Step.HEADER) {
          header();
          continue;
        }
      }
      int size = message.length - position;
      if (scan.mustWait(size)) {
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
              + table
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
        return false;
      }
      next = startPass().readFromCopy();
    }
    scan.receive(next.length);
    if (step == Step.TRAILER && next.length > 0) {
      throw new MalformedTupleException("there is data after the trailer");
    }
    scan.checkSize(next.length);
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
        scan.mark(BigEndian.int2(from, at));
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

  private SourceBatch finished() {
    SourceBatch finished = scan.finish(this::behind);
    if (position == message.length) {
      message = NOTHING; // a huge row is not kept twice while the sink has its batch
      position = 0;
    }
    return finished;
  }

  private @Nullable String behind(RecordBatch rows) {
    return passOfLast.positions().behind(rows, block, offset);
  }

  @Override
  public Optional<String> endPosition() {
    return plan.end(scan.metAny());
  }

  @Override
  public List<String> notes() {
    return plan.notes();
  }

  @Override
  public long received() {
    return scan.received();
  }

  @Override
  public void cancel() {
    scan.cancel();
  }

  @Override
  public void close() {
    scan.close();
  }
}
