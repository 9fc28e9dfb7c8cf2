package dev.bobbin.dialect.mongo.modules;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.ReadPreference;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import dev.bobbin.Replicator;
import dev.bobbin.catalog.Catalog;
import dev.bobbin.dialect.mongo.MongoDialect;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testservers.ChildJvm;
import dev.bobbin.testservers.MongoKind;
import dev.bobbin.testservers.MongoServer;
import dev.bobbin.testsupport.ChildJvms;
import dev.bobbin.testsupport.NamedModules;
import dev.bobbin.tls.Tls;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.bson.Document;
import org.junit.jupiter.api.Test;

/** Bobbin as named modules, in a JVM of its own; in a package that no module has. */
class ModulePathTest {

  /** The application: on the class path, so it sees just what the modules export. */
  static final class Application {
    private Application() {}

    public static void main(String[] args) {
      for (Class<?> type : List.of(Replicator.class, MongoDialect.class)) {
        System.out.println("module " + type.getModule().getName());
      }
      MongoDialect dialect =
          MongoDialect.at("127.0.0.1", Integer.parseInt(args[0]), args[1])
              .readPreference(ReadPreference.secondary()) // the driver's own type
              .tls(Tls.off());
      AtomicLong sum = new AtomicLong();
      try (Replicator replicator = Replicator.from(dialect).build()) {
        Catalog catalog = replicator.discover();
        System.out.println("found " + catalog.table("t").isPresent());
        replicator
            .replicate(
                Selection.of(TableSelection.table("t").incrementalBy("k")),
                batch -> batch.forEach(record -> sum.addAndGet(record.getLong("_id"))))
            .throwIfFailed();
      }
      System.out.println("sum " + sum);
    }
  }

  @Test
  void copiesFromAServerAsNamedModules() {
    MongoServer server = MongoServer.shared(MongoKind.JAVA_SERVER).orElseThrow();
    String database = server.newDatabase();
    try (MongoClient client = server.connect()) {
      var collection = client.getDatabase(database).getCollection("t");
      collection.insertMany(
          IntStream.rangeClosed(1, 100)
              .mapToObj(id -> new Document("_id", id).append("k", id))
              .toList());
      collection.createIndex(new Document("k", 1));
    }
    try (ChildJvm child =
        NamedModules.child(
                Application.class,
                "dev.bobbin.dialect.mongo",
                MongoDialect.class,
                MongoClients.class,
                ReadPreference.class,
                Document.class)
            .arguments(Integer.toString(server.port()), database)
            .start()) {
      ChildJvms.awaitSuccess(child);
      assertThat(child.lines())
          .containsExactly(
              "module dev.bobbin.core",
              "module dev.bobbin.dialect.mongo",
              "found true",
              "sum 5050");
    }
  }
}
