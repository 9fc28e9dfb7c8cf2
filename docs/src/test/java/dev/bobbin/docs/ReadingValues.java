package dev.bobbin.docs;

import dev.bobbin.record.ColumnVector;
import dev.bobbin.record.Record;
import dev.bobbin.record.RecordBatch;
import java.math.BigDecimal;
import java.util.Optional;

/** How a sink reads values. */
final class ReadingValues {

  private ReadingValues() {}

  static void rows(RecordBatch batch, StringBuilder out) {
    // docs:begin rows
    for (Record row : batch) {
      long id = row.getLong("id");
      String email = row.getString("email"); // null for NULL
      BigDecimal total = row.getDecimal("total");
      Optional<String> original =
          row.original("total"); // "NaN", where BigDecimal has no such value
      out.append(id).append(email).append(total).append(original);
    }
    // docs:end rows
  }

  static long columns(RecordBatch batch) {
    // docs:begin columns
    ColumnVector quantity = batch.column("quantity");
    long sum = 0;
    for (int row = 0; row < batch.rowCount(); row++) {
      if (!quantity.isNull(row)) {
        sum += quantity.getLong(row); // a read from an array: no object per value
      }
    }
    // docs:end columns
    return sum;
  }
}
