package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.spi.SourceSettings;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * The connections of one load, whose transactions all have its snapshot. The first one has exported
 * it, and is a reader like the others. Thread-safe.
 */
final class LoadConnections implements AutoCloseable {

  /** Whoever waits for an ACCESS EXCLUSIVE lock is not kept waiting longer by more readers. */
  private static final Duration JOINING = Duration.ofSeconds(1);

  private final TableOpening opening;
  private final TableId table;
  private final Duration lockTimeout;
  private final ReadOnlyTransaction first;
  private final @Nullable String exported;
  private final Deque<ReadOnlyTransaction> idle = new ArrayDeque<>();
  private final Set<ReadOnlyTransaction> lent = new HashSet<>();
  private int unread;
  private boolean lost;
  private boolean closed;

  /**
   * The connections of a load.
   *
   * @param opening opens further ones
   * @param settings for the timeouts
   * @param first the first one, with lock and snapshot
   * @param exported the name of its snapshot; null where no other can have it
   * @param slices how many slices there are to read: behind the last one no more readers than one
   *     are needed, and other tables may need their connections
   */
  LoadConnections(
      TableOpening opening,
      TableId table,
      SourceSettings settings,
      ReadOnlyTransaction first,
      @Nullable String exported,
      int slices) {
    this.unread = slices;
    this.opening = opening;
    this.table = table;
    this.lockTimeout =
        settings.lockTimeout().compareTo(JOINING) < 0 ? settings.lockTimeout() : JOINING;
    this.first = first;
    this.exported = exported;
    idle.add(first);
  }

  /** A connection that nobody uses, given back or discarded by its reader. */
  Lent take() {
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException("the load is closed");
      }
      Lent free = lendFree();
      if (free != null) {
        return free;
      }
      if (lost) {
        throw lostSnapshot(null);
      }
    }
    if (exported == null) {
      throw new IllegalStateException("this load has one reader");
    }
    ReadOnlyTransaction joined;
    try {
      joined = join(exported);
    } catch (BobbinException e) {
      // Such as a lock that nobody gets any more since somebody waits for the table to be free: the
      // connections that have it may be free by now.
      Lent free = lendFree();
      if (free != null) {
        return free;
      }
      throw e;
    }
    synchronized (this) {
      if (!closed) {
        return lend(joined);
      }
    }
    joined.finish();
    throw new IllegalStateException("the load is closed");
  }

  private synchronized @Nullable Lent lendFree() {
    ReadOnlyTransaction free = idle.poll();
    return free == null ? null : lend(free);
  }

  private synchronized Lent lend(ReadOnlyTransaction transaction) {
    unread--;
    lent.add(transaction);
    return new Lent(transaction);
  }

  private ReadOnlyTransaction join(String snapshot) {
    ReadOnlyTransaction transaction = null;
    boolean joined = false;
    try {
      transaction = opening.borrow();
      if (!opening.lockExplicitly(transaction, lockTimeout)) {
        throw lostSnapshot(null);
      }
      try {
        transaction.execute("SET TRANSACTION SNAPSHOT " + PostgresSql.literal(snapshot));
      } catch (SQLException e) {
        throw lostSnapshot(e);
      }
      transaction.networkTimeout(Duration.ZERO);
      joined = true;
      return transaction;
    } catch (SQLException e) {
      throw opening.failed(e);
    } finally {
      if (transaction != null && !joined) {
        transaction.finish();
      }
    }
  }

  private SourceException lostSnapshot(@Nullable SQLException failure) {
    return new SourceException(
        Kind.TRANSIENT,
        "The snapshot that the scans of " + table + " share cannot be used any longer.",
        "The load goes on with another snapshot, or begins again.",
        failure == null ? null : opening.sanitised(failure));
  }

  private void giveBack(ReadOnlyTransaction transaction) {
    synchronized (this) {
      if (lent.remove(transaction) && !closed && (transaction == first || lost || unread > 0)) {
        idle.add(transaction);
        return;
      }
    }
    transaction.finish();
  }

  private synchronized void lose(ReadOnlyTransaction transaction) {
    lent.remove(transaction);
    lost |= transaction == first;
  }

  /** Gives all connections back that are not in use, and ends the others with their scans. */
  @Override
  public void close() {
    List<ReadOnlyTransaction> unused;
    List<ReadOnlyTransaction> used;
    synchronized (this) {
      closed = true;
      unused = List.copyOf(idle);
      used = List.copyOf(lent);
      idle.clear();
      lent.clear();
    }
    unused.forEach(ReadOnlyTransaction::finish);
    used.forEach(ReadOnlyTransaction::discard);
  }

  /** A connection in the hands of a reader, which keeps its transaction when it is given back. */
  final class Lent implements ScanConnection {
    private final ReadOnlyTransaction transaction;

    private Lent(ReadOnlyTransaction transaction) {
      this.transaction = transaction;
    }

    @Override
    public PGConnection pg() {
      return transaction.pg();
    }

    @Override
    public void finish() {
      giveBack(transaction);
    }

    @Override
    public void discard() {
      lose(transaction);
      transaction.discard();
    }
  }
}
