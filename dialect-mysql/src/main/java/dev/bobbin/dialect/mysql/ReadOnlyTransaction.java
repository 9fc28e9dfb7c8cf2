package dev.bobbin.dialect.mysql;

import dev.bobbin.dialect.jdbc.BorrowedConnection;
import dev.bobbin.dialect.jdbc.load.LoadTransaction;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A read-only transaction on a borrowed connection. Used by one thread at a time, except for {@link
 * #discard()}.
 */
final class ReadOnlyTransaction implements LoadTransaction, AutoCloseable {

  /** Which rows the statements of a transaction see. */
  enum Isolation {
    /** All statements the same, those of the first statement that reads rows. */
    REPEATABLE_READ("REPEATABLE READ"),
    /** Each those of its own beginning; no old version of a row is kept for it in between. */
    READ_COMMITTED("READ COMMITTED");

    private final String sql;

    Isolation(String sql) {
      this.sql = sql;
    }
  }

  private final BorrowedConnection borrowed;
  private final Connection connection;
  private final SessionSettings.@Nullable Loan loan;
  private final AtomicBoolean over = new AtomicBoolean();
  private Duration patience = Duration.ZERO;

  /**
   * Takes over the connection, which is finished or discarded, and begins no transaction yet.
   *
   * @param settings to be set while the connection is borrowed; null where they are set already
   */
  static ReadOnlyTransaction on(BorrowedConnection borrowed, @Nullable SessionSettings settings)
      throws SQLException {
    try {
      Connection connection = borrowed.connection();
      return new ReadOnlyTransaction(borrowed, settings == null ? null : settings.lend(connection));
    } catch (SQLException e) {
      borrowed.discard();
      throw e;
    }
  }

  private ReadOnlyTransaction(BorrowedConnection borrowed, SessionSettings.@Nullable Loan loan) {
    this.borrowed = borrowed;
    this.connection = borrowed.connection();
    this.loan = loan;
  }

  /** Begins; ends first what was begun before. Sees no rows yet. */
  void begin(Isolation isolation) throws SQLException {
    execute("ROLLBACK");
    execute("SET TRANSACTION ISOLATION LEVEL " + isolation.sql);
    execute("START TRANSACTION READ ONLY");
  }

  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The connection, for use until the transaction ends. */
  Connection connection() {
    return connection;
  }

  @Override
  public void networkTimeout(Duration timeout) throws SQLException {
    if (!timeout.isZero()) {
      patience = timeout;
    }
    connection.setNetworkTimeout(
        Runnable::run, (int) Math.min(timeout.toMillis(), Integer.MAX_VALUE));
  }

  @Override
  public void finish() {
    if (over.compareAndSet(false, true)) {
      try {
        networkTimeout(patience); // what follows is not watched by anybody
        execute("ROLLBACK");
        if (loan != null) {
          loan.end();
        }
        borrowed.close();
      } catch (SQLException e) {
        borrowed.discard();
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
