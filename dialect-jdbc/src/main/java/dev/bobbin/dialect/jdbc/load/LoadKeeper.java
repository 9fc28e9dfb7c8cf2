package dev.bobbin.dialect.jdbc.load;

import dev.bobbin.error.BobbinException;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The transaction in which the table of a load was opened, held for as long as the load lasts, and
 * those that read the load, each of which has looked whether the table is still the same.
 * Thread-safe.
 *
 * @param <T> the database's transactions
 */
public final class LoadKeeper<T extends LoadTransaction> implements LoadReaders {

  /**
   * Opens the table of a load again.
   *
   * @param <T> the database's transactions
   */
  public interface Opening<T extends LoadTransaction> {

    /** Opens it once more; the transaction is to be finished or discarded. */
    Opened<T> open() throws SQLException;

    /**
     * A reader over the transaction, which it takes over.
     *
     * @param scan which rows, for messages and for the columns
     * @param query its statement
     */
    BatchReader reader(T transaction, TableScan scan, ScanQuery query);

    /** The failure of reading a load that has been closed. */
    SourceException closed();

    /** The failure of opening the table. */
    BobbinException failed(SQLException failure);
  }

  /**
   * A table that is open.
   *
   * @param <T> the database's transactions
   * @param transaction in which it is read
   * @param incarnation what tells the table from others in its place
   */
  public record Opened<T extends LoadTransaction>(T transaction, Incarnation incarnation) {}

  private final Opening<T> opening;
  private final Incarnation incarnation;
  private @Nullable T first;
  private final List<T> lent = new ArrayList<>();
  private boolean closed;

  /**
   * A keeper.
   *
   * @param opening opens the table again
   * @param first the transaction in which it was opened, which is taken over, and what the table
   *     was then
   */
  public LoadKeeper(Opening<T> opening, Opened<T> first) {
    this.opening = opening;
    this.incarnation = first.incarnation();
    this.first = first.transaction();
  }

  @Override
  public BatchReader read(TableScan scan, ScanQuery query, boolean alone) {
    return opening.reader(transaction(alone), scan, query);
  }

  /**
   * A transaction to read with, which its reader ends.
   *
   * @param alone whether nobody else reads of the load: then it is the first one
   */
  private T transaction(boolean alone) {
    synchronized (this) {
      if (closed) {
        throw opening.closed();
      }
      T mine = first;
      if (alone && mine != null) {
        first = null;
        lent.add(mine);
        return mine;
      }
    }
    T transaction = null;
    boolean kept = false;
    try {
      Opened<T> opened = opening.open();
      transaction = opened.transaction();
      Optional<String> doubt = opened.incarnation().doubtAbout(incarnation);
      if (doubt.isPresent()) {
        throw refusal(doubt.get());
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

  /**
   * The failure of a load whose table is no longer the one that it began with.
   *
   * @param doubt why, as a clause
   */
  public static SourceException refusal(String doubt) {
    return new SourceException(
        Kind.TRANSIENT,
        "The load cannot go on: " + doubt + ". What this scan has read since counts for nothing.",
        "The load begins again.",
        null);
  }

  /** Ends what still reads, too. */
  @Override
  public void close() {
    T mine;
    synchronized (this) {
      closed = true;
      mine = first;
      first = null;
    }
    // Nobody adds to it any more; what has been finished is not touched.
    lent.forEach(LoadTransaction::discard);
    if (mine != null) {
      mine.finish();
    }
  }
}
