package dev.bobbin.docs;

import static dev.bobbin.select.TableSelection.table;

import dev.bobbin.catalog.DataType;
import dev.bobbin.dialect.mongo.MongoDialect;
import dev.bobbin.select.Selection;
import java.util.function.Supplier;

/** What the page on MongoDB shows. */
final class MongoSource {

  private MongoSource() {}

  static MongoDialect oneServer(Supplier<String> password) {
    // docs:begin source
    MongoDialect shop = MongoDialect.at("db.internal", 27017, "shop").login("bobbin", password);
    MongoDialect atlas =
        MongoDialect.uri("mongodb+srv://cluster0.example.mongodb.net/shop")
            .login("bobbin", password);
    // docs:end source
    return atlas.toString().isEmpty() ? atlas : shop;
  }

  static MongoDialect settled(MongoDialect shop) {
    // docs:begin fields
    MongoDialect settled =
        shop.field("orders", "address.city", new DataType.Text())
            .field("*", "updated_at", new DataType.Instant());
    Selection selection =
        Selection.of(
            table("orders").only("total", "address.city").incrementalBy("updated_at"),
            table("customers"));
    // docs:end fields
    return selection.tables().isEmpty() ? shop : settled;
  }
}
