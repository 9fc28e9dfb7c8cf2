package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.TableId;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testkit.SourceRow;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.tls.Tls;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A database on a real server as a fixture, and a user of its own for the dialect; one of each for
 * each server, emptied after a test.
 */
final class MySqlFixture implements SourceFixture {

  /** How many of the contract's large rows are to make a table that is cut into several ranges. */
  private static final int ROWS_TO_CUT = 240;

  private static final int LARGE = 500;

  /** The pages of a table that is said to have 64 MiB. */
  private static final int LARGE_PAGES = 4096;

  private static final String PASSWORD = "Fixture-1";
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);

  /** Names in the tests look like the driver's own syntax ({fn …}). */
  private static final Map<String, String> AS_IT_STANDS =
      Map.of("processEscapeCodesForPrepStmts", "false");

  private static final Map<MySqlServer, Home> HOMES = new ConcurrentHashMap<>();

  /**
   * Where a server's fixtures are.
   *
   * @param user may read the database, and see which tables were made anew (PROCESS)
   */
  private record Home(String database, String user) {}

  private final MySqlServer server;
  private final String database;
  private final String user;
  private final Connection admin;

  MySqlFixture(MySqlServer server) throws SQLException {
    this.server = server;
    Home home = HOMES.get(server);
    if (home == null) {
      home = settle(server);
      HOMES.put(server, home);
    }
    this.database = home.database();
    this.user = home.user();
    this.admin = server.connect(database, AS_IT_STANDS);
  }

  private static Home settle(MySqlServer server) throws SQLException {
    String database = server.createDatabase();
    String user = "u" + database;
    server.execute(
        "",
        "CREATE USER " + user + " IDENTIFIED BY '" + PASSWORD + "'",
        "GRANT PROCESS ON *.* TO " + user,
        "GRANT SELECT ON " + quoted(database) + ".* TO " + user);
    return new Home(database, user);
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
            statement.setEscapeProcessing(false);
            return statement.execute(sql);
          }
        });
  }

  private static String quoted(String identifier) {
    return '`' + identifier.replace("`", "``") + '`';
  }

  private static String quoted(TableId table) {
    return quoted(table.namespace().get(0)) + '.' + quoted(table.name());
  }

  private static String literal(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
  }

  @Override
  public SourceDialect dialect() {
    return MySqlDialect.at(server.host(), server.port(), database)
        .tls(Tls.off())
        .login(user, PASSWORD)
        .property("allowPublicKeyRetrieval", "true");
  }

  @Override
  public boolean supports(Behaviour behaviour) {
    return switch (behaviour) {
      case SHARED_SNAPSHOTS -> false;
      case CASE_TWINS ->
          "0".equals(unchecked(() -> server.query("", "SELECT @@lower_case_table_names")));
      default -> true;
    };
  }

  @Override
  public List<String> oddNames(List<String> names) {
    return names.stream().filter(MySqlFixture::isName).toList();
  }

  /** The manual's "Schema Object Names": no space at the end, no character beyond U+FFFF. */
  private static boolean isName(String name) {
    return !name.endsWith(" ") && name.codePoints().noneMatch(Character::isSupplementaryCodePoint);
  }

  @Override
  public TableId createTable(String name) {
    TableId table = TableId.of(database, name);
    execute(
        "CREATE TABLE "
            + quoted(table)
            + " (id bigint PRIMARY KEY, updated datetime(6), version bigint, payload longtext,"
            + " INDEX (updated), INDEX (version))"
            // So that a large table keeps the size that it is said to have.
            + " STATS_PERSISTENT = 1 STATS_AUTO_RECALC = 0");
    return table;
  }

  @Override
  public TableId createView(String name, TableId of) {
    TableId view = TableId.of(database, name);
    execute("CREATE VIEW " + quoted(view) + " AS SELECT * FROM " + quoted(of));
    return view;
  }

  @Override
  public void addColumn(TableId table, String column) {
    execute("ALTER TABLE " + quoted(table) + " ADD COLUMN " + quoted(column) + " longtext");
  }

  @Override
  public void dropColumn(TableId table, String column) {
    execute("ALTER TABLE " + quoted(table) + " DROP COLUMN " + quoted(column));
  }

  @Override
  public void retypeColumn(TableId table, String column) {
    // Indexes take a longtext by its beginning only.
    execute("ALTER TABLE " + quoted(table) + " MODIFY COLUMN " + quoted(column) + " varchar(100)");
  }

  @Override
  public void dropTable(TableId table) {
    execute("DROP TABLE " + quoted(table));
  }

  @Override
  public boolean truncate(TableId table) {
    execute("TRUNCATE TABLE " + quoted(table));
    return true;
  }

  @Override
  public boolean rewrite(TableId table) {
    execute("ALTER TABLE " + quoted(table) + " FORCE");
    return true;
  }

  @Override
  public Changes begin() {
    return unchecked(() -> new Transaction(server.connect(database, AS_IT_STANDS)));
  }

  @Override
  public void killConnections() {
    unchecked(() -> server.killConnectionsOf(user));
  }

  @Override
  public void awaitNothingOpen() {
    long deadline = System.nanoTime() + PATIENCE;
    while (!unchecked(() -> server.connectionsOf(user)).isEmpty()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(
            unchecked(() -> server.connectionsOf(user)).size()
                + " connections are open, which execute "
                + unchecked(() -> server.statementsOf(user)));
      }
      LockSupport.parkNanos(
          5_000_000); // a thread of the server ends soon after its client has gone
    }
  }

  @Override
  public void close() {
    unchecked(
        () -> {
          admin.close();
          server.dropDatabase(database);
          return server.createDatabase(database);
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
                  statement.setObject(i + 1, LocalDateTime.ofInstant(instant, ZoneOffset.UTC));
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
      }
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
                      + " = "
                      + literal(value)
                      + " WHERE id = "
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
      unchecked(
          () -> {
            connection.commit();
            return null;
          });
      large.forEach(
          (table, rows) -> {
            if (rows == ROWS_TO_CUT) {
              enlarge(table);
            }
          });
    }

    /**
     * Has the server's statistics say that the table is larger than it is, as they may be set by
     * hand: tables are cut from 16 MiB on.
     */
    private void enlarge(TableId table) {
      execute("ANALYZE TABLE " + quoted(table));
      execute(
          "UPDATE mysql.innodb_table_stats SET clustered_index_size = "
              + LARGE_PAGES
              + " WHERE database_name = "
              + literal(database)
              + " AND table_name = "
              + literal(table.name()));
      execute("FLUSH TABLE " + quoted(table));
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
