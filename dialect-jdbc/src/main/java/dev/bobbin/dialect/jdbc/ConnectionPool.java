package dev.bobbin.dialect.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.bobbin.error.BobbinException;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Where the connections to one database come from: a pool of Bobbin's own, or the host
 * application's DataSource, which stays the host's.
 *
 * <p>Thread-safe. After {@link #close()} no connection of the pool is open, lent ones included, and
 * no thread of it is alive.
 */
public final class ConnectionPool implements AutoCloseable {

  private static final org.slf4j.Logger log = LoggerFactory.getLogger(ConnectionPool.class);

  /** The least that HikariCP takes. */
  private static final long SHORTEST_MILLIS = 250;

  private static final Duration IDLE = Duration.ofSeconds(10);
  private static final long THREAD_END_MILLIS = 5_000;

  private final DataSource source;
  private final @Nullable HikariDataSource own;
  private final @Nullable Attempts attempts;
  private final @Nullable Login login;
  private final Threads threads;
  private final SqlFailures failures;
  private final Vendor vendor;
  private final Set<BorrowedConnection> lent = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  private ConnectionPool(
      DataSource source,
      @Nullable HikariDataSource own,
      @Nullable Attempts attempts,
      @Nullable Login login,
      Threads threads,
      SqlFailures failures,
      Vendor vendor) {
    this.source = source;
    this.own = own;
    this.attempts = attempts;
    this.login = login;
    this.threads = threads;
    this.failures = failures;
    this.vendor = vendor;
  }

  /**
   * A pool of Bobbin's own. Connects only when a connection is borrowed, keeps idle connections for
   * a short time, and shows nothing through JMX.
   *
   * @param login whom as
   * @param connector how
   * @param size of how many connections at most
   * @param timeout how long one attempt to connect may take; twice as long, and a little, is waited
   *     for a connection that others have to give back
   * @param failures words the failures
   * @param vendor stops the server on behalf of connections that are thrown away
   */
  public static ConnectionPool own(
      Login login,
      Connector connector,
      int size,
      Duration timeout,
      SqlFailures failures,
      Vendor vendor) {
    Threads threads = new Threads();
    HikariConfig config = new HikariConfig();
    config.setPoolName("bobbin " + failures.endpoint().describe());
    config.setThreadFactory(threads);
    config.setRegisterMbeans(false);
    config.setMinimumIdle(0);
    config.setMaximumPoolSize(size);
    config.setIdleTimeout(IDLE.toMillis());
    config.setKeepaliveTime(0);
    long millis = Math.max(SHORTEST_MILLIS, timeout.toMillis());
    config.setConnectionTimeout(2 * millis + 1_000);
    config.setValidationTimeout(Math.min(millis, 5_000));
    config.setInitializationFailTimeout(-1); // the first borrower tries, and learns why it failed
    Attempts attempts =
        new Attempts(login, connector, failures, (int) Math.min(millis, Integer.MAX_VALUE));
    config.setDataSource(attempts);
    HikariDataSource hikari = new HikariDataSource(config);
    return new ConnectionPool(hikari, hikari, attempts, login, threads, failures, vendor);
  }

  /**
   * Connections of the host application's DataSource. It is never closed, and its connections go
   * back in the state in which they came, or are aborted.
   *
   * @param source the host's
   * @param failures words the failures
   * @param vendor stops the server on behalf of connections that are thrown away
   */
  public static ConnectionPool over(DataSource source, SqlFailures failures, Vendor vendor) {
    return new ConnectionPool(source, null, null, null, new Threads(), failures, vendor);
  }

  /**
   * A connection, given back by the borrower.
   *
   * @throws BobbinException if there is none to be had
   */
  public BorrowedConnection borrow() {
    if (closed) {
      throw failures.closed();
    }
    Connection connection = null;
    try {
      connection = source.getConnection();
      if (own != null && connection.isWrapperFor(FailedAttempt.class)) {
        Exception failure = connection.unwrap(FailedAttempt.class).failure();
        throwAway(connection, false);
        throw failure;
      }
      BorrowedConnection borrowed = new BorrowedConnection(this, connection);
      lent.add(borrowed);
      if (closed) {
        borrowed.discard();
        throw failures.closed();
      }
      return borrowed;
    } catch (BobbinException e) {
      throw e;
    } catch (SQLException e) {
      if (connection != null) {
        throwAway(connection, false);
      }
      throw closed ? failures.closed() : failures.of(e, connecting());
    } catch (Exception e) {
      throw failures.of(new SQLException(e.getClass().getName(), e), SqlFailures.Activity.CONNECT);
    }
  }

  private SqlFailures.Activity connecting() {
    return login != null && login.hasConnected()
        ? SqlFailures.Activity.RECONNECT
        : SqlFailures.Activity.CONNECT;
  }

  void forget(BorrowedConnection borrowed) {
    lent.remove(borrowed);
  }

  void abort(BorrowedConnection borrowed) {
    lent.remove(borrowed);
    throwAway(borrowed.connection(), true);
  }

  private void throwAway(Connection connection, boolean cancel) {
    if (cancel && (attempts == null || attempts.connector.isReachable())) {
      quietly(
          "cancel",
          () -> {
            if (!connection.isClosed()) {
              vendor.cancel(connection);
            }
          });
    }
    quietly("abort", () -> connection.abort(Runnable::run));
    HikariDataSource hikari = own;
    if (hikari != null) {
      hikari.evictConnection(connection);
    }
    if (hikari == null) {
      // A failure shows the host's pool that the connection is dead: not all drivers fail in what
      // pools do when a connection is closed.
      quietly("use", () -> connection.createStatement().close());
    }
    quietly("close", connection::close);
  }

  private void quietly(String what, Step step) {
    try {
      step.run();
    } catch (SQLException | RuntimeException e) {
      log.debug("Could not {} a connection of {}: {}", what, this, e.getClass().getName());
    }
  }

  /**
   * Throws away what is lent and lends no more; whoever waits for the server on a lent connection
   * fails soon. Any thread may call it. {@link #close()} is still to follow.
   */
  public void cancel() {
    closed = true;
    List.copyOf(lent).forEach(BorrowedConnection::discard);
  }

  /** Throws away what is lent, closes what is not, and waits for the pool's threads to end. */
  @Override
  public void close() {
    cancel();
    HikariDataSource hikari = own;
    if (hikari == null || attempts == null) {
      return;
    }
    // On a thread of its own: closed by an interrupted one, HikariCP leaves its threads running.
    Thread closer =
        threads.newThread(
            () -> {
              hikari.close();
              attempts.close();
              threads.awaitEnd();
            });
    closer.start();
    boolean interrupted = false;
    while (true) {
      try {
        closer.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String toString() {
    return failures.endpoint().describe();
  }

  private interface Step {
    void run() throws SQLException;
  }

  /** The threads that HikariCP makes. */
  private static final class Threads implements ThreadFactory {
    private final Set<Thread> made = ConcurrentHashMap.newKeySet();

    @Override
    public Thread newThread(Runnable task) {
      Thread thread = new Thread(task, "bobbin-connections");
      thread.setDaemon(true);
      made.removeIf(t -> t.getState() == Thread.State.TERMINATED);
      made.add(thread);
      return thread;
    }

    void awaitEnd() {
      long deadline = System.nanoTime() + THREAD_END_MILLIS * 1_000_000;
      try {
        for (Thread thread : made) {
          long left = (deadline - System.nanoTime()) / 1_000_000;
          if (left > 0 && thread.isAlive() && thread != Thread.currentThread()) {
            thread.join(left);
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * What HikariCP gets its connections from; a failure becomes a connection too.
   *
   * <p>Knows what it has made: HikariCP forgets a connection that comes about while it is being
   * closed, such as one that was asked for by a borrower who then got another's.
   */
  private static final class Attempts implements DataSource {
    private final Login login;
    private final Connector connector;
    private final SqlFailures failures;
    private final int networkTimeout;
    private final Set<Connection> made = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    Attempts(Login login, Connector connector, SqlFailures failures, int networkTimeout) {
      this.login = login;
      this.connector = connector;
      this.failures = failures;
      this.networkTimeout = networkTimeout;
    }

    @Override
    public Connection getConnection() {
      try {
        Connection connection = login.connect(failures, connector);
        made.removeIf(Attempts::isClosed);
        made.add(connection);
        if (closed) {
          end(connection);
          throw new SQLException("the session has been closed", "08003");
        }
        return connection;
      } catch (SQLException | RuntimeException e) {
        return FailedAttempt.connection(e, networkTimeout);
      }
    }

    void close() {
      closed = true;
      List.copyOf(made).forEach(Attempts::end);
      made.clear();
    }

    private static boolean isClosed(Connection connection) {
      try {
        return connection.isClosed();
      } catch (SQLException e) {
        return true;
      }
    }

    private static void end(Connection connection) {
      try {
        connection.abort(Runnable::run);
        connection.close();
      } catch (SQLException | RuntimeException e) {
        log.debug("A connection could not be closed: {}", e.getClass().getName());
      }
    }

    @Override
    public Connection getConnection(String user, String password) {
      return getConnection();
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
      return null;
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter out) {}

    @Override
    public void setLoginTimeout(int seconds) {}

    @Override
    public int getLoginTimeout() {
      return 1; // for HikariCP: how long close() waits for an attempt that is under way
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
      throw new SQLFeatureNotSupportedException();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
      throw new SQLException("not a wrapper");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
      return false;
    }
  }
}
