package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.TableId;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testkit.SourceRow;
import dev.bobbin.testservers.PostgresServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** A database on a real server as a fixture; one database for each server, emptied after a test. */
final class PostgresFixture implements SourceFixture {

  /** How many of the contract's large rows are to make a table that is cut into three. */
  private static final int ROWS_TO_CUT = 240;

  private static final int LARGE = 500;
  private static final int FILLERS = 13;
  private static final AtomicLong FILLER = new AtomicLong();

  private static final Map<PostgresServer, String> DATABASES = new ConcurrentHashMap<>();
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);

  private final PostgresServer server;
  private final String database;
  private final Connection admin;

  PostgresFixture(PostgresServer server) throws SQLException {
    this.server = server;
    String known = DATABASES.get(server);
    if (known == null) {
      known = server.createDatabase();
      DATABASES.put(server, known);
    }
    this.database = known;
    this.admin = server.connect(database);
  }

  private interface Work<T> {
    T run() throws SQLException;
  }

  private static <T> T unchecked(Work<T> work) {
    try {
      return work.run();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void execute(String sql) {
    unchecked(
        () -> {
          try (Statement statement = admin.createStatement()) {
            // Without the driver's own syntax ({fn …}), which names in the tests look like.
            statement.setEscapeProcessing(false);
            return statement.execute(sql);
          }
        });
  }

  private static String quoted(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }

  private static String quoted(TableId table) {
    return quoted(table.namespace().get(1)) + '.' + quoted(table.name());
  }

  @Override
  public SourceDialect dialect() {
    return Sources.dialect(server, database);
  }

  @Override
  public TableId createTable(String name) {
    TableId table = TableId.of(database, "public", name);
    execute(
        "CREATE TABLE "
            + quoted(table)
            + " (id bigint PRIMARY KEY, updated timestamptz, version bigint, payload text)"
            // Blocks are filled up to 819 bytes, which is one large row.
            + " WITH (fillfactor = 10)");
    execute("CREATE INDEX ON " + quoted(table) + " (updated)");
    execute("CREATE INDEX ON " + quoted(table) + " (version)");
    return table;
  }

  @Override
  public TableId createView(String name, TableId of) {
    TableId view = TableId.of(database, "public", name);
    execute("CREATE VIEW " + quoted(view) + " AS SELECT * FROM " + quoted(of));
    return view;
  }

  @Override
  public void addColumn(TableId table, String column) {
    execute("ALTER TABLE " + quoted(table) + " ADD COLUMN " + quoted(column) + " text");
  }

  @Override
  public void dropColumn(TableId table, String column) {
    execute("ALTER TABLE " + quoted(table) + " DROP COLUMN " + quoted(column));
  }

  @Override
  public void retypeColumn(TableId table, String column) {
    execute("ALTER TABLE " + quoted(table) + " ALTER COLUMN " + quoted(column) + " TYPE text");
  }

  @Override
  public void dropTable(TableId table) {
    execute("DROP TABLE " + quoted(table));
  }

  @Override
  public boolean truncate(TableId table) {
    execute("TRUNCATE " + quoted(table));
    return true;
  }

  @Override
  public boolean rewrite(TableId table) {
    execute("VACUUM FULL " + quoted(table));
    return true;
  }

  @Override
  public void awaitQuiet() {
    String snapshot = "txid_current_snapshot()";
    String next =
        unchecked(() -> server.query(database, "SELECT txid_snapshot_xmax(" + snapshot + ")"));
    String quiet = "SELECT txid_snapshot_xmin(" + snapshot + ") >= " + next;
    long deadline = System.nanoTime() + PATIENCE;
    while (!"t".equals(unchecked(() -> server.query(database, quiet)))) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("a transaction below " + next + " does not end");
      }
      LockSupport.parkNanos(5_000_000); // others use the server too, such as autovacuum
    }
  }

  @Override
  public Changes begin() {
    return unchecked(() -> new Transaction(server.connect(database)));
  }

  private static final String OF_THE_DIALECT =
      " FROM pg_stat_activity WHERE application_name LIKE 'bobbin %' AND datname = '";

  @Override
  public void killConnections() {
    execute("SELECT pg_terminate_backend(pid)" + OF_THE_DIALECT + database + "'");
  }

  private String open() throws SQLException {
    return server.query(
        database,
        "SELECT string_agg(concat_ws(' ', application_name, state, backend_start, state_change,"
            + " now(), query), '; ')"
            + OF_THE_DIALECT
            + database
            + "'");
  }

  @Override
  public void awaitNothingOpen() {
    String sql = "SELECT count(*)" + OF_THE_DIALECT + database + "'";
    long deadline = System.nanoTime() + PATIENCE;
    while (true) {
      String open = unchecked(() -> server.query(database, sql));
      if ("0".equals(open)) {
        return;
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError(open + " connections are open: " + unchecked(this::open));
      }
      LockSupport.parkNanos(5_000_000); // a backend ends soon after its client has gone
    }
  }

  @Override
  public void close() {
    execute("DROP SCHEMA public CASCADE");
    execute("CREATE SCHEMA public");
    unchecked(
        () -> {
          admin.close();
          return null;
        });
  }

  private final class Transaction implements Changes {
    private final Connection connection;
    private final Map<TableId, Integer> large = new HashMap<>();

    Transaction(Connection connection) throws SQLException {
      this.connection = connection;
      connection.setAutoCommit(false);
    }

    private void change(String sql, TableId table, Object... values) {
      unchecked(
          () -> {
            try (PreparedStatement statement =
                connection.prepareStatement(sql.replace("$table", quoted(table)))) {
              for (int i = 0; i < values.length; i++) {
                if (values[i] instanceof Instant instant) {
                  statement.setObject(i + 1, instant.atOffset(ZoneOffset.UTC));
                } else {
                  statement.setObject(i + 1, values[i]);
                }
              }
              return statement.executeUpdate();
            }
          });
    }

    @Override
    public void insert(TableId table, SourceRow row) {
      change(
          "INSERT INTO $table (id, updated, version, payload) VALUES (?, ?, ?, ?)",
          table,
          row.id(),
          row.updated(),
          row.version(),
          row.payload());
      String payload = row.payload();
      if (row.id() <= ROWS_TO_CUT && payload != null && payload.length() > LARGE) {
        large.merge(table, 1, Integer::sum);
        fill(table);
      }
    }

    /** Tables are cut from 16 MiB on, and a block holds a row at least: most rows are dead ones. */
    private void fill(TableId table) {
      change(
          "INSERT INTO $table (id, payload) SELECT ? - i, repeat('x', 600)"
              + " FROM generate_series(1, ?) i",
          table,
          -FILLER.getAndAdd(FILLERS),
          FILLERS);
    }

    @Override
    public void update(TableId table, SourceRow row) {
      change(
          "UPDATE $table SET updated = ?, version = ?, payload = ? WHERE id = ?",
          table,
          row.updated(),
          row.version(),
          row.payload(),
          row.id());
    }

    @Override
    public void set(TableId table, long id, String column, String value) {
      unchecked(
          () -> {
            try (Statement statement = connection.createStatement()) {
              statement.setEscapeProcessing(false);
              return statement.executeUpdate(
                  "UPDATE "
                      + quoted(table)
                      + " SET "
                      + quoted(column)
                      + " = E'"
                      + value.replace("\\", "\\\\").replace("'", "''")
                      + "' WHERE id = "
                      + id);
            }
          });
    }

    @Override
    public void delete(TableId table, long id) {
      change("DELETE FROM $table WHERE id = ?", table, id);
    }

    @Override
    public void commit() {
      large
          .keySet()
          .forEach(
              table ->
                  change("DELETE FROM $table WHERE id < 0 AND payload = repeat('x', 600)", table));
      unchecked(
          () -> {
            connection.commit();
            return null;
          });
      // Before 14 large tables are cut by what ANALYZE has found, which autovacuum does in time.
      large.forEach(
          (table, rows) -> {
            if (rows == ROWS_TO_CUT) {
              execute("ANALYZE " + quoted(table));
            }
          });
    }

    @Override
    public void close() {
      unchecked(
          () -> {
            if (!connection.getAutoCommit()) {
              connection.rollback();
            }
            connection.close();
            return null;
          });
    }
  }
}
