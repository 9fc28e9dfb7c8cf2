package dev.bobbin.dialect.mysql;

import com.mysql.cj.conf.PropertyKey;
import com.mysql.cj.conf.RuntimeProperty;
import com.mysql.cj.jdbc.JdbcConnection;
import com.mysql.cj.jdbc.JdbcPropertySet;
import dev.bobbin.spi.SourceSettings;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The session settings with which Bobbin reads: everything that a server, a user or a DataSource
 * can have set, and that changes what values look like, hides rows or ends long reads.
 */
final class SessionSettings {

  /** How long the server waits for a sink that is slow, or for a transaction that waits. */
  private static final Duration PATIENCE = Duration.ofHours(24);

  /** The driver's own word for no limit of rows. */
  private static final int ALL_ROWS = -1;

  private static final int RESULT_METADATA = 80_003;

  private final Map<String, String> settings;

  /**
   * The settings for a server.
   *
   * @param kind what the server is
   * @param chosen what the host has set
   */
  SessionSettings(ServerKind kind, SourceSettings chosen) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("time_zone", "'+00:00'");
    all.put("sql_mode", "''");
    all.put("character_set_results", "utf8mb4");
    all.put("sql_select_limit", "18446744073709551615");
    all.put("sql_big_selects", "1");
    long seconds = Math.max(1, (chosen.lockTimeout().toMillis() + 999) / 1000);
    all.put("lock_wait_timeout", Long.toString(Math.min(seconds, 31_536_000)));
    all.put("net_write_timeout", Long.toString(PATIENCE.toSeconds()));
    all.put("wait_timeout", Long.toString(PATIENCE.toSeconds()));
    if (kind.mariaDb()) {
      all.put("max_statement_time", "0");
      all.put("idle_transaction_timeout", "0");
      all.put("idle_readonly_transaction_timeout", "0");
    } else {
      all.put("max_execution_time", "0");
      if (kind.version() >= RESULT_METADATA) {
        all.put("resultset_metadata", "FULL");
      }
    }
    settings = Map.copyOf(all);
  }

  /** Sets them for as long as the connection lives. */
  void set(Connection connection) throws SQLException {
    List<String> parts = new ArrayList<>();
    settings.forEach((name, value) -> parts.add("SESSION " + name + " = " + value));
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET " + String.join(", ", parts));
    }
  }

  /** Sets them for a while, on a connection of the host application. */
  Loan lend(Connection connection) throws SQLException {
    JdbcPropertySet driver = connection.unwrap(JdbcConnection.class).getPropertySet();
    Loan loan = new Loan(connection);
    // Before anything is asked of the server, whose answer could ask for a file.
    loan.lend(driver.getBooleanProperty(PropertyKey.allowLoadLocalInfile), false);
    loan.lend(driver.getStringProperty(PropertyKey.allowLoadLocalInfileInPath), null);
    loan.lend(driver.getIntegerProperty(PropertyKey.maxRows), ALL_ROWS);
    // The driver would set net_write_timeout itself, and after a stream back to the server's own.
    loan.lend(driver.getIntegerProperty(PropertyKey.netTimeoutForStreamingResults), 0);
    // A name such as {d 'x'} is a name.
    loan.lend(driver.getBooleanProperty(PropertyKey.enableEscapeProcessing), false);
    loan.lend(driver.getBooleanProperty(PropertyKey.processEscapeCodesForPrepStmts), false);
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT @@SESSION." + String.join(", @@SESSION.", settings.keySet()))) {
      row.next();
      int column = 1;
      for (String name : settings.keySet()) {
        loan.before.put(name, row.getObject(column++));
      }
    }
    set(connection);
    return loan;
  }

  /** What a connection of the host application was set to. */
  static final class Loan {
    private final Connection connection;
    private final List<Runnable> driver = new ArrayList<>();
    private final Map<String, @Nullable Object> before = new LinkedHashMap<>();

    private Loan(Connection connection) {
      this.connection = connection;
    }

    private <T> void lend(RuntimeProperty<T> property, @Nullable T value) {
      T then = property.getValue();
      property.setValue(value);
      driver.add(() -> property.setValue(then));
    }

    /** Sets it as it was. */
    void end() throws SQLException {
      List<String> parts =
          before.keySet().stream().map(name -> "SESSION " + name + " = ?").toList();
      try (PreparedStatement statement =
          connection
              .unwrap(JdbcConnection.class)
              .clientPrepareStatement("SET " + String.join(", ", parts))) {
        int parameter = 1;
        for (Object value : before.values()) {
          statement.setObject(parameter++, value);
        }
        statement.execute();
      }
      driver.forEach(Runnable::run);
    }
  }
}
