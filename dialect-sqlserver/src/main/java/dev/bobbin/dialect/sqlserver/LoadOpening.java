package dev.bobbin.dialect.sqlserver;

import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.jdbc.LoadParts;
import dev.bobbin.dialect.jdbc.load.Incarnation;
import dev.bobbin.dialect.jdbc.load.KeyRange;
import dev.bobbin.dialect.jdbc.load.LoadKeeper;
import dev.bobbin.dialect.jdbc.load.LoadKey;
import dev.bobbin.dialect.jdbc.load.LoadPositions;
import dev.bobbin.dialect.jdbc.load.RangeLoad;
import dev.bobbin.dialect.jdbc.load.ScanQueries;
import dev.bobbin.dialect.jdbc.load.ScanQuery;
import dev.bobbin.dialect.sqlserver.TableOpening.Opened;
import dev.bobbin.dialect.sqlserver.TableOpening.Seen;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.SourceException;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceLoad;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Begins a load, or goes on with one: the table is opened and looked at, and then cut. Behind
 * Babelfish the transaction in which it was opened keeps it from being altered for as long as the
 * load lasts.
 */
final class LoadOpening {

  private final Server server;
  private final LoadRequest request;
  private final Table table;
  private final TableOpening opening;

  LoadOpening(Server server, LoadRequest request) {
    this.server = server;
    this.request = request;
    this.table = request.table();
    this.opening = new TableOpening(server, table);
  }

  /** Opens it; empty where the table turns out to be one that cannot be cut. */
  Optional<SourceLoad> open() {
    // Before anything is asked of the server: a damaged position is a failure at any rate.
    LoadPositions positions = LoadPositions.parse(request.positions());
    ReadTransaction transaction = null;
    boolean kept = false;
    try {
      Opened opened = opening.open();
      transaction = opened.transaction();
      Optional<SourceLoad> load = begin(opened, positions);
      transaction.networkTimeout(Duration.ZERO);
      kept = load.isPresent();
      return load;
    } catch (SQLException e) {
      throw opening.failed(e);
    } finally {
      if (transaction != null && !kept) {
        transaction.finish();
      }
    }
  }

  private Optional<SourceLoad> begin(Opened opened, LoadPositions positions) throws SQLException {
    Seen seen = opened.seen();
    if (Abilities.obstacle(table, seen.storage()) != null) {
      return Optional.empty();
    }
    LoadKey key = LoadKey.of(table, seen.storage()).orElseThrow();
    LoadKeeper<ReadTransaction> keeper =
        new LoadKeeper<>(
            new OfLoad(opening, seen.incarnation()),
            new LoadKeeper.Opened<>(opened.transaction(), seen.incarnation()));
    RangeLoad load =
        RangeLoad.begin(
            request,
            positions,
            key,
            seen.incarnation(),
            new ScanQueries(seen.scans(), seen.storage()::isOrdered),
            keeper,
            () -> cut(opened, key));
    if (load.scans().size() > 1 && !server.kind().babelfish()) {
      opened.transaction().end(); // nobody needs its snapshot, and the server keeps versions for it
    }
    return Optional.of(load);
  }

  /**
   * Opens the table of a load again.
   *
   * @param incarnation what the table was when the load began
   */
  private record OfLoad(TableOpening opening, Incarnation incarnation)
      implements LoadKeeper.Opening<ReadTransaction> {

    @Override
    public LoadKeeper.Opened<ReadTransaction> open() throws SQLException {
      Opened again = opening.open();
      return new LoadKeeper.Opened<>(again.transaction(), again.seen().incarnation());
    }

    @Override
    public BatchReader reader(ReadTransaction transaction, TableScan scan, ScanQuery query) {
      return opening.reader(transaction, scan, query, opening.noticing(transaction, incarnation));
    }

    @Override
    public SourceException closed() {
      return opening.closed();
    }

    @Override
    public BobbinException failed(SQLException failure) {
      return opening.failed(failure);
    }
  }

  private List<KeyRange> cut(Opened opened, LoadKey key) throws SQLException {
    Seen seen = opened.seen();
    KeyCuts cuts = new KeyCuts(key, seen.scans(), opening, opened.transaction());
    if (!cuts.hasRows()) {
      return List.of();
    }
    if (request.readers() == 1) {
      return List.of(KeyRange.ALL);
    }
    long rows = seen.rows() > 0 ? seen.rows() : cuts.count();
    long bytes = seen.bytes() > 0 ? seen.bytes() : rows * width();
    int parts = LoadParts.count(bytes, request.readers(), server.options().cutFrom());
    return parts == 1 ? List.of(KeyRange.ALL) : cuts.ranges(rows, parts);
  }

  /** What a row takes, about. */
  private long width() {
    return table.columns().stream()
        .mapToLong(column -> TypeName.parse(column.nativeType()).width())
        .sum();
  }
}
