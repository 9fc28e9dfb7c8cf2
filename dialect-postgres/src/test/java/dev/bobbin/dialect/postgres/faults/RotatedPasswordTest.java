package dev.bobbin.dialect.postgres.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.error.SourceException;
import dev.bobbin.testkit.CollectingSink;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testservers.PostgresVersion;
import dev.bobbin.testsupport.VersionedRows;
import dev.bobbin.tls.Tls;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Fault 10: the password is rotated, between runs and in the middle of one. The credentials
 * supplier is asked again, and a refused login is tried at most twice, so that no account is
 * locked. The tries are counted in the server's log.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RotatedPasswordTest {

  private static final String OLD = "old-Password-1";
  private static final String NEW = "new-Password-2";
  private static final int ROWS = 3_000;

  private static PostgresServer server;
  private static World world;

  private final CollectingSink rows = new CollectingSink();
  private int refusedBefore;

  @BeforeAll
  static void start() throws Exception {
    server = PostgresServer.version(PostgresVersion.DEFAULT).password("root-Password-0").start();
    world = World.on(server, ROWS, 3_000);
    world.execute("CREATE ROLE etl LOGIN PASSWORD '" + OLD + "'", "GRANT pg_read_all_data TO etl");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void count() throws Exception {
    rotateTo(OLD);
    refusedBefore = refusals();
  }

  private static void rotateTo(String password) throws Exception {
    world.execute("ALTER ROLE etl PASSWORD '" + password + "'");
  }

  private static int refusals() {
    return server.log().split("password authentication failed for user \"etl\"", -1).length - 1;
  }

  private int refused() {
    return refusals() - refusedBefore;
  }

  private static Replicator.Builder replicator(Supplier<String> password) {
    return world.replicator(
        PostgresDialect.at(server.host(), server.port(), world.database)
            .tls(Tls.off())
            .login("etl", password));
  }

  /** Fault 10: rotated between two runs; the second asks the supplier and gets the new one. */
  @Test
  void asksTheSupplierAgainInTheNextRun() throws Exception {
    AtomicReference<String> vault = new AtomicReference<>(OLD);
    try (Replicator replicator = replicator(vault::get).build()) {
      replicator.replicate(World.everything(), rows).throwIfFailed();
      rotateTo(NEW);
      vault.set(NEW);
      replicator.replicate(World.everything(), rows).throwIfFailed();
    }
    assertThat(refused()).isZero();
    world.assertSameRows(rows);
  }

  /** Fault 10: the supplier gives what it had cached first, and the new one when asked again. */
  @Test
  void triesOnceMoreWithWhatTheSupplierGivesThen() throws Exception {
    rotateTo(NEW);
    Deque<String> answers = new ArrayDeque<>(List.of(OLD));
    try (Replicator replicator =
        replicator(() -> answers.isEmpty() ? NEW : answers.poll()).parallelism(1).build()) {
      replicator.replicate(World.everything(), rows).throwIfFailed();
    }
    assertThat(refused()).isEqualTo(1);
    world.assertSameRows(rows);
  }

  /** Fault 10: rotated in the middle of a run, whose next connections need the new one. */
  @Test
  void goesOnWithTheNewPasswordInTheMiddleOfARun() throws Exception {
    AtomicReference<String> vault = new AtomicReference<>(OLD);
    FailingSink sink = new FailingSink(rows);
    sink.after(
        Call.WRITE,
        7,
        () -> {
          rotateTo(NEW);
          vault.set(NEW);
          assertThat(server.terminateBackends(world.applicationName())).isPositive();
        });
    RunReport report;
    try (Replicator replicator = replicator(vault::get).build()) {
      report = replicator.replicate(World.everything(), sink);
    }
    report.throwIfFailed();
    assertThat(report.tables()).anyMatch(t -> t.retries() > 0);
    // Another reader may connect between the server's change and the vault's.
    assertThat(refused()).isLessThanOrEqualTo(1);
    world.assertSameRows(rows);
    VersionedRows.assertRepeatsAtMost(rows, world.orders, 0);
  }

  /** Fault 10: a password that stays wrong is tried once, two different wrong ones once each. */
  @Test
  void triesAWrongPasswordAtMostTwice() throws Exception {
    rotateTo(NEW);
    try (Replicator replicator = replicator(() -> OLD).build()) {
      Throwable failure = catchThrowable(() -> replicator.replicate(World.everything(), rows));
      assertThat(failure).isInstanceOf(SourceException.class).hasMessageContaining("user etl");
      assertThat(refused()).isEqualTo(1);
    }
    AtomicInteger asked = new AtomicInteger();
    try (Replicator replicator = replicator(() -> "wrong-" + asked.incrementAndGet()).build()) {
      assertThat(catchThrowable(() -> replicator.replicate(World.everything(), rows)))
          .isInstanceOf(SourceException.class);
      assertThat(refused()).isEqualTo(1 + 2);
      assertThat(asked.get()).isEqualTo(2);
    }
  }

  /** Fault 10: also in the middle of a run, over all tables together. */
  @Test
  void triesAPasswordThatWentWrongInTheMiddleOfARunAtMostTwice() throws Exception {
    FailingSink sink = new FailingSink(rows);
    sink.after(
        Call.WRITE,
        7,
        () -> {
          rotateTo(NEW);
          server.terminateBackends(world.applicationName());
        });
    AtomicInteger asked = new AtomicInteger();
    RunReport report;
    try (Replicator replicator =
        replicator(() -> refused() == 0 ? OLD : OLD + asked.incrementAndGet()).build()) {
      report = replicator.replicate(World.everything(), sink);
    }
    // A table of which all had come by then needs no login any more.
    assertThat(report.tables()).anyMatch(t -> t.failure().isPresent());
    assertThat(report.tables()).allMatch(t -> t.failure().isPresent() || t.rows() == ROWS);
    assertThat(report.describe()).contains("password supplier").doesNotContain(OLD);
    assertThat(refused()).isBetween(1, 2);
  }
}
