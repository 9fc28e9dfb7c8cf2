package dev.bobbin.dialect.mysql;

import com.mysql.cj.jdbc.MysqlDataSource;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.CursorPlan;
import dev.bobbin.dialect.jdbc.CursorReader;
import dev.bobbin.dialect.jdbc.Endpoint;
import dev.bobbin.dialect.jdbc.ReadLimits;
import dev.bobbin.dialect.jdbc.load.SqlText;
import dev.bobbin.error.SourceException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceSettings;
import dev.bobbin.state.Bookmark;
import dev.bobbin.testservers.MySqlServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** A database of its own in which tables are made, found and read whole. */
final class CursorFixture implements AutoCloseable {

  static final ReadLimits LIMITS = new ReadLimits(8 << 20, 10_000, 64 << 20);
  static final String ORDER_REMEDY = "Run OPTIMIZE TABLE.";

  private final MySqlServer server;
  private final String database;
  private final Server connected;

  private CursorFixture(MySqlServer server, String database, String parameters)
      throws SQLException {
    this.server = server;
    this.database = database;
    MysqlDataSource source = new MysqlDataSource();
    String url = server.jdbcUrl(database);
    source.setUrl(url + (url.contains("?") ? "&" : "?") + parameters);
    source.setUser(server.user());
    source.setPassword(server.password().orElse(""));
    this.connected =
        Server.over(
            source,
            new Endpoint("MySQL", database, server.host(), server.port(), server.user()),
            new SourceSettings(
                "test",
                null,
                2,
                LIMITS.batchBytes(),
                LIMITS.batchRows(),
                LIMITS.maxRowBytes(),
                Duration.ofSeconds(10),
                Duration.ofSeconds(10)));
  }

  static CursorFixture on(String version) throws SQLException {
    return on(version, "");
  }

  /** With properties of the driver, in the form of a URL. */
  static CursorFixture on(String version, String parameters) throws SQLException {
    MySqlServer server = MySqlServer.shared(version);
    return new CursorFixture(server, server.createDatabase(), parameters);
  }

  MySqlServer server() {
    return server;
  }

  String name() {
    return database;
  }

  void execute(String... sql) throws SQLException {
    server.execute(database, sql);
  }

  String query(String sql) throws SQLException {
    return server.query(database, sql);
  }

  Table table(String name) throws SQLException {
    return table(name, false);
  }

  /** A table as the catalog has it. */
  Table table(String name, boolean tinyInt1AsBool) throws SQLException {
    Table.Builder table = Table.named(TableId.of(database, name));
    try (Connection connection = server.connect(database);
        PreparedStatement columns =
            connection.prepareStatement(
                "SELECT column_name, data_type, column_type, coalesce(character_set_name, ''),"
                    + " coalesce(collation_name, ''), "
                    + (server.isMariaDb()
                        ? "EXISTS (SELECT 1 FROM information_schema.check_constraints k"
                            + " WHERE k.constraint_schema = c.table_schema"
                            + " AND k.table_name = c.table_name"
                            + " AND k.check_clause = concat('json_valid(`', c.column_name, '`)'))"
                        : "0")
                    + " FROM information_schema.columns c WHERE table_schema = ?"
                    + " AND table_name = ? ORDER BY ordinal_position")) {
      columns.setString(1, database);
      columns.setString(2, name);
      try (ResultSet rows = columns.executeQuery()) {
        while (rows.next()) {
          TypeFacts facts =
              new TypeFacts(
                  rows.getString(2),
                  rows.getString(3),
                  rows.getString(4),
                  rows.getString(5),
                  rows.getBoolean(6));
          table.column(
              new Column(
                  rows.getString(1),
                  MySqlTypes.type(facts, tinyInt1AsBool),
                  facts.columnType(),
                  true,
                  true,
                  Column.Generation.NONE,
                  MySqlTypes.keySupport(facts),
                  ""));
        }
      }
    }
    return table.build();
  }

  static TableScan whole(Table table) {
    return new TableScan(table, TableScan.ALL, new ScanRange.WholeTable());
  }

  static CursorPlan plan(boolean marked) {
    return new CursorPlan(
        marked,
        (keys, row) ->
            new Bookmark(
                keys.column().name(),
                keys.column().type(),
                keys.column().nativeType(),
                String.valueOf(keys.get(row))),
        rows -> null,
        false,
        null,
        List.of());
  }

  /** The statement that reads a table whole. */
  static SqlText sql(Table table) {
    String columns =
        table.columns().stream().map(SelectedColumn::expression).collect(Collectors.joining(", "));
    return new SqlText("SELECT " + columns + " FROM " + MySqlSql.table(table.id()), List.of());
  }

  ReadOnlyTransaction begin() throws SQLException {
    return connected.begin(ReadOnlyTransaction.Isolation.REPEATABLE_READ);
  }

  CursorReader open(TableScan scan, SqlText sql, boolean marked, ReadLimits limits)
      throws SQLException {
    return reader(begin(), scan, sql, marked, limits);
  }

  static CursorReader reader(
      ReadOnlyTransaction transaction,
      TableScan scan,
      SqlText sql,
      boolean marked,
      ReadLimits limits) {
    return new CursorReader(
        new MySqlCursor(transaction, sql),
        scan,
        plan(marked),
        limits,
        MySqlCursor.TICKS_PER_SECOND,
        CursorFixture::failure,
        ORDER_REMEDY);
  }

  List<SourceBatch> read(Table table, ReadLimits limits) throws SQLException {
    return all(open(whole(table), sql(table), false, limits));
  }

  static List<SourceBatch> all(CursorReader opened) {
    List<SourceBatch> batches = new ArrayList<>();
    try (CursorReader reader = opened) {
      for (Optional<SourceBatch> next = reader.next(); next.isPresent(); next = reader.next()) {
        batches.add(next.get());
      }
    }
    return batches;
  }

  /** The only batch of a table. */
  SourceBatch one(Table table) throws SQLException {
    List<SourceBatch> batches = read(table, LIMITS);
    if (batches.size() != 1) {
      throw new AssertionError(batches.size() + " batches");
    }
    return batches.get(0);
  }

  static SourceException failure(SQLException e) {
    return new SourceException(
        SourceException.Kind.PERMANENT, "SQLSTATE " + e.getSQLState() + '.', e.getMessage(), e);
  }

  @Override
  public void close() throws SQLException {
    connected.close();
    server.dropDatabase(database);
  }
}
