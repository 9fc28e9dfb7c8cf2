package dev.bobbin.dialect.postgres.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.RunReport.Status;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.SinkException;
import dev.bobbin.plan.Plan;
import dev.bobbin.state.Bookmark;
import dev.bobbin.state.FileStateStore;
import dev.bobbin.testkit.CollectingSink;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Action;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testservers.PostgresVersion;
import dev.bobbin.testsupport.VersionedRows;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Fault 12 (the sink's database has a deadlock, or its disk is full) and fault 13 (the sink throws,
 * at any kind of call): what is likely to pass is retried, all else fails the table; the bookmark
 * never passes what the sink has confirmed.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailingSinkFaultsTest {

  private static World world;

  @TempDir private Path state;

  @BeforeAll
  static void start() throws Exception {
    world = World.on(PostgresServer.shared(PostgresVersion.DEFAULT), 1_500, 100);
  }

  @AfterEach
  void nothingIsLeft() {
    world.awaitNoBackends();
    World.assertNoThreads();
  }

  private Replicator replicator() {
    return world
        .replicator(world.dialect())
        .rememberIn(FileStateStore.at(state))
        .parallelism(1)
        .build();
  }

  private Optional<Bookmark> bookmark() {
    try (Replicator replicator = replicator()) {
      Plan plan = replicator.plan(World.ordersOnly());
      return plan.tables().get(0).bookmark();
    }
  }

  /** Fault 12: a deadlock before the rows were written, and one that came after they were. */
  @Test
  void triesAgainAfterADeadlock() throws Exception {
    CollectingSink rows = new CollectingSink();
    FailingSink sink =
        new FailingSink(rows)
            .before(Call.WRITE, 3, FailingSink.deadlock())
            .after(Call.WRITE, 8, FailingSink.deadlock());
    try (Replicator replicator = replicator()) {
      RunReport report = replicator.replicate(World.everything(), sink);
      report.throwIfFailed();
      assertThat(report.table(world.orders).orElseThrow().retries()).isEqualTo(2);
    }
    world.assertSameRows(rows);
    VersionedRows.assertRepeatsAtMost(rows, world.orders, 100);
  }

  /** Fault 12: a deadlock that stays is retried a bounded number of times. */
  @Test
  void givesUpOnADeadlockThatStays() throws Exception {
    CollectingSink rows = new CollectingSink();
    FailingSink sink = new FailingSink(rows).from(Call.WRITE, 3, FailingSink.deadlock());
    try (Replicator replicator = replicator()) {
      RunReport report = replicator.replicate(World.ordersOnly(), sink);
      RunReport.TableReport table = report.table(world.orders).orElseThrow();
      assertThat(table.status()).isEqualTo(Status.FAILED);
      assertThat(table.retries()).isEqualTo(World.QUICK.maxRetries());
    }
  }

  /** Fault 12: the sink's disk is full in the middle of one table; the other one is copied. */
  @Test
  void failsTheTableAloneWhenTheSinksDiskIsFull() throws Exception {
    CollectingSink rows = new CollectingSink();
    try (Replicator replicator = replicator()) {
      replicator.replicate(World.ordersOnly(), new FailingSink(rows)).throwIfFailed();
    }
    Optional<Bookmark> before = bookmark();
    assertThat(before).isPresent();
    world.execute(
        "UPDATE orders SET changed = 1000000 + id, version = 2, payload = repeat(md5(id || '/2'), 3)"
            + " WHERE id <= 300");
    FailingSink full = new FailingSink(rows);
    full.from(
        Call.WRITE,
        1,
        () -> {
          if (full.count(Call.OPEN) == 1) {
            FailingSink.diskFull().happen();
          }
        });
    try (Replicator replicator = replicator()) {
      RunReport report = replicator.replicate(World.everything(), full);
      RunReport.TableReport failed = report.table(world.orders).orElseThrow();
      assertThat(failed.status()).isEqualTo(Status.FAILED);
      assertThat(failed.retries()).isZero();
      BobbinException failure = failed.failure().orElseThrow();
      assertThat(failure)
          .isInstanceOf(SinkException.class)
          .hasRootCauseInstanceOf(java.io.IOException.class)
          .hasMessageContaining("write(…)")
          .hasMessageContaining("bookmark is where it was")
          .hasMessageContaining("SinkException.retryable");
      assertThat(report.table(world.countries).orElseThrow().status()).isEqualTo(Status.COMPLETED);
    }
    assertThat(bookmark()).isEqualTo(before);

    try (Replicator replicator = replicator()) {
      replicator.replicate(World.everything(), new FailingSink(rows)).throwIfFailed();
    }
    world.assertSameRows(rows);
    VersionedRows.assertRepeatsAtMost(rows, world.orders, 0);
    assertThat(bookmark()).isNotEqualTo(before);
    world.execute("UPDATE orders SET changed = id WHERE id <= 300");
  }

  /** Fault 13: a checked exception at each kind of call, on the first load. */
  @ParameterizedTest
  @EnumSource(Call.class)
  void neverMovesTheBookmarkPastAFailedCall(Call call) throws Exception {
    throwsAt(call, FailingSink.diskFull());
  }

  /** Fault 13: a runtime exception at each kind of call. */
  @ParameterizedTest
  @EnumSource(Call.class)
  void neverMovesTheBookmarkPastARuntimeException(Call call) throws Exception {
    throwsAt(
        call,
        () -> {
          throw new IllegalStateException("the sink was told to");
        });
  }

  private void throwsAt(Call call, Action failure) throws Exception {
    CollectingSink rows = new CollectingSink().durableOnFlush(20_000, Duration.ofMinutes(5));
    FailingSink sink = new FailingSink(rows).from(call, call == Call.WRITE ? 2 : 1, failure);
    try (Replicator replicator = replicator()) {
      RunReport report = replicator.replicate(World.everything(), sink);
      assertThat(report.tables()).allMatch(t -> t.status() == Status.FAILED);
      assertThat(report.tables())
          .allSatisfy(
              t ->
                  assertThat(t.failure().orElseThrow())
                      .isInstanceOf(SinkException.class)
                      .hasMessageContaining("The sink failed in"));
    }
    // What is remembered was confirmed: the next run brings exactly the rest.
    rows.processDied();
    try (Replicator replicator = replicator()) {
      replicator.replicate(World.everything(), new FailingSink(rows)).throwIfFailed();
    }
    world.assertSameRows(rows);
    VersionedRows.assertRepeatsAtMost(rows, world.orders, 0);
    assertThat(rows.completes(world.orders)).hasSize(1);
  }

  /** Fault 13: an Error is not swallowed; the lease is given back and the next run goes on. */
  @Test
  void throwsTheSinksErrorAndGoesOnInTheNextRun() throws Exception {
    CollectingSink rows = new CollectingSink();
    FailingSink sink = new FailingSink(rows).before(Call.WRITE, 5, FailingSink.error());
    try (Replicator replicator = replicator()) {
      assertThatThrownBy(() -> replicator.replicate(World.everything(), sink))
          .isInstanceOf(StackOverflowError.class);
      replicator.replicate(World.everything(), new FailingSink(rows)).throwIfFailed();
    }
    world.assertSameRows(rows);
    VersionedRows.assertRepeatsAtMost(rows, world.orders, 0);
  }
}
