package dev.bobbin.dialect.mongo;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.TableId;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testkit.SourceRow;
import dev.bobbin.testservers.MongoKind;
import dev.bobbin.testservers.MongoServer;
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.tls.Tls;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.bson.BsonDateTime;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonNull;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** What the contracts need of a server with MongoDB's protocol, through a proxy that is counted. */
final class MongoFixture implements SourceFixture {

  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);

  private final MongoServer server;
  private final TcpProxy proxy;
  private final MongoClient admin;
  private final String name;
  private final MongoDatabase database;

  MongoFixture(MongoServer server) {
    this.server = server;
    this.proxy = server.proxy();
    this.admin = server.connect();
    this.name = server.newDatabase();
    this.database = admin.getDatabase(name);
  }

  @Override
  public SourceDialect dialect() {
    return MongoDialect.uri(withDatabase(server.uri(proxy), name))
        .tls(Tls.off())
        .field("*", UPDATED, new DataType.Instant())
        .field("*", VERSION, new DataType.Int(64, true))
        .field("*", PAYLOAD, new DataType.Text());
  }

  /** A connection string with a database in it. */
  static String withDatabase(String uri, String database) {
    return new com.mongodb.ConnectionString(uri).getDatabase() != null
        ? uri
        : uri.replaceFirst("(mongodb://[^/?]+)/?", "$1/" + database)
            + (uri.contains("@") && !uri.contains("authSource=")
                ? (uri.contains("?") ? "&" : "?") + "authSource=admin"
                : "");
  }

  @Override
  public String idColumn() {
    return "_id";
  }

  @Override
  public List<String> columns() {
    return List.of("_id", "document", PAYLOAD, UPDATED, VERSION);
  }

  @Override
  public Map<String, @Nullable Object> values(Map<String, @Nullable Object> delivered) {
    ByteBuffer bytes = (ByteBuffer) Objects.requireNonNull(delivered.get("document"));
    byte[] bson = new byte[bytes.remaining()];
    bytes.duplicate().get(bson);
    dev.bobbin.record.Document document = dev.bobbin.record.Document.of(bson);
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    for (String field : List.of("_id", UPDATED, VERSION, PAYLOAD)) {
      values.put(field, document.get(field));
    }
    return values;
  }

  @Override
  public boolean supports(Behaviour behaviour) {
    return switch (behaviour) {
      // A document changes alone, and nobody alters a collection.
      case LATE_COMMITS, ADDED_COLUMNS, DROPPED_COLUMNS, RETYPED_COLUMNS -> false;
      case CONSISTENT_SCANS, SHARED_SNAPSHOTS -> false;
      case VIEWS -> server.kind() == MongoKind.MONGODB;
      case REMADE_TABLES -> server.kind() != MongoKind.JAVA_SERVER;
      case ODD_NAMES, CASE_TWINS, KILLED_CONNECTIONS -> true;
    };
  }

  @Override
  public List<String> oddNames(List<String> names) {
    return server.kind() == MongoKind.FERRETDB
        ? names.stream().filter(name -> name.indexOf('"') < 0).toList()
        : names;
  }

  @Override
  public TableId createTable(String table) {
    database.createCollection(table);
    MongoCollection<BsonDocument> collection = collection(table);
    collection.createIndex(new BsonDocument(UPDATED, new BsonInt32(1)));
    collection.createIndex(new BsonDocument(VERSION, new BsonInt32(1)));
    return TableId.of(name, table);
  }

  private MongoCollection<BsonDocument> collection(String table) {
    return database.getCollection(table, BsonDocument.class);
  }

  @Override
  public TableId createView(String view, TableId of) {
    database.createView(view, of.name(), List.of());
    return TableId.of(name, view);
  }

  @Override
  public void addColumn(TableId table, String column) {
    throw new IllegalStateException("declared as lacking");
  }

  @Override
  public void dropColumn(TableId table, String column) {
    throw new IllegalStateException("declared as lacking");
  }

  @Override
  public void retypeColumn(TableId table, String column) {
    throw new IllegalStateException("declared as lacking");
  }

  @Override
  public void dropTable(TableId table) {
    collection(table.name()).drop();
  }

  @Override
  public Changes begin() {
    return new Transaction();
  }

  @Override
  public void killConnections() {
    proxy.cut();
  }

  @Override
  public void awaitNothingOpen() {
    long deadline = System.nanoTime() + PATIENCE;
    while (proxy.openConnections() > 0) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(proxy.openConnections() + " connections are open");
      }
      LockSupport.parkNanos(5_000_000); // the proxy notices soon after
    }
  }

  @Override
  public void close() {
    admin.close();
    proxy.close();
    server.dropDatabase(name);
  }

  /** A document as a row's; of what is null, half is not there at all. */
  private static BsonDocument document(SourceRow row) {
    BsonDocument document = new BsonDocument("_id", new BsonInt64(row.id()));
    put(
        document,
        UPDATED,
        row.updated() == null ? null : new BsonDateTime(row.updated().toEpochMilli()));
    put(document, VERSION, row.version() == null ? null : new BsonInt64(row.version()));
    put(document, PAYLOAD, row.payload() == null ? null : new BsonString(row.payload()));
    return document;
  }

  private static void put(BsonDocument into, String field, @Nullable BsonValue value) {
    if (value != null) {
      into.put(field, value);
    } else if (into.getInt64("_id").getValue() % 2 == 0) {
      into.put(field, BsonNull.VALUE);
    }
  }

  /** Changes that are made together when they are committed, one after the other. */
  private final class Transaction implements Changes {
    private final List<Runnable> changes = new ArrayList<>();
    private final Map<TableId, List<BsonDocument>> inserts = new LinkedHashMap<>();

    @Override
    public void insert(TableId table, SourceRow row) {
      inserts.computeIfAbsent(table, unused -> new ArrayList<>()).add(document(row));
    }

    private void flush() {
      inserts.forEach(
          (table, documents) -> changes.add(() -> collection(table.name()).insertMany(documents)));
      inserts.clear();
    }

    private static BsonDocument byId(long id) {
      return new BsonDocument("_id", new BsonInt64(id));
    }

    @Override
    public void update(TableId table, SourceRow row) {
      flush();
      changes.add(() -> collection(table.name()).replaceOne(byId(row.id()), document(row)));
    }

    @Override
    public void set(TableId table, long id, String column, String value) {
      throw new IllegalStateException("declared as lacking");
    }

    @Override
    public void delete(TableId table, long id) {
      flush();
      changes.add(() -> collection(table.name()).deleteOne(byId(id)));
    }

    @Override
    public void commit() {
      flush();
      changes.forEach(Runnable::run);
      changes.clear();
    }

    @Override
    public void close() {}
  }
}
