package dev.bobbin.dialect.mongo.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.mongo.MongoDialect;
import dev.bobbin.error.BobbinException;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.state.MemoryStateStore;
import dev.bobbin.testkit.CollectingSink;
import dev.bobbin.testservers.MongoKind;
import dev.bobbin.testservers.MongoServer;
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.testsupport.Outcomes;
import dev.bobbin.testsupport.Waiting;
import dev.bobbin.tls.Tls;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonNull;
import org.bson.BsonString;
import org.bson.RawBsonDocument;
import org.jspecify.annotations.Nullable;

/**
 * A database of its own, a way to the server that is counted and can be broken, a replicator's
 * state and a sink: what a test of a fault plays with.
 */
final class Scene implements AutoCloseable {

  static final RetryPolicy QUICK =
      new RetryPolicy(8, Duration.ofMillis(10), Duration.ofMillis(200));

  /** An answer of the server holds half of them or less, so that a scan takes several. */
  static final int ROWS = 3_000;

  static final int ROW_BYTES = 4_000;

  /** What a batch of the replicator holds. */
  static final int BATCH_ROWS = 100;

  /** What a batch of the replicator holds of a collection of {@link #fillFew}. */
  static final int FEW_BATCH_ROWS = 8;

  private static final int FEW = 80;
  private static final int FEW_BYTES = 64_000;

  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final int INSERTED_AT_ONCE = 500;

  final MongoServer server;
  final String database;
  final String name;
  final TcpProxy proxy;
  final MemoryStateStore store = new MemoryStateStore();
  final CollectingSink sink = new CollectingSink();
  private final MongoClient admin;
  private final Set<Thread> threads;

  private Scene(MongoServer server) {
    this.server = server;
    this.database = server.newDatabase();
    this.name = "Scene " + COUNT.incrementAndGet();
    this.proxy = server.proxy();
    this.admin = server.connect();
    admin.listDatabaseNames().first();
    this.threads = threads();
  }

  /** On the shared server of that kind; the test is skipped where there is none. */
  static Scene on(MongoKind kind) {
    return on(shared(kind));
  }

  static Scene on(MongoServer server) {
    return new Scene(server);
  }

  /** The shared server of that kind; the test is skipped where there is none. */
  static MongoServer shared(MongoKind kind) {
    var server = MongoServer.shared(kind);
    assumeTrue(server.isPresent(), "there is no " + kind);
    return server.orElseThrow();
  }

  /** A server of the test's own; the test is skipped where there is none. */
  static MongoServer own(MongoKind kind) {
    assumeTrue(MongoServer.canStart(kind), "there is no " + kind);
    return MongoServer.of(kind).start();
  }

  /** Closes all, and fails where Bobbin left something behind. */
  @Override
  public void close() {
    try {
      assertNothingIsLeft();
    } finally {
      admin.close();
      proxy.close();
      if (server.isRunning()) {
        server.dropDatabase(database);
      }
    }
  }

  MongoDatabase there() {
    return admin.getDatabase(database);
  }

  MongoCollection<BsonDocument> collection(String collection) {
    return there().getCollection(collection, BsonDocument.class);
  }

  TableId table(String collection) {
    return TableId.of(database, collection);
  }

  /** A collection of {@link #ROWS} documents of {@link #ROW_BYTES}. */
  void fill(String collection) {
    fill(collection, ROWS, ROW_BYTES);
  }

  /** A collection for FerretDB, which reads all of it for each query; in two answers as well. */
  void fillFew(String collection) {
    fill(collection, FEW, FEW_BYTES);
  }

  /**
   * A collection of so many documents, each with a text that follows from its {@code _id}, so that
   * a torn one is seen, and with a key {@code changed} with ties, nulls and gaps in it.
   */
  void fill(String collection, int rows, int rowBytes) {
    collection(collection).createIndex(new BsonDocument("changed", new BsonInt32(1)));
    List<BsonDocument> some = new ArrayList<>();
    for (int id = 1; id <= rows; id++) {
      some.add(document(id, rowBytes));
      if (some.size() == INSERTED_AT_ONCE || id == rows) {
        collection(collection).insertMany(some);
        some.clear();
      }
    }
  }

  static BsonDocument document(int id, int bytes) {
    BsonDocument document = new BsonDocument("_id", new BsonInt32(id));
    if (id % 50 == 0) {
      document.put("changed", BsonNull.VALUE);
    } else if (id % 50 != 25) {
      document.put("changed", new BsonInt64(id / 3));
    }
    String word = Integer.toHexString(id * 0x9e3779b9) + '/' + id + ' ';
    return document.append(
        "payload", new BsonString(word.repeat(Math.max(1, bytes / word.length()))));
  }

  /** The dialect that leads to the server through the scene's proxy. */
  MongoDialect dialect() {
    return at(proxy.port());
  }

  private MongoDialect at(int port) {
    return MongoDialect.at("127.0.0.1", port, database)
        .tls(Tls.off())
        .field("*", "changed", new DataType.Int(64, true));
  }

  Replicator.Builder replicator() {
    return replicator(dialect());
  }

  /** A replicator of small batches and short pauses. */
  Replicator.Builder replicator(MongoDialect dialect) {
    return Replicator.from(dialect)
        .named(name)
        .rememberIn(store)
        .batchRows(BATCH_ROWS)
        .connectTimeout(Duration.ofSeconds(20))
        .retry(QUICK);
  }

  /** A replicator for a collection of {@link #fillFew}: the server's answers are no larger. */
  Replicator.Builder replicatorOfFew(MongoDialect dialect) {
    return replicator(dialect).batchRows(FEW_BATCH_ROWS).batchBytes(FEW_BATCH_ROWS * FEW_BYTES);
  }

  RunReport run(Replicator.Builder builder, TableSelection... tables) {
    return run(builder, sink, tables);
  }

  RunReport run(Replicator.Builder builder, RecordSink to, TableSelection... tables) {
    try (Replicator replicator = builder.build()) {
      return replicator.replicate(Selection.of(tables), to);
    }
  }

  BobbinException failureOf(RunReport report, String collection) {
    return Outcomes.failureOf(report, table(collection));
  }

  /** Collections of {@link #fill} are in the sink as they are in the source, byte for byte. */
  void assertSameRows(String... collections) {
    assertThat(sink.violations()).isEmpty();
    for (String collection : collections) {
      Map<Integer, ByteBuffer> sunk = documents(sink.upserted(table(collection)));
      Map<Integer, ByteBuffer> there = new TreeMap<>();
      for (RawBsonDocument document :
          there().getCollection(collection, RawBsonDocument.class).find().batchSize(500)) {
        there.put(document.getInt32("_id").getValue(), document.getByteBuffer().asNIO().slice());
      }
      assertThat(sunk.keySet()).as(collection).isEqualTo(there.keySet());
      assertThat(sunk.equals(there)).as(collection + " byte for byte").isTrue();
    }
  }

  private static Map<Integer, ByteBuffer> documents(
      Collection<Map<String, @Nullable Object>> rows) {
    Map<Integer, ByteBuffer> documents = new TreeMap<>();
    for (Map<String, @Nullable Object> row : rows) {
      documents.put(id(row), bytes(row));
    }
    return documents;
  }

  private static int id(Map<String, @Nullable Object> row) {
    return row.get("_id") instanceof Long id ? id.intValue() : -1;
  }

  static ByteBuffer bytes(Map<String, @Nullable Object> row) {
    return row.get("document") instanceof ByteBuffer bytes ? bytes : ByteBuffer.allocate(0);
  }

  List<Integer> ids(String collection) {
    return sink.rows(table(collection)).stream().map(Scene::id).sorted().toList();
  }

  /** No document came more often than once beyond so many. */
  void assertRepeatsAtMost(String collection, int most) {
    Map<Integer, Integer> times = new HashMap<>();
    sink.rows(table(collection)).forEach(row -> times.merge(id(row), 1, Integer::sum));
    int repeats = times.values().stream().mapToInt(n -> n - 1).sum();
    assertThat(repeats).as("documents that came again").isLessThanOrEqualTo(most);
  }

  /** No connection is left, and no thread that was not there when the scene began. */
  void assertNothingIsLeft() {
    Waiting.until("no connection", () -> proxy.openConnections() == 0);
    Waiting.until("no thread of " + left(), () -> left().isEmpty());
  }

  private Set<String> left() {
    Set<Thread> left = new HashSet<>(threads());
    left.removeAll(threads);
    return left.stream().map(Thread::getName).collect(Collectors.toSet());
  }

  /**
   * Bobbin's threads and those of the driver's clients. Not the one, of the name BufferPoolPruner,
   * that the driver keeps for the life of its classes.
   */
  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .filter(
            thread ->
                thread.getName().startsWith("bobbin")
                    || thread.getName().startsWith("cluster-")
                    || thread.getName().startsWith("MaintenanceTimer")
                    || thread.getName().startsWith("AsyncGetter"))
        .collect(Collectors.toSet());
  }
}
