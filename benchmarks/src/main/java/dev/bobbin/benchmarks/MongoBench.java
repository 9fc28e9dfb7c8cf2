package dev.bobbin.benchmarks;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import dev.bobbin.testservers.MongoKind;
import dev.bobbin.testservers.MongoServer;
import dev.bobbin.testservers.ReplayCollection;
import dev.bobbin.testservers.ReplayServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bson.RawBsonDocument;

/**
 * The benchmark of MongoDB: for each size of documents a table and a file. Always over answers that
 * lie in memory, so that no server limits a client; and on a server, where one is configured.
 */
final class MongoBench {

  static final String NAME = "mongo";

  /** Names a server; as a source's user it says that the source is that server. */
  static final String CONFIGURED = "BOBBIN_TEST_MONGODB_URL";

  private static final String DATABASE = "bench";
  private static final int AT_ONCE = 1_000;

  private final Path target;
  private final int rounds;
  private final long rows;

  MongoBench(Path target, int rounds, long rows) {
    this.target = target;
    this.rounds = rounds;
    this.rows = rows;
  }

  void run() throws Exception {
    for (DocumentSize size : DocumentSize.values()) {
      long documents = rows > 0 ? rows : size.defaultRows();
      List<ReplayCollection> collections = size.collections(documents);
      try (ReplayServer server = ReplayServer.start(DATABASE, collections)) {
        report(NAME + "-" + size.text(), size, documents, source(server));
      }
      Optional<MongoServer> configured = configured();
      if (configured.isPresent()) {
        MongoServer server = configured.get();
        String database = server.newDatabase();
        fill(server, database, collections);
        Source source =
            new Source(Product.MONGODB, server.host(), server.port(), database, CONFIGURED);
        report(NAME + "-server-" + size.text(), size, documents, source);
        server.dropDatabase(database);
      }
    }
  }

  static Source source(ReplayServer server) {
    return new Source(Product.MONGODB, server.host(), server.port(), DATABASE, "");
  }

  private static Optional<MongoServer> configured() {
    return System.getenv(CONFIGURED) == null
        ? Optional.empty()
        : MongoServer.shared(MongoKind.MONGODB).or(() -> MongoServer.shared(MongoKind.FERRETDB));
  }

  private static void fill(
      MongoServer server, String database, List<ReplayCollection> collections) {
    try (MongoClient client = server.connect()) {
      for (ReplayCollection collection : collections) {
        MongoCollection<RawBsonDocument> to =
            client.getDatabase(database).getCollection(collection.name(), RawBsonDocument.class);
        List<RawBsonDocument> some = new ArrayList<>();
        for (int id = 0; id < collection.documents(); id++) {
          some.add(collection.document(id));
          if (some.size() == AT_ONCE || id == collection.documents() - 1) {
            to.insertMany(some);
            some.clear();
          }
        }
      }
    }
  }

  private void report(String name, DocumentSize size, long documents, Source source)
      throws Exception {
    Bench.say("%n%s: %,d documents of %,d bytes", name, documents, size.bytes());
    Path folder = Files.createDirectories(target.resolve("bench"));
    Map<String, List<Measurement>> all =
        Rounds.run(cases(size, source, size.work(documents), folder), rounds);
    Report report = new Report(Result.of(all));
    Path file = target.resolve(name + ".json");
    report.write(file);
    Bench.say("%n%s%n%s", report.table(), file);
    sayRatio(all, "bobbin-1", "raw-count-loop");
    if (size == DocumentSize.FIVE_KB) {
      sayRatio(all, "bobbin-paths", "document-gets");
    }
  }

  private static List<Case> cases(DocumentSize size, Source source, Work work, Path folder) {
    Map<String, String> peers = new LinkedHashMap<>();
    peers.put("document-loop", "document-loop");
    peers.put("raw-count-loop", "raw-count-loop");
    peers.put("bobbin-1", "bobbin-documents-1");
    peers.put("bobbin-4", "bobbin-documents-4");
    if (size == DocumentSize.FIVE_KB) {
      peers.put("document-gets", "document-gets");
      peers.put("bobbin-paths", "bobbin-paths");
    }
    List<Case> cases = new ArrayList<>();
    peers.forEach(
        (name, peer) -> cases.add(new JvmCase(name, peer, List.of(), source, work, folder)));
    return cases;
  }

  /** The ratio to another case than the first one, which the table has. */
  private static void sayRatio(Map<String, List<Measurement>> all, String name, String to) {
    Map<String, List<Measurement>> both = new LinkedHashMap<>();
    for (String each : List.of(to, name)) {
      both.put(each, all.getOrDefault(each, List.of()));
    }
    Result result = Result.of(both).get(1);
    Bench.say(
        "%s ÷ %s: %.2f (in one round %.2f–%.2f)",
        name, to, result.ratio(), result.ratioMin(), result.ratioMax());
  }
}
