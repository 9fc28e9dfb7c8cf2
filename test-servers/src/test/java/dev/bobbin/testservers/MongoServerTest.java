package dev.bobbin.testservers;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoClient;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.bson.Document;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MongoServerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  static List<MongoKind> kinds() {
    return Stream.of(MongoKind.values()).filter(MongoServer::canStart).toList();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void keepsWhatIsWritten(MongoKind kind) {
    try (MongoServer server = MongoServer.of(kind).start();
        MongoClient client = server.connect()) {
      assertThat(server.kind()).isEqualTo(kind);
      String database = server.newDatabase();
      client.getDatabase(database).getCollection("c").insertOne(new Document("_id", 1));
      assertThat(client.listDatabaseNames()).contains(database);
      assertThat(client.getDatabase(database).getCollection("c").find()).hasSize(1);
      server.dropDatabases();
      assertThat(client.listDatabaseNames()).doesNotContain(database);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void endsWithTheJvmThatForgotIt(MongoKind kind) {
    try (ChildJvm child = ChildJvm.of(Forgetful.class).arguments(kind.name()).start()) {
      assertThat(child.awaitLine(line -> line.matches("[0-9]+"), PATIENCE)).isNotNull();
      assertThat(child.awaitExit(PATIENCE)).isZero();
    }
  }

  /** Starts a server and ends without closing it. */
  static final class Forgetful {
    public static void main(String[] arguments) {
      System.out.println(MongoServer.of(MongoKind.valueOf(arguments[0])).start().port());
    }
  }
}
