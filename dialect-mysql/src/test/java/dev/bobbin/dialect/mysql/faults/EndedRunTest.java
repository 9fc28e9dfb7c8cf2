package dev.bobbin.dialect.mysql.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.RunReport.Status;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testkit.Gate;
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.testsupport.InBackground;
import dev.bobbin.testsupport.Outcomes;
import dev.bobbin.testsupport.Waiting;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fault 2: a run is closed or interrupted in the middle. It drains or cancels, the checkpoint of
 * the batch that the sink has taken is saved, and no thread and no connection is left.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EndedRunTest {

  private static final TableSelection TABLE = table("t").incrementalBy("changed");

  private final AtomicReference<Scene> opened = new AtomicReference<>();

  private Scene scene(String version) throws SQLException {
    Scene scene = Scene.on(version, Scene.filled("t", 8_000, 3_000));
    opened.set(scene);
    return scene;
  }

  @AfterEach
  void end() throws SQLException {
    opened.get().close();
  }

  private static CompletableFuture<RunReport> start(
      Replicator replicator, FailingSink sink, TableSelection table) {
    return InBackground.supply(() -> replicator.replicate(Selection.of(table), sink));
  }

  private static void assertCancelled(CompletableFuture<RunReport> run) throws Exception {
    Outcomes.assertCancelled(run.get(1, TimeUnit.MINUTES));
  }

  private static void assertGoesOn(Scene scene) throws SQLException {
    scene.run(TABLE).throwIfFailed();
    scene.assertSameRows("t");
    scene.assertRepeatsAtMost("t", 0);
    scene.assertNothingIsLeft();
  }

  /** Fault 2: another thread closes the replicator while the sink has a batch. */
  @ParameterizedTest
  @CsvSource({"MySQL 5.7,1", "MySQL 8.0,4", "MariaDB 11.4,4"})
  void closingLetsTheSinkFinishItsBatchAndRemembersIt(String version, int readers)
      throws Exception {
    Scene scene = scene(version);
    Gate gate = new Gate();
    FailingSink sink = new FailingSink(scene.sink);
    sink.before(Call.WRITE, 9, gate::pass);
    Replicator replicator = scene.replicator().parallelism(readers).build();
    CompletableFuture<RunReport> run = start(replicator, sink, TABLE);
    gate.awaitReached();
    Thread closer = new Thread(replicator::close, "closer");
    closer.start();
    Waiting.until("the closer waits", () -> closer.getState() == Thread.State.WAITING);
    gate.open();
    closer.join();

    assertCancelled(run);
    assertThat(Scene.bobbinThreads()).isEmpty();
    scene.assertNothingIsLeft();
    assertGoesOn(scene);
  }

  /** Fault 2: the calling thread is interrupted while the sink, which does not look, works. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void anInterruptEndsTheRunAndStaysSet(int readers) throws Exception {
    Scene scene = scene("MySQL 8.0");
    Thread caller = Thread.currentThread();
    FailingSink sink = new FailingSink(scene.sink);
    sink.after(Call.WRITE, 7, caller::interrupt);
    try (Replicator replicator = scene.replicator().parallelism(readers).build()) {
      RunReport report = replicator.replicate(Selection.of(TABLE), sink);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(report.isCompleted()).isFalse();
      assertThat(report.tables()).allMatch(t -> t.status() != Status.FAILED);
    }
    scene.assertNothingIsLeft();
    assertGoesOn(scene);
  }

  /** Fault 2: the server sorts and has not sent a row; it is stopped, not left to its query. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void closingEndsAStatementThatHasNotSentARowYet(String version) throws Exception {
    Scene scene = scene(version);
    // Nothing is sent before all rows are sorted, and each of them sleeps.
    scene.execute(
        "CREATE VIEW sorted AS SELECT id, SLEEP(0.05) + id AS k FROM t",
        "CREATE VIEW sleepy AS SELECT id, SLEEP(0.05) AS k FROM t");
    for (TableSelection view :
        new TableSelection[] {table("sorted").incrementalBy("k"), table("sleepy")}) {
      Replicator replicator = scene.replicator().build();
      CompletableFuture<RunReport> run = start(replicator, new FailingSink(scene.sink), view);
      Waiting.until(
          "the statement runs",
          () ->
              scene.server.statementsOf(scene.user).stream()
                  .anyMatch(sql -> sql.contains("`k`") && !sql.contains("LIMIT 0")));
      replicator.close();
      assertCancelled(run);
      scene.assertNothingIsLeft();
    }
  }

  /** Fault 2: the scan is not open yet, since another session holds a lock on its table. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void closingEndsTheWaitForALock(String version) throws Exception {
    Scene scene = scene(version);
    Replicator replicator = scene.replicator().lockTimeout(Duration.ofMinutes(10)).build();
    try (Connection holder = scene.server.connect(scene.database);
        Statement statement = holder.createStatement()) {
      statement.execute("LOCK TABLES t WRITE");
      CompletableFuture<RunReport> run = start(replicator, new FailingSink(scene.sink), TABLE);
      scene.awaitLockWait();
      InBackground.run(replicator::close).get(1, TimeUnit.MINUTES);
      assertCancelled(run);
      scene.assertNothingIsLeft();
    }
  }

  /** Fault 2 and 5: nothing comes back from the server, and no way leads to it to stop it. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void closingEndsInTimeWhenTheServerIsSilent(int readers) throws Exception {
    Scene scene = scene("MySQL 8.0");
    try (TcpProxy proxy = scene.server.proxy()) {
      FailingSink sink = new FailingSink(scene.sink);
      Gate gate = new Gate();
      sink.after(
          Call.WRITE,
          7,
          () -> {
            proxy.blackHole();
            gate.pass();
          });
      Replicator replicator =
          scene
              .replicator(scene.through(proxy))
              .parallelism(readers)
              .connectTimeout(Duration.ofSeconds(2))
              .lockTimeout(Duration.ofSeconds(2))
              .build();
      CompletableFuture<RunReport> run = start(replicator, sink, TABLE);
      gate.awaitReached();
      long begun = System.nanoTime();
      CompletableFuture<Void> closing = InBackground.run(replicator::close);
      gate.open();
      closing.get(1, TimeUnit.MINUTES);
      assertCancelled(run);
      System.out.println("closed after " + (System.nanoTime() - begun) / 1_000_000 + " ms");
      proxy.cut();
      proxy.resume();
    }
    scene.assertNothingIsLeft();
    assertGoesOn(scene);
  }

  /** Fault 2: the sink closes the replicator itself, on whichever thread it is called. */
  @Test
  void closingFromWithinTheSinkEndsTheRun() throws Exception {
    Scene scene = scene("MariaDB 11.4");
    FailingSink sink = new FailingSink(scene.sink);
    try (Replicator replicator = scene.replicator().parallelism(4).build()) {
      sink.after(Call.WRITE, 7, replicator::close);
      RunReport report = replicator.replicate(Selection.of(TABLE), sink);
      Outcomes.assertCancelled(report);
    }
    scene.assertNothingIsLeft();
    assertGoesOn(scene);
  }
}
