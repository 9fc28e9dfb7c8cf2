package dev.bobbin.testkit;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.SourceException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.record.BatchBuilder;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceSettings;
import dev.bobbin.state.Bookmark;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A scan of an {@link InMemorySource}: the rows of a snapshot, in batches. */
final class MemoryReader implements BatchReader {

  private final InMemorySource source;
  private final TableScan scan;
  private final SourceSettings settings;
  private final List<MemoryRow> rows;
  private final MemoryTrail trail;
  private final Comparator<Object> order;
  private final @Nullable Object bookmark;
  private final @Nullable Object horizon;
  private final BatchBuilder builder;
  private final AtomicBoolean inUse = new AtomicBoolean();
  private final AtomicLong received = new AtomicLong();
  private volatile @Nullable Gate gate;
  private volatile @Nullable String broken;
  private volatile boolean closed;
  private volatile boolean ended;
  private boolean failed;
  private int at;
  private int batches;

  MemoryReader(
      InMemorySource source,
      TableScan scan,
      SourceSettings settings,
      List<MemoryRow> rows,
      MemoryTrail trail,
      Comparator<Object> order,
      Clock clock) {
    this.source = source;
    this.scan = scan;
    this.settings = settings;
    this.rows = rows;
    this.trail = trail;
    this.order = order;
    if (scan.range() instanceof ScanRange.FromBookmark from) {
      DataType type = keyType(scan.table(), from);
      this.bookmark = from.bookmark().map(b -> Values.parse(type, b.value())).orElse(null);
      this.horizon = Values.horizon(type, clock);
    } else {
      this.bookmark = null;
      this.horizon = null;
    }
    this.builder =
        new BatchBuilder(
            scan.table().id(),
            scan.table().columns(),
            Values.TICKS_PER_SECOND,
            settings.batchBytes(),
            settings.batchRows());
  }

  /** Where a scan begins; null for the lowest key. */
  static @Nullable Object low(Table table, ScanRange.FromBookmark from) {
    return from.bookmark()
        .map(b -> Values.less(Values.parse(keyType(table, from), b.value()), from.overlap()))
        .orElse(null);
  }

  static DataType keyType(Table table, ScanRange.FromBookmark from) {
    return table
        .column(from.key())
        .orElseThrow(() -> new IllegalArgumentException("the scan leaves out its own key"))
        .type();
  }

  @Override
  public Optional<SourceBatch> next() {
    if (!inUse.compareAndSet(false, true)) {
      throw new IllegalStateException("two threads use a reader at the same time");
    }
    try {
      if (failed) {
        throw new IllegalStateException("a reader that failed is only to be closed");
      }
      failed = true;
      Optional<SourceBatch> batch = read();
      failed = false;
      return batch;
    } finally {
      inUse.set(false);
    }
  }

  private Optional<SourceBatch> read() {
    TableId table = scan.table().id();
    requireUsable();
    if (at < rows.size()) {
      source.reach(Moment.Place.BATCH, table, scan.name(), ++batches, this);
      requireUsable();
    }
    int first = at;
    while (at < rows.size() && !builder.isFull()) {
      append(rows.get(at++).values());
      source.reach(Moment.Place.ROW, table, scan.name(), at, this);
      requireUsable();
    }
    if (first == at) {
      source.reach(Moment.Place.END, table, scan.name(), 0, this);
      requireUsable();
      ended = true;
      return Optional.empty();
    }
    RecordBatch batch = builder.finish();
    return Optional.of(
        scan.range() instanceof ScanRange.FromBookmark from
            ? keyed(batch, rows.subList(first, at), from)
            : new SourceBatch(
                batch,
                null,
                0,
                0,
                false,
                trail.behind(rows, at),
                trail.recent(rows.subList(first, at))));
  }

  private void append(Map<String, @Nullable Object> row) {
    long size = 0;
    List<Column> columns = scan.table().columns();
    for (int i = 0; i < columns.size(); i++) {
      size +=
          Values.append(builder.column(i), columns.get(i).type(), row.get(columns.get(i).name()));
    }
    if (size > settings.maxRowBytes()) {
      throw new SourceException(
          SourceException.Kind.PERMANENT,
          "A row of table " + scan.table().id() + " is too large: " + size + " bytes.",
          "Leave out its large column, or allow larger rows.",
          null);
    }
    received.addAndGet(size);
    builder.endRow(size);
  }

  private SourceBatch keyed(RecordBatch batch, List<MemoryRow> part, ScanRange.FromBookmark from) {
    int upTo = 0;
    while (bookmark != null
        && upTo < part.size()
        && order.compare(part.get(upTo).key(from.key()), bookmark) <= 0) {
      upTo++;
    }
    int ahead = 0;
    while (horizon != null
        && ahead < part.size()
        && order.compare(part.get(part.size() - 1 - ahead).key(from.key()), horizon) > 0) {
      ahead++;
    }
    Bookmark last = null;
    if (ahead < part.size()) {
      Column column = scan.table().column(from.key()).orElseThrow();
      last =
          new Bookmark(
              column.name(),
              column.type(),
              column.nativeType(),
              Values.text(part.get(part.size() - 1 - ahead).key(from.key())));
    }
    return new SourceBatch(
        batch, last, upTo, ahead, at == rows.size(), trail.behind(rows, at), trail.recent(part));
  }

  private void requireUsable() {
    String why = broken;
    if (why != null || closed) {
      throw new SourceException(
          SourceException.Kind.TRANSIENT,
          "The scan of table "
              + scan.table().id()
              + " ended early: "
              + (why == null ? "it was closed" : why)
              + ".",
          "It can be begun again.",
          null);
    }
  }

  /** The name of the scan. */
  String scan() {
    return scan.name();
  }

  /** Whether the reader has said that there are no more rows. */
  boolean ended() {
    return ended;
  }

  @Override
  public Optional<String> endPosition() {
    if (!ended) {
      throw new IllegalStateException("a scan has an end position only once it has ended");
    }
    return Optional.ofNullable(trail.end());
  }

  @Override
  public List<String> notes() {
    return trail.notes();
  }

  void waitAt(Gate next) {
    gate = next;
    next.pass(() -> broken != null || closed);
    gate = null;
  }

  void kill() {
    end("its connection was lost");
  }

  @Override
  public long received() {
    return received.get();
  }

  @Override
  public void cancel() {
    end("it was cancelled");
  }

  private void end(String why) {
    if (!closed && broken == null) {
      broken = why;
    }
    wake();
  }

  private void wake() {
    Gate waiting = gate;
    if (waiting != null) {
      waiting.nudge();
    }
  }

  @Override
  public void close() {
    closed = true;
    wake();
    source.closed(this);
  }
}
