package dev.bobbin.dialect.mysql.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.dialect.mysql.MySqlDialect;
import dev.bobbin.select.Selection;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testservers.MySqlServer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Fault 13: a sink that sleeps, for a minute and a half in the long test, in one batch, while the
 * server waits to send more rows than all buffers hold, and while the load's lock is kept by an
 * idle connection. The server's own patience is a second or two.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlowSinkTest {

  /** More than sockets hold. */
  private static final int ROWS = 20_000;

  private static final int MANY_ROWS = 60_000;

  @ParameterizedTest
  @CsvSource({"MySQL 5.7,1,false", "MariaDB 11.4,1,true"})
  void aSinkThatTakesLongerThanTheServerWaitsLosesNoScan(
      String version, int readers, boolean ofHost) throws Exception {
    sleep(version, readers, ofHost, ROWS, Duration.ofSeconds(4));
  }

  @Tag("long")
  @ParameterizedTest
  @CsvSource({"MySQL 8.0,4,false", "MariaDB 11.4,4,true"})
  void aSinkThatSleepsLosesNoScan(String version, int readers, boolean ofHost) throws Exception {
    sleep(version, readers, ofHost, MANY_ROWS, Duration.ofSeconds(90));
  }

  private static void sleep(String version, int readers, boolean ofHost, int rows, Duration sleep)
      throws Exception {
    try (MySqlServer server =
        MySqlServer.version(version)
            .config("net_write_timeout", "1")
            .config("net_read_timeout", "1")
            .config("wait_timeout", "2")
            .config("interactive_timeout", "2")
            .start()) {
      Scene scene = Scene.on(server, Scene.filled("t", rows, 3_000));
      FailingSink sink = new FailingSink(scene.sink);
      sink.before(Call.WRITE, 9, () -> Thread.sleep(sleep.toMillis()));
      try (HikariDataSource pool = new HikariDataSource()) {
        pool.setJdbcUrl(server.jdbcUrl(scene.database));
        pool.setUsername(scene.user);
        pool.setPassword(Scene.PASSWORD);
        pool.setMaximumPoolSize(2 * readers + 1);
        try (Replicator replicator =
            scene
                .replicator(ofHost ? MySqlDialect.from(pool) : scene.dialect())
                .parallelism(readers)
                .batchRows(1_000)
                .retry(RetryPolicy.NONE)
                .build()) {
          replicator
              .replicate(Selection.of(table(scene.database + ".t").incrementalBy("changed")), sink)
              .throwIfFailed();
        }
      }
      assertThat(sink.count(Call.WRITE)).isGreaterThan(9);
      scene.assertSameRows("t");
      scene.assertRepeatsAtMost("t", 0);
      scene.assertNothingIsLeft();
    }
  }
}
