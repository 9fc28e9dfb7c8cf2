package dev.bobbin.dialect.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.testservers.PostgresServer;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("long")
class ManyTablesTest {

  @Test
  void readsTenThousandTablesOfTwentyColumnsInSeconds() throws SQLException {
    try (PostgresServer server =
        PostgresServer.version("18").config("max_locks_per_transaction", "4096").start()) {
      for (int part = 0; part < 10; part++) {
        server.execute(
            "postgres",
            "DO $$ BEGIN FOR t IN "
                + (part * 1000 + 1)
                + ".."
                + (part * 1000 + 1000)
                + " LOOP EXECUTE 'CREATE TABLE t' || t || ' (c0 serial PRIMARY KEY, ' ||"
                + " (SELECT string_agg('c' || c || ' ' || (ARRAY['int', 'text', 'numeric(10,2)',"
                + " 'timestamptz', 'varchar(' || t || ')'])[1 + c % 5], ', ')"
                + " FROM generate_series(1, 19) c) || ')'; END LOOP; END $$");
      }
      server.execute("postgres", "ANALYZE pg_class", "ANALYZE pg_attribute", "ANALYZE pg_index");
      try (SourceSession session =
          Sources.dialect(server, "postgres").connect(Sources.settings())) {
        Duration first = timed(session);
        Duration second = timed(session);
        System.out.println(
            "structure sync of 10,000 tables x 20 columns: first "
                + first.toMillis()
                + " ms, second "
                + second.toMillis()
                + " ms");
      }
    }
  }

  private static Duration timed(SourceSession session) {
    long start = System.nanoTime();
    Catalog catalog = session.discover("postgres"::equals);
    Duration taken = Duration.ofNanos(System.nanoTime() - start);
    assertThat(catalog.tables()).hasSize(10_000).allMatch(t -> t.columns().size() == 20);
    return taken;
  }
}
