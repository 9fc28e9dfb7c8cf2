package dev.bobbin.dialect.mongo.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.error.SourceException;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testservers.MongoKind;
import dev.bobbin.testservers.MongoServer;
import dev.bobbin.testservers.TcpProxy.Ending;
import dev.bobbin.testsupport.Retries;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fault 3 (the server restarts, or the connection is cut in the middle of a scan), fault 5 (a black
 * hole: packets vanish without a reset), fault 6 (one byte per second) and fault 7 (a reset in the
 * middle of a document). The run goes on from its checkpoint and the final set is the same.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BrokenConnectionTest {

  /** In the middle of a scan by one reader, whose first answer it has not used up. */
  private static final int MIDDLE = 5;

  private static final TableSelection[] BOTH = {
    table("orders").incrementalBy("changed"), table("countries")
  };

  private static Scene scene() {
    Scene scene = Scene.on(MongoKind.JAVA_SERVER);
    scene.fill("orders");
    scene.fill("countries");
    return scene;
  }

  /** What one reader reads takes several answers; the ranges of several can have come whole. */
  private static void assertMended(Scene scene, RunReport report, Retries retries, int readers) {
    report.throwIfFailed();
    assertThat(report.isCompleted()).isTrue();
    assertThat(retries.causes()).allMatch(Retries::isTransient);
    if (readers == 1) {
      assertThat(retries.causes()).isNotEmpty();
    }
    scene.assertSameRows("orders", "countries");
    scene.assertRepeatsAtMost("orders", 0);
    scene.assertRepeatsAtMost("countries", 0);
  }

  /** Fault 3: the connections are reset, or closed as by a peer's process, during the scans. */
  @ParameterizedTest
  @CsvSource({"RESET,1", "FIN,1", "RESET,4"})
  void goesOnFromTheCheckpointWhenTheConnectionIsCutDuringAScan(Ending ending, int readers) {
    try (Scene scene = scene()) {
      FailingSink sink = new FailingSink(scene.sink);
      sink.after(Call.WRITE, MIDDLE, () -> scene.proxy.cut(ending));
      Retries retries = new Retries();
      RunReport report =
          scene.run(scene.replicator().parallelism(readers).listener(retries), sink, BOTH);
      assertMended(scene, report, retries, readers);
      if (readers == 1) {
        assertThat(retries.causes().get(0))
            .hasMessageContaining("the connection broke")
            .hasMessageContaining("from the last checkpoint");
      }
    }
  }

  /** Fault 3: the server is killed in the middle of the scans, and comes back with its data. */
  @Tag("long")
  @Test
  void goesOnFromTheCheckpointWhenTheServerIsKilledAndComesBack() {
    comesBack(1);
  }

  @Test
  @Tag("long")
  void severalReadersGoOnWhenTheServerIsKilledAndComesBack() {
    comesBack(4);
  }

  private static void comesBack(int readers) {
    try (MongoServer own = Scene.own(MongoKind.FERRETDB);
        Scene scene = Scene.on(own)) {
      scene.fillFew("orders");
      scene.fill("countries", 50, 1_000);
      FailingSink sink = new FailingSink(scene.sink);
      sink.after(Call.WRITE, 4, own::kill);
      Retries retries =
          new Retries(
              () -> {
                synchronized (own) {
                  if (!own.isRunning()) {
                    own.restart();
                  }
                }
              });
      RunReport report =
          scene.run(
              scene
                  .replicator()
                  .batchRows(Scene.FEW_BATCH_ROWS)
                  .parallelism(readers)
                  .connectTimeout(Duration.ofSeconds(5))
                  .listener(retries),
              sink,
              BOTH);
      assertThat(retries.causes()).isNotEmpty();
      assertMended(scene, report, retries, readers);
    }
  }

  /** Fault 3: the connection is cut at random places while it is opened and structure is read. */
  @Test
  void triesAgainWhenTheConnectionIsCutDuringDiscovery() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    try (Scene scene = Scene.on(MongoKind.JAVA_SERVER)) {
      scene.fill("countries", 300, 300);
      long all;
      try (Replicator replicator = scene.replicator().build()) {
        replicator.discover();
        all = scene.proxy.bytesToClient();
      }
      for (int i = 0; i < 8; i++) {
        long offset = i == 0 ? 1 : 1 + random.nextLong(all);
        Ending ending = random.nextBoolean() ? Ending.RESET : Ending.FIN;
        scene.proxy.cutAfterBytes(offset, ending);
        RunReport report = scene.run(scene.replicator(), batch -> {}, table("countries"));
        report.throwIfFailed();
        assertThat(report.rows()).as("%s after %s of %s bytes", ending, offset, all).isEqualTo(300);
        scene.proxy.resume();
      }
    }
  }

  /**
   * Fault 5: from the middle of the scans on, nothing arrives any more and no reset says so. The
   * progress watchdog ends the reads, and the run goes on once packets pass again.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void givesUpASilentConnectionAndGoesOn(int readers) {
    try (Scene scene = scene()) {
      FailingSink sink = new FailingSink(scene.sink);
      sink.after(Call.WRITE, MIDDLE, scene.proxy::blackHole);
      Retries retries = new Retries(scene.proxy::resume);
      RunReport report =
          scene.run(
              scene
                  .replicator()
                  .parallelism(readers)
                  .stallTimeout(Duration.ofMillis(700))
                  .connectTimeout(Duration.ofSeconds(1))
                  .listener(retries),
              sink,
              BOTH);
      assertThat(retries.causes()).isNotEmpty();
      if (readers == 1) {
        assertThat(retries.causes().get(0))
            .hasMessageContaining("less than 1024 bytes in PT0.7S")
            .hasMessageContaining("stallTimeout");
      }
      assertMended(scene, report, retries, readers);
    }
  }

  /** Fault 5: silence while the connection is opened is a failure that is retried, too. */
  @Test
  void givesUpASilentServerWhileConnecting() {
    try (Scene scene = scene()) {
      scene.proxy.blackHole();
      try (Replicator replicator =
          scene
              .replicator()
              .connectTimeout(Duration.ofSeconds(1))
              .retry(RetryPolicy.NONE)
              .build()) {
        SourceException failure =
            catchThrowableOfType(
                SourceException.class, () -> replicator.replicate(Selection.of(BOTH), scene.sink));
        assertThat(failure)
            .hasMessageContaining("did not answer in time")
            .hasMessageContaining("firewall");
        assertThat(failure.kind()).isEqualTo(SourceException.Kind.TRANSIENT);
        scene.proxy.resume();
        replicator.replicate(Selection.of(BOTH), scene.sink).throwIfFailed();
      }
      scene.assertSameRows("orders", "countries");
    }
  }

  /** Fault 6: the server sends one byte per second, which is a sign of life but no progress. */
  @Test
  void givesUpAConnectionThatTrickles() {
    try (Scene scene = scene()) {
      FailingSink sink = new FailingSink(scene.sink);
      sink.after(Call.WRITE, MIDDLE, () -> scene.proxy.trickle(1));
      Retries retries = new Retries(scene.proxy::resume);
      RunReport report =
          scene.run(
              scene
                  .replicator()
                  .parallelism(1)
                  .stallTimeout(Duration.ofMillis(1500))
                  .connectTimeout(Duration.ofSeconds(1))
                  .listener(retries),
              sink,
              BOTH);
      assertMended(scene, report, retries, 1);
      assertThat(retries.causes().get(0)).hasMessageContaining("less than 1024 bytes in PT1.5S");
    }
  }

  /** Fault 6: also while it connects, where every byte would begin the time anew. */
  @Test
  void givesUpAServerThatTricklesWhileConnecting() {
    try (Scene scene = Scene.on(MongoKind.JAVA_SERVER)) {
      scene.proxy.trickle(1);
      try (Replicator replicator =
          scene
              .replicator()
              .connectTimeout(Duration.ofMillis(1500))
              .retry(RetryPolicy.NONE)
              .build()) {
        assertThat(catchThrowableOfType(SourceException.class, replicator::discover))
            .hasMessageContaining("did not answer in time");
      }
      scene.proxy.resume();
    }
  }

  /**
   * Fault 7: the connection is reset at random places, most of them in the middle of a document. No
   * part of a document is ever delivered.
   */
  @Test
  void deliversNoPartOfADocumentWhenTheConnectionIsResetInTheMiddleOfIt() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    try (Scene scene = scene()) {
      FailingSink sink = new FailingSink(scene.sink);
      for (int i = 1; i <= 5; i++) {
        long offset = 1 + random.nextLong((long) Scene.ROWS * Scene.ROW_BYTES / 4);
        sink.after(Call.WRITE, 6 * i, () -> scene.proxy.cutAfterBytes(offset));
      }
      Retries retries = new Retries();
      RunReport report = scene.run(scene.replicator().parallelism(1).listener(retries), sink, BOTH);
      assertMended(scene, report, retries, 1);
      // Nothing else came either that was not used in the end.
      for (var row : scene.sink.rows(scene.table("countries"))) {
        assertThat(Scene.bytes(row).getInt(0)).isNotZero();
        assertThat(Integer.reverseBytes(Scene.bytes(row).getInt(0)))
            .isEqualTo(Scene.bytes(row).remaining());
      }
    }
  }
}
