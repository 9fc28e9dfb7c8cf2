package dev.bobbin.docs;

import dev.bobbin.record.Document;
import dev.bobbin.record.DocumentPath;
import dev.bobbin.record.Record;
import dev.bobbin.record.RecordBatch;
import java.math.BigDecimal;

/** How a sink reads documents. */
final class ReadingDocuments {

  private ReadingDocuments() {}

  static void documents(RecordBatch batch, StringBuilder out) {
    // docs:begin documents
    for (Record row : batch) {
      Document order = row.getDocument("document"); // a view, nothing is decoded yet
      String city = order.getString("address.city"); // null where it is missing or null
      long first = order.isNull("items.0.quantity") ? 0 : order.getLong("items.0.quantity");
      String json = order.toRelaxedJson(); // MongoDB Extended JSON
      out.append(city).append(' ').append(first).append(' ').append(json).append('\n');
    }
    // docs:end documents
  }

  // docs:begin paths
  private static final DocumentPath CITY = DocumentPath.parse("address.city");
  private static final DocumentPath PRICE = DocumentPath.of("price.eur"); // one name, with a dot

  static void paths(Document order, StringBuilder out) {
    BigDecimal price = order.getDecimal(PRICE);
    if ("string".equals(order.typeOf(CITY))) { // the names that MongoDB's $type has
      out.append(order.getString(CITY)).append(' ').append(price);
    }
  }
  // docs:end paths
}
