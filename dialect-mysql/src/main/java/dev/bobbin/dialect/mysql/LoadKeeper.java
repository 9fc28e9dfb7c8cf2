package dev.bobbin.dialect.mysql;

import dev.bobbin.dialect.jdbc.load.Incarnation;
import dev.bobbin.dialect.jdbc.load.LoadReaders;
import dev.bobbin.dialect.jdbc.load.ScanQuery;
import dev.bobbin.dialect.mysql.ReadOnlyTransaction.Isolation;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The connection that holds the lock on a table for as long as a load lasts, and opens those that
 * read it. Thread-safe.
 *
 * <p>Its transaction is READ COMMITTED, so the server keeps no old rows for it between statements.
 * Should the server end it, the readers notice whether the table has been changed meanwhile.
 */
final class LoadKeeper implements LoadReaders {

  private final TableOpening opening;
  private final Incarnation incarnation;
  private @Nullable ReadOnlyTransaction lock;
  private final List<ReadOnlyTransaction> lent = new ArrayList<>();
  private boolean closed;

  /**
   * A keeper.
   *
   * @param opening opens further connections
   * @param incarnation what the table was when the load began
   * @param lock a transaction that has the lock
   */
  LoadKeeper(TableOpening opening, Incarnation incarnation, ReadOnlyTransaction lock) {
    this.opening = opening;
    this.incarnation = incarnation;
    this.lock = lock;
  }

  @Override
  public BatchReader read(TableScan scan, ScanQuery query, boolean alone) {
    return opening.reader(reader(alone), scan, query);
  }

  /**
   * A transaction to read with, which its reader ends.
   *
   * @param only whether nobody else reads of the load: then this connection does
   */
  private ReadOnlyTransaction reader(boolean only) {
    synchronized (this) {
      if (closed) {
        throw opening.closed();
      }
      ReadOnlyTransaction mine = lock;
      if (only && mine != null) {
        lock = null;
        lent.add(mine);
        return mine;
      }
    }
    ReadOnlyTransaction transaction = null;
    boolean opened = false;
    try {
      transaction = opening.begin(Isolation.REPEATABLE_READ);
      opening.look(transaction).incarnation().doubtAbout(incarnation).ifPresent(LoadKeeper::refuse);
      // From here on the reader's owner watches the progress: a slow sink is no failure.
      transaction.networkTimeout(Duration.ZERO);
      synchronized (this) {
        if (closed) {
          throw opening.closed();
        }
        lent.add(transaction);
      }
      opened = true;
      return transaction;
    } catch (SQLException e) {
      throw opening.failed(e);
    } finally {
      if (transaction != null && !opened) {
        transaction.finish();
      }
    }
  }

  private static void refuse(String doubt) {
    throw new SourceException(
        Kind.TRANSIENT,
        "The load cannot go on: " + doubt + ". Nothing of this scan has been read.",
        "The load begins again.",
        null);
  }

  /** Ends what still reads, too. */
  @Override
  public void close() {
    ReadOnlyTransaction mine;
    synchronized (this) {
      closed = true;
      mine = lock;
      lock = null;
    }
    // Nobody adds to it any more; what has been finished is not touched.
    lent.forEach(ReadOnlyTransaction::discard);
    if (mine != null) {
      mine.finish();
    }
  }
}
