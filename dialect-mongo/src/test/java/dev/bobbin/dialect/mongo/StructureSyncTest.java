package dev.bobbin.dialect.mongo;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.plan.Plan;
import dev.bobbin.plan.TablePlan;
import dev.bobbin.select.Selection;
import dev.bobbin.testkit.CollectingSink;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testservers.MongoKind;
import dev.bobbin.testservers.MongoServer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is found of collections, and what of their fields can be selected. On any server. */
class StructureSyncTest {

  private Collections in;

  @BeforeEach
  void begin() {
    in = new Collections(MongoServer.shared(MongoKind.JAVA_SERVER).orElseThrow());
  }

  @AfterEach
  void end() {
    in.close();
  }

  private Table discovered(MongoDialect dialect, String collection) {
    try (Replicator replicator = in.replicator(dialect).build()) {
      return replicator.discover().table(collection).orElseThrow();
    }
  }

  private static Column column(Table table, String name) {
    return table.column(name).orElseThrow();
  }

  @Test
  void fieldsAreFoundWithTheirTypesAndHowOftenTheyWereSeen() {
    in.insert(
        "orders",
        "{_id: 1, total: 5, at: {$date: '2024-05-01T10:00:00.001Z'}, address: {city: 'Oslo'}}",
        "{_id: 2, total: {$numberLong: '6'}, tags: ['a'], address: {city: 'Rome', zip: 5}}",
        "{_id: 3, total: null, odd: 1}",
        "{_id: 4, odd: 'text', 'with.dot': 1, document: 'its own'}");
    in.index("orders", "at");
    Table table = discovered(in.dialect(), "orders");
    assertThat(table.columns().stream().map(Column::name))
        .containsExactly(
            "_id",
            "document",
            "\"document\"",
            "\"with.dot\"",
            "address",
            "address.city",
            "address.zip",
            "at",
            "odd",
            "tags",
            "total");
    assertThat(column(table, "_id").type()).isEqualTo(new DataType.Int(64, true));
    assertThat(column(table, "_id").nullable()).isFalse();
    assertThat(table.primaryKey()).containsExactly("_id");
    assertThat(column(table, "document").type()).isEqualTo(new DataType.Document());
    assertThat(column(table, "total").type()).isEqualTo(new DataType.Int(64, true));
    assertThat(column(table, "total").comment())
        .isEqualTo(
            "in 3 of 4 sampled documents: int 1, long 1, null 1. Its values are of several"
                + " types, so it is delivered as int(64)");
    assertThat(column(table, "odd").type()).isEqualTo(new DataType.Json());
    assertThat(column(table, "odd").nativeType()).isEqualTo("mixed");
    assertThat(column(table, "odd").comment())
        .contains("in 2 of 4 sampled documents: int 1, string 1");
    assertThat(column(table, "address.city").comment())
        .isEqualTo("in 2 of 4 sampled documents: string 2");
    assertThat(column(table, "tags").type()).isEqualTo(new DataType.Json());
    assertThat(column(table, "at").keySupport()).isEqualTo(Column.KeySupport.EXACT);
    assertThat(column(table, "total").keySupport()).isEqualTo(Column.KeySupport.ON_REQUEST);
    assertThat(column(table, "\"with.dot\"").keySupport())
        .as("no query can name it")
        .isEqualTo(Column.KeySupport.UNORDERED);
    assertThat(table.estimatedRows()).hasValue(4);
    assertThat(table.isIndexed("at")).isTrue();
  }

  @Test
  void aFieldIsDeliveredTypedWhereTheSelectionNamesIt() {
    in.insert(
        "orders",
        "{_id: 1, at: {$date: '2024-05-01T10:00:00.001Z'}, address: {city: 'Oslo'}, x: 1}",
        "{_id: 2, address: {city: 5}}");
    in.run(table("orders").only("address.city", "at")).throwIfFailed();
    TableId id = TableId.of(in.name, "orders");
    Table delivered = in.sink.opens(id).get(0).table();
    assertThat(delivered.columns().stream().map(Column::name))
        .containsExactly("_id", "address.city", "at");
    List<Map<String, Object>> rows = in.sink.rows(id);
    assertThat(rows.get(0)).containsEntry("address.city", "\"Oslo\"").containsEntry("_id", 1L);
    assertThat(rows.get(0).get("at")).isEqualTo(Instant.parse("2024-05-01T10:00:00.001Z"));
    assertThat(rows.get(1)).containsEntry("address.city", "{\"$numberInt\":\"5\"}");
  }

  @Test
  void aFieldThatIsSettledIsOfThatTypeAndOtherValuesAreKeptBesideIt() {
    in.insert("orders", "{_id: 1, address: {city: 'Oslo'}}", "{_id: 2, address: {city: 5}}");
    MongoDialect dialect = in.dialect().field("orders", "address.city", new DataType.Text());
    RunReport report = in.run(dialect, in.sink, table("orders").only("address.city"));
    report.throwIfFailed();
    TableId id = TableId.of(in.name, "orders");
    assertThat(report.table(id).orElseThrow().unrepresentable()).containsEntry("address.city", 1L);
    assertThat(in.sink.rows(id).get(0)).containsEntry("address.city", "Oslo");
  }

  @Test
  void documentsAreWholeUnlessFieldsAreSelected() {
    in.insert("orders", "{_id: 1, a: 1, b: {c: [1, 2]}}");
    in.run(table("orders")).throwIfFailed();
    assertThat(Collections.texts(in.delivered("orders")))
        .isEqualTo(Collections.texts(in.stored("orders")));
    Table delivered = in.sink.opens(TableId.of(in.name, "orders")).get(0).table();
    assertThat(delivered.columns().stream().map(Column::name)).containsExactly("_id", "document");
  }

  @Test
  void aFieldThatNoSampledDocumentHasCanBeSelectedAndThePlanSaysSo() {
    in.insert("orders", "{_id: 1, a: 1}");
    try (Replicator replicator = in.replicator(in.dialect()).build()) {
      Plan plan = replicator.plan(Selection.of(table("orders").only("rare", "a")));
      assertThat(plan.describe()).contains("Structure sync has seen no rare");
    }
    in.insert("orders", "{_id: 2, rare: 'x'}");
    in.run(table("orders").only("rare")).throwIfFailed();
    assertThat(in.sink.rows(TableId.of(in.name, "orders")).get(1)).containsEntry("rare", "x");
  }

  @Test
  void leavingAFieldOutIsRefusedSinceTheDocumentHasIt() {
    in.insert("orders", "{_id: 1, card: '4111'}");
    RunReport report = in.run(table("orders").except("card"));
    assertThat(report.table(TableId.of(in.name, "orders")).orElseThrow().failure().orElseThrow())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("leaves out card, but document is copied and has it too")
        .hasMessageContaining("only(…)");
  }

  @Test
  void aKeyWithoutAnIndexIsTakenOnlyWhereThatIsSaid() {
    in.insert("orders", "{_id: 1, v: 1}", "{_id: 2, v: 2}");
    RunReport refused = in.run(table("orders").incrementalBy("v"));
    TableId id = TableId.of(in.name, "orders");
    assertThat(refused.table(id).orElseThrow().failure().orElseThrow())
        .hasMessageContaining("No index of table " + id + " begins with v")
        .hasMessageContaining("field(…)");
    MongoDialect told = in.dialect().field("orders", "v", new DataType.Int(64, true));
    in.run(told, in.sink, table("orders").incrementalBy("v")).throwIfFailed();
    in.insert("orders", "{_id: 3, v: 3}");
    in.run(told, in.sink, table("orders").incrementalBy("v")).throwIfFailed();
    assertThat(in.delivered("orders").stream().map(d -> d.getInt32("_id").getValue()))
        .containsExactly(1, 2, 3);
    try (Replicator replicator = in.replicator(told).build()) {
      assertThat(replicator.plan(Selection.of(table("orders").incrementalBy("v"))).describe())
          .contains("NOT indexed")
          .contains("scans and sorts the whole table");
    }
  }

  @Test
  void theIdIsAKeyAsItStands() {
    in.insert("orders", "{_id: 1}", "{_id: 2}");
    in.run(table("orders").incrementalBy("_id")).throwIfFailed();
    in.insert("orders", "{_id: 3}");
    in.run(table("orders").incrementalBy("_id")).throwIfFailed();
    assertThat(in.delivered("orders").stream().map(d -> d.getInt32("_id").getValue()))
        .containsExactly(1, 2, 3);
  }

  @Test
  void anEmptyCollectionThatGetsDocumentsIsCopied() {
    in.database.createCollection("orders");
    in.run(table("orders")).throwIfFailed();
    in.insert("orders", "{_id: 'a'}");
    in.run(table("orders")).throwIfFailed();
    assertThat(in.delivered("orders")).hasSize(1);
  }

  @Test
  void naturalOrderReadsInOnePieceAndBeginsAgain() {
    BsonDocument[] documents = new BsonDocument[20];
    for (int i = 0; i < documents.length; i++) {
      documents[i] = Collections.document(new BsonInt32(i));
    }
    in.insert("orders", documents);
    MongoDialect dialect = in.dialect().naturalOrder("ord*");
    try (Replicator replicator = in.replicator(dialect).build()) {
      TablePlan plan =
          replicator.plan(Selection.of(table("orders"))).table(id("orders")).orElseThrow();
      assertThat(plan.describe())
          .contains("readers: one")
          .contains("restarts under a new load id")
          .contains("natural order (naturalOrder(…))");
    }
    FailingSink broken = new FailingSink(in.sink).before(Call.WRITE, 3, FailingSink.diskFull());
    assertThat(in.run(dialect, broken, table("orders")).isCompleted()).isFalse();
    in.run(dialect, in.sink, table("orders")).throwIfFailed();
    List<Long> loads = in.sink.loadIds(id("orders"));
    assertThat(loads).hasSize(2);
    assertThat(in.sink.rows(id("orders"), loads.get(1))).hasSize(20);
  }

  private TableId id(String collection) {
    return TableId.of(in.name, collection);
  }

  @Test
  void ofManyCollectionsTheFirstAreLookedAtAndAFieldOfAnotherIsLookedFor() {
    for (String name : List.of("a", "b", "c")) {
      in.insert(name, "{_id: 1, v: 5}");
      in.index(name, "v");
    }
    MongoDialect dialect = in.dialect().sampling(10, 1);
    try (Replicator replicator = in.replicator(dialect).build()) {
      Catalog catalog = replicator.discover();
      assertThat(catalog.table("a").orElseThrow().column("v")).isPresent();
      assertThat(catalog.table("c").orElseThrow().columns()).hasSize(2);
      assertThat(catalog.notes()).anyMatch(note -> note.contains("the first 1 were looked at"));
    }
    in.run(dialect, in.sink, table("c").only("v")).throwIfFailed();
    assertThat(in.sink.rows(id("c")).get(0)).containsEntry("v", 5L);
  }

  @Test
  void whatCannotBeIsRefusedWithTheWayOut() {
    MongoDialect dialect = MongoDialect.at("db", 27017);
    assertThatThrownBy(() -> dialect.field("orders", "_id", new DataType.Text()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("_id");
    assertThatThrownBy(() -> dialect.field("orders", "a", new DataType.Interval()))
        .hasMessageContaining("cannot be of type interval");
    assertThatThrownBy(() -> dialect.sampling(1, 5)).hasMessageContaining("2 to 100,000");
    assertThatThrownBy(() -> MongoDialect.at("db:27018", 27017, "shop"))
        .hasMessageContaining("MongoDialect.at(\"db\", 27018, \"shop\")");
    assertThatThrownBy(() -> MongoDialect.at("mongodb://u:secret@db", 27017))
        .hasMessageContaining("MongoDialect.uri(…)")
        .hasMessageNotContaining("secret");
    assertThatThrownBy(() -> MongoDialect.uri("mongodb://u:sec/ret@db/shop"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageNotContaining("sec");
    assertThatThrownBy(() -> MongoDialect.uri("mongodb://db/shop?tlsInsecure=true"))
        .hasMessageContaining("tls(Tls.withoutVerification())");
    assertThat(MongoDialect.uri("mongodb://u:p%40ss@db:27018/shop?retryWrites=true&w=majority"))
        .hasToString("MongoDB shop at db:27018");
  }

  @Test
  void aSelectionByPatternTakesEveryCollection() {
    in.insert("a1", "{_id: 1}");
    in.insert("a2", "{_id: 1}");
    in.insert("b", "{_id: 1}");
    CollectingSink sink = new CollectingSink();
    in.run(in.dialect(), sink, table("a*")).throwIfFailed();
    assertThat(sink.rows(id("a1"))).hasSize(1);
    assertThat(sink.rows(id("a2"))).hasSize(1);
    assertThat(sink.opens(id("b"))).isEmpty();
  }
}
