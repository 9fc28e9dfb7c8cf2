package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.jdbc.LoadParts;
import dev.bobbin.dialect.jdbc.load.LoadKeeper;
import dev.bobbin.dialect.jdbc.load.LoadKeeper.Opened;
import dev.bobbin.dialect.jdbc.load.LoadKey;
import dev.bobbin.dialect.jdbc.load.LoadPositions;
import dev.bobbin.dialect.jdbc.load.RangeLoad;
import dev.bobbin.dialect.jdbc.load.ScanQueries;
import dev.bobbin.dialect.mysql.ReadOnlyTransaction.Isolation;
import dev.bobbin.dialect.mysql.TableOpening.Seen;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceLoad;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Begins a load, or goes on with one: lock, a look at the table, and then the cuts. */
final class LoadOpening {

  private final LoadRequest request;
  private final Table table;
  private final TableOpening opening;

  LoadOpening(Server server, LoadRequest request) {
    this.request = request;
    this.table = request.table();
    this.opening = new TableOpening(server, table);
  }

  /** Opens it; empty where the table turns out to be one that cannot be cut. */
  Optional<SourceLoad> open() {
    // Before anything is asked of the server: a damaged position is a failure at any rate.
    LoadPositions positions = LoadPositions.parse(request.positions());
    ReadOnlyTransaction transaction = null;
    boolean kept = false;
    try {
      transaction = opening.begin(Isolation.READ_COMMITTED);
      SourceLoad load = open(transaction, positions);
      kept = load != null;
      return Optional.ofNullable(load);
    } catch (SQLException e) {
      throw opening.failed(e);
    } finally {
      if (transaction != null && !kept) {
        transaction.finish();
      }
    }
  }

  private @Nullable SourceLoad open(ReadOnlyTransaction transaction, LoadPositions positions)
      throws SQLException {
    Seen seen = opening.look(transaction);
    Storage storage = seen.storage();
    LoadKey key =
        Abilities.obstacle(table, storage) == null ? LoadKey.of(table, storage).orElse(null) : null;
    if (key == null) {
      return null;
    }
    KeyProbe probe = new KeyProbe(transaction.connection(), table, key);
    SourceLoad load =
        RangeLoad.begin(
            request,
            positions,
            key,
            seen.incarnation(),
            new ScanQueries(MySqlScanSql.INSTANCE, storage::isOrdered),
            // Its READ COMMITTED makes the server keep no old rows between statements.
            new LoadKeeper<>(opening, new Opened<>(transaction, seen.incarnation())),
            () -> new Cuts(probe, key).ranges(LoadParts.count(seen.bytes(), request.readers())));
    transaction.networkTimeout(Duration.ZERO);
    return load;
  }
}
