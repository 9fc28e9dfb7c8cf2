package dev.bobbin.docs;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.dialect.mysql.MySqlDialect;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.dialect.sqlserver.SqlServerDialect;
import dev.bobbin.select.Selection;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.testservers.PostgresServer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tries what the page on connecting says. */
class ConnectingTest {

  private static String region(String file) {
    return String.join("\n", Snippets.region(Repository.here().example(file), "read-only-user"))
        + "\n";
  }

  private static String grants(SourceDialect dialect, String pattern) {
    return dialect.grants("bobbin", Selection.of(table(pattern)));
  }

  @Test
  void theUserOfThePagesIsWhatTheDialectsGrant() {
    assertThat(region("read-only-user.sql"))
        .isEqualTo(grants(PostgresDialect.at("db", 5432, "shop"), "public.*"));
    assertThat(region("read-only-user-mysql.sql"))
        .isEqualTo(grants(MySqlDialect.at("db", 3306, "shop"), "*"));
    assertThat(region("read-only-user-sqlserver.sql"))
        .isEqualTo(grants(SqlServerDialect.at("db", 1433, "shop"), "dbo.*"));
  }

  /** Fault 11: tokens that expire. The one of the last connection is refused by the server. */
  @Test
  void eachNewConnectionAsksForAFreshToken() throws Exception {
    try (PostgresServer server =
        PostgresServer.version("18").ssl().password("root-Password-0").start()) {
      String database = server.createDatabase("shop");
      server.execute(
          database,
          "CREATE ROLE bobbin LOGIN PASSWORD 'none'",
          "CREATE TABLE t AS SELECT i AS id FROM generate_series(1, 10) AS i",
          "GRANT SELECT ON t TO bobbin");
      List<String> given = new ArrayList<>();
      PostgresDialect shop =
          Connecting.iam(
              server.host(),
              server.port(),
              server.caCertificate(),
              () -> {
                String token = "token-" + given.size();
                given.add(token);
                try {
                  server.execute(database, "ALTER ROLE bobbin PASSWORD '" + token + "'");
                } catch (java.sql.SQLException e) {
                  throw new AssertionError(e);
                }
                return token;
              });
      int[] rows = {0};
      try (Replicator replicator = Replicator.from(shop).named("tokens").build()) {
        for (int run = 0; run < 3; run++) {
          int before = given.size();
          replicator
              .replicate(Selection.of(table("t")), batch -> rows[0] += batch.rowCount())
              .throwIfFailed();
          assertThat(given.size()).isGreaterThan(before);
        }
      }
      assertThat(rows[0]).isEqualTo(30);
      assertThat(given).doesNotHaveDuplicates();
      assertThat(server.log()).doesNotContain("password authentication failed");
    }
  }
}
