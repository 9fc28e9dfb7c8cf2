package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.jdbc.LoadParts;
import dev.bobbin.dialect.mysql.LoadOrigin.KeyColumn;
import dev.bobbin.dialect.mysql.LoadOrigin.Start;
import dev.bobbin.dialect.mysql.MySqlLoad.Beginning;
import dev.bobbin.dialect.mysql.ReadOnlyTransaction.Isolation;
import dev.bobbin.dialect.mysql.TableOpening.Seen;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.state.Bookmark;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
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
    Incremental method = request.incrementalOrNull();
    Column by = method == null ? null : table.column(method.key()).orElseThrow();
    LoadOrigin origin =
        new LoadOrigin(
            seen.incarnation(),
            table.id(),
            key.columns().stream().map(KeyColumn::of).toList(),
            by == null ? null : new Start(KeyColumn.of(by), null));
    Optional<String> doubt = positions.doubtAt(origin);
    Beginning beginning;
    if (positions.isEmpty() || doubt.isPresent()) {
      Bookmark start = by == null ? null : start(by, storage);
      origin = origin.startingAt(start);
      beginning =
          new Beginning(
              cut(transaction, seen, key, origin),
              doubt.map(LoadOpening::sentence).orElse(null),
              start);
    } else {
      origin = origin.startingAs(positions.origin());
      beginning = new Beginning(positions.scans(table), null, origin.start(table).orElse(null));
    }
    transaction.networkTimeout(Duration.ZERO);
    return new MySqlLoad(
        request,
        opening,
        new LoadKeeper(opening, seen.incarnation(), transaction),
        key,
        origin,
        storage::isOrdered,
        beginning);
  }

  /** The greatest key that is not ahead, before any row of the load is read. */
  private @Nullable Bookmark start(Column by, Storage storage) throws SQLException {
    Table key = table.withColumns(Set.of(by.name()));
    return MySqlLoad.one(
            opening,
            opening.begin(Isolation.READ_COMMITTED),
            key,
            ScanQuery.greatest(key, by.name(), storage::isOrdered))
        .map(batch -> KeyText.bookmark(batch.rows().column(0), 0))
        .orElse(null);
  }

  private List<TableScan> cut(
      ReadOnlyTransaction transaction, Seen seen, LoadKey key, LoadOrigin origin)
      throws SQLException {
    KeyProbe probe = new KeyProbe(transaction.connection(), table, key);
    List<TableScan> scans = new ArrayList<>();
    for (KeyRange range :
        new Cuts(probe, key).ranges(LoadParts.count(seen.bytes(), request.readers()))) {
      scans.add(
          new TableScan(
              table,
              "range-" + (scans.size() + 1),
              new ScanRange.Slice(RangePosition.before(origin, range).toString())));
    }
    return List.copyOf(scans);
  }

  private static String sentence(String clause) {
    return clause.substring(0, 1).toUpperCase(Locale.ROOT) + clause.substring(1) + '.';
  }
}
