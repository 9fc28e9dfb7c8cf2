package dev.bobbin.testservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.MongoCommandException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoCursor;
import com.mongodb.client.MongoDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.Document;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ReplayServerTest {

  private static final int DOCUMENTS = 1_234;

  private static final List<BsonDocument> KINDS =
      List.of(
          new BsonDocument("n", new BsonInt32(7)),
          new BsonDocument("text", new BsonString("x".repeat(400_000))),
          new BsonDocument());

  private static ReplayServer server;
  private static MongoClient client;

  @BeforeAll
  static void start() {
    server = ReplayServer.start("shop", List.of(ReplayCollection.of("orders", DOCUMENTS, KINDS)));
    client = MongoClients.create(server.uri());
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  private static MongoDatabase database() {
    return client.getDatabase("shop");
  }

  private static MongoCollection<Document> orders() {
    return database().getCollection("orders");
  }

  private static List<Integer> ids(Iterable<Document> documents) {
    List<Integer> ids = new ArrayList<>();
    documents.forEach(document -> ids.add(document.getInteger("_id")));
    return ids;
  }

  private static List<Integer> range(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }

  @Test
  void sendsEveryDocumentOnceWhateverTheBatches() {
    assertThat(ids(orders().find())).isEqualTo(range(0, DOCUMENTS));
    assertThat(ids(orders().find().batchSize(7).projection(new Document("_id", 1))))
        .isEqualTo(range(0, DOCUMENTS));
    assertThat(server.openCursors()).isZero();
  }

  @Test
  void sendsDocumentsAsTheyAre() {
    assertThat(orders().find(new Document("_id", 3)).first())
        .isEqualTo(new Document("_id", 3).append("n", 7));
    assertThat(orders().find(new Document("_id", 4)).first())
        .isEqualTo(new Document("_id", 4).append("text", "x".repeat(400_000)));
  }

  @Test
  void findsByIdAsMongoDbCompares() {
    assertThat(ids(orders().find(Document.parse("{_id: {$gt: 3, $lte: 6}}"))))
        .isEqualTo(range(4, 7));
    assertThat(ids(orders().find(Document.parse("{_id: {$gte: 2.5, $lt: 4.5}}"))))
        .isEqualTo(range(3, 5));
    assertThat(ids(orders().find(Document.parse("{_id: {$gt: 'a'}}")))).isEmpty();
    assertThat(ids(orders().find(Document.parse("{_id: {$type: ['string']}}")))).isEmpty();
    assertThat(ids(orders().find(new Document("_id", Double.NaN)))).isEmpty();
    assertThat(ids(orders().find().sort(new Document("_id", -1)).skip(1).limit(2)))
        .containsExactly(DOCUMENTS - 2, DOCUMENTS - 3);
  }

  @Test
  void refusesWhatItDoesNotDo() {
    assertThatThrownBy(() -> orders().find(new Document("n", 7)).first())
        .isInstanceOf(MongoCommandException.class);
    assertThatThrownBy(() -> orders().insertOne(new Document()))
        .isInstanceOf(MongoCommandException.class);
  }

  @Test
  void listsCountsAndDraws() {
    assertThat(client.listDatabaseNames()).containsExactly("shop");
    assertThat(database().listCollectionNames()).containsExactly("orders");
    assertThat(orders().listIndexes()).hasSize(1);
    assertThat(orders().estimatedDocumentCount()).isEqualTo(DOCUMENTS);
    assertThat(ids(orders().aggregate(List.of(Document.parse("{$sample: {size: 2}}")))))
        .containsExactly(0, DOCUMENTS / 2);
  }

  @Test
  void aCursorThatIsClosedIsForgotten() {
    try (MongoCursor<Document> cursor = orders().find().batchSize(2).cursor()) {
      cursor.next();
      assertThat(server.openCursors()).isPositive();
    }
    assertThat(server.openCursors()).isZero();
  }
}
