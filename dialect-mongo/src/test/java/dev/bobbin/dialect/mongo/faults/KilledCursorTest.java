package dev.bobbin.dialect.mongo.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCursor;
import dev.bobbin.RunReport;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testservers.MongoKind;
import dev.bobbin.testsupport.Retries;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.bson.BsonDocument;
import org.bson.Document;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A server ends cursors: by itself after some time, in a failover, or because an administrator says
 * so. The scan goes on from its checkpoint. mongo-java-server and FerretDB number their cursors one
 * after the other, so a second client can end those that are not its own.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KilledCursorTest {

  private static final int EARLIER = 200;

  private static Scene scene(MongoKind kind) {
    Scene scene = Scene.on(kind);
    if (kind == MongoKind.FERRETDB) {
      scene.fillFew("orders");
    } else {
      scene.fill("orders");
    }
    return scene;
  }

  /** Ends all cursors that were opened in the last while; the number of those that there were. */
  private static int killCursors(Scene scene) {
    try (MongoClient second = scene.server.connect();
        MongoCursor<BsonDocument> own =
            second
                .getDatabase(scene.database)
                .getCollection("orders", BsonDocument.class)
                .find()
                .batchSize(2)
                .iterator()) {
      long last = Objects.requireNonNull(own.getServerCursor()).getId();
      List<Long> ids = LongStream.range(Math.max(1, last - EARLIER), last).boxed().toList();
      Document answer =
          second
              .getDatabase(scene.database)
              .runCommand(new Document("killCursors", "orders").append("cursors", ids));
      return answer.getList("cursorsKilled", Long.class).size();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "JAVA_SERVER,false,1",
    "JAVA_SERVER,true,1",
    "JAVA_SERVER,false,4",
    "FERRETDB,true,1"
  })
  void aScanWhoseCursorIsKilledGoesOnFromItsCheckpoint(
      MongoKind kind, boolean incremental, int readers) {
    try (Scene scene = scene(kind)) {
      TableSelection line = table("orders");
      FailingSink sink = new FailingSink(scene.sink);
      int[] killed = {0};
      sink.after(Call.WRITE, 3, () -> killed[0] = killCursors(scene));
      Retries retries = new Retries();
      int batch = kind == MongoKind.FERRETDB ? Scene.FEW_BATCH_ROWS : Scene.BATCH_ROWS;
      RunReport report =
          scene.run(
              scene
                  .replicator()
                  .batchRows(batch)
                  .batchBytes(4 << 10) // an answer is no larger, so that a cursor stays open
                  .parallelism(readers)
                  .listener(retries),
              sink,
              incremental ? line.incrementalBy("changed") : line);
      report.throwIfFailed();
      if (readers == 1) {
        assertThat(killed[0]).isPositive();
        assertThat(retries.causes()).isNotEmpty().allMatch(Retries::isTransient);
        assertThat(retries.causes().get(0))
            .hasMessageContaining("error 43")
            .hasMessageContaining("killCursors");
      }
      scene.assertSameRows("orders");
      scene.assertRepeatsAtMost("orders", readers * batch);
    }
  }

  /** Not in the load, which is by ranges of _id, but in a scan by key after it. */
  @Tag("long")
  @ParameterizedTest
  @CsvSource({"JAVA_SERVER", "FERRETDB"})
  void aScanByKeyWhoseCursorIsKilledGoesOnFromItsBookmark(MongoKind kind) {
    try (Scene scene = scene(kind)) {
      TableSelection line = table("orders").incrementalBy("changed");
      int batch = kind == MongoKind.FERRETDB ? Scene.FEW_BATCH_ROWS : Scene.BATCH_ROWS;
      scene.run(scene.replicator().batchRows(batch), line).throwIfFailed();
      int before = scene.sink.rows(scene.table("orders")).size();
      // All keys move up, so that the next scan by key reads all of them.
      scene
          .collection("orders")
          .updateMany(
              new Document("changed", new Document("$type", "long")),
              new Document("$inc", new Document("changed", (long) Scene.ROWS)));
      int count =
          (int)
              scene
                  .collection("orders")
                  .countDocuments(new Document("changed", new Document("$type", "long")));
      FailingSink sink = new FailingSink(scene.sink);
      int[] killed = {0};
      sink.after(Call.WRITE, 3, () -> killed[0] = killCursors(scene));
      Retries retries = new Retries();
      scene
          .run(
              scene
                  .replicator()
                  .batchRows(batch)
                  .batchBytes(256 << 10) // an answer is no larger, so that a cursor stays open
                  .parallelism(1)
                  .listener(retries),
              sink,
              line)
          .throwIfFailed();
      assertThat(killed[0]).isPositive();
      assertThat(retries.causes()).isNotEmpty().allMatch(Retries::isTransient);
      scene.assertSameRows("orders");
      assertThat(
              scene.sink.rows(scene.table("orders")).stream()
                  .skip(before)
                  .filter(row -> row.get("changed") != null))
          .hasSizeBetween(count, count + batch);
    }
  }
}
