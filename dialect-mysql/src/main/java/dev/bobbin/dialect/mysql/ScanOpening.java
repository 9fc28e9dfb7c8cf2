package dev.bobbin.dialect.mysql;

import dev.bobbin.dialect.jdbc.load.ScanQueries;
import dev.bobbin.dialect.jdbc.load.ScanQuery;
import dev.bobbin.dialect.mysql.ReadOnlyTransaction.Isolation;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Opens one scan that is not a range of a load. */
final class ScanOpening {

  private final TableScan scan;
  private final TableOpening opening;

  ScanOpening(Server server, TableScan scan) {
    this.scan = scan;
    this.opening = new TableOpening(server, scan.table());
  }

  /**
   * Opens it.
   *
   * @param fit whether the rows can be read in the order of the index of this name
   */
  BatchReader open(Predicate<String> fit) {
    if (scan.range() instanceof ScanRange.Slice) {
      throw new IllegalArgumentException("a slice is opened by its load");
    }
    ScanQuery query = new ScanQueries(MySqlScanSql.INSTANCE, fit).of(scan);
    ReadOnlyTransaction transaction = null;
    try {
      transaction = opening.begin(Isolation.REPEATABLE_READ);
      opening.check(transaction);
      // From here on the reader's owner watches the progress: a slow sink is no failure.
      transaction.networkTimeout(Duration.ZERO);
      return opening.reader(transaction, scan, query);
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
}
