package dev.bobbin.dialect.sqlserver;

import dev.bobbin.spi.SourceSettings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * The session settings with which Bobbin reads: how long it waits for a lock, and what would cut
 * values or results short.
 */
final class SessionSettings {

  private static final String ALL_BYTES = "SET TEXTSIZE 2147483647";

  private final ServerKind kind;
  private final long lockMillis;

  /**
   * The settings for a server.
   *
   * @param kind what the server is
   * @param chosen what the host has set
   */
  SessionSettings(ServerKind kind, SourceSettings chosen) {
    this.kind = kind;
    this.lockMillis = Math.min(Integer.MAX_VALUE, Math.max(1, chosen.lockTimeout().toMillis()));
  }

  private List<String> statements() {
    List<String> statements = new ArrayList<>(List.of("SET LOCK_TIMEOUT " + lockMillis));
    if (!kind.babelfish()) { // which cuts nothing short, and does not know all of these
      statements.add(ALL_BYTES);
      statements.add("SET ROWCOUNT 0");
      statements.add("SET QUOTED_IDENTIFIER ON");
    }
    return statements;
  }

  /** Sets them for as long as the connection lives. */
  void set(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String each : statements()) {
        statement.execute(each);
      }
    }
  }

  /** Sets them for a while, on a connection of the host application. */
  Loan lend(Connection connection) throws SQLException {
    List<String> before = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      try (ResultSet row = statement.executeQuery("SELECT @@LOCK_TIMEOUT")) {
        row.next();
        before.add("SET LOCK_TIMEOUT " + row.getInt(1));
      }
      if (!kind.babelfish()) {
        try (ResultSet row =
            statement.executeQuery("SELECT @@TEXTSIZE, SESSIONPROPERTY('QUOTED_IDENTIFIER')")) {
          row.next();
          before.add("SET TEXTSIZE " + row.getInt(1));
          before.add("SET QUOTED_IDENTIFIER " + (row.getInt(2) == 0 ? "OFF" : "ON"));
        }
      }
    }
    before.add("SET TRANSACTION ISOLATION LEVEL " + isolation(connection));
    set(connection);
    return new Loan(connection, before);
  }

  /** As the driver knows it. */
  private static String isolation(Connection connection) throws SQLException {
    return switch (connection.getTransactionIsolation()) {
      case Connection.TRANSACTION_READ_UNCOMMITTED -> "READ UNCOMMITTED";
      case Connection.TRANSACTION_REPEATABLE_READ -> "REPEATABLE READ";
      case Connection.TRANSACTION_SERIALIZABLE -> "SERIALIZABLE";
      case Connection.TRANSACTION_READ_COMMITTED -> "READ COMMITTED";
      default -> "SNAPSHOT"; // 4096, the driver's own number
    };
  }

  /** What a connection of the host application was set to. */
  static final class Loan {
    private final Connection connection;
    private final List<String> before;

    private Loan(Connection connection, List<String> before) {
      this.connection = connection;
      this.before = before;
    }

    /** Sets it as it was. */
    void end() throws SQLException {
      try (Statement statement = connection.createStatement()) {
        for (String each : before) {
          statement.execute(each);
        }
      }
    }
  }
}
