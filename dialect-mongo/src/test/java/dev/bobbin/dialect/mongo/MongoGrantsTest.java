package dev.bobbin.dialect.mongo;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.select.Selection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code grants} prints for MongoDB's shell. Only MongoDB itself has roles, so here the text
 * is held against what the manual has, and read as JavaScript's grammar reads it.
 */
class MongoGrantsTest {

  private static final MongoDialect SHOP = MongoDialect.at("db.internal", 27017, "shop");

  @Test
  void grantsTheNamedCollectionsAndNothingBesideThem() {
    assertThat(
            SHOP.grants(
                "etl",
                Selection.of(
                    table("orders").incrementalBy("updated_at"),
                    table("countries").only("code"),
                    table("crm.people"))))
        .isEqualTo(
            """
            // MongoDB has no privileges on fields: the user may read whole documents of "countries".
            db.getSiblingDB("admin").createRole({
              role: "bobbin_etl",
              privileges: [
                { resource: { db: "crm", collection: "" }, actions: ["listCollections"] },
                { resource: { db: "crm", collection: "people" }, actions: ["find", "listIndexes", "collStats"] },
                { resource: { db: "shop", collection: "" }, actions: ["listCollections"] },
                { resource: { db: "shop", collection: "countries" }, actions: ["find", "listIndexes", "collStats"] },
                { resource: { db: "shop", collection: "orders" }, actions: ["find", "listIndexes", "collStats"] },
              ],
              roles: []
            });
            db.getSiblingDB("admin").createUser({
              user: "etl",
              pwd: "<password>",
              roles: [{ role: "bobbin_etl", db: "admin" }]
            });
            """);
  }

  @Test
  void grantsAWholeDatabaseForAPatternAndSaysSo() {
    assertThat(SHOP.authDatabase("people").grants("etl", Selection.of(table("log_*"))))
        .isEqualTo(
            """
            // MongoDB has no privileges by pattern: for "log_*" the user may read all collections of "shop".
            db.getSiblingDB("admin").createRole({
              role: "bobbin_etl",
              privileges: [
                { resource: { db: "shop", collection: "" }, actions: ["listCollections"] },
                { resource: { db: "shop", collection: "" }, actions: ["find", "listIndexes", "collStats"] },
              ],
              roles: []
            });
            db.getSiblingDB("people").createUser({
              user: "etl",
              pwd: "<password>",
              roles: [{ role: "bobbin_etl", db: "admin" }]
            });
            """);
  }

  /** A name is one literal, and each line of a comment is a comment. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"); db.dropDatabase(); (\"",
        "'; db.dropDatabase(); '",
        "\\",
        "\\\"); db.dropDatabase(); //",
        "a\ndb.dropDatabase();\n//",
        "a\r\ndb.dropDatabase();",
        "a\u2028db.dropDatabase();\u2029",
        "${db.dropDatabase()}",
        "`; db.dropDatabase(); `",
        "*/ db.dropDatabase(); /*",
        "</script>\u0000\u007f",
        "\ud83e\uddf5 \ud800"
      })
  void quotesWhateverNamesHold(String evil) {
    String quoted = TableId.of("shop", evil).toString();
    String script =
        MongoDialect.at("db", 27017)
            .grants(
                "u" + evil,
                Selection.of(table(quoted).only("x"), table(TableId.of("o" + evil) + ".t*")));
    assertThat(Literals.outside(script)).doesNotContain("dropDatabase").doesNotContain("script");
    assertThat(Literals.of(script))
        .contains(evil, "o" + evil, "u" + evil, "bobbin_u" + evil, "shop");
    assertThat(script.lines().filter(line -> line.startsWith("//"))).hasSize(2);
  }

  @Test
  void asksForTheDatabaseOfANameThatSaysNone() {
    MongoDialect dialect = MongoDialect.at("db", 27017);
    assertThatThrownBy(() -> dialect.grants("etl", Selection.of(table("orders"))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("does not say which database it is in")
        .hasMessageContaining("Write database.collection");
    assertThatThrownBy(() -> dialect.grants("", Selection.of(table("shop.orders"))))
        .isInstanceOf(BobbinException.class);
  }
}
