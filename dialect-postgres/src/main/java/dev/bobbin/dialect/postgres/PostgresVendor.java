package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.Vendor;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
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
    String role = user.isEmpty() ? "<user>" : PostgresSql.identifier(user);
    String select = "GRANT SELECT ON " + PostgresSql.table(table) + " TO " + role + ";";
    return parts.size() == 1
        ? select
        : "GRANT USAGE ON SCHEMA "
            + PostgresSql.identifier(parts.get(parts.size() - 2))
            + " TO "
            + role
            + "; "
            + select;
  }

  /** By a connection of its own (manual, 54.2.8 Canceling Requests in Progress). */
  @Override
  public void cancel(Connection connection) throws SQLException {
    connection.unwrap(PGConnection.class).cancelQuery();
  }
}
