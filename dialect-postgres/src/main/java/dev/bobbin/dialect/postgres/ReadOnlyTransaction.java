package dev.bobbin.dialect.postgres;

import dev.bobbin.dialect.jdbc.BorrowedConnection;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.postgresql.PGConnection;
import org.postgresql.jdbc.AutoSave;

/**
 * A read-only transaction on a borrowed connection, with settings that end with it. Used by one
 * thread at a time, except for {@link #discard()}.
 */
final class ReadOnlyTransaction implements ScanConnection, AutoCloseable {

  /** Which rows the statements of a transaction see. */
  enum Isolation {
    /** All statements the same, those of the first statement that takes a snapshot. */
    REPEATABLE_READ("REPEATABLE READ"),
    /** Each those of its own beginning. */
    READ_COMMITTED("READ COMMITTED");

    private final String sql;

    Isolation(String sql) {
      this.sql = sql;
    }
  }

  private final BorrowedConnection borrowed;
  private final Connection connection;
  private final PGConnection pg;
  private final AutoSave autosave;
  private final AtomicBoolean over = new AtomicBoolean();
  private Duration patience = Duration.ZERO;

  /** Takes over the connection: the transaction gives it back, and so does its failing to begin. */
  static ReadOnlyTransaction on(BorrowedConnection borrowed) throws SQLException {
    try {
      return new ReadOnlyTransaction(borrowed);
    } catch (SQLException e) {
      borrowed.close();
      throw e;
    }
  }

  private ReadOnlyTransaction(BorrowedConnection borrowed) throws SQLException {
    this.borrowed = borrowed;
    this.connection = borrowed.connection();
    this.pg = connection.unwrap(PGConnection.class);
    this.autosave = pg.getAutosave();
    if (autosave != AutoSave.NEVER) {
      pg.setAutosave(AutoSave.NEVER); // SET TRANSACTION must not come after a savepoint
    }
    connection.setAutoCommit(false);
  }

  /**
   * Begins, in one round trip; ends first what was begun before. Takes no snapshot yet.
   *
   * <p>Everything that a database, a role or a DataSource can have set, and that changes what names
   * and values mean or ends long transactions, is set for this transaction alone.
   */
  void begin(
      Isolation isolation, String applicationName, Duration lockTimeout, Duration statementTimeout)
      throws SQLException {
    connection.rollback();
    StringBuilder sql = new StringBuilder("SET TRANSACTION ISOLATION LEVEL ");
    sql.append(isolation.sql).append(", READ ONLY");
    set(sql, "search_path", "pg_catalog");
    set(sql, "application_name", PostgresSql.literal(applicationName));
    set(sql, "lock_timeout", Long.toString(millis(lockTimeout)));
    set(sql, "statement_timeout", Long.toString(millis(statementTimeout)));
    int version = PostgresVersion.of(connection);
    if (version >= PostgresVersion.V9_6) {
      set(sql, "idle_in_transaction_session_timeout", "0");
    }
    if (version >= PostgresVersion.V17) {
      set(sql, "transaction_timeout", "0");
    }
    set(sql, "TimeZone", "'UTC'");
    set(sql, "DateStyle", "'ISO'");
    set(sql, "IntervalStyle", "'postgres'");
    set(sql, "extra_float_digits", "3");
    set(sql, "bytea_output", "'hex'");
    execute(sql.toString());
  }

  /** Up to which byte of the log a standby has replayed; to be asked before {@link #begin}. */
  long replayed() throws SQLException {
    connection.rollback();
    String position = TableMoment.replayed(PostgresVersion.of(connection));
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT coalesce((" + position + " - '0/0')::int8, 0)")) {
      row.next();
      return row.getLong(1);
    }
  }

  /** Up to which byte a primary's log is on disk now. */
  long flushed() throws SQLException {
    String position = TableMoment.flushed(PostgresVersion.of(connection));
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT (" + position + " - '0/0')::int8")) {
      row.next();
      return row.getLong(1);
    }
  }

  /** Lets other transactions have this one's snapshot, and returns its name. */
  String export() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_export_snapshot()")) {
      row.next();
      return row.getString(1);
    }
  }

  private static void set(StringBuilder sql, String name, String value) {
    sql.append("; SET LOCAL ").append(name).append(" = ").append(value);
  }

  /** The server takes milliseconds as an int, and 0 for none. */
  private static long millis(Duration duration) {
    return Math.min(duration.toMillis(), Integer.MAX_VALUE);
  }

  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  Connection connection() {
    return connection;
  }

  /** How long a read from the server may take; zero for any time. */
  void networkTimeout(Duration timeout) throws SQLException {
    if (!timeout.isZero()) {
      patience = timeout;
    }
    connection.setNetworkTimeout(
        Runnable::run, (int) Math.min(timeout.toMillis(), Integer.MAX_VALUE));
  }

  @Override
  public PGConnection pg() {
    return pg;
  }

  @Override
  public void finish() {
    if (over.compareAndSet(false, true)) {
      if (autosave != AutoSave.NEVER) {
        pg.setAutosave(autosave);
      }
      try {
        networkTimeout(patience); // the rollback that follows is not watched by anybody
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
