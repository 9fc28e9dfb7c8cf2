package dev.bobbin.testkit;

import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceLoad;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A load of a table of an {@link InMemorySource}, cut by the ids of its rows. */
final class MemoryLoad implements SourceLoad {

  /** How a load begins its scans, and ends. */
  interface Scans {
    MemoryReader slice(TableScan scan, List<MemoryRow> rows, MemoryTrail trail);

    MemoryReader tail(TableScan scan, MemorySnapshot snapshot, ScanRange.FromBookmark from);

    void ended(SourceLoad load);
  }

  private static final int ROWS_WORTH_A_SLICE = 10;
  private static final int SLICES_FOR_A_READER = 4;

  private final LoadRequest request;
  private final MemorySnapshot snapshot;
  private final ScanRange.@Nullable FromBookmark tail;
  private final boolean ahead;
  private final Scans begin;
  private final @Nullable String restarted;
  private final Map<String, MemoryPosition.Slice> slices;
  private final List<MemoryReader> readers = new ArrayList<>();
  private boolean closed;

  /**
   * A load.
   *
   * @param slices into how many scans a new load is cut; 0 for as many as it is worth
   * @param tail the range of the tail; null for a full table
   * @param ahead whether rows of an incremental table have a key that is ahead of the clock
   */
  MemoryLoad(
      LoadRequest request,
      MemorySnapshot snapshot,
      int slices,
      ScanRange.@Nullable FromBookmark tail,
      boolean ahead,
      Scans begin) {
    this.request = request;
    this.snapshot = snapshot;
    this.tail = tail;
    this.ahead = ahead;
    this.begin = begin;
    Map<String, MemoryPosition.Slice> old = new HashMap<>();
    request
        .positions()
        .forEach(
            (name, text) ->
                MemoryPosition.Slice.parse(text).ifPresent(position -> old.put(name, position)));
    this.restarted = request.positions().isEmpty() ? null : refusal(old);
    this.slices = request.positions().isEmpty() || restarted != null ? cut(slices) : inOrder(old);
  }

  private @Nullable String refusal(Map<String, MemoryPosition.Slice> old) {
    if (old.size() < request.positions().size()) {
      return "A position of the load is none of this source.";
    }
    if (old.values().stream().anyMatch(p -> !p.history().equals(snapshot.history()))) {
      return "The source has another history than the one in which the load began.";
    }
    if (old.values().stream().anyMatch(p -> p.incarnation() != snapshot.incarnation())) {
      return "The table was emptied or rewritten since the load began.";
    }
    long next = 1;
    for (MemoryPosition.Slice slice : inOrder(old).values()) {
      if (slice.from() != next) {
        return "The positions of some scans of the load are not there.";
      }
      next = slice.to();
    }
    return next == MemoryPosition.Slice.OPEN
        ? null
        : "The positions of some scans of the load are not there.";
  }

  private static Map<String, MemoryPosition.Slice> inOrder(Map<String, MemoryPosition.Slice> old) {
    Map<String, MemoryPosition.Slice> sorted = new LinkedHashMap<>();
    old.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.comparingLong(MemoryPosition.Slice::from)))
        .forEach(e -> sorted.put(e.getKey(), e.getValue()));
    return sorted;
  }

  private Map<String, MemoryPosition.Slice> cut(int wanted) {
    List<MemoryRow> rows = snapshot.rows();
    Map<String, MemoryPosition.Slice> cut = new LinkedHashMap<>();
    if (rows.isEmpty()) {
      return cut;
    }
    int count = wanted > 0 ? wanted : worth(rows.size());
    long from = 1;
    for (int i = 1; i <= count; i++) {
      int first = (int) ((long) rows.size() * i / count);
      long to = i == count ? MemoryPosition.Slice.OPEN : rows.get(first).id();
      to = Math.max(from, to);
      cut.put(
          "slice-" + i,
          new MemoryPosition.Slice(
              snapshot.history(), snapshot.incarnation(), snapshot.oldest(), from, to, from - 1));
      from = to;
    }
    return cut;
  }

  private int worth(int rows) {
    return request.readers() == 1
        ? 1
        : Math.max(1, Math.min(SLICES_FOR_A_READER * request.readers(), rows / ROWS_WORTH_A_SLICE));
  }

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
  public boolean hasKeysAhead() {
    return ahead;
  }

  @Override
  public Optional<TableScan> tail() {
    if (tail == null) {
      return Optional.empty();
    }
    requireRead();
    return Optional.of(new TableScan(request.table(), TableScan.KEY, tail));
  }

  private synchronized void requireRead() {
    requireOpen();
    Set<String> unread = new HashSet<>(slices.keySet());
    readers.stream().filter(MemoryReader::ended).map(MemoryReader::scan).forEach(unread::remove);
    if (!unread.isEmpty()) {
      throw new IllegalStateException(
          "the tail comes when all scans have been read, and these have not: " + unread);
    }
  }

  @Override
  public BatchReader open(TableScan scan) {
    synchronized (this) {
      requireOpen();
    }
    MemoryReader reader;
    if (scan.range() instanceof ScanRange.FromBookmark from && from.equals(tail)) {
      requireRead();
      reader = begin.tail(scan, snapshot, from);
    } else {
      reader = openSlice(scan);
    }
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

  private MemoryReader openSlice(TableScan scan) {
    MemoryPosition.Slice slice = slices.get(scan.name());
    if (slice == null || !scan.range().equals(new ScanRange.Slice(slice.text()))) {
      throw new IllegalArgumentException("scan " + scan.name() + " is none of this load");
    }
    List<MemoryRow> rows = new ArrayList<>();
    snapshot.rows().stream()
        .filter(row -> row.id() >= slice.from() && row.id() <= slice.read())
        .filter(row -> row.writer() >= slice.oldest())
        .forEach(rows::add);
    int again = rows.size();
    snapshot.rows().stream()
        .filter(row -> row.id() > slice.read() && row.id() < slice.to())
        .forEach(rows::add);
    return begin.slice(
        scan,
        rows,
        request.resumable() ? MemoryTrail.ofSlice(snapshot, slice, again) : MemoryTrail.none());
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
}
