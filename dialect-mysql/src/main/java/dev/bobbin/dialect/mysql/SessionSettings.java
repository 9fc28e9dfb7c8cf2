package dev.bobbin.dialect.mysql;

import com.mysql.cj.conf.PropertyKey;
import com.mysql.cj.conf.RuntimeProperty;
import com.mysql.cj.jdbc.JdbcConnection;
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
    List<String> names = List.copyOf(settings.keySet());
    List<@Nullable Object> values = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT @@SESSION." + String.join(", @@SESSION.", names))) {
      row.next();
      for (int i = 0; i < names.size(); i++) {
        values.add(row.getObject(i + 1));
      }
    }
    RuntimeProperty<Boolean> infile =
        connection
            .unwrap(JdbcConnection.class)
            .getPropertySet()
            .getBooleanProperty(PropertyKey.allowLoadLocalInfile);
    boolean sentFiles = infile.getValue();
    Loan loan = new Loan(connection, names, values, infile, sentFiles);
    if (sentFiles) {
      infile.setValue(false);
    }
    set(connection);
    return loan;
  }

  /** What a connection of the host application was set to. */
  record Loan(
      Connection connection,
      List<String> names,
      List<@Nullable Object> values,
      RuntimeProperty<Boolean> infile,
      boolean sentFiles) {

    /** Sets it as it was. */
    void end() throws SQLException {
      if (sentFiles) {
        infile.setValue(true);
      }
      List<String> parts = names.stream().map(name -> "SESSION " + name + " = ?").toList();
      try (PreparedStatement statement =
          connection
              .unwrap(JdbcConnection.class)
              .clientPrepareStatement("SET " + String.join(", ", parts))) {
        for (int i = 0; i < values.size(); i++) {
          statement.setObject(i + 1, values.get(i));
        }
        statement.execute();
      }
    }
  }
}
