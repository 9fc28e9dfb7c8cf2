package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.SqlFailures.Activity;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** The privileges that the user lacks to read a table, as the statement that grants them. */
final class MissingPrivileges {

  private final Server server;

  MissingPrivileges(Server server) {
    this.server = server;
  }

  /**
   * The statement, whether or not the table is there: the server shows no table that the user has
   * no privilege on.
   *
   * @param columns empty for the whole table
   */
  String statement(TableId table, List<String> columns) {
    return table.namespace().isEmpty()
        ? ""
        : MySqlVendor.grantSelect(table, columns, quoted(account()));
  }

  /** Whom the server takes the session's user for: name and host, in which an @ can stand too. */
  private String account() {
    try (ReadOnlyTransaction transaction =
            server.begin(ReadOnlyTransaction.Isolation.READ_COMMITTED);
        Statement statement = transaction.connection().createStatement();
        ResultSet row = statement.executeQuery("SELECT CURRENT_USER()")) {
      row.next();
      return row.getString(1);
    } catch (SQLException e) {
      throw server.failures().of(e, Activity.STRUCTURE_SYNC);
    }
  }

  private static String quoted(String account) {
    int at = account.lastIndexOf('@');
    return MySqlSql.literal(account.substring(0, at))
        + '@'
        + MySqlSql.literal(account.substring(at + 1));
  }
}
