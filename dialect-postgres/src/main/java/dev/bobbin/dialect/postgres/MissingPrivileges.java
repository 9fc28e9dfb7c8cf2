package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.BorrowedConnection;
import dev.bobbin.dialect.jdbc.SqlFailures.Activity;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.SourceException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The privileges that the user lacks to read a table, as the statements that grant them. */
final class MissingPrivileges {

  private static final String NO_CONNECT = "42501";

  private static final String HELD =
      """
      SELECT has_schema_privilege(n.oid, 'USAGE'), has_table_privilege(c.oid, 'SELECT'),
             (SELECT count(*) FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                AND a.attname::text = ANY (?)),
             (SELECT count(*) FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                AND a.attname::text = ANY (?) AND has_column_privilege(c.oid, a.attnum, 'SELECT'))
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ? AND c.relname = ?
      """;

  private final Databases databases;
  private final TableId table;
  private final List<String> columns;

  /**
   * What is missing for some columns.
   *
   * @param columns empty for the whole table
   */
  MissingPrivileges(Databases databases, TableId table, List<String> columns) {
    this.databases = databases;
    this.table = table;
    this.columns = List.copyOf(columns);
  }

  /** A line for each statement; empty where nothing is missing, or the table is not there. */
  String statements() {
    String database = databases.databaseOf(table);
    List<String> statements;
    try {
      statements = databases.visit(database, this::lookedUp);
    } catch (ConfigurationException dataSourceOfAnother) {
      return "";
    } catch (SourceException e) {
      if (!(e.getCause() instanceof SQLException cause)) {
        throw e;
      }
      if (!NO_CONNECT.equals(cause.getSQLState())) {
        return ""; // there is no such database
      }
      statements =
          List.of(
              PostgresVendor.INSTANCE.grantConnect(database, user()),
              PostgresVendor.grantUsage(databases.schemaOf(table), user()),
              PostgresVendor.grantSelect(table, columns, user()));
    }
    String text = String.join("\n", statements);
    return text.isEmpty() || database.equals(databases.endpoint().database())
        ? text
        : "-- in database " + PostgresSql.identifier(database).replaceAll("\\R", " ") + '\n' + text;
  }

  private String user() {
    return databases.endpoint().user();
  }

  private List<String> lookedUp(BorrowedConnection borrowed) {
    try (ReadOnlyTransaction transaction = databases.begin(borrowed)) {
      return missing(transaction.connection());
    } catch (SQLException e) {
      throw databases.failures(databases.databaseOf(table)).of(e, Activity.STRUCTURE_SYNC);
    }
  }

  private List<String> missing(Connection connection) throws SQLException {
    List<String> statements = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(HELD)) {
      Object[] names = columns.toArray();
      statement.setArray(1, connection.createArrayOf("text", names));
      statement.setArray(2, connection.createArrayOf("text", names));
      statement.setString(3, databases.schemaOf(table));
      statement.setString(4, table.name());
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next() || row.getInt(3) < columns.size()) {
          return List.of();
        }
        if (!row.getBoolean(1)) {
          statements.add(PostgresVendor.grantUsage(databases.schemaOf(table), user()));
        }
        if (!row.getBoolean(2) && (columns.isEmpty() || row.getInt(4) < columns.size())) {
          statements.add(PostgresVendor.grantSelect(table, columns, user()));
        }
      }
    }
    return statements;
  }
}
