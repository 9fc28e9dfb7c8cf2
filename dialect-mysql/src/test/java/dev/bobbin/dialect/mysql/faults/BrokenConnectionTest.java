package dev.bobbin.dialect.mysql.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.error.SourceException;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.testservers.TcpProxy.Ending;
import dev.bobbin.testsupport.Retries;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fault 3 (the server restarts, ends connections or is cut off in the middle of a scan), fault 5 (a
 * black hole: packets vanish without a reset), fault 6 (one byte per second) and fault 7 (a reset
 * in the middle of a row). The run goes on from its checkpoint and the final set is the same.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BrokenConnectionTest {

  /**
   * More than the sockets' and the proxy's buffers hold, so that the scan is still going on, and
   * two ranges.
   */
  private static final int ROWS = 7_000;

  private static final int ROW_BYTES = 3_000;

  /**
   * More than the kernel holds between a server and a client (Linux: up to 32 MiB on the one side
   * and 4 MiB on the other).
   */
  private static final int WIDE_ROW_BYTES = 9_000;

  private static MySqlServer server;

  private Scene scene;
  private FailingSink sink;

  @BeforeAll
  static void start() {
    server = MySqlServer.version("MySQL 8.0").start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void begin() throws SQLException {
    scene = Scene.on(server, Scene.filled("orders", ROWS, ROW_BYTES));
    scene.execute(Scene.filled("countries", ROWS, ROW_BYTES));
    sink = new FailingSink(scene.sink);
  }

  @AfterEach
  void nothingIsLeft() throws SQLException {
    scene.assertNothingIsLeft();
    scene.close();
  }

  /** For tests whose connections must break in the middle of a scan, which one reader reads. */
  private void widen(int readers) throws SQLException {
    if (readers == 1) {
      scene.execute(
          "UPDATE orders SET payload = REPEAT(payload, " + WIDE_ROW_BYTES / ROW_BYTES + ")",
          "ANALYZE TABLE orders");
    }
  }

  private static final TableSelection[] BOTH = {
    table("orders").incrementalBy("changed"), table("countries")
  };

  private RunReport run(Replicator.Builder builder) {
    return scene.run(builder, sink, BOTH);
  }

  /**
   * One reader's scan is longer than what the kernel holds, so it broke. The ranges of several
   * readers are not: all that are being read can have come whole, and the next ones then go over
   * new connections.
   */
  private static void assertRetried(Retries retries, int readers) {
    assertThat(retries.causes()).allMatch(Retries::isTransient);
    if (readers == 1) {
      assertThat(retries.causes()).isNotEmpty();
    }
  }

  /** Rows with a key come again by a batch of each range that was being read, at most. */
  private void assertMended(RunReport report, int repeats) throws SQLException {
    report.throwIfFailed();
    assertThat(report.isCompleted()).isTrue();
    scene.assertSameRows("orders", "countries");
    scene.assertRepeatsAtMost("orders", repeats);
  }

  /** Fault 3: the server is restarted in the middle of the scans, in order and killed. */
  @ParameterizedTest
  @CsvSource({"MySQL 8.0,true,1", "MySQL 5.7,false,4", "MariaDB 11.4,false,4"})
  void goesOnFromTheCheckpointWhenTheServerRestarts(String version, boolean orderly, int readers)
      throws SQLException {
    try (MySqlServer own = MySqlServer.version(version).start()) {
      int rowBytes = readers == 1 ? WIDE_ROW_BYTES : ROW_BYTES;
      Scene there = Scene.on(own, Scene.filled("orders", ROWS, rowBytes));
      there.execute(Scene.filled("countries", ROWS, ROW_BYTES));
      FailingSink restarting = new FailingSink(there.sink);
      restarting.after(
          Call.WRITE,
          7,
          () -> {
            if (orderly) {
              own.restart();
            } else {
              own.kill();
              own.start();
            }
          });
      Retries retries = new Retries();
      RunReport report =
          there.run(there.replicator().parallelism(readers).listener(retries), restarting, BOTH);
      report.throwIfFailed();
      assertRetried(retries, readers);
      there.assertSameRows("orders", "countries");
      there.assertRepeatsAtMost("orders", 0);
      there.assertNothingIsLeft();
    }
  }

  /** Fault 3: the server is down for a while, which outlasts some retries. */
  @Test
  void goesOnOnceTheServerIsBack() throws SQLException {
    widen(1);
    sink.after(Call.WRITE, 7, server::stop);
    Retries retries =
        new Retries(
            () -> {
              synchronized (server) {
                if (!server.isRunning()) {
                  server.start();
                }
              }
            });
    assertMended(run(scene.replicator().listener(retries)), 0);
    assertThat(retries.causes()).isNotEmpty().allMatch(Retries::isTransient);
  }

  /** Fault 3: an administrator ends the connections in the middle of the load. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void goesOnFromTheCheckpointWhenItsConnectionsAreKilled(int readers) throws SQLException {
    widen(readers);
    sink.after(Call.WRITE, 7, () -> assertThat(server.killConnectionsOf(scene.user)).isPositive());
    Retries retries = new Retries();

    RunReport report = run(scene.replicator().parallelism(readers).listener(retries));

    assertRetried(retries, readers);
    assertMended(report, 0);
  }

  /** Fault 3: the connections are reset, or closed as by a peer's process, during the scans. */
  @ParameterizedTest
  @CsvSource({"RESET,1", "FIN,1", "RESET,4"})
  void goesOnFromTheCheckpointWhenTheConnectionIsCutDuringAScan(Ending ending, int readers)
      throws SQLException {
    widen(readers);
    try (TcpProxy proxy = server.proxy()) {
      sink.after(Call.WRITE, 7, () -> proxy.cut(ending));
      Retries retries = new Retries();

      RunReport report =
          run(scene.replicator(scene.through(proxy)).parallelism(readers).listener(retries));

      assertRetried(retries, readers);
      assertMended(report, 0);
    }
  }

  /** Fault 3: the connection is cut at random places while it is opened and structure is read. */
  @Test
  void triesAgainWhenTheConnectionIsCutDuringDiscovery() throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    try (TcpProxy proxy = server.proxy()) {
      long all;
      try (Replicator replicator = scene.replicator(scene.through(proxy)).build()) {
        replicator.discover();
        all = proxy.bytesToClient();
      }
      for (int i = 0; i < 8; i++) {
        long offset = i == 0 ? 1 : 1 + random.nextLong(all);
        Ending ending = random.nextBoolean() ? Ending.RESET : Ending.FIN;
        proxy.cutAfterBytes(offset, ending);
        RunReport report =
            scene.run(
                scene.replicator(scene.through(proxy)), batch -> {}, table("countries").only("id"));
        report.throwIfFailed();
        assertThat(report.rows())
            .as("%s after %s of %s bytes", ending, offset, all)
            .isEqualTo(ROWS);
        proxy.resume();
      }
    }
  }

  /**
   * Fault 5: from the middle of the scans on, nothing arrives any more and no reset says so. The
   * progress watchdog ends the reads, and the run goes on once packets pass again.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void givesUpASilentConnectionAndGoesOn(int readers) throws Exception {
    try (TcpProxy proxy = server.proxy()) {
      sink.after(Call.WRITE, 7, proxy::blackHole);
      Retries retries = new Retries(proxy::resume);

      RunReport report =
          run(
              scene
                  .replicator(scene.through(proxy))
                  .parallelism(readers)
                  .stallTimeout(Duration.ofMillis(700))
                  .connectTimeout(Duration.ofSeconds(3))
                  .lockTimeout(Duration.ofSeconds(1))
                  .listener(retries));

      assertThat(retries.causes()).isNotEmpty();
      if (readers == 1) {
        assertThat(retries.causes().get(0))
            .hasMessageContaining("less than 1024 bytes in PT0.7S")
            .hasMessageContaining("stallTimeout");
      } else {
        // One of several can be on the way to its next range, and notices in its own words.
        assertThat(retries.causes()).allMatch(Retries::isTransient);
      }
      assertMended(report, 0);
    }
  }

  /** Fault 5: silence while the connection is opened is a failure that is retried, too. */
  @Test
  void givesUpASilentServerWhileConnecting() throws Exception {
    try (TcpProxy proxy = server.proxy()) {
      proxy.blackHole();
      try (Replicator replicator =
          scene
              .replicator(scene.through(proxy))
              .connectTimeout(Duration.ofSeconds(1))
              .retry(RetryPolicy.NONE)
              .build()) {
        Throwable failure = catchThrowable(() -> replicator.replicate(Selection.of(BOTH), sink));
        assertThat(failure)
            .isInstanceOf(SourceException.class)
            .hasMessageContaining("did not answer in time")
            .hasMessageContaining("firewall");
        assertThat(((SourceException) failure).kind()).isEqualTo(SourceException.Kind.TRANSIENT);
        proxy.resume();
        assertMended(replicator.replicate(Selection.of(BOTH), sink), 0);
      }
    }
  }

  /** Fault 6: the server sends one byte per second, which is a sign of life but no progress. */
  @Test
  void givesUpAConnectionThatTrickles() throws Exception {
    try (TcpProxy proxy = server.proxy()) {
      sink.after(Call.WRITE, 7, () -> proxy.trickle(1));
      Retries retries = new Retries(proxy::resume);

      RunReport report =
          run(
              scene
                  .replicator(scene.through(proxy))
                  .parallelism(1)
                  .stallTimeout(Duration.ofMillis(1500))
                  .connectTimeout(Duration.ofSeconds(1))
                  .listener(retries));

      assertThat(retries.causes()).isNotEmpty();
      assertThat(retries.causes().get(0)).hasMessageContaining("less than 1024 bytes in PT1.5S");
      assertMended(report, 0);
    }
  }

  /** Fault 6: a sink that takes longer than the stall timeout is slow, but the source is not. */
  @Test
  void doesNotTakeASlowSinkForASilentSource() throws Exception {
    Duration stall = Duration.ofSeconds(1);
    sink.before(Call.WRITE, 5, () -> Thread.sleep(stall.toMillis() * 3 / 2));

    RunReport report = run(scene.replicator().stallTimeout(stall));

    assertThat(Retries.in(report)).isZero();
    assertMended(report, 0);
  }

  /**
   * Fault 7: the connection is reset at random places, most of them in the middle of a row. No part
   * of a row is ever delivered.
   */
  @Test
  void deliversNoPartOfARowWhenTheConnectionIsResetInTheMiddleOfIt() throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    try (TcpProxy proxy = server.proxy()) {
      for (int i = 1; i <= 6; i++) {
        long offset = 1 + random.nextLong(2L * ROWS * ROW_BYTES / 10);
        sink.after(Call.WRITE, 5 * i, () -> proxy.cutAfterBytes(offset));
      }

      assertMended(run(scene.replicator(scene.through(proxy))), 0);

      // Nothing else came either that was not used in the end.
      for (var row : scene.sink.rows(scene.table("countries"))) {
        assertThat(String.valueOf(row.get("payload"))).hasSize(ROW_BYTES / 32 * 32);
      }
    }
  }
}
