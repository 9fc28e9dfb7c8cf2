package dev.bobbin.dialect.mysql.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.testservers.ChildJvm;
import dev.bobbin.testservers.MySqlServer;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fault 13: two million rows and about 500 MB pass through a host with a small heap. */
@Tag("long")
class BoundedHeapTest {

  private static final long ROWS = 2_000_000;

  private static MySqlServer server;
  private static Scene scene;

  @BeforeAll
  static void seed() throws Exception {
    server =
        MySqlServer.version("MySQL 8.0")
            .config("innodb_buffer_pool_size", "512M")
            .config("innodb_log_file_size", "512M")
            .start();
    scene =
        Scene.on(
            server,
            "CREATE TABLE wide (id bigint PRIMARY KEY, a int, b bigint, c decimal(12,2), d double,"
                + " e tinyint(1), f date, g timestamp(6) NULL, h binary(16), i varchar(200), j"
                + " varchar(200), k varchar(40), l datetime)",
            "INSERT INTO wide SELECT i, i % 1000, i * 7, i / 100, i / 3, i % 2, '2020-01-01', NOW(6),"
                + " UNHEX(MD5(i)), CONCAT(REPEAT('wide ', 18), i % 97), MD5(i + 1), IF(i % 5 = 0,"
                + " NULL, CONCAT('row ', i)), '2020-01-01 10:00:00' FROM "
                + Scene.numbers((int) ROWS),
            "ANALYZE TABLE wide");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({"48m, 1", "96m, 4"})
  void copiesTwoMillionRowsWithASmallHeap(String heap, int readers) {
    try (ChildJvm child =
        ChildJvm.of(SmallHost.class)
            .jvmFlags("-Xmx" + heap, "-XX:MaxDirectMemorySize=16m", "-XX:+ExitOnOutOfMemoryError")
            .arguments(
                server.host(),
                Integer.toString(server.port()),
                scene.database,
                scene.user,
                Integer.toString(readers))
            .start()) {
      int exit = child.awaitExit(Duration.ofMinutes(5));
      System.out.println(heap + " by " + readers + ": " + child.lines());
      assertThat(exit).as("%s %s", child.lines(), child.errors()).isZero();
      assertThat(child.lines()).contains("rows " + ROWS + " " + ROWS * (ROWS + 1) / 2);
      assertThat(child.lines()).anyMatch(line -> line.startsWith("scans 1,") == (readers == 1));
    }
  }
}
