package dev.bobbin.docs;

import dev.bobbin.catalog.TableId;
import dev.bobbin.record.Record;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.sink.Progress;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.sink.TableLoad;
import dev.bobbin.state.Checkpoint;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

// docs:begin exactly-once
/** Appends events, each exactly once: the checkpoint is committed with the rows. */
final class ExactlyOnceSink implements RecordSink {

  private final DataSource warehouse;

  ExactlyOnceSink(DataSource warehouse) {
    this.warehouse = warehouse;
  }

  @Override
  public void write(RecordBatch batch) throws SQLException {
    Checkpoint checkpoint = batch.checkpoint();
    try (Connection connection = warehouse.getConnection()) {
      connection.setAutoCommit(false);
      try (PreparedStatement insert =
          connection.prepareStatement("INSERT INTO events (load_id, id, what) VALUES (?, ?, ?)")) {
        for (Record row : batch) {
          insert.setLong(1, checkpoint.loadId());
          insert.setLong(2, row.getLong("id"));
          insert.setString(3, row.getString("what"));
          insert.addBatch();
        }
        insert.executeBatch();
      }
      try (PreparedStatement remember =
          connection.prepareStatement(
              "INSERT INTO progress (table_name, load_id, scan, checkpoint) VALUES (?, ?, ?, ?)"
                  + " ON CONFLICT (table_name, load_id, scan)"
                  + " DO UPDATE SET checkpoint = excluded.checkpoint")) {
        remember.setString(1, batch.table().toString());
        remember.setLong(2, checkpoint.loadId());
        remember.setString(3, checkpoint.scan());
        remember.setString(4, checkpoint.toJson());
        remember.executeUpdate();
      }
      connection.commit();
    }
  }

  @Override
  public Progress progress(TableId table) throws SQLException {
    List<Checkpoint> checkpoints = new ArrayList<>();
    try (Connection connection = warehouse.getConnection();
        PreparedStatement query =
            connection.prepareStatement("SELECT checkpoint FROM progress WHERE table_name = ?")) {
      query.setString(1, table.toString());
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          checkpoints.add(Checkpoint.fromJson(rows.getString(1)));
        }
      }
    }
    return checkpoints.isEmpty() ? Progress.none() : Progress.of(checkpoints);
  }

  @Override
  public void complete(TableLoad load) throws SQLException {
    try (Connection connection = warehouse.getConnection()) {
      connection.setAutoCommit(false);
      for (String table : List.of("events", "progress")) {
        try (PreparedStatement tidy =
            connection.prepareStatement("DELETE FROM " + table + " WHERE load_id < ?")) {
          tidy.setLong(1, load.loadId());
          tidy.executeUpdate();
        }
      }
      connection.commit();
    }
  }
}
// docs:end exactly-once
