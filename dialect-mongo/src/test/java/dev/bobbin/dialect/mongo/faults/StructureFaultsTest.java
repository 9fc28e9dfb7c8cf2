package dev.bobbin.dialect.mongo.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.MongoNamespace;
import dev.bobbin.Replicator;
import dev.bobbin.ReplicatorListener;
import dev.bobbin.RunReport;
import dev.bobbin.RunReport.Status;
import dev.bobbin.error.BobbinException;
import dev.bobbin.plan.Plan;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testservers.MongoKind;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Collections that are dropped, renamed or made anew between the plan and their end, fields that
 * come later, and documents that are too large: faults 28, 29 and 32. The others finish.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StructureFaultsTest {

  private static final TableSelection[] THREE = {table("a"), table("b"), table("c")};

  @SuppressWarnings("ImmutableEnumChecker") // what it does has no state
  private enum Change {
    DROPPED(scene -> scene.collection("b").drop()),
    RENAMED(
        scene ->
            scene.collection("b").renameCollection(new MongoNamespace(scene.database, "b_old"))),
    REMADE(
        scene -> {
          scene.collection("b").drop();
          scene.fill("b", 7, 100);
        });

    private final Consumer<Scene> what;

    Change(Consumer<Scene> what) {
      this.what = what;
    }
  }

  private static Scene three(MongoKind kind) {
    Scene scene = Scene.on(kind);
    scene.fill("a", 50, 100);
    scene.fill("c", 50, 100);
    return scene;
  }

  private static ReplicatorListener afterThePlan(Runnable what) {
    AtomicBoolean done = new AtomicBoolean();
    return new ReplicatorListener() {
      @Override
      public void onPlan(Plan plan) {
        if (!done.getAndSet(true)) {
          what.run();
        }
      }
    };
  }

  private static void othersFinished(Scene scene, RunReport report) {
    for (String other : List.of("a", "c")) {
      assertThat(report.table(scene.table(other)).orElseThrow().status())
          .as(report.describe())
          .isEqualTo(Status.COMPLETED);
      assertThat(scene.ids(other)).hasSize(50);
    }
  }

  /** Fault 28: before its scan. */
  @ParameterizedTest
  @CsvSource({"JAVA_SERVER,DROPPED", "FERRETDB,DROPPED", "FERRETDB,RENAMED"})
  void aCollectionThatIsGoneBeforeItsScanFailsAlone(MongoKind kind, Change change) {
    try (Scene scene = three(kind)) {
      scene.fill("b", 50, 100);
      RunReport report =
          scene.run(
              scene.replicator().listener(afterThePlan(() -> change.what.accept(scene))), THREE);
      BobbinException failure = scene.failureOf(report, "b");
      assertThat(failure).hasMessageContaining(scene.database + ".b").hasMessageContaining("gone");
      assertThat(scene.sink.completes(scene.table("b"))).isEmpty();
      assertThat(scene.ids("b")).isEmpty();
      othersFinished(scene, report);
    }
  }

  /** Fault 28: in the middle of its load, which reads on to what looks like its end. */
  @Tag("long")
  @ParameterizedTest
  @EnumSource(
      value = Change.class,
      names = {"DROPPED", "RENAMED"})
  void aCollectionThatIsGoneInTheMiddleOfItsLoadIsNotCalledComplete(Change change) {
    try (Scene scene = three(MongoKind.FERRETDB)) {
      scene.fillFew("b");
      FailingSink sink = new FailingSink(scene.sink);
      AtomicBoolean done = new AtomicBoolean();
      sink.from(
          Call.WRITE,
          1,
          () -> {
            if (!scene.ids("b").isEmpty() && !done.getAndSet(true)) {
              change.what.accept(scene);
            }
          });
      RunReport report =
          scene.run(scene.replicator().batchRows(Scene.FEW_BATCH_ROWS).parallelism(1), sink, THREE);
      assertThat(done).isTrue();
      assertThat(scene.failureOf(report, "b"))
          .hasMessageContaining(scene.database + ".b")
          .hasMessageContaining("gone");
      assertThat(scene.sink.completes(scene.table("b"))).isEmpty();
      othersFinished(scene, report);
    }
  }

  /** Fault 28: what took the name of another is loaded from its beginning, and complete. */
  @Tag("long")
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCollectionThatIsMadeAnewInTheMiddleOfItsLoadBeginsAgain(boolean incremental) {
    try (Scene scene = three(MongoKind.FERRETDB)) {
      scene.fillFew("b");
      FailingSink sink = new FailingSink(scene.sink);
      AtomicBoolean done = new AtomicBoolean();
      sink.from(
          Call.WRITE,
          1,
          () -> {
            if (!scene.ids("b").isEmpty() && !done.getAndSet(true)) {
              Change.REMADE.what.accept(scene);
            }
          });
      TableSelection b = incremental ? table("b").incrementalBy("changed") : table("b");
      RunReport report =
          scene.run(
              scene.replicator().batchRows(Scene.FEW_BATCH_ROWS).parallelism(1),
              sink,
              table("a"),
              b,
              table("c"));
      assertThat(done).isTrue();
      report.throwIfFailed();
      othersFinished(scene, report);
      long last =
          scene.sink.loadIds(scene.table("b")).stream()
              .mapToLong(Long::longValue)
              .max()
              .orElseThrow();
      assertThat(last).isGreaterThan(1);
      assertThat(scene.sink.rows(scene.table("b"), last))
          .extracting(row -> row.get("_id"))
          .containsExactlyInAnyOrder(1L, 2L, 3L, 4L, 5L, 6L, 7L);
    }
  }

  /** Fault 28: between runs, where a load was interrupted. */
  @Tag("long")
  @Test
  void aLoadDoesNotGoOnInACollectionThatWasMadeAnew() {
    try (Scene scene = Scene.on(MongoKind.FERRETDB)) {
      scene.fillFew("b");
      FailingSink sink = new FailingSink(scene.sink);
      sink.from(Call.WRITE, 4, FailingSink.diskFull());
      scene.run(
          scene.replicator().batchRows(Scene.FEW_BATCH_ROWS).parallelism(1), sink, table("b"));
      assertThat(scene.ids("b")).hasSize(3 * Scene.FEW_BATCH_ROWS);
      Change.REMADE.what.accept(scene);
      RunReport report = scene.run(scene.replicator(), table("b"));
      report.throwIfFailed();
      assertThat(report.rows()).isEqualTo(7);
    }
  }

  /** Fault 29: a field that no sampled document has is in the documents all the same. */
  @Test
  void aFieldThatAppearsLaterArrives() {
    try (Scene scene = Scene.on(MongoKind.JAVA_SERVER)) {
      scene.fill("b", 1_000, 100);
      scene.run(scene.replicator(), table("b").incrementalBy("changed")).throwIfFailed();
      BsonDocument later =
          Scene.document(1_001, 100)
              .append("changed", new org.bson.BsonInt64(5_000))
              .append("later", new BsonString("x"));
      scene.collection("b").insertOne(later);
      scene
          .collection("b")
          .updateOne(
              new BsonDocument("_id", new BsonInt32(500)),
              new BsonDocument(
                  "$set",
                  new BsonDocument("late", new BsonInt32(1))
                      .append("changed", new org.bson.BsonInt64(4_999))));
      scene.run(scene.replicator(), table("b").incrementalBy("changed")).throwIfFailed();
      scene.assertSameRows("b");
      // By name, although structure sync may not have met it.
      try (Replicator replicator = scene.replicator().named("Named").build()) {
        long[] seen = {0};
        replicator
            .replicate(
                dev.bobbin.select.Selection.of(table("b").only("late")),
                batch ->
                    batch.forEach(
                        row -> {
                          if (!row.isNull("late")) {
                            seen[0]++;
                          }
                        }))
            .throwIfFailed();
        assertThat(seen[0]).isEqualTo(1);
      }
    }
  }

  /** Fault 32: the table and the column of the key are named, and no value is. */
  @ParameterizedTest
  @EnumSource(names = {"JAVA_SERVER", "FERRETDB"})
  void aDocumentThatIsTooLargeFailsItsTableAlone(MongoKind kind) {
    try (Scene scene = three(kind)) {
      scene.fill("b", 20, 100);
      scene
          .collection("b")
          .insertOne(
              new BsonDocument("_id", new BsonString("canary-id"))
                  .append("payload", new BsonString("canary-value ".repeat(30_000))));
      RunReport report =
          scene.run(scene.replicator().maxRowBytes(100_000).memoryBudget(10_000_000), THREE);
      assertThat(scene.failureOf(report, "b"))
          .hasMessageContaining("A document of " + scene.database + ".b (key _id) is too large")
          .hasMessageContaining("100000 are allowed")
          .hasMessageNotContaining("canary");
      othersFinished(scene, report);
    }
  }
}
