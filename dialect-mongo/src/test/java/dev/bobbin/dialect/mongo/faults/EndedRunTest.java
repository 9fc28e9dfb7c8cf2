package dev.bobbin.dialect.mongo.faults;

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
import dev.bobbin.testservers.MongoKind;
import dev.bobbin.testsupport.InBackground;
import dev.bobbin.testsupport.Outcomes;
import dev.bobbin.testsupport.Waiting;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fault 2: a run is closed or interrupted in the middle. It drains or cancels, the checkpoint of
 * the batch that the sink has taken is saved, and no thread, the driver's among them, and no
 * connection is left.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EndedRunTest {

  private static final TableSelection TABLE = table("t").incrementalBy("changed");

  private static Scene scene() {
    Scene scene = Scene.on(MongoKind.JAVA_SERVER);
    scene.fill("t");
    return scene;
  }

  private static CompletableFuture<RunReport> start(Replicator replicator, FailingSink sink) {
    return InBackground.supply(() -> replicator.replicate(Selection.of(TABLE), sink));
  }

  private static void assertCancelled(CompletableFuture<RunReport> run) throws Exception {
    Outcomes.assertCancelled(run.get(1, TimeUnit.MINUTES));
  }

  private static void assertGoesOn(Scene scene) {
    scene.assertNothingIsLeft();
    assertThat(scene.ids("t")).isNotEmpty().hasSizeLessThan(Scene.ROWS);
    scene.run(scene.replicator(), TABLE).throwIfFailed();
    scene.assertSameRows("t");
    scene.assertRepeatsAtMost("t", 0);
  }

  /** Fault 2: another thread closes the replicator while the sink has a batch. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void closingLetsTheSinkFinishItsBatchAndRemembersIt(int readers) throws Exception {
    try (Scene scene = scene()) {
      Gate gate = new Gate();
      FailingSink sink = new FailingSink(scene.sink);
      sink.before(Call.WRITE, 9, gate::pass);
      Replicator replicator = scene.replicator().parallelism(readers).build();
      CompletableFuture<RunReport> run = start(replicator, sink);
      gate.awaitReached();
      Thread closer = new Thread(replicator::close, "closer");
      closer.start();
      Waiting.until("the closer waits", () -> closer.getState() == Thread.State.WAITING);
      gate.open();
      closer.join();
      assertCancelled(run);
      assertGoesOn(scene);
    }
  }

  /** Fault 2: the calling thread is interrupted while the sink, which does not look, works. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void anInterruptEndsTheRunAndStaysSet(int readers) {
    try (Scene scene = scene()) {
      Thread caller = Thread.currentThread();
      FailingSink sink = new FailingSink(scene.sink);
      sink.after(Call.WRITE, 7, caller::interrupt);
      try (Replicator replicator = scene.replicator().parallelism(readers).build()) {
        RunReport report = replicator.replicate(Selection.of(TABLE), sink);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(report.isCompleted()).isFalse();
        assertThat(report.tables()).allMatch(t -> t.status() != Status.FAILED);
      }
      assertGoesOn(scene);
    }
  }

  /** Fault 2 and 5: nothing comes back from the server, and no way leads to it to stop it. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void closingEndsWhenTheServerIsSilent(int readers) throws Exception {
    try (Scene scene = scene()) {
      FailingSink sink = new FailingSink(scene.sink);
      Gate gate = new Gate();
      sink.after(
          Call.WRITE,
          7,
          () -> {
            scene.proxy.blackHole();
            gate.pass();
          });
      Replicator replicator =
          scene.replicator().parallelism(readers).connectTimeout(Duration.ofSeconds(2)).build();
      CompletableFuture<RunReport> run = start(replicator, sink);
      gate.awaitReached();
      CompletableFuture<Void> closing = InBackground.run(replicator::close);
      gate.open();
      closing.get(1, TimeUnit.MINUTES);
      assertCancelled(run);
      scene.proxy.cut();
      scene.proxy.resume();
      assertGoesOn(scene);
    }
  }

  /** Fault 2 and 6: the end of cursors and sessions is not waited for, byte by byte. */
  @Test
  void closingEndsWhenTheServerTrickles() throws Exception {
    try (Scene scene = scene()) {
      FailingSink sink = new FailingSink(scene.sink);
      Gate gate = new Gate();
      sink.after(
          Call.WRITE,
          7,
          () -> {
            scene.proxy.trickle(1);
            gate.pass();
          });
      Replicator replicator = scene.replicator().parallelism(1).build();
      CompletableFuture<RunReport> run = start(replicator, sink);
      gate.awaitReached();
      CompletableFuture<Void> closing = InBackground.run(replicator::close);
      gate.open();
      closing.get(30, TimeUnit.SECONDS); // an answer alone would take longer
      assertCancelled(run);
      scene.proxy.resume();
      assertGoesOn(scene);
    }
  }

  /** Fault 2: the sink closes the replicator itself, on whichever thread it is called. */
  @Test
  void closingFromWithinTheSinkEndsTheRun() {
    try (Scene scene = scene()) {
      FailingSink sink = new FailingSink(scene.sink);
      try (Replicator replicator = scene.replicator().parallelism(4).build()) {
        sink.after(Call.WRITE, 7, replicator::close);
        RunReport report = replicator.replicate(Selection.of(TABLE), sink);
        Outcomes.assertCancelled(report);
      }
      assertGoesOn(scene);
    }
  }
}
