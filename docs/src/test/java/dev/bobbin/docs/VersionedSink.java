package dev.bobbin.docs;

import dev.bobbin.record.Record;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.sink.TableLoad;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import javax.sql.DataSource;

// docs:begin versions
/** Keeps every load apart by its id, and shows readers the newest whole one. */
final class VersionedSink implements RecordSink {

  private final DataSource warehouse;
  private volatile long loadId;

  VersionedSink(DataSource warehouse) {
    this.warehouse = warehouse;
  }

  @Override
  public void open(TableLoad load) {
    loadId = load.loadId();
  }

  @Override
  public void write(RecordBatch batch) throws SQLException {
    try (Connection connection = warehouse.getConnection()) {
      connection.setAutoCommit(false);
      try (PreparedStatement insert =
          connection.prepareStatement(
              "INSERT INTO country_versions (load_id, code, name) VALUES (?, ?, ?)")) {
        for (Record row : batch) {
          insert.setLong(1, loadId);
          insert.setString(2, row.getString("code"));
          insert.setString(3, row.getString("name"));
          insert.addBatch();
        }
        insert.executeBatch();
      }
      connection.commit();
    }
  }

  @Override
  public void complete(TableLoad load) throws SQLException {
    try (Connection connection = warehouse.getConnection()) {
      connection.setAutoCommit(false);
      try (PreparedStatement swap =
              connection.prepareStatement("UPDATE country_current SET load_id = ?");
          PreparedStatement tidy =
              connection.prepareStatement("DELETE FROM country_versions WHERE load_id <> ?")) {
        swap.setLong(1, load.loadId());
        swap.executeUpdate();
        tidy.setLong(1, load.loadId());
        tidy.executeUpdate();
      }
      connection.commit(); // both or neither; calling it again does no harm
    }
  }
}
// docs:end versions
