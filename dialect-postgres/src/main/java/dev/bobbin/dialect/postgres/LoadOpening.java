package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.jdbc.LoadParts;
import dev.bobbin.dialect.postgres.PostgresLoad.Beginning;
import dev.bobbin.dialect.postgres.TableOpening.Seen;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.spi.SourceSettings;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Begins a load, or goes on with one: lock, snapshot, a look at the table, and then the cuts. */
final class LoadOpening {

  private static final int MOST_ATTEMPTS = 10;
  private static final Duration PATIENCE_WITH_THE_LOG = Duration.ofMillis(700);
  private static final Duration PAUSE = Duration.ofMillis(10);
  private static final String NO_PRIVILEGE = "42501";

  private final LoadRequest request;
  private final Table table;
  private final ServerKind server;
  private final SourceSettings settings;
  private final TableOpening opening;

  LoadOpening(Databases server, LoadRequest request) {
    this.request = request;
    this.table = request.table();
    this.server = server.kind();
    this.settings = server.settings();
    this.opening = new TableOpening(server, table);
  }

  /** Opens it; empty where the table turns out to be one that cannot be cut. */
  Optional<SourceLoad> open() {
    // Before anything is asked of the server: a damaged position is a failure at any rate.
    LoadPositions positions = LoadPositions.parse(request.positions());
    ReadOnlyTransaction transaction = null;
    boolean kept = false;
    try {
      transaction = opening.borrow();
      SourceLoad load = open(transaction, positions);
      kept = load != null;
      return Optional.ofNullable(load);
    } catch (SQLException e) {
      if (NO_PRIVILEGE.equals(e.getSQLState())) {
        return Optional.empty();
      }
      throw opening.failed(e);
    } finally {
      if (transaction != null && !kept) {
        transaction.finish();
      }
    }
  }

  private @Nullable SourceLoad open(ReadOnlyTransaction transaction, LoadPositions positions)
      throws SQLException {
    long replayed = server.standby() && !positions.isEmpty() ? transaction.replayed() : 0;
    Seen seen;
    Leaves leaves;
    int attempts = 0;
    do {
      if (attempts++ == MOST_ATTEMPTS
          || !opening.lockExplicitly(transaction, settings.lockTimeout())) {
        return null;
      }
      seen = opening.look(transaction);
      if (seen == null || !seen.moment().fit()) {
        return null;
      }
      leaves = opening.leaves(transaction);
      if (!leaves.readable()) {
        return null;
      }
    } while (!leaves.locked(transaction));
    ReadPoint now = logged(transaction, seen).point();
    Optional<String> doubt = positions.doubtAt(now, replayed, leaves.all());
    Beginning beginning =
        positions.isEmpty() || doubt.isPresent()
            ? begin(transaction, now, leaves, doubt)
            : new Beginning(positions.scans(table), null, positions.points(), List.of());
    String exported =
        request.readers() > 1 && server.sharesSnapshots() && beginning.scans().size() > 1
            ? transaction.export()
            : null;
    transaction.networkTimeout(Duration.ZERO);
    return new PostgresLoad(
        request,
        opening,
        new LoadConnections(
            opening, table.id(), settings, transaction, exported, beginning.scans().size()),
        leaves.all().stream().collect(Collectors.toMap(Leaf::oid, Function.identity())),
        new KeyPosition(now, seen.moment().leaves(), false),
        TableOpening.anyBytes(transaction),
        beginning);
  }

  /**
   * Waits a moment until all that had ended is on disk, so that the load can go on after a crash.
   * Commits of others see to that, or else the server's writer of the log, three times in a second.
   */
  private static Seen logged(ReadOnlyTransaction transaction, Seen seen) throws SQLException {
    Seen now = seen;
    long end = System.nanoTime() + PATIENCE_WITH_THE_LOG.toNanos();
    while (!now.moment().isLogged() && System.nanoTime() < end) {
      LockSupport.parkNanos(PAUSE.toNanos());
      now = new Seen(seen.moment().flushedTo(transaction.flushed()), seen.oid());
    }
    return now;
  }

  private Beginning begin(
      ReadOnlyTransaction transaction, ReadPoint now, Leaves leaves, Optional<String> doubt)
      throws SQLException {
    List<String> notes = new ArrayList<>();
    List<TableScan> scans = new ArrayList<>();
    if (leaves.bytes() > 0) {
      for (Slice slice : cut(transaction, leaves, notes)) {
        scans.add(
            new TableScan(
                table,
                "slice-" + (scans.size() + 1),
                new ScanRange.Slice(new SlicePosition(now, slice).toString())));
      }
    }
    return new Beginning(
        List.copyOf(scans),
        doubt.map(LoadOpening::sentence).orElse(null),
        Set.of(),
        List.copyOf(notes));
  }

  private List<Slice> cut(ReadOnlyTransaction transaction, Leaves leaves, List<String> notes)
      throws SQLException {
    int readers = server.sharesSnapshots() ? request.readers() : 1;
    int count = LoadParts.count(leaves.bytes(), readers);
    if (count == 1 || server.findsPlaces()) {
      return Cuts.blocks(leaves.all(), count);
    }
    Optional<Column> key = Abilities.cuttingKey(table);
    List<String> bounds = key.isPresent() ? opening.bounds(transaction, key.get()) : List.of();
    if (bounds.size() < 3) {
      notes.add(
          "One reader, because "
              + (key.isPresent()
                  ? "there are no statistics of its primary key (ANALYZE)"
                  : "it is read without a primary key of one column")
              + ".");
      return Cuts.blocks(leaves.all(), 1);
    }
    return Cuts.keys(key.get().name(), leaves.all(), bounds, count);
  }

  private static String sentence(String clause) {
    return clause.substring(0, 1).toUpperCase(Locale.ROOT) + clause.substring(1) + '.';
  }
}
