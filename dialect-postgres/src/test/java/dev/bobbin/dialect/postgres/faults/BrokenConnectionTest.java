package dev.bobbin.dialect.postgres.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.error.SourceException;
import dev.bobbin.state.FileStateStore;
import dev.bobbin.testkit.CollectingSink;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testservers.PostgresServer.StopMode;
import dev.bobbin.testservers.PostgresVersion;
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.testservers.TcpProxy.Ending;
import dev.bobbin.testsupport.Retries;
import dev.bobbin.testsupport.VersionedRows;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Fault 3 (the server restarts, ends a backend or is cut off in the middle of a scan), fault 5 (a
 * black hole: packets vanish without a reset), fault 6 (one byte per second) and fault 7 (a reset
 * in the middle of a row). The run goes on from its checkpoint and the final set is the same.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BrokenConnectionTest {

  /**
   * More than the sockets' and the proxy's buffers hold (Linux: up to 32 MiB on the one side and 4
   * MiB on the other), so that the scan is still going on.
   */
  private static final int ROWS = 4_000;

  private static final int ROW_BYTES = 11_000;

  private static PostgresServer server;
  private static World world;

  @TempDir private Path state;
  private final CollectingSink rows = new CollectingSink();
  private final FailingSink sink = new FailingSink(rows);

  @BeforeAll
  static void start() throws Exception {
    server = PostgresServer.start(PostgresVersion.DEFAULT);
    world = World.on(server, ROWS, ROW_BYTES);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @AfterEach
  void nothingIsLeft() {
    world.awaitNoBackends();
    World.assertNoThreads();
  }

  private RunReport run(Replicator.Builder builder) throws Exception {
    try (Replicator replicator = builder.rememberIn(FileStateStore.at(state)).build()) {
      return replicator.replicate(World.everything(), sink);
    }
  }

  private void assertMended(RunReport report) throws Exception {
    report.throwIfFailed();
    assertThat(report.isCompleted()).isTrue();
    world.assertSameRows(rows);
    VersionedRows.assertRepeatsAtMost(rows, world.orders, 0);
  }

  /** Fault 3: the server is restarted in the middle of the scans, politely and at once. */
  @ParameterizedTest
  @EnumSource(
      value = StopMode.class,
      names = {"FAST", "IMMEDIATE"})
  void goesOnFromTheCheckpointWhenTheServerRestarts(StopMode mode) throws Exception {
    sink.after(Call.WRITE, 7, () -> server.restart(mode));

    RunReport report = run(world.replicator(world.dialect()));

    assertThat(Retries.in(report)).isPositive();
    assertMended(report);
  }

  /** Fault 3: an administrator ends the backends in the middle of the scans. */
  @Test
  void goesOnFromTheCheckpointWhenItsBackendsAreTerminated() throws Exception {
    sink.after(
        Call.WRITE,
        7,
        () -> assertThat(server.terminateBackends(world.applicationName())).isPositive());
    Retries retries = new Retries();

    RunReport report = run(world.replicator(world.dialect()).listener(retries));

    assertThat(retries.causes()).isNotEmpty().allMatch(Retries::isTransient);
    assertMended(report);
  }

  /** Fault 3: the connections are reset, or closed as by a peer's process, during the scans. */
  @ParameterizedTest
  @EnumSource(Ending.class)
  void goesOnFromTheCheckpointWhenTheConnectionIsCutDuringAScan(Ending ending) throws Exception {
    try (TcpProxy proxy = server.proxy()) {
      sink.after(Call.WRITE, 7, () -> proxy.cut(ending));
      Retries retries = new Retries();

      RunReport report = run(world.replicator(world.through(proxy)).listener(retries));

      assertThat(retries.causes()).isNotEmpty().allMatch(Retries::isTransient);
      assertMended(report);
    }
  }

  /** Fault 3: the connection is cut while it is opened. */
  @ParameterizedTest
  @EnumSource(Ending.class)
  void triesAgainWhenTheConnectionIsCutWhileItIsOpened(Ending ending) throws Exception {
    try (TcpProxy proxy = server.proxy()) {
      proxy.cutAfterBytes(1, ending);

      assertMended(run(world.replicator(world.through(proxy))));

      assertThat(proxy.connections()).isGreaterThan(1);
    }
  }

  /** Fault 3: nobody listens when the run begins; the server comes up while it tries again. */
  @Test
  void triesAgainWhenTheServerIsNotUpYet() throws Exception {
    try (TcpProxy proxy = server.proxy()) {
      proxy.refuse();
      Thread up = new Thread(proxy::resume, "server that comes up");
      RunReport report;
      try (Replicator replicator =
          world
              .replicator(world.through(proxy))
              .retry(new dev.bobbin.RetryPolicy(1000, Duration.ofMillis(5), Duration.ofMillis(20)))
              .build()) {
        up.start();
        report = replicator.replicate(World.everything(), sink);
      } finally {
        up.join();
      }
      assertMended(report);
    }
  }

  /** Fault 3: the connection is cut at random places while the structure is read. */
  @Test
  void triesAgainWhenTheConnectionIsCutDuringDiscovery() throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    try (TcpProxy proxy = server.proxy()) {
      long all;
      try (Replicator replicator = world.replicator(world.through(proxy)).build()) {
        replicator.discover();
        all = proxy.bytesToClient();
      }
      for (int i = 0; i < 8; i++) {
        long offset = 1 + random.nextLong(all);
        Ending ending = random.nextBoolean() ? Ending.RESET : Ending.FIN;
        proxy.cutAfterBytes(offset, ending);
        try (Replicator replicator = world.replicator(world.through(proxy)).build()) {
          RunReport report =
              replicator.replicate(
                  dev.bobbin.select.Selection.of(
                      dev.bobbin.select.TableSelection.table("countries").only("id")),
                  batch -> {});
          report.throwIfFailed();
          assertThat(report.rows())
              .as("%s after %s of %s bytes", ending, offset, all)
              .isEqualTo(ROWS);
        }
        proxy.resume();
      }
    }
  }

  /**
   * Fault 5: from the middle of the scans on, nothing arrives any more and no reset says so. The
   * progress watchdog ends the reads, and the run goes on once packets pass again.
   */
  @Test
  void givesUpASilentConnectionAndGoesOn() throws Exception {
    try (TcpProxy proxy = server.proxy()) {
      sink.after(Call.WRITE, 7, proxy::blackHole);
      Retries retries = new Retries(proxy::resume);

      RunReport report =
          run(
              world
                  .replicator(world.through(proxy))
                  .stallTimeout(Duration.ofMillis(700))
                  .connectTimeout(Duration.ofSeconds(1))
                  .listener(retries));

      assertThat(retries.causes()).isNotEmpty();
      assertThat(retries.causes().get(0))
          .hasMessageContaining("less than 1024 bytes in PT0.7S")
          .hasMessageContaining("stallTimeout");
      assertMended(report);
    }
  }

  /** Fault 5: silence while the connection is opened is a failure that is retried, too. */
  @Test
  void givesUpASilentServerWhileConnecting() throws Exception {
    try (TcpProxy proxy = server.proxy()) {
      proxy.blackHole();
      try (Replicator replicator =
          world
              .replicator(world.through(proxy))
              .connectTimeout(Duration.ofSeconds(1))
              .retry(dev.bobbin.RetryPolicy.NONE)
              .build()) {
        Throwable failure =
            org.assertj.core.api.Assertions.catchThrowable(
                () -> replicator.replicate(World.everything(), sink));
        assertThat(failure)
            .isInstanceOf(SourceException.class)
            .hasMessageContaining("did not answer in time")
            .hasMessageContaining("firewall");
        assertThat(((SourceException) failure).kind()).isEqualTo(SourceException.Kind.TRANSIENT);
        proxy.resume();
        assertMended(replicator.replicate(World.everything(), sink));
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
              world
                  .replicator(world.through(proxy))
                  .stallTimeout(Duration.ofMillis(1500))
                  .connectTimeout(Duration.ofSeconds(1))
                  .listener(retries));

      assertThat(retries.causes()).isNotEmpty();
      assertThat(retries.causes().get(0)).hasMessageContaining("less than 1024 bytes in PT1.5S");
      assertMended(report);
    }
  }

  /** Fault 6: a sink that takes longer than the stall timeout is slow, but the source is not. */
  @Test
  void doesNotTakeASlowSinkForASilentSource() throws Exception {
    Duration stall = Duration.ofSeconds(1);
    for (int write : new int[] {2, 5, 20}) {
      sink.before(Call.WRITE, write, () -> Thread.sleep(stall.toMillis() * 3 / 2));
    }

    RunReport report = run(world.replicator(world.dialect()).stallTimeout(stall));

    assertThat(Retries.in(report)).isZero();
    assertMended(report);
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

      RunReport report = run(world.replicator(world.through(proxy)));

      assertMended(report);
      // Also what came before and was not used in the end, as of a full table that began again.
      var all = rows.rows(world.countries);
      var whole = world.rows("countries");
      assertThat(all)
          .allSatisfy(
              row ->
                  assertThat(row.get("version") + " " + row.get("payload"))
                      .isEqualTo(whole.get((Long) row.get("id"))));
    }
  }
}
