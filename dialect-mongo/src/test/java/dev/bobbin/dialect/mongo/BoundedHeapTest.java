package dev.bobbin.dialect.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.testservers.ChildJvm;
import dev.bobbin.testservers.ReplayCollection;
import dev.bobbin.testservers.ReplayServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A collection of 1 GiB passes through a host with a small heap, whatever its documents' size. */
@Tag("long")
class BoundedHeapTest {

  private static final long GIB = 1L << 30;

  private static ReplayServer server;
  private static List<ReplayCollection> collections;

  @BeforeAll
  static void start() {
    collections = List.of(of("small", 1 << 10), of("medium", 50 << 10), of("large", 2 << 20));
    server = ReplayServer.start("shop", collections);
  }

  private static ReplayCollection of(String name, int bytes) {
    List<BsonDocument> kinds = new ArrayList<>();
    for (int kind = 0; kind < 7; kind++) {
      kinds.add(
          new BsonDocument("kind", new BsonInt32(kind))
              .append("text", new BsonString("x".repeat(bytes - 35 + kind))));
    }
    return ReplayCollection.of(name, (int) (GIB / bytes), kinds);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({"small, 1", "small, 4", "medium, 1", "medium, 4", "large, 1"})
  void copiesAGibibyteWithASmallHeap(String name, int readers) {
    ReplayCollection collection =
        collections.stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
    long documents = collection.documents();
    try (ChildJvm child =
        ChildJvm.of(SmallHost.class)
            .jvmFlags("-Xmx96m", "-XX:MaxDirectMemorySize=16m", "-XX:+ExitOnOutOfMemoryError")
            .arguments(server.uri(), name, Integer.toString(readers))
            .start()) {
      int exit = child.awaitExit(Duration.ofMinutes(5));
      System.out.println(name + " by " + readers + ": " + child.lines());
      assertThat(exit).as("%s %s", child.lines(), child.errors()).isZero();
      assertThat(child.lines())
          .contains(
              "documents "
                  + documents
                  + " "
                  + documents * (documents - 1) / 2
                  + " "
                  + collection.bytes());
      assertThat(child.lines()).anyMatch(line -> line.equals("scans 1") == (readers == 1));
    }
    assertThat(server.openCursors()).isZero();
  }
}
