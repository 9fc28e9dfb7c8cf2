package dev.bobbin.dialect.postgres.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.testservers.ChildJvm;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testservers.PostgresVersion;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Fault 13: the sink is a hundred times slower than the source, and the host's heap is small. A
 * table of two million rows and about 496 MB passes through it, and the heap stays bounded.
 */
@Tag("long")
class BoundedHeapTest {

  private static final long ROWS = 2_000_000;

  private static PostgresServer server;
  private static String database;

  @TempDir private Path state;

  @BeforeAll
  static void seed() throws Exception {
    server =
        PostgresServer.version(PostgresVersion.DEFAULT)
            .config("autovacuum", "off")
            .config("max_wal_size", "4GB")
            .config("maintenance_work_mem", "128MB")
            .start();
    database = server.createDatabase();
    server.execute(
        database,
        "CREATE UNLOGGED TABLE wide (id bigint NOT NULL, a int, b bigint, c numeric(12,2), d float8,"
            + " e bool, f date, g timestamptz, h uuid, i text, j text, k text, l timestamp)",
        "INSERT INTO wide SELECT n, n % 1000, n * 7, n / 100.0, n / 3.0, n % 2 = 0, date"
            + " '2020-01-01' + (n % 2000)::int, timestamptz '2020-01-01Z' + n * interval '1"
            + " second', md5(n::text)::uuid, md5((n + 1)::text), repeat('wide ', 18) || n % 97,"
            + " CASE WHEN n % 5 = 0 THEN NULL ELSE 'row ' || n END, timestamp '2020-01-01' + n *"
            + " interval '1 minute' FROM generate_series(1, "
            + ROWS
            + ") AS n",
        "ALTER TABLE wide ADD PRIMARY KEY (id)",
        "ANALYZE wide");
    System.out.println(
        "seeded " + server.query(database, "SELECT pg_size_pretty(pg_table_size('wide'))"));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private List<String> run(String heap, String what, int readers) {
    try (ChildJvm child =
        ChildJvm.of(SmallHost.class)
            .jvmFlags("-Xmx" + heap, "-XX:MaxDirectMemorySize=16m", "-XX:+ExitOnOutOfMemoryError")
            .arguments(
                server.host(),
                Integer.toString(server.port()),
                database,
                server.user(),
                state.toString(),
                what,
                Integer.toString(readers))
            .start()) {
      int exit = child.awaitExit(Duration.ofMinutes(5));
      System.out.println(what + " with " + heap + " by " + readers + ": " + child.lines());
      assertThat(exit).as("%s %s", child.lines(), child.errors()).isZero();
      return child.lines();
    }
  }

  /** Fault 13: two million rows through a small heap, by one reader and by four. */
  @ParameterizedTest
  @CsvSource({"48m, 1", "96m, 4"})
  void copiesTwoMillionRowsWithASmallHeap(String heap, int readers) {
    List<String> lines = run(heap, "count", readers);
    assertThat(lines).contains("COMPLETED " + ROWS + " " + ROWS * (ROWS + 1) / 2);
    assertThat(lines).anyMatch(line -> line.startsWith(readers == 1 ? "scans 1," : "scans 16,"));
  }

  /** Fault 13: a sink a hundred times slower than the source does not fill the heap. */
  @Test
  void keepsTheHeapBoundedWithASinkAHundredTimesSlower() {
    assertThat(run("64m", "slow", 2))
        .anyMatch(line -> line.startsWith("CANCELLED "))
        .contains("goes on", "all " + ROWS + " " + ROWS * (ROWS + 1) / 2);
  }
}
