package dev.bobbin.examples;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.SinkException;
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
import java.sql.Statement;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Copies into the host's own PostgreSQL, exactly once: each batch is one transaction, in which the
 * checkpoint is committed with the rows. Whatever crashes, and whenever, the two agree, and Bobbin
 * goes on from the checkpoint that this sink gives it.
 *
 * <p>Each table is copied into one of the same name in a schema that has to exist, with a column
 * {@code bobbin_load} more. Numbers, times and booleans keep their types, all else becomes text.
 */
public final class TransactionalSink implements RecordSink {

  private final DataSource warehouse;
  private final String schema;
  private final Map<TableId, TableLoad> loads = new ConcurrentHashMap<>();

  /**
   * A sink, which makes its table of checkpoints if there is none yet.
   *
   * @param warehouse the host's own; each call borrows a connection
   * @param schema where the copies are; it has to exist
   */
  public TransactionalSink(DataSource warehouse, String schema) throws SQLException {
    this.warehouse = warehouse;
    this.schema = schema;
    inTransaction(
        connection ->
            execute(
                connection,
                "CREATE TABLE IF NOT EXISTS "
                    + quoted(schema, "bobbin_progress")
                    + " (table_name text, scan text, checkpoint text NOT NULL,"
                    + " PRIMARY KEY (table_name, scan))"));
  }

  // docs:begin transactional-sink
  /** The rows and what Bobbin has to remember about them: both, or neither. */
  @Override
  public void write(RecordBatch batch) throws SQLException {
    inTransaction(
        connection -> {
          upsert(connection, batch);
          remember(connection, batch.checkpoint());
        });
  }

  private void remember(Connection connection, Checkpoint checkpoint) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO "
                + quoted(schema, "bobbin_progress")
                + " VALUES (?, ?, ?) ON CONFLICT (table_name, scan)"
                + " DO UPDATE SET checkpoint = excluded.checkpoint")) {
      statement.setString(1, checkpoint.table().toString());
      statement.setString(2, checkpoint.scan());
      statement.setString(3, checkpoint.toJson());
      statement.executeUpdate();
    }
  }

  /** Asked whenever a table begins or is tried again, and believed over the state store. */
  @Override
  public Progress progress(TableId table) throws SQLException {
    List<Checkpoint> checkpoints = new ArrayList<>();
    inTransaction(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "SELECT checkpoint FROM "
                      + quoted(schema, "bobbin_progress")
                      + " WHERE table_name = ?")) {
            statement.setString(1, table.toString());
            ResultSet rows = statement.executeQuery();
            while (rows.next()) {
              checkpoints.add(Checkpoint.fromJson(rows.getString(1)));
            }
          }
        });
    return Progress.of(checkpoints);
  }

  // docs:end transactional-sink

  /** Makes the copy's table, and gives it the columns that it does not have yet. */
  @Override
  public void open(TableLoad load) throws SQLException {
    if (load.identity().isEmpty()) {
      throw new IllegalArgumentException("Nothing tells the rows of this table apart: " + load);
    }
    String table = copyOf(load.table().id());
    inTransaction(
        connection -> {
          execute(
              connection,
              "CREATE TABLE IF NOT EXISTS "
                  + table
                  + " ("
                  + load.identity().stream()
                      .map(name -> definition(load.table().column(name).orElseThrow()))
                      .collect(Collectors.joining(", "))
                  + ", bobbin_load bigint NOT NULL, PRIMARY KEY ("
                  + names(load.identity())
                  + "))");
          for (Column column : load.table().columns()) {
            execute(
                connection,
                "ALTER TABLE " + table + " ADD COLUMN IF NOT EXISTS " + definition(column));
          }
        });
    loads.put(load.table().id(), load);
  }

  /** The load is whole: what only older loads delivered was deleted in the source. */
  @Override
  public void complete(TableLoad load) throws SQLException {
    inTransaction(
        connection ->
            execute(
                connection,
                "DELETE FROM "
                    + copyOf(load.table().id())
                    + " WHERE bobbin_load < "
                    + load.loadId()));
  }

  /** Each call has a connection of its own. */
  @Override
  public boolean concurrent() {
    return true;
  }

  private void upsert(Connection connection, RecordBatch batch) throws SQLException {
    TableLoad load = loads.get(batch.table());
    if (load == null) {
      throw new IllegalStateException("write before open for " + batch.table());
    }
    List<String> columns = batch.columns().stream().map(Column::name).toList();
    String updates =
        columns.stream()
            .map(name -> quoted(name) + " = excluded." + quoted(name))
            .collect(Collectors.joining(", "));
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO "
                + copyOf(batch.table())
                + " (bobbin_load, "
                + names(columns)
                + ") VALUES (?"
                + ", ?".repeat(columns.size())
                + ") ON CONFLICT ("
                + names(load.identity())
                + ") DO UPDATE SET bobbin_load = excluded.bobbin_load, "
                + updates)) {
      for (Record row : batch) {
        statement.setLong(1, load.loadId());
        for (int i = 0; i < columns.size(); i++) {
          statement.setObject(i + 2, forJdbc(batch.columns().get(i).type(), row.get(i)));
        }
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  private static @Nullable Object forJdbc(DataType type, @Nullable Object value) {
    if (value instanceof Instant instant) {
      return instant.atOffset(ZoneOffset.UTC);
    }
    return value == null || !sqlType(type).equals("text") ? value : value.toString();
  }

  private static String sqlType(DataType type) {
    if (type instanceof DataType.Int number && (number.bits() < 64 || number.signed())) {
      return "bigint";
    } else if (type instanceof DataType.Decimal) {
      return "numeric";
    } else if (type instanceof DataType.Float) {
      return "double precision";
    } else if (type instanceof DataType.Bool) {
      return "boolean";
    } else if (type instanceof DataType.Date) {
      return "date";
    } else if (type instanceof DataType.Timestamp) {
      return "timestamp";
    } else if (type instanceof DataType.Instant) {
      return "timestamptz";
    }
    return "text";
  }

  private interface Work {
    void in(Connection connection) throws SQLException;
  }

  private void inTransaction(Work work) throws SQLException {
    try (Connection connection = warehouse.getConnection()) {
      connection.setAutoCommit(false);
      try {
        work.in(connection);
        connection.commit();
      } catch (SQLException | RuntimeException e) {
        rollBack(connection, e);
        throw e;
      }
    } catch (SQLException e) {
      String state = String.valueOf(e.getSQLState());
      // Lost connections, serialization failures and deadlocks: Bobbin tries again later.
      if (state.startsWith("08") || state.startsWith("40")) {
        throw SinkException.retryable("The warehouse did not take a transaction.", e);
      }
      throw e;
    }
  }

  private static void rollBack(Connection connection, Exception cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      cause.addSuppressed(e); // the connection is lost, and so is what it had not committed
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String definition(Column column) {
    return quoted(column.name()) + " " + sqlType(column.type());
  }

  private String copyOf(TableId table) {
    return quoted(schema, table.name());
  }

  private static String names(List<String> columns) {
    return columns.stream().map(name -> quoted(name)).collect(Collectors.joining(", "));
  }

  private static String quoted(String... parts) {
    return List.of(parts).stream()
        .map(part -> '"' + part.replace("\"", "\"\"") + '"')
        .collect(Collectors.joining("."));
  }
}
