package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.Table;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.state.Bookmark;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A table that is being read by ranges of its key, each in a snapshot of its own. Thread-safe.
 *
 * <p>A row whose key is changed while the load is read can move from a range that is still to be
 * read into one that has been read, and is then missing, until it is changed again or the next
 * load: its replication key, where it has one, sees to the first.
 */
final class MySqlLoad implements SourceLoad {

  /**
   * How a load begins.
   *
   * @param scans what is left to read
   * @param restartedOrNull why it did not go on, as a sentence
   * @param startOrNull where the first scan by key begins
   */
  record Beginning(
      List<TableScan> scans, @Nullable String restartedOrNull, @Nullable Bookmark startOrNull) {}

  private final LoadRequest request;
  private final TableOpening opening;
  private final LoadKeeper keeper;
  private final LoadOrigin origin;
  private final RangeQuery ranges;
  private final Predicate<String> fit;
  private final Beginning beginning;

  /**
   * A load.
   *
   * @param origin of the positions that it gives
   * @param fit whether rows can be read in the order of the index of this name
   */
  MySqlLoad(
      LoadRequest request,
      TableOpening opening,
      LoadKeeper keeper,
      LoadKey key,
      LoadOrigin origin,
      Predicate<String> fit,
      Beginning beginning) {
    this.request = request;
    this.opening = opening;
    this.keeper = keeper;
    this.origin = origin;
    this.ranges = new RangeQuery(request, key, beginning.startOrNull());
    this.fit = fit;
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
    if (!(scan.range() instanceof ScanRange.Slice slice) || !beginning.scans().contains(scan)) {
      throw new IllegalArgumentException("the scan is not one of this load");
    }
    RangePosition position = RangePosition.parse(slice.position()).of(origin);
    ScanQuery query = ranges.of(position);
    return opening.reader(keeper.reader(beginning.scans().size() == 1), scan, query);
  }

  @Override
  public Optional<TableScan> tail() {
    return Optional.empty();
  }

  @Override
  public Optional<Bookmark> start() {
    return Optional.ofNullable(beginning.startOrNull());
  }

  @Override
  public boolean hasKeysAhead() {
    return request.incremental().filter(this::hasKeysAhead).isPresent();
  }

  private boolean hasKeysAhead(Incremental method) {
    Table key = request.table().withColumns(Set.of(method.key()));
    Optional<ScanQuery> query = ScanQuery.anyAhead(key, method.key(), fit);
    return query.isPresent() && one(opening, keeper.reader(false), key, query.get()).isPresent();
  }

  /**
   * The batch of a statement that gives one row at most.
   *
   * @param transaction taken over
   * @throws dev.bobbin.error.SourceException on every failure
   */
  static Optional<SourceBatch> one(
      TableOpening opening, ReadOnlyTransaction transaction, Table table, ScanQuery query) {
    TableScan scan = new TableScan(table, TableScan.KEY, new ScanRange.WholeTable());
    try (BatchReader reader = opening.reader(transaction, scan, query)) {
      Optional<SourceBatch> one = reader.next();
      if (one.isPresent() && reader.next().isPresent()) {
        throw new IllegalStateException("a statement for one row gave several");
      }
      return one;
    }
  }

  @Override
  public void close() {
    keeper.close();
  }
}
