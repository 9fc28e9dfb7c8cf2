package dev.bobbin.dialect.sqlserver;

import dev.bobbin.dialect.jdbc.load.Incarnation;
import dev.bobbin.dialect.jdbc.load.LoadReaders;
import dev.bobbin.dialect.jdbc.load.ScanQuery;
import dev.bobbin.dialect.sqlserver.TableOpening.Opened;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The connection in whose transaction the table of a load was opened, which behind Babelfish keeps
 * it from being altered for as long as the load lasts; and those that read the load. Thread-safe.
 *
 * <p>Each of them looks whether the table is still the one that the load began with.
 */
final class LoadKeeper implements LoadReaders {

  private final TableOpening opening;
  private final Incarnation incarnation;
  private @Nullable ReadTransaction lock;
  private final List<ReadTransaction> lent = new ArrayList<>();
  private boolean closed;

  /**
   * A keeper.
   *
   * @param opening opens further connections
   * @param incarnation what the table was when the load began
   * @param lock the transaction in which it was opened
   */
  LoadKeeper(TableOpening opening, Incarnation incarnation, ReadTransaction lock) {
    this.opening = opening;
    this.incarnation = incarnation;
    this.lock = lock;
  }

  @Override
  public BatchReader read(TableScan scan, ScanQuery query, boolean alone) {
    ReadTransaction transaction = reader(alone);
    return opening.reader(transaction, scan, query, opening.noticing(transaction, incarnation));
  }

  /** A transaction to read with, which its reader ends. */
  private ReadTransaction reader(boolean alone) {
    synchronized (this) {
      if (closed) {
        throw opening.closed();
      }
      ReadTransaction mine = lock;
      if (alone && mine != null) {
        lock = null;
        lent.add(mine);
        return mine;
      }
    }
    ReadTransaction transaction = null;
    boolean kept = false;
    try {
      Opened opened = opening.open();
      transaction = opened.transaction();
      Optional<String> doubt = opened.seen().incarnation().doubtAbout(incarnation);
      if (doubt.isPresent()) {
        throw TableOpening.refusal(doubt.get());
      }
      // From here on the reader's owner watches the progress: a slow sink is no failure.
      transaction.networkTimeout(Duration.ZERO);
      synchronized (this) {
        if (closed) {
          throw opening.closed();
        }
        lent.add(transaction);
      }
      kept = true;
      return transaction;
    } catch (SQLException e) {
      throw opening.failed(e);
    } finally {
      if (transaction != null && !kept) {
        transaction.finish();
      }
    }
  }

  /** Ends what still reads, too. */
  @Override
  public void close() {
    ReadTransaction mine;
    synchronized (this) {
      closed = true;
      mine = lock;
      lock = null;
    }
    // Nobody adds to it any more; what has been finished is not touched.
    lent.forEach(ReadTransaction::discard);
    if (mine != null) {
      mine.finish();
    }
  }
}
