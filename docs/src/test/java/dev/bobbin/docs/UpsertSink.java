package dev.bobbin.docs;

import static java.time.ZoneOffset.UTC;

import dev.bobbin.record.Record;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.sink.RecordSink;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Objects;
import javax.sql.DataSource;

// docs:begin upsert
/** Keeps a copy of one table in another database, up to date by its primary key. */
final class UpsertSink implements RecordSink {

  private static final String UPSERT =
      "INSERT INTO customers (id, name, updated_at) VALUES (?, ?, ?)"
          + " ON CONFLICT (id) DO UPDATE"
          + " SET name = excluded.name, updated_at = excluded.updated_at";

  private final DataSource warehouse;

  UpsertSink(DataSource warehouse) {
    this.warehouse = warehouse;
  }

  @Override
  public void write(RecordBatch batch) throws SQLException {
    try (Connection connection = warehouse.getConnection()) {
      connection.setAutoCommit(false);
      try (PreparedStatement upsert = connection.prepareStatement(UPSERT)) {
        for (Record row : batch) {
          upsert.setLong(1, row.getLong("id"));
          upsert.setString(2, row.getString("name"));
          upsert.setObject(3, Objects.requireNonNull(row.getInstant("updated_at")).atOffset(UTC));
          upsert.addBatch();
        }
        upsert.executeBatch();
      }
      connection.commit(); // durable when this returns, so write may return
    }
  }
}
// docs:end upsert
