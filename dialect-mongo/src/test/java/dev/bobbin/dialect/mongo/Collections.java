package dev.bobbin.dialect.mongo;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.record.Document;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.state.MemoryStateStore;
import dev.bobbin.testkit.CollectingSink;
import dev.bobbin.testservers.MongoServer;
import dev.bobbin.tls.Tls;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.bson.RawBsonDocument;
import org.jspecify.annotations.Nullable;

/** A database of a test's own, and what a replicator delivers of it. */
final class Collections implements AutoCloseable {

  final MongoServer server;
  final String name;
  final MongoClient client;
  final MongoDatabase database;
  final CollectingSink sink = new CollectingSink();
  MemoryStateStore store = new MemoryStateStore();
  int batchRows = 3;

  Collections(MongoServer server) {
    this.server = server;
    this.name = server.newDatabase();
    this.client = server.connect();
    this.database = client.getDatabase(name);
  }

  MongoDialect dialect() {
    return MongoDialect.uri(MongoFixture.withDatabase(server.uri(), name)).tls(Tls.off());
  }

  MongoCollection<BsonDocument> collection(String collection) {
    return database.getCollection(collection, BsonDocument.class);
  }

  void insert(String collection, BsonDocument... documents) {
    collection(collection).insertMany(List.of(documents));
  }

  void insert(String collection, String... json) {
    for (String each : json) {
      collection(collection).insertOne(BsonDocument.parse(each));
    }
  }

  void index(String collection, String field) {
    collection(collection).createIndex(Stage.ascending(field));
  }

  Replicator.Builder replicator(MongoDialect dialect) {
    return Replicator.from(dialect)
        .named("Test")
        .rememberIn(store)
        .batchRows(batchRows)
        .retry(new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(20)));
  }

  RunReport run(TableSelection... tables) {
    return run(dialect(), sink, tables);
  }

  RunReport run(MongoDialect dialect, RecordSink to, TableSelection... tables) {
    try (Replicator replicator = replicator(dialect).build()) {
      return replicator.replicate(Selection.of(tables), to);
    }
  }

  /** The documents that were delivered of a collection, in order, whatever the load. */
  List<BsonDocument> delivered(String collection) {
    return documents(sink.rows(dev.bobbin.catalog.TableId.of(name, collection)));
  }

  static List<BsonDocument> documents(List<Map<String, @Nullable Object>> rows) {
    List<BsonDocument> documents = new ArrayList<>();
    for (Map<String, @Nullable Object> row : rows) {
      documents.add(
          new RawBsonDocument(bytes(row.get("document")))
              .decode(new org.bson.codecs.BsonDocumentCodec()));
    }
    return documents;
  }

  static byte[] bytes(@Nullable Object value) {
    ByteBuffer buffer = (ByteBuffer) Objects.requireNonNull(value);
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  /** The documents that are there. */
  List<BsonDocument> stored(String collection) {
    return collection(collection).find().into(new ArrayList<>());
  }

  /** Documents as sorted texts, to be compared whatever their order. */
  static Set<String> texts(List<BsonDocument> documents) {
    Set<String> texts = new TreeSet<>();
    documents.forEach(document -> texts.add(text(document)));
    return texts;
  }

  static String text(BsonDocument document) {
    org.bson.io.BasicOutputBuffer buffer = new org.bson.io.BasicOutputBuffer();
    new org.bson.codecs.BsonDocumentCodec()
        .encode(
            new org.bson.BsonBinaryWriter(buffer),
            document,
            org.bson.codecs.EncoderContext.builder().build());
    return Document.of(buffer.toByteArray()).toCanonicalJson();
  }

  static BsonDocument document(BsonValue id) {
    return new BsonDocument("_id", id);
  }

  @Override
  public void close() {
    client.close();
    server.dropDatabase(name);
  }
}
