package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.ScanRange.FromBookmark;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.state.Bookmark;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A table that is being read in slices under one snapshot. Thread-safe. */
final class PostgresLoad implements SourceLoad {

  /**
   * How a load begins.
   *
   * @param scans what is left to read
   * @param restartedOrNull why it did not go on, as a sentence
   * @param earlier when what has been read of it was read: at no other point
   * @param notes what a person should know of it
   */
  record Beginning(
      List<TableScan> scans,
      @Nullable String restartedOrNull,
      Set<ReadPoint> earlier,
      List<String> notes) {}

  private final LoadRequest request;
  private final TableOpening opening;
  private final LoadConnections connections;
  private final Map<Long, Leaf> leaves;
  private final KeyPosition now;
  private final boolean anyBytes;
  private final Beginning beginning;

  /**
   * A load.
   *
   * @param now when it reads, as the position of a scan by key
   * @param leaves by their oid, the tables that its rows are in
   * @param anyBytes whether texts can be any bytes
   */
  PostgresLoad(
      LoadRequest request,
      TableOpening opening,
      LoadConnections connections,
      Map<Long, Leaf> leaves,
      KeyPosition now,
      boolean anyBytes,
      Beginning beginning) {
    this.request = request;
    this.opening = opening;
    this.connections = connections;
    this.leaves = Map.copyOf(leaves);
    this.now = now;
    this.anyBytes = anyBytes;
    this.beginning = beginning;
  }

  @Override
  public List<TableScan> scans() {
    return beginning.scans();
  }

  @Override
  public Optional<String> restarted() {
    return Optional.ofNullable(beginning.restartedOrNull());
  }

  @Override
  public BatchReader open(TableScan scan) {
    return open(scan, plan(scan));
  }

  private BatchReader open(TableScan scan, CopyPlan plan) {
    return opening.reader(connections.take(), scan, plan, anyBytes);
  }

  private CopyPlan plan(TableScan scan) {
    if (scan.range() instanceof FromBookmark from) {
      KeyPosition before = from.position().map(KeyPosition::parse).orElse(null);
      if (before == null || !before.point().equals(now.point())) {
        throw new IllegalArgumentException("the scan is not one of this load");
      }
      return CopyQuery.of(scan, from, anyBytes, new Latecomers(now, before, List.of()));
    }
    if (!(scan.range() instanceof ScanRange.Slice part)) {
      throw new IllegalArgumentException("the scan is not one of this load");
    }
    SlicePosition position = SlicePosition.parse(part.position());
    if (!position.point().equals(now.point()) && !beginning.earlier().contains(position.point())) {
      throw new IllegalArgumentException("the scan is not one of this load");
    }
    Table table = request.table();
    Column key =
        position.slice() instanceof KeySlice keys ? table.column(keys.key()).orElseThrow() : null;
    return new SliceReads(
            table,
            leaves,
            new CopyStatement(table, anyBytes),
            request.resumable(),
            position,
            now.point())
        .plan(key, beginning.notes());
  }

  @Override
  public Optional<TableScan> tail() {
    return request.incremental().map(this::tail);
  }

  private TableScan tail(Incremental method) {
    return new TableScan(
        request.table(),
        TableScan.KEY,
        new FromBookmark(
            method.key(), greatest(method.key()), method.overlap(), now.completed().toString()));
  }

  private @Nullable Bookmark greatest(String key) {
    TableScan keys = keysAlone(key);
    return one(keys, CopyQuery.greatest(keys, key, anyBytes))
        .map(batch -> BookmarkText.of(batch.rows().column(0), 0))
        .orElse(null);
  }

  @Override
  public boolean hasKeysAhead() {
    return request.incremental().filter(method -> hasKeysAhead(method.key())).isPresent();
  }

  private boolean hasKeysAhead(String key) {
    TableScan keys = keysAlone(key);
    Optional<CopyPlan> plan = CopyQuery.anyAhead(keys, key, anyBytes);
    return plan.isPresent() && one(keys, plan.get()).isPresent();
  }

  private TableScan keysAlone(String key) {
    return new TableScan(
        request.table().withColumns(Set.of(key)), TableScan.KEY, new ScanRange.WholeTable());
  }

  /** The batch of a statement that gives one row at most. */
  private Optional<SourceBatch> one(TableScan scan, CopyPlan plan) {
    try (BatchReader reader = open(scan, plan)) {
      Optional<SourceBatch> one = reader.next();
      Optional<SourceBatch> more = one.isPresent() ? reader.next() : Optional.empty();
      if (more.isPresent()) {
        throw new IllegalStateException("a statement for one row gave several");
      }
      return one;
    }
  }

  @Override
  public void close() {
    connections.close();
  }
}
