package dev.bobbin.dialect.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection lent by a {@link ConnectionPool}: given back with {@link #close()} in the state in
 * which it came, or thrown away with {@link #discard()}. What comes first counts, all later calls
 * do nothing.
 *
 * <p>The borrower may change autocommit and the network timeout, and whatever ends with the
 * transaction (SET LOCAL); nothing else.
 *
 * <p>Used by one thread at a time, except for {@link #discard()}, which any thread may call.
 */
public final class BorrowedConnection implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(BorrowedConnection.class);

  private final ConnectionPool pool;
  private final Connection connection;
  private final boolean autoCommit;
  private final int networkTimeout;
  private final AtomicBoolean over = new AtomicBoolean();

  BorrowedConnection(ConnectionPool pool, Connection connection) throws SQLException {
    this.pool = pool;
    this.connection = connection;
    this.autoCommit = connection.getAutoCommit();
    this.networkTimeout = connection.getNetworkTimeout();
    if (!autoCommit) {
      connection.rollback(); // a pool's test query may have begun a transaction
    }
  }

  /** The connection, for use until this is closed or discarded. */
  public Connection connection() {
    return connection;
  }

  /** Ends what transaction there is, without keeping its changes, and gives the connection back. */
  @Override
  public void close() {
    if (!over.compareAndSet(false, true)) {
      return;
    }
    try {
      if (connection.isWrapperFor(Connection.class)
          && connection.unwrap(Connection.class).isClosed()) {
        pool.abort(this); // broken already: a rollback would only make the pool log a stack trace
        return;
      }
      if (!connection.getAutoCommit()) {
        connection.rollback();
      }
      if (connection.getAutoCommit() != autoCommit) {
        connection.setAutoCommit(autoCommit);
      }
      if (connection.getNetworkTimeout() != networkTimeout) {
        connection.setNetworkTimeout(Runnable::run, networkTimeout);
      }
      pool.forget(this);
      connection.close();
    } catch (SQLException | RuntimeException e) {
      log.debug(
          "A connection of {} could not be given back and is thrown away: {}",
          pool,
          e.getClass().getName());
      pool.abort(this);
    }
  }

  /**
   * Makes the server stop, aborts the connection and keeps it out of every pool. A thread that
   * waits for the server on it fails soon.
   */
  public void discard() {
    if (over.compareAndSet(false, true)) {
      pool.abort(this);
    }
  }
}
