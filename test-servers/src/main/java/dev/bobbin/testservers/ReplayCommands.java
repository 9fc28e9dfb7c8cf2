package dev.bobbin.testservers;

import java.util.ArrayList;
import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonBoolean;
import org.bson.BsonDateTime;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** What a {@link ReplayServer} answers to commands, apart from the documents themselves. */
final class ReplayCommands {

  private static final int FIRST_BATCH = 101;
  private static final BsonDocument ID_ALONE = new BsonDocument("_id", new BsonInt32(1));
  private static final BsonDocument NOTHING = new BsonDocument();

  private final ReplayServer server;

  ReplayCommands(ReplayServer server) {
    this.server = server;
  }

  /**
   * Documents that an answer is to have.
   *
   * @param cursor where they come from
   * @param id the number under which it is kept; 0 for one that is new
   * @param most how many at most
   * @param single whether the cursor ends with this answer
   */
  record Documents(ReplayCursor cursor, long id, int most, boolean single) {}

  /** The documents that the command asks for; null where it asks for something else. */
  @Nullable Documents documents(BsonDocument command) {
    return switch (command.getFirstKey()) {
      case "find" -> find(command);
      case "getMore" -> {
        long id = command.getNumber("getMore").longValue();
        ReplayCursor cursor = server.cursor(id);
        if (cursor == null) {
          throw ReplayFailure.noCursor(id);
        }
        int most = number(command, "batchSize", Integer.MAX_VALUE);
        yield new Documents(cursor, id, most == 0 ? Integer.MAX_VALUE : most, false);
      }
      default -> null;
    };
  }

  private Documents find(BsonDocument command) {
    String name = command.getString("find").getValue();
    ReplayCollection collection =
        server
            .collection(name)
            .orElseGet(() -> ReplayCollection.of(name, 0, List.of(new BsonDocument())));
    BsonDocument filter = command.getDocument("filter", NOTHING);
    BsonDocument sort = command.getDocument("sort", NOTHING);
    boolean descending = sort.containsKey("_id") && sort.getNumber("_id").intValue() < 0;
    if (!sort.isEmpty() && !sort.getFirstKey().equals("_id")) {
      throw ReplayFailure.bad("a sort by " + sort.getFirstKey());
    }
    boolean idAlone = command.getDocument("projection", NOTHING).equals(ID_ALONE);
    ReplayCursor cursor =
        new ReplayCursor(
            idAlone ? collection.idsAlone() : collection,
            ReplayFilter.of(filter, collection.documents()),
            descending);
    cursor.skip(number(command, "skip", 0));
    int limit = Math.abs(number(command, "limit", 0));
    if (limit > 0) {
      cursor.limit(limit);
    }
    boolean single = command.getBoolean("singleBatch", BsonBoolean.FALSE).getValue();
    return new Documents(cursor, 0, number(command, "batchSize", FIRST_BATCH), single);
  }

  /** The number under which a cursor is known after it has sent some of its documents. */
  long idAfter(Documents sent) {
    boolean ended = sent.cursor().isAtEnd() || sent.single();
    if (sent.id() == 0) {
      return ended ? 0 : server.keep(sent.cursor());
    }
    if (ended) {
      server.forget(sent.id());
      return 0;
    }
    return sent.id();
  }

  private static int number(BsonDocument command, String name, int otherwise) {
    return command.containsKey(name) ? command.getNumber(name).intValue() : otherwise;
  }

  String namespace(ReplayCursor cursor) {
    return server.database() + "." + cursor.collection().name();
  }

  /** The answer to a command that asks for no documents of a collection. */
  BsonDocument answer(BsonDocument command) {
    String name = command.getFirstKey();
    return switch (name) {
      case "hello", "isMaster", "ismaster" -> hello();
      case "buildInfo", "buildinfo" -> buildInfo();
      case "ping", "endSessions" -> ok();
      case "listDatabases" -> listDatabases();
      case "listCollections" -> listCollections(command);
      case "listIndexes" -> listIndexes(command);
      case "count" -> count(command);
      case "aggregate" -> aggregate(command);
      case "killCursors" -> killCursors(command);
      default -> throw ReplayFailure.unknown(name);
    };
  }

  private static BsonDocument ok() {
    return new BsonDocument("ok", new BsonDouble(1));
  }

  private static BsonDocument hello() {
    return new BsonDocument("helloOk", BsonBoolean.TRUE)
        .append("isWritablePrimary", BsonBoolean.TRUE)
        .append("ismaster", BsonBoolean.TRUE)
        .append("maxBsonObjectSize", new BsonInt32(16 << 20))
        .append("maxMessageSizeBytes", new BsonInt32(48_000_000))
        .append("maxWriteBatchSize", new BsonInt32(100_000))
        .append("localTime", new BsonDateTime(System.currentTimeMillis()))
        .append("logicalSessionTimeoutMinutes", new BsonInt32(30))
        .append("connectionId", new BsonInt32(1))
        .append("minWireVersion", new BsonInt32(0))
        .append("maxWireVersion", new BsonInt32(21))
        .append("readOnly", BsonBoolean.FALSE)
        .append("ok", new BsonDouble(1));
  }

  private static BsonDocument buildInfo() {
    return new BsonDocument("version", new BsonString("7.0.0"))
        .append("gitVersion", new BsonString("0".repeat(40)))
        .append("ok", new BsonDouble(1));
  }

  private BsonDocument listDatabases() {
    BsonDocument own =
        new BsonDocument("name", new BsonString(server.database()))
            .append("sizeOnDisk", new BsonInt64(1 << 20))
            .append("empty", BsonBoolean.FALSE);
    return new BsonDocument("databases", new BsonArray(List.of(own)))
        .append("ok", new BsonDouble(1));
  }

  private BsonDocument listCollections(BsonDocument command) {
    BsonValue wanted = command.getDocument("filter", NOTHING).get("name");
    List<BsonDocument> found = new ArrayList<>();
    for (ReplayCollection collection : server.collections()) {
      BsonString name = new BsonString(collection.name());
      if (isOurs(command) && (wanted == null || wanted.equals(name))) {
        found.add(
            new BsonDocument("name", name)
                .append("type", new BsonString("collection"))
                .append("options", new BsonDocument())
                .append(
                    "info",
                    new BsonDocument("readOnly", BsonBoolean.FALSE)
                        .append("uuid", new BsonBinary(collection.uuid()))));
      }
    }
    return whole("$cmd.listCollections", found);
  }

  private boolean isOurs(BsonDocument command) {
    return command.getString("$db", new BsonString("")).getValue().equals(server.database());
  }

  private BsonDocument listIndexes(BsonDocument command) {
    String name = collection(command, "listIndexes").name();
    BsonDocument primary =
        new BsonDocument("v", new BsonInt32(2))
            .append("key", ID_ALONE)
            .append("name", new BsonString("_id_"));
    return whole(name, List.of(primary));
  }

  private ReplayCollection collection(BsonDocument command, String word) {
    String name = command.getString(word).getValue();
    return server.collection(name).orElseThrow(() -> ReplayFailure.noCollection(name));
  }

  private BsonDocument count(BsonDocument command) {
    if (!command.getDocument("query", NOTHING).isEmpty()) {
      throw ReplayFailure.bad("a count of some documents");
    }
    return new BsonDocument("n", new BsonInt32(collection(command, "count").documents()))
        .append("ok", new BsonDouble(1));
  }

  /** Of a {@code $sample}, whatever is done with it, as long as {@code _id} is all that is left. */
  private BsonDocument aggregate(BsonDocument command) {
    ReplayCollection collection = collection(command, "aggregate");
    BsonDocument first = command.getArray("pipeline").get(0).asDocument();
    if (!first.getFirstKey().equals("$sample")) {
      throw ReplayFailure.bad(first.getFirstKey());
    }
    int size =
        Math.min(first.getDocument("$sample").getNumber("size").intValue(), collection.documents());
    List<BsonDocument> drawn = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      int id = (int) ((long) collection.documents() * i / size);
      drawn.add(new BsonDocument("_id", new BsonInt32(id)));
    }
    return whole(collection.name(), drawn);
  }

  /** A cursor that is at its end with its first batch. */
  private BsonDocument whole(String name, List<BsonDocument> documents) {
    return new BsonDocument(
            "cursor",
            new BsonDocument("firstBatch", new BsonArray(documents))
                .append("id", new BsonInt64(0))
                .append("ns", new BsonString(server.database() + "." + name)))
        .append("ok", new BsonDouble(1));
  }

  private BsonDocument killCursors(BsonDocument command) {
    BsonArray ids = command.getArray("cursors");
    List<BsonValue> killed = new ArrayList<>();
    List<BsonValue> unknown = new ArrayList<>();
    for (BsonValue id : ids) {
      (server.forget(id.asNumber().longValue()) ? killed : unknown).add(id);
    }
    return new BsonDocument("cursorsKilled", new BsonArray(killed))
        .append("cursorsNotFound", new BsonArray(unknown))
        .append("ok", new BsonDouble(1));
  }
}
