package dev.bobbin.dialect.jdbc.load;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.jdbc.load.LoadOrigin.KeyColumn;
import dev.bobbin.dialect.jdbc.load.LoadOrigin.Start;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.state.Bookmark;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A table that is being read by ranges of its key, each in a snapshot of its own. Thread-safe.
 *
 * <p>A row whose key is changed while the load is read can move from a range that is still to be
 * read into one that has been read, and is then missing, until it is changed again or the next
 * load: its replication key, where it has one, sees to the first.
 */
public final class RangeLoad implements SourceLoad {

  /** Cuts a table. */
  @FunctionalInterface
  public interface Cuts {

    /**
     * The ranges, in order; the first one is open below, and the last one above. Empty where there
     * are no rows.
     */
    List<KeyRange> ranges() throws SQLException;
  }

  private final LoadRequest request;
  private final LoadReaders readers;
  private final LoadOrigin origin;
  private final ScanQueries queries;
  private final RangeQuery ranges;
  private final List<TableScan> scans;
  private final @Nullable String restartedOrNull;
  private final @Nullable Bookmark startOrNull;

  private RangeLoad(
      LoadRequest request,
      LoadReaders readers,
      LoadKey key,
      LoadOrigin origin,
      ScanQueries queries,
      List<TableScan> scans,
      @Nullable String restartedOrNull,
      @Nullable Bookmark startOrNull) {
    this.request = request;
    this.readers = readers;
    this.origin = origin;
    this.queries = queries;
    this.ranges = new RangeQuery(request, key, startOrNull, queries.sql());
    this.scans = scans;
    this.restartedOrNull = restartedOrNull;
    this.startOrNull = startOrNull;
  }

  /**
   * Begins a load, or goes on with one.
   *
   * @param request what to read
   * @param positions how far its ranges had come; read before anything was asked of the server
   * @param key by which the table is cut
   * @param incarnation what the table is now
   * @param queries makes the statements of scans by its replication key
   * @param readers taken over by the load, unless this fails
   * @param cuts asked where the load begins
   * @throws SQLException as cutting does
   * @throws dev.bobbin.error.SourceException on other failures
   */
  public static RangeLoad begin(
      LoadRequest request,
      LoadPositions positions,
      LoadKey key,
      Incarnation incarnation,
      ScanQueries queries,
      LoadReaders readers,
      Cuts cuts)
      throws SQLException {
    Table table = request.table();
    Incremental method = request.incrementalOrNull();
    Column by = method == null ? null : table.column(method.key()).orElseThrow();
    LoadOrigin origin =
        new LoadOrigin(
            incarnation,
            table.id(),
            key.columns().stream().map(KeyColumn::of).toList(),
            by == null ? null : new Start(KeyColumn.of(by), null));
    Optional<String> doubt = positions.doubtAt(origin);
    if (!positions.isEmpty() && doubt.isEmpty()) {
      origin = origin.startingAs(positions.origin());
      Bookmark start = origin.start(table).orElse(null);
      return new RangeLoad(
          request, readers, key, origin, queries, positions.scans(table), null, start);
    }
    Bookmark start = by == null ? null : start(table, by, queries, readers);
    origin = origin.startingAt(start);
    List<TableScan> scans = new ArrayList<>();
    for (KeyRange range : cuts.ranges()) {
      scans.add(
          new TableScan(
              table,
              "range-" + (scans.size() + 1),
              new ScanRange.Slice(RangePosition.before(origin, range).toString())));
    }
    return new RangeLoad(
        request,
        readers,
        key,
        origin,
        queries,
        List.copyOf(scans),
        doubt.map(RangeLoad::sentence).orElse(null),
        start);
  }

  /** The greatest key that is not ahead, before any row of the load is read. */
  private static @Nullable Bookmark start(
      Table table, Column by, ScanQueries queries, LoadReaders readers) {
    Table key = table.withColumns(Set.of(by.name()));
    return one(readers, key, queries.greatest(key, by.name()))
        .map(batch -> queries.sql().bookmark(batch.rows().column(0), 0))
        .orElse(null);
  }

  private static String sentence(String clause) {
    return clause.substring(0, 1).toUpperCase(Locale.ROOT) + clause.substring(1) + '.';
  }

  @Override
  public List<TableScan> scans() {
    return scans;
  }

  @Override
  public Optional<String> restarted() {
    return Optional.ofNullable(restartedOrNull);
  }

  @Override
  public BatchReader open(TableScan scan) {
    if (!(scan.range() instanceof ScanRange.Slice slice) || !scans.contains(scan)) {
      throw new IllegalArgumentException("the scan is not one of this load");
    }
    RangePosition position = RangePosition.parse(slice.position()).of(origin);
    return readers.read(scan, ranges.of(position), scans.size() == 1);
  }

  @Override
  public Optional<TableScan> tail() {
    return Optional.empty();
  }

  @Override
  public Optional<Bookmark> start() {
    return Optional.ofNullable(startOrNull);
  }

  @Override
  public boolean hasKeysAhead() {
    return request.incremental().filter(this::hasKeysAhead).isPresent();
  }

  private boolean hasKeysAhead(Incremental method) {
    Table key = request.table().withColumns(Set.of(method.key()));
    Optional<ScanQuery> query = queries.anyAhead(key, method.key());
    return query.isPresent() && one(readers, key, query.get()).isPresent();
  }

  /** The batch of a statement that gives one row at most. */
  private static Optional<SourceBatch> one(LoadReaders readers, Table table, ScanQuery query) {
    TableScan scan = new TableScan(table, TableScan.KEY, new ScanRange.WholeTable());
    try (BatchReader reader = readers.read(scan, query, false)) {
      Optional<SourceBatch> one = reader.next();
      if (one.isPresent() && reader.next().isPresent()) {
        throw new IllegalStateException("a statement for one row gave several");
      }
      return one;
    }
  }

  @Override
  public void close() {
    readers.close();
  }
}
