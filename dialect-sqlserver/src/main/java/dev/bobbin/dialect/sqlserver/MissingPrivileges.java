package dev.bobbin.dialect.sqlserver;

import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.SqlFailures.Activity;
import dev.bobbin.dialect.jdbc.load.SqlText;
import java.sql.SQLException;
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
        : SqlServerVendor.grantSelect(
            table, columns, TSql.identifier(user(table.namespace().get(0))));
  }

  /** The user that the login is in the table's database, as far as it can be told. */
  private String user(String database) {
    try (ReadTransaction connection = server.borrow()) {
      String[] user = {server.greeting().user()};
      if (server.greeting().database().equalsIgnoreCase(database)) {
        StructureSync.query(
            connection,
            new SqlText("SELECT USER_NAME()", List.of()),
            row -> user[0] = String.valueOf(row.getString(1)));
      }
      return user[0];
    } catch (SQLException e) {
      throw server.failures().of(e, Activity.STRUCTURE_SYNC);
    }
  }
}
