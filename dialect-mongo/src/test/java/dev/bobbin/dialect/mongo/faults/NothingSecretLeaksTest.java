package dev.bobbin.dialect.mongo.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoDatabase;
import dev.bobbin.testservers.ChildJvm;
import dev.bobbin.testservers.MongoKind;
import dev.bobbin.testservers.MongoServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
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

  private static final String PASSWORD = "CanaryPassword1";

  /** In strings, binary data, nested documents: values of documents. */
  private static final String VALUE = "CanaryValue2";

  /** A value of a text key, and of _id, which only the state may hold. */
  private static final String KEY = "CanaryKey3";

  private static final long NUMBER = 7_306_182_945_501L;

  /** What is shown of a line that should not be there. */
  private static final int LINE = 200;

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
    List<String> seen = new ArrayList<>();
    try (MongoServer server =
        locked
            ? MongoServer.of(kind).password("root-Password-0").start()
            : MongoServer.of(kind).start()) {
      String database = server.newDatabase();
      seed(server, database, locked);
      try (ChildJvm child =
          ChildJvm.of(TalkativeHost.class)
              .jvmFlags(
                  "-Dorg.slf4j.simpleLogger.defaultLogLevel=trace",
                  "-Dorg.slf4j.simpleLogger.log.org.mongodb.driver=trace",
                  "-Dorg.slf4j.simpleLogger.logFile=System.err",
                  "-XX:TieredStopAtLevel=1")
              .arguments(
                  Integer.toString(server.port()),
                  database,
                  locked ? "etl" : "",
                  locked ? PASSWORD : "",
                  state.toString())
              .start()) {
        int exit = child.awaitExit(Duration.ofMinutes(2));
        seen.addAll(child.lines());
        seen.addAll(child.errors());
        assertThat(exit).as("%s", String.join("\n", child.errors())).isZero();
      }
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
    for (String canary : canaries()) {
      assertThat(
              seen.stream()
                  .filter(l -> l.toLowerCase(Locale.ROOT).contains(canary))
                  .map(l -> l.substring(0, Math.min(LINE, l.length())))
                  .limit(5))
          .as(canary)
          .isEmpty();
    }
    assertStateHoldsKeysAlone();
  }

  private static List<String> canaries() {
    List<String> canaries = new ArrayList<>();
    for (String text : List.of(PASSWORD, VALUE, KEY)) {
      byte[] bytes = text.getBytes(UTF_8);
      canaries.add(text);
      canaries.add(HexFormat.of().formatHex(bytes));
      canaries.add(Base64.getEncoder().encodeToString(bytes).replace("=", ""));
    }
    canaries.add(Long.toString(NUMBER));
    return canaries.stream().map(c -> c.toLowerCase(Locale.ROOT)).toList();
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
      // In two answers, so that the second one is asked for when the way is cut.
      List<Document> large = new ArrayList<>();
      for (int i = 0; i < 150; i++) {
        large.add(new Document("_id", i).append("t", VALUE.repeat(4_000)));
      }
      database.getCollection("large").insertMany(large);
      database
          .getCollection("huge")
          .insertOne(new Document("_id", KEY).append("t", VALUE.repeat(5_000)));
    }
  }

  private void assertStateHoldsKeysAlone() throws Exception {
    List<Path> files;
    try (Stream<Path> all = Files.walk(state)) {
      files = all.filter(Files::isRegularFile).toList();
    }
    StringBuilder text = new StringBuilder();
    for (Path file : files) {
      String content = Files.readString(file);
      text.append(content);
      for (String canary : canaries()) {
        boolean ofKey =
            canary.contains(KEY.toLowerCase(Locale.ROOT))
                || canary.contains(Long.toString(NUMBER)); // a key in one of the runs
        if (!ofKey) {
          assertThat(content.toLowerCase(Locale.ROOT)).as("%s", file).doesNotContain(canary);
        }
      }
      if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .as("%s", file)
            .isEqualTo("rw-------");
      }
    }
    assertThat(text).as("the bookmark is kept, so the file must be private").contains(KEY);
  }
}
