package dev.bobbin.dialect.mongo.faults;

import static dev.bobbin.testsupport.Canaries.KEY;
import static dev.bobbin.testsupport.Canaries.NUMBER;
import static dev.bobbin.testsupport.Canaries.PASSWORD;
import static dev.bobbin.testsupport.Canaries.VALUE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoDatabase;
import dev.bobbin.testservers.ChildJvm;
import dev.bobbin.testservers.MongoKind;
import dev.bobbin.testservers.MongoServer;
import dev.bobbin.testsupport.Canaries;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bson.Document;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fault 42: canaries, that is a password and values of documents that are found nowhere else, are
 * looked for in everything that a host application sees of Bobbin: logs at TRACE, those of the
 * driver and of its commands among them, exceptions with all their causes, toString of the public
 * objects, checks, plans, reports, what listeners hear, and the state.
 */
class NothingSecretLeaksTest {

  @TempDir private Path state;

  /** Fault 42: none of the canaries is found, and the state holds values of keys alone. */
  @Test
  void showsNoValueOfADocument() throws Exception {
    showsNothing(MongoKind.JAVA_SERVER);
  }

  /** Fault 42: of a server that asks for a password, too. */
  @Test
  @Tag("long")
  void showsNoPasswordAndNoValueOfADocument() throws Exception {
    showsNothing(MongoKind.FERRETDB);
  }

  private void showsNothing(MongoKind kind) throws Exception {
    assumeTrue(MongoServer.canStart(kind), "there is no " + kind);
    boolean locked = kind == MongoKind.FERRETDB;
    List<String> seen;
    try (MongoServer server =
        locked
            ? MongoServer.of(kind).password("root-Password-0").start()
            : MongoServer.of(kind).start()) {
      String database = server.newDatabase();
      seed(server, database, locked);
      seen =
          Canaries.printedBy(
              ChildJvm.of(CanaryHost.class)
                  .jvmFlags("-Dorg.slf4j.simpleLogger.log.org.mongodb.driver=trace")
                  .arguments(
                      Integer.toString(server.port()),
                      database,
                      locked ? "etl" : "",
                      locked ? PASSWORD : "",
                      state.toString()));
    }
    // The host saw what it should have: the test would find nothing if nothing had happened.
    String all = String.join("\n", seen);
    assertThat(seen).contains("done", "=== fields");
    assertThat(seen.stream().filter(l -> l.startsWith("completed ")))
        .hasSizeGreaterThanOrEqualTo(4);
    assertThat(all)
        .contains("DEBUG org.mongodb.driver.protocol.command") // the driver's log of commands
        .contains("DEBUG org.mongodb.driver.connection")
        .contains("the connection broke") // what was cut off
        .contains("is too large")
        .contains("the vault is sealed");
    if (locked) {
      assertThat(all).contains("gave the same");
    }
    Canaries.assertNoneIn(seen);
    Canaries.assertHoldsKeysAlone(state, NUMBER); // a key in one of the runs
  }

  private static void seed(MongoServer server, String name, boolean locked) {
    try (MongoClient client = server.connect()) {
      if (locked) {
        client
            .getDatabase("admin")
            .runCommand(
                new Document("createUser", "etl")
                    .append("pwd", PASSWORD)
                    .append("roles", List.of()));
      }
      MongoDatabase database = client.getDatabase(name);
      for (String collection : List.of("secrets", "secrets_too")) {
        List<Document> documents = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
          documents.add(
              new Document("_id", KEY + "-" + i)
                  .append("k", KEY + "-" + i)
                  .append("t", VALUE)
                  .append("b", VALUE.getBytes(UTF_8))
                  .append("d", new Document("v", VALUE))
                  .append("n", NUMBER)
                  .append("mixed", i % 2 == 0 ? VALUE : (Object) NUMBER));
        }
        database.getCollection(collection).insertMany(documents);
        database.getCollection(collection).createIndex(new Document("k", 1));
        database.getCollection(collection).createIndex(new Document("n", 1));
      }
      // In many answers, so that another one is asked for when the way is cut.
      List<Document> large = new ArrayList<>();
      for (int i = 0; i < 150; i++) {
        large.add(new Document("_id", i).append("t", VALUE.repeat(400)));
      }
      database.getCollection("large").insertMany(large);
      database
          .getCollection("huge")
          .insertOne(new Document("_id", KEY).append("t", VALUE.repeat(500)));
    }
  }
}
