package dev.bobbin.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.tls.Tls;
import org.junit.jupiter.api.Test;

class CheckingASourceTest {

  /** What the page on connecting shows is what is printed. */
  @Test
  void thePageShowsWhatACheckPrints() throws Exception {
    try (PostgresServer server =
        PostgresServer.version("18").config("log_timezone", "UTC").start()) {
      server.createDatabase("shop");
      server.execute(
          "shop",
          "CREATE ROLE bobbin LOGIN PASSWORD 'check-me'",
          "CREATE TABLE orders"
              + " (id bigint PRIMARY KEY, status text, updated_at timestamptz NOT NULL)",
          "CREATE TABLE countries (code text PRIMARY KEY, name text)",
          "GRANT SELECT ON orders TO bobbin");
      PostgresDialect shop =
          PostgresDialect.at(server.host(), server.port(), "shop")
              .tls(Tls.off())
              .login("bobbin", "check-me");
      StringBuilder terminal = new StringBuilder();

      ConfigurationException failure =
          catchThrowableOfType(
              ConfigurationException.class, () -> CheckingASource.check(shop, terminal::append));

      assertThat(failure).hasMessageContaining("may not read table");
      String printed =
          terminal
              .toString()
              .replace(server.host() + ":" + server.port(), "127.0.0.1:5432")
              .replaceAll("PostgreSQL 18[.0-9]*", "PostgreSQL 18.6");
      assertThat(Repository.read(Repository.here().root().resolve("docs/connecting.md")))
          .as(printed)
          .contains(printed.strip());
    }
  }
}
