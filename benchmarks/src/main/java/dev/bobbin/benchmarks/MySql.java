package dev.bobbin.benchmarks;

import dev.bobbin.testservers.MySqlServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;

/** A MySQL server. */
record MySql(MySqlServer server) implements CountingServer {

  private static final String LARGEST =
      "SELECT concat(round(max(data_length) / 1048576), ' MB') FROM information_schema.tables"
          + " WHERE table_schema = database()";

  private static final String LOGGED =
      """
      SELECT
        coalesce(sum(command_type IN ('Query', 'Execute')), 0),
        coalesce(sum(command_type IN ('Query', 'Execute')
          AND convert(argument USING utf8mb4) RLIKE '^[[:space:](]*(SELECT|WITH|SHOW)'), 0)
      FROM mysql.general_log
      WHERE thread_id <> connection_id()
      """;

  @Override
  public String firstDatabase() throws SQLException {
    return server.createDatabase("bench");
  }

  @Override
  public String createDatabase() throws SQLException {
    return server.createDatabase();
  }

  @Override
  public Source source(String database) {
    return new Source(Product.MYSQL, server.host(), server.port(), database, server.user());
  }

  @Override
  public Connection connect(String database) throws SQLException {
    return server.connect(database);
  }

  @Override
  public void execute(String database, String... sql) throws SQLException {
    server.execute(database, sql);
  }

  @Override
  public String largestTable(String database) throws SQLException {
    return Objects.requireNonNull(server.query(database, LARGEST));
  }

  /** As the server's general log has them: nobody else is connected. */
  @Override
  public StatementCount statements(String database, Use use) throws Exception {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute("SET GLOBAL log_output = 'TABLE'");
      statement.execute("TRUNCATE mysql.general_log");
      statement.execute("SET GLOBAL general_log = ON");
      use.run();
      statement.execute("SET GLOBAL general_log = OFF");
      try (ResultSet counts = statement.executeQuery(LOGGED)) {
        counts.next();
        return new StatementCount(counts.getLong(1), counts.getLong(2), 0);
      }
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
