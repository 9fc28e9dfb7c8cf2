package dev.bobbin.dialect.sqlserver;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * What a server says of itself.
 *
 * @param kind what it is
 * @param database the one that the login is in, as the catalog writes it
 * @param schema that of names without one
 * @param user the login
 * @param readOnly whether the database takes no writes, as a secondary's
 * @param showsFiles of Babelfish, whether PostgreSQL's own catalog may be read
 */
record Greeting(
    ServerKind kind,
    String database,
    String schema,
    String user,
    boolean readOnly,
    boolean showsFiles) {

  private static final String PROPERTIES =
      "SELECT CAST(SERVERPROPERTY('BabelfishVersion') AS varchar(128)),"
          + " CAST(SERVERPROPERTY('ProductVersion') AS varchar(128)),"
          + " CAST(SERVERPROPERTY('EngineEdition') AS int)";
  private static final String WHERE =
      "SELECT DB_NAME(), COALESCE(SCHEMA_NAME(), 'dbo'), COALESCE(SUSER_NAME(), '')";
  private static final String DATABASE = "SELECT name FROM sys.databases WHERE name = DB_NAME()";
  private static final String UPDATEABILITY =
      "SELECT CAST(DATABASEPROPERTYEX(DB_NAME(), 'Updateability') AS varchar(128))";

  /** What PostgreSQL numbers the files of a table by, and how many pages it has. */
  static final String FILES =
      "SELECT CAST(relfilenode AS bigint), CAST(relpages AS bigint), CAST(reltuples AS float)"
          + " FROM pg_catalog.pg_class WHERE CAST(oid AS bigint) = ?";

  /** The kind of the server at the other end. */
  static ServerKind kindOf(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      ServerKind kind = ServerKind.babelfish(first(statement, "SELECT @@VERSION").get(0));
      if (kind != null) {
        return kind;
      }
      // The text of a Babelfish may have been set to be another server's.
      List<String> properties = first(statement, PROPERTIES);
      return properties.get(0).isEmpty()
          ? ServerKind.sqlServer(
              properties.get(1),
              properties.get(2).isEmpty() ? 0 : Integer.parseInt(properties.get(2)))
          : ServerKind.babelfishOf(properties.get(0));
    }
  }

  static Greeting of(Connection connection, ServerKind kind) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      List<String> where = first(statement, WHERE);
      List<String> database = first(statement, DATABASE);
      boolean readOnly = !kind.babelfish() && first(statement, UPDATEABILITY).contains("READ_ONLY");
      return new Greeting(
          kind,
          database.isEmpty() ? where.get(0) : database.get(0),
          where.get(1),
          where.get(2),
          readOnly,
          kind.babelfish() && answers(connection));
    }
  }

  private static boolean answers(Connection connection) {
    try (var statement = connection.prepareStatement(FILES)) {
      statement.setLong(1, 0);
      try (ResultSet rows = statement.executeQuery()) {
        return !rows.next();
      }
    } catch (SQLException e) {
      return false;
    }
  }

  private static List<String> first(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      int columns = row.getMetaData().getColumnCount();
      if (!row.next()) {
        return List.of();
      }
      String[] values = new String[columns];
      for (int i = 0; i < columns; i++) {
        String value = row.getString(i + 1);
        values[i] = value == null ? "" : value;
      }
      return List.of(values);
    }
  }
}
