package dev.bobbin.dialect.sqlserver;

import dev.bobbin.dialect.jdbc.load.ScanQueries;
import dev.bobbin.dialect.sqlserver.TableOpening.Opened;
import dev.bobbin.dialect.sqlserver.TableOpening.Seen;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Opens one scan that is not a range of a load. */
final class ScanOpening {

  private final TableScan scan;
  private final TableOpening opening;

  ScanOpening(Server server, TableScan scan) {
    this.scan = scan;
    this.opening = new TableOpening(server, scan.table());
  }

  BatchReader open() {
    if (scan.range() instanceof ScanRange.Slice) {
      throw new IllegalArgumentException("a slice is opened by its load");
    }
    ReadTransaction transaction = null;
    try {
      Opened opened = opening.open();
      transaction = opened.transaction();
      Seen seen = opened.seen();
      ScanQueries queries = new ScanQueries(seen.scans(), seen.storage()::isOrdered);
      // From here on the reader's owner watches the progress: a slow sink is no failure.
      transaction.networkTimeout(Duration.ZERO);
      return opening.reader(transaction, scan, queries.of(scan), () -> {});
    } catch (SQLException e) {
      finish(transaction);
      throw opening.failed(e);
    } catch (RuntimeException e) {
      finish(transaction);
      throw e;
    }
  }

  private static void finish(@Nullable ReadTransaction transaction) {
    if (transaction != null) {
      transaction.finish();
    }
  }
}
