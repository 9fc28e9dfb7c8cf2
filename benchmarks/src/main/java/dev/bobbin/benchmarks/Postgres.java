package dev.bobbin.benchmarks;

import dev.bobbin.testservers.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;

/** A PostgreSQL server. */
record Postgres(PostgresServer server) implements CountingServer {

  private static final String LARGEST =
      "SELECT pg_size_pretty(max(pg_table_size(oid))) FROM pg_class WHERE relkind = 'r'";

  @Override
  public String firstDatabase() {
    return "postgres";
  }

  @Override
  public String createDatabase() throws SQLException {
    return server.createDatabase();
  }

  @Override
  public Source source(String database) {
    return new Source(Product.POSTGRES, server.host(), server.port(), database, server.user());
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

  /** As the server's log has them. */
  @Override
  public StatementCount statements(String database, Use use) throws Exception {
    int before = server.log().length();
    logStatements(database, "all");
    use.run();
    logStatements(database, "none");
    List<String> statements =
        server
            .log()
            .substring(before)
            .lines()
            .filter(line -> line.matches(".* bobbin \\w+ LOG:  (statement|execute [^:]+): .*"))
            .map(line -> line.replaceFirst(".* LOG:  (statement|execute) ?", ""))
            .toList();
    long fetches = statements.stream().filter(line -> line.startsWith("fetch from ")).count();
    long queries =
        statements.stream()
            .filter(line -> line.matches("(?!fetch)[^:]*: (SELECT|WITH)\\b.*"))
            .count();
    return new StatementCount(statements.size() - fetches, queries, fetches);
  }

  private void logStatements(String database, String which) throws SQLException {
    server.execute(
        database,
        "ALTER SYSTEM SET log_statement = '" + which + "'",
        "SELECT pg_reload_conf()",
        "SELECT pg_sleep(0.5)"); // the signal needs a moment
  }

  @Override
  public void close() {
    server.close();
  }
}
