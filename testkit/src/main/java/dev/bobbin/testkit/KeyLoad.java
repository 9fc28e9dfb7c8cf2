package dev.bobbin.testkit;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.state.Bookmark;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A load of a table of an {@link InMemorySource}, cut by ranges of the primary key, whose scans
 * each see what is committed when they are opened.
 */
final class KeyLoad implements SourceLoad {

  /** How a load begins its scans, and ends. */
  interface Scans {
    /** How the values of a column compare. */
    Comparator<Object> order(String column);

    /** Begins a scan of those rows that are committed now and wanted. */
    MemoryReader slice(TableScan scan, RowsOfASlice wanted);

    /** The rows that are committed now. */
    List<MemoryRow> rows();

    void ended(SourceLoad load);
  }

  /** What a scan reads, and what it leaves behind. */
  interface RowsOfASlice extends MemoryTrail {
    /** The rows of the slice that are left to read, in their order. */
    List<MemoryRow> of(List<MemoryRow> rows);
  }

  private static final int ROWS_WORTH_A_SLICE = 10;
  private static final int SLICES_FOR_A_READER = 4;

  private final LoadRequest request;
  private final Table stored;
  private final List<String> primaryKey;
  private final Scans begin;
  private final @Nullable Object horizon;
  private final @Nullable String restarted;
  private final Map<String, KeyPosition> slices = new LinkedHashMap<>();
  private final @Nullable Bookmark start;
  private final List<MemoryReader> readers = new ArrayList<>();
  private boolean closed;

  /**
   * A load.
   *
   * @param stored the table, with all its columns
   * @param now where a slice stands that begins now: of this history, incarnation and key
   * @param count into how many scans a new load is cut; 0 for as many as it is worth
   * @param horizon the latest replication key that is not ahead of the clock; null for any
   */
  KeyLoad(
      LoadRequest request,
      Table stored,
      KeyPosition now,
      int count,
      @Nullable Object horizon,
      Scans begin) {
    this.request = request;
    this.stored = stored;
    this.primaryKey = stored.primaryKey();
    this.begin = begin;
    this.horizon = horizon;
    Map<String, KeyPosition> old = new LinkedHashMap<>();
    request
        .positions()
        .forEach(
            (name, text) -> KeyPosition.parse(text).ifPresent(position -> old.put(name, position)));
    this.restarted = request.positions().isEmpty() ? null : refusal(old, now);
    String startKey;
    if (request.positions().isEmpty() || restarted != null) {
      startKey = greatest();
      cut(now, startKey, count);
    } else {
      startKey = old.values().iterator().next().startOrNull();
      old.entrySet().stream()
          .sorted(Map.Entry.comparingByValue(Comparator.comparing(this::from, this::compareFrom)))
          .forEach(e -> slices.put(e.getKey(), e.getValue()));
    }
    this.start = startKey == null ? null : bookmark(startKey);
  }

  private List<Object> from(KeyPosition position) {
    return position.fromOrNull() == null ? List.of() : parsed(position.fromOrNull());
  }

  private int compareFrom(List<Object> a, List<Object> b) {
    return a.isEmpty() || b.isEmpty() ? Boolean.compare(!a.isEmpty(), !b.isEmpty()) : compare(a, b);
  }

  private @Nullable String refusal(Map<String, KeyPosition> old, KeyPosition now) {
    if (old.size() < request.positions().size()) {
      return "A position of the load is none of this source.";
    }
    for (KeyPosition position : old.values()) {
      if (!position.history().equals(now.history())) {
        return "The source has another history than the one in which the load began.";
      }
      if (position.incarnation() != now.incarnation()) {
        return "The table was emptied or rewritten since the load began.";
      }
      if (!Objects.equals(position.replicationKeyOrNull(), now.replicationKeyOrNull())) {
        return "The load began with another replication key.";
      }
    }
    return null;
  }

  private Column keyColumn() {
    return request
        .incremental()
        .flatMap(method -> request.table().column(method.key()))
        .orElseThrow(() -> new IllegalArgumentException("the load leaves out its own key"));
  }

  private Bookmark bookmark(String text) {
    Column column = keyColumn();
    return new Bookmark(column.name(), column.type(), column.nativeType(), text);
  }

  /** The greatest key that is not ahead of the clock. */
  private @Nullable String greatest() {
    Incremental method = request.incremental().orElse(null);
    if (method == null) {
      return null;
    }
    Comparator<Object> order = begin.order(keyColumn().name());
    return begin.rows().stream()
        .map(row -> row.values().get(method.key()))
        .filter(Objects::nonNull)
        .map(Objects::requireNonNull)
        .filter(key -> horizon == null || order.compare(key, horizon) <= 0)
        .max(order)
        .map(Values::text)
        .orElse(null);
  }

  private void cut(KeyPosition now, @Nullable String startKey, int wanted) {
    List<MemoryRow> rows = new ArrayList<>(begin.rows());
    rows.sort(this::compareRows);
    int count = rows.isEmpty() ? 0 : wanted > 0 ? wanted : worth(rows.size());
    List<String> from = null;
    for (int i = 1; i <= count; i++) {
      List<String> to = i == count ? null : texts(rows.get((int) ((long) rows.size() * i / count)));
      slices.put(
          "slice-" + i,
          new KeyPosition(
              now.history(),
              now.incarnation(),
              now.replicationKeyOrNull(),
              startKey,
              from,
              to,
              null,
              false));
      from = to;
    }
  }

  private int worth(int rows) {
    return request.readers() == 1
        ? 1
        : Math.max(1, Math.min(SLICES_FOR_A_READER * request.readers(), rows / ROWS_WORTH_A_SLICE));
  }

  // Primary keys

  private List<Object> key(MemoryRow row) {
    return primaryKey.stream().map(row::key).toList();
  }

  private List<String> texts(MemoryRow row) {
    return key(row).stream().map(Values::text).toList();
  }

  private List<Object> parsed(List<String> texts) {
    List<Object> key = new ArrayList<>();
    for (int i = 0; i < primaryKey.size(); i++) {
      Column column = stored.column(primaryKey.get(i)).orElseThrow();
      key.add(Values.parse(column.type(), texts.get(i)));
    }
    return key;
  }

  private int compare(List<Object> a, List<Object> b) {
    for (int i = 0; i < primaryKey.size(); i++) {
      int order = begin.order(primaryKey.get(i)).compare(a.get(i), b.get(i));
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  private int compareRows(MemoryRow a, MemoryRow b) {
    return compare(key(a), key(b));
  }

  // The load

  @Override
  public List<TableScan> scans() {
    List<TableScan> scans = new ArrayList<>();
    slices.forEach(
        (name, position) ->
            scans.add(new TableScan(request.table(), name, new ScanRange.Slice(position.text()))));
    return scans;
  }

  @Override
  public Optional<String> restarted() {
    return Optional.ofNullable(restarted);
  }

  @Override
  public Optional<TableScan> tail() {
    return Optional.empty();
  }

  @Override
  public Optional<Bookmark> start() {
    return Optional.ofNullable(start);
  }

  @Override
  public boolean hasKeysAhead() {
    Object limit = horizon;
    if (limit == null || request.incremental().isEmpty()) {
      return false;
    }
    String column = keyColumn().name();
    return begin.rows().stream()
        .map(row -> row.values().get(column))
        .filter(Objects::nonNull)
        .anyMatch(key -> begin.order(column).compare(Objects.requireNonNull(key), limit) > 0);
  }

  @Override
  public BatchReader open(TableScan scan) {
    synchronized (this) {
      requireOpen();
    }
    KeyPosition slice = slices.get(scan.name());
    if (slice == null || !scan.range().equals(new ScanRange.Slice(slice.text()))) {
      throw new IllegalArgumentException("scan " + scan.name() + " is none of this load");
    }
    MemoryReader reader = begin.slice(scan, new Slice(slice));
    boolean late;
    synchronized (this) {
      late = closed;
      readers.add(reader);
    }
    if (late) {
      reader.close();
      throw new IllegalStateException("the load is closed");
    }
    return reader;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the load is closed");
    }
  }

  @Override
  public void close() {
    List<MemoryReader> open;
    synchronized (this) {
      closed = true;
      open = List.copyOf(readers);
    }
    open.forEach(
        reader -> {
          reader.cancel();
          reader.close();
        });
    begin.ended(this);
  }

  /** One slice of the load. */
  private final class Slice implements RowsOfASlice {
    private final KeyPosition position;
    private final @Nullable Object low;

    Slice(KeyPosition position) {
      this.position = position;
      Bookmark from = start;
      this.low =
          from == null
              ? null
              : Values.less(
                  Values.parse(from.type(), from.value()),
                  request.incremental().orElseThrow().overlap());
    }

    @Override
    public List<MemoryRow> of(List<MemoryRow> all) {
      List<MemoryRow> rows = new ArrayList<>();
      if (!position.done()) {
        all.stream().filter(this::isLeft).forEach(rows::add);
        rows.sort(KeyLoad.this::compareRows);
      }
      return rows;
    }

    private boolean isLeft(MemoryRow row) {
      List<String> read = position.readOrNull();
      List<String> from = position.fromOrNull();
      List<String> to = position.toOrNull();
      return (read == null || compare(key(row), parsed(read)) > 0)
          && (from == null || compare(key(row), parsed(from)) >= 0)
          && (to == null || compare(key(row), parsed(to)) < 0);
    }

    @Override
    public @Nullable String behind(List<MemoryRow> rows, int count) {
      return request.resumable() ? position.read(texts(rows.get(count - 1))).text() : null;
    }

    @Override
    public @Nullable BitSet recent(List<MemoryRow> rows) {
      if (request.incremental().isEmpty()) {
        return null;
      }
      String column = keyColumn().name();
      BitSet recent = new BitSet();
      for (int i = 0; i < rows.size(); i++) {
        Object key = rows.get(i).values().get(column);
        recent.set(i, key != null && (low == null || begin.order(column).compare(key, low) >= 0));
      }
      return recent;
    }

    @Override
    public @Nullable String end() {
      return request.resumable() ? position.asDone().text() : null;
    }
  }
}
