package dev.bobbin.benchmarks;

import dev.bobbin.testservers.PostgresServer;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;

/** The statements that Bobbin sends, as the server's log has them. */
final class StatementCount {

  private StatementCount() {}

  /** What the peer's reading makes Bobbin send, in a sentence. */
  static String of(Peer peer, PostgresServer server, Source source, Work work) throws Exception {
    int before = server.log().length();
    logStatements(server, source, "all");
    peer.copy(source, work.table(), work.rows());
    logStatements(server, source, "none");
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
    return String.format(
        Locale.ROOT,
        "%d statements, %d of them queries, whose rows come with %d more fetches",
        statements.size() - fetches,
        queries,
        fetches);
  }

  private static void logStatements(PostgresServer server, Source source, String which)
      throws SQLException {
    server.execute(
        source.database(),
        "ALTER SYSTEM SET log_statement = '" + which + "'",
        "SELECT pg_reload_conf()",
        "SELECT pg_sleep(0.5)"); // the signal needs a moment
  }
}
