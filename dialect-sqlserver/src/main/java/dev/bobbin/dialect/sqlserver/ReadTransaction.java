package dev.bobbin.dialect.sqlserver;

import dev.bobbin.dialect.jdbc.BorrowedConnection;
import dev.bobbin.dialect.jdbc.load.LoadTransaction;
import dev.bobbin.dialect.jdbc.load.SqlText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A borrowed connection that only reads, outside of a transaction or in one. Used by one thread at
 * a time, except for {@link #discard()} and {@link #cancel}.
 */
final class ReadTransaction implements LoadTransaction, AutoCloseable {

  /** Which rows the statements of a transaction see. */
  enum Isolation {
    /** All statements the same, as they were when the first one read. */
    SNAPSHOT("SNAPSHOT"),
    /**
     * Each those that are committed: where the database keeps versions for it, as they were when it
     * began; else under locks, row by row.
     */
    READ_COMMITTED("READ COMMITTED");

    private final String sql;

    Isolation(String sql) {
      this.sql = sql;
    }
  }

  private final BorrowedConnection borrowed;
  private final Connection connection;
  private final SessionSettings.@Nullable Loan loan;
  private final String home;
  private final AtomicBoolean over;
  private String database;
  private boolean begun;
  private boolean shared;
  private Duration patience = Duration.ZERO;

  private ReadTransaction(
      BorrowedConnection borrowed, SessionSettings.@Nullable Loan loan, String home) {
    this.borrowed = borrowed;
    this.connection = borrowed.connection();
    this.loan = loan;
    this.home = home;
    this.database = home;
    this.over = new AtomicBoolean();
  }

  /**
   * Takes over the connection, which is finished or discarded, and begins no transaction yet.
   *
   * @param settings to be set while the connection is borrowed; null where they are set already
   */
  static ReadTransaction on(BorrowedConnection borrowed, @Nullable SessionSettings settings)
      throws SQLException {
    try {
      Connection connection = borrowed.connection();
      if (!connection.getAutoCommit()) {
        connection.setAutoCommit(true);
      }
      SessionSettings.Loan loan = settings == null ? null : settings.lend(connection);
      String home = connection.getCatalog();
      return new ReadTransaction(borrowed, loan, home == null ? "" : home);
    } catch (SQLException | RuntimeException e) {
      borrowed.discard();
      throw e;
    }
  }

  /** Goes into a database: what the catalog shows is that one's. Outside of a transaction only. */
  void enter(String other) throws SQLException {
    if (!other.isEmpty() && !other.equalsIgnoreCase(database)) {
      connection.setCatalog(other);
      database = other;
    }
  }

  /** Begins; ends first what was begun before. Sees no rows yet. */
  void begin(Isolation isolation) throws SQLException {
    end();
    execute("SET TRANSACTION ISOLATION LEVEL " + isolation.sql);
    execute("BEGIN TRANSACTION");
    begun = true;
  }

  /** Ends what was begun; keeps no changes, as there are none. */
  void end() throws SQLException {
    if (begun) {
      execute("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION");
      execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
      begun = false;
    }
  }

  /** Whether the connection is no more. */
  boolean isClosed() throws SQLException {
    return connection.isClosed();
  }

  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false); // a name such as {fn x} is a name
      statement.execute(sql);
    }
  }

  /** A statement with its parameters, which is read once, from its beginning to its end. */
  PreparedStatement prepare(SqlText sql) throws SQLException {
    PreparedStatement statement =
        connection.prepareStatement(
            sql.text(), ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
    statement.setEscapeProcessing(false);
    for (int i = 0; i < sql.parameters().size(); i++) {
      ((Parameter) sql.parameters().get(i)).bind(statement, i + 1);
    }
    return statement;
  }

  @Override
  public void networkTimeout(Duration timeout) throws SQLException {
    if (!timeout.isZero()) {
      patience = timeout;
    }
    connection.setNetworkTimeout(
        Runnable::run, (int) Math.min(timeout.toMillis(), Integer.MAX_VALUE));
  }

  /** The same for a reader that is not to end it by finishing. */
  ReadTransaction shared() {
    shared = true;
    return this;
  }

  /** Ends the transaction and gives the connection back as it came; unless it was shared before. */
  @Override
  public void finish() {
    if (shared) {
      shared = false;
      return;
    }
    if (over.compareAndSet(false, true)) {
      try {
        networkTimeout(patience); // what follows is not watched by anybody
        end();
        enter(home);
        if (loan != null) {
          loan.end();
        }
        borrowed.close();
      } catch (SQLException | RuntimeException e) {
        borrowed.discard();
      }
    }
  }

  /** Asks the server to stop a statement of this connection's; any thread may call it. */
  void cancel(Statement statement) {
    if (!over.get()) {
      try {
        statement.cancel();
      } catch (SQLException | RuntimeException e) {
        // the connection is aborted next
      }
    }
  }

  @Override
  public void discard() {
    over.set(true);
    borrowed.discard();
  }

  /** The same as {@link #finish()}. */
  @Override
  public void close() {
    finish();
  }
}
