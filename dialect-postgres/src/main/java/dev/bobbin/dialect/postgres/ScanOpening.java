package dev.bobbin.dialect.postgres;

import dev.bobbin.dialect.postgres.TableOpening.Seen;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.ScanRange.FromBookmark;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceSettings;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Opens one scan that is not a slice of a load. */
final class ScanOpening {

  private final Databases server;
  private final SourceSettings settings;
  private final TableScan scan;
  private final TableOpening opening;

  ScanOpening(Databases server, TableScan scan) {
    this.server = server;
    this.settings = server.settings();
    this.scan = scan;
    this.opening = new TableOpening(server, scan.table());
  }

  /**
   * Opens it.
   *
   * @param latecomers whether the table is one that can tell what the last scan has seen
   */
  BatchReader open(boolean latecomers) {
    if (scan.range() instanceof ScanRange.Slice) {
      throw new IllegalArgumentException("a slice is opened by its load");
    }
    ReadOnlyTransaction transaction = null;
    try {
      transaction = opening.borrow();
      CopyPlan plan = plan(transaction, latecomers);
      // From here on the reader's owner watches the progress: a slow sink is no failure.
      transaction.networkTimeout(Duration.ZERO);
      return opening.reader(transaction, scan, plan, TableOpening.anyBytes(transaction));
    } catch (SQLException e) {
      finish(transaction);
      throw opening.failed(e);
    } catch (RuntimeException e) {
      finish(transaction);
      throw e;
    }
  }

  private static void finish(@Nullable ReadOnlyTransaction transaction) {
    if (transaction != null) {
      transaction.finish();
    }
  }

  private CopyPlan plan(ReadOnlyTransaction transaction, boolean latecomers) throws SQLException {
    boolean anyBytes = TableOpening.anyBytes(transaction);
    if (latecomers && scan.range() instanceof FromBookmark from) {
      Optional<KeyPosition> before = from.position().map(KeyPosition::parse);
      long replayed = before.isPresent() ? replayed(transaction) : 0;
      if (opening.lockExplicitly(transaction, settings.lockTimeout())) {
        Seen seen = opening.look(transaction);
        if (seen != null && seen.moment().fit()) {
          return CopyQuery.of(scan, from, anyBytes, latecomers(seen, before, replayed));
        }
      }
    }
    if (!opening.keepsRows() || !opening.lockExplicitly(transaction, settings.lockTimeout())) {
      opening.lockByReading(transaction);
    }
    opening.check(transaction);
    CopyPlan plan = CopyQuery.of(scan, anyBytes);
    boolean seenBefore = scan.range() instanceof FromBookmark from && from.position().isPresent();
    return seenBefore
        ? plan.with(List.of(again("this user can no longer tell which they are")))
        : plan;
  }

  /** Up to where a standby has replayed the log: before the snapshot, which is still to come. */
  private long replayed(ReadOnlyTransaction transaction) throws SQLException {
    return server.kind().standby() ? transaction.replayed() : 0;
  }

  private static Latecomers latecomers(Seen seen, Optional<KeyPosition> before, long replayed) {
    KeyPosition now = new KeyPosition(seen.point(), seen.moment().leaves(), false);
    Optional<String> doubt = before.flatMap(b -> now.doubtAbout(b, replayed));
    return new Latecomers(
        now,
        doubt.isPresent() ? null : before.orElse(null),
        doubt.map(why -> List.of(again(why))).orElse(List.of()));
  }

  private static String again(String why) {
    return "Rows of the overlap that the last run has seen come again, because " + why + ".";
  }
}
