package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.Vendor;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;
import org.postgresql.util.GT;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** PostgreSQL's failures. */
enum PostgresVendor implements Vendor {
  INSTANCE;

  /** The server's field M alone: D, H and W can hold values of rows. */
  @Override
  public String primaryMessage(SQLException failure) {
    if (failure instanceof PSQLException fromDriver) {
      ServerErrorMessage message = fromDriver.getServerErrorMessage();
      if (message != null) {
        return String.valueOf(message.getMessage());
      }
    }
    return String.valueOf(failure.getMessage());
  }

  /** By the driver's own words, in the language that it speaks: its SQLState says less. */
  @Override
  public boolean isWithoutTls(SQLException failure) {
    return GT.tr("The server does not support SSL.").equals(failure.getMessage());
  }

  @Override
  public String hint(String state, boolean ofTable) {
    if (state.startsWith("28")) {
      return "What the server lets in stands in its pg_hba.conf.";
    }
    return switch (state) {
      case "42501" -> ofTable ? "" : "To connect to a database takes CONNECT on it.";
      case "40001" -> "If it stays on a replica, raise max_standby_streaming_delay there.";
      default -> "";
    };
  }

  @Override
  public String grant(TableId table, String user) {
    List<String> parts = table.parts();
    String select = grantSelect(table, List.of(), user);
    return parts.size() == 1
        ? select
        : grantUsage(parts.get(parts.size() - 2), user) + ' ' + select;
  }

  @Override
  public String grantConnect(String database, String user) {
    return "GRANT CONNECT ON DATABASE " + PostgresSql.identifier(database) + to(user);
  }

  /** The statement that lets a user use a schema. */
  static String grantUsage(String schema, String user) {
    return "GRANT USAGE ON SCHEMA " + PostgresSql.identifier(schema) + to(user);
  }

  /**
   * The statement that lets a user read.
   *
   * @param columns empty for the whole table
   */
  static String grantSelect(TableId table, List<String> columns, String user) {
    String which =
        columns.isEmpty()
            ? ""
            : " ("
                + columns.stream().map(PostgresSql::identifier).collect(Collectors.joining(", "))
                + ")";
    return "GRANT SELECT" + which + " ON " + PostgresSql.table(table) + to(user);
  }

  private static String to(String user) {
    return " TO " + (user.isEmpty() ? "<user>" : PostgresSql.identifier(user)) + ";";
  }

  /** By a connection of its own (manual, 54.2.8 Canceling Requests in Progress). */
  @Override
  public void cancel(Connection connection) throws SQLException {
    connection.unwrap(PGConnection.class).cancelQuery();
  }
}
