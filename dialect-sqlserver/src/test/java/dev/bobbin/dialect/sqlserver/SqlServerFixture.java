package dev.bobbin.dialect.sqlserver;

import dev.bobbin.catalog.TableId;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testkit.SourceRow;
import dev.bobbin.testservers.SqlServer;
import dev.bobbin.testservers.SqlServer.Home;
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.tls.Tls;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A database or a schema on a server as a fixture, one for each JVM, emptied after a test. The
 * dialect reaches it through a proxy, whose connections can be cut and counted whatever the server
 * is.
 *
 * <p>What the server can do it is asked, as the one that the environment names may be a Babelfish.
 */
final class SqlServerFixture implements SourceFixture {

  /**
   * Tables of the contract's 240 large rows are cut into several ranges, and those of 40 are not.
   */
  private static final long CUT_FROM = 16 << 10;

  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);
  private static final Map<SqlServer, Home> HOMES = new ConcurrentHashMap<>();
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private final SqlServer server;
  private final Home home;
  private final TcpProxy proxy;
  private final Connection admin;
  private final List<String> made = new ArrayList<>();

  private SqlServerFixture(SqlServer server, Home home) throws SQLException {
    this.server = server;
    this.home = home;
    this.admin = server.connect(home.database());
    this.proxy = TcpProxy.to(server.host(), server.port());
  }

  static SqlServerFixture on(SqlServer server) throws SQLException {
    return new SqlServerFixture(server, HOMES.computeIfAbsent(server, SqlServer::makeHome));
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

  private boolean isTaken(String... statements) {
    try (Statement statement = admin.createStatement()) {
      statement.setEscapeProcessing(false);
      for (String sql : statements) {
        statement.execute(sql);
      }
      return true;
    } catch (SQLException e) {
      return false;
    }
  }

  private String ask(String sql) {
    return unchecked(
        () -> {
          try (Statement statement = admin.createStatement();
              ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
          }
        });
  }

  private String qualified(String name) {
    return TSql.identifier(home.schema()) + "." + TSql.identifier(name);
  }

  private String qualified(TableId table) {
    return qualified(table.name());
  }

  @Override
  public SourceDialect dialect() {
    Tls tls =
        switch (server.encryption()) {
          case OFF -> Tls.off();
          // The proxy is on this machine: its name is in no certificate.
          case UNVERIFIED, VERIFIED -> Tls.withoutVerification();
        };
    return SqlServerDialect.at(proxy.host(), proxy.port(), home.database())
        .tls(tls)
        .login(server.user(), server.password())
        .cutFrom(CUT_FROM);
  }

  private boolean keepsVersions() {
    return server.isBabelfish()
        || ask("SELECT CAST(snapshot_isolation_state AS varchar(1)) FROM sys.databases WHERE name ="
                + " DB_NAME()")
            .equals("1")
        || ask("SELECT CAST(is_read_committed_snapshot_on AS varchar(1)) FROM sys.databases WHERE"
                + " name = DB_NAME()")
            .equals("1");
  }

  private boolean tellsCase() {
    return !server.isBabelfish()
        && ask("SELECT CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS varchar(128))")
            .contains("_CS_");
  }

  @Override
  public boolean supports(Behaviour behaviour) {
    return switch (behaviour) {
      case SHARED_SNAPSHOTS -> false;
      case CONSISTENT_SCANS, LATE_COMMITS -> keepsVersions();
      case CASE_TWINS -> tellsCase();
      default -> true;
    };
  }

  /** The server is asked, with names of which one is a part. */
  @Override
  public List<String> oddNames(List<String> names) {
    return names.stream()
        .filter(
            name ->
                isTaken(
                    "CREATE TABLE "
                        + qualified(name + "?")
                        + " ("
                        + TSql.identifier(name)
                        + " int)",
                    "DROP TABLE " + qualified(name + "?"),
                    "CREATE TABLE " + qualified(name) + " (id int)",
                    "DROP TABLE " + qualified(name)))
        .toList();
  }

  @Override
  public TableId createTable(String name) {
    int number = NUMBERS.incrementAndGet();
    String table = qualified(name);
    execute(
        "CREATE TABLE "
            + table
            + " (id bigint NOT NULL PRIMARY KEY, updated datetime2(6) NULL, version bigint NULL,"
            + " payload nvarchar(max) NULL)");
    made.add(0, "DROP TABLE " + table);
    execute("CREATE INDEX updated_" + number + " ON " + table + " (updated)");
    execute("CREATE INDEX version_" + number + " ON " + table + " (version)");
    return TableId.of(home.database(), home.schema(), name);
  }

  @Override
  public TableId createView(String name, TableId of) {
    execute("CREATE VIEW " + qualified(name) + " AS SELECT * FROM " + qualified(of));
    made.add(0, "DROP VIEW " + qualified(name));
    return TableId.of(home.database(), home.schema(), name);
  }

  @Override
  public void addColumn(TableId table, String column) {
    execute(
        "ALTER TABLE "
            + qualified(table)
            + " ADD "
            + TSql.identifier(column)
            + " nvarchar(max) NULL");
  }

  @Override
  public void dropColumn(TableId table, String column) {
    dropIndexOn(table, column);
    execute("ALTER TABLE " + qualified(table) + " DROP COLUMN " + TSql.identifier(column));
  }

  private void dropIndexOn(TableId table, String column) {
    String index =
        unchecked(
            () -> {
              try (PreparedStatement query =
                  admin.prepareStatement(
                      "SELECT i.name FROM sys.indexes AS i JOIN sys.tables AS t ON t.object_id ="
                          + " i.object_id JOIN sys.schemas AS s ON s.schema_id = t.schema_id WHERE"
                          + " s.name = ? AND t.name = ? AND i.name LIKE ?")) {
                query.setString(1, home.schema());
                query.setString(2, table.name());
                query.setString(3, column + "%");
                try (ResultSet row = query.executeQuery()) {
                  return row.next() ? row.getString(1) : "";
                }
              }
            });
    if (!index.isEmpty()) {
      execute("DROP INDEX " + TSql.identifier(index) + " ON " + qualified(table));
    }
  }

  /** Not every server turns numbers into texts in place. */
  @Override
  public void retypeColumn(TableId table, String column) {
    dropIndexOn(table, column);
    String name = qualified(table);
    if (!isTaken("ALTER TABLE " + name + " ALTER COLUMN " + column + " nvarchar(100)")) {
      execute("ALTER TABLE " + name + " ADD retyped nvarchar(100) NULL");
      execute("UPDATE " + name + " SET retyped = CAST(" + column + " AS nvarchar(100))");
      execute("ALTER TABLE " + name + " DROP COLUMN " + column);
      execute("ALTER TABLE " + name + " ADD " + column + " nvarchar(100) NULL");
      execute("UPDATE " + name + " SET " + column + " = retyped");
      execute("ALTER TABLE " + name + " DROP COLUMN retyped");
    }
    int number = NUMBERS.incrementAndGet();
    execute("CREATE INDEX version_" + number + " ON " + name + " (" + column + ")");
  }

  @Override
  public void dropTable(TableId table) {
    execute("DROP TABLE " + qualified(table));
    made.remove("DROP TABLE " + qualified(table));
  }

  /** Where nothing shows that a table was emptied, it is not. */
  @Override
  public boolean truncate(TableId table) {
    if (server.isBabelfish() && !isTaken(Greeting.FILES.replace("?", "0"))) {
      return false;
    }
    execute("TRUNCATE TABLE " + qualified(table));
    return true;
  }

  @Override
  public boolean rewrite(TableId table) {
    return isTaken("ALTER TABLE " + qualified(table) + " REBUILD");
  }

  @Override
  public Changes begin() {
    return unchecked(() -> new Transaction(server.connect(home.database())));
  }

  @Override
  public void killConnections() {
    proxy.cut();
  }

  @Override
  public void awaitNothingOpen() {
    long deadline = System.nanoTime() + PATIENCE;
    while (proxy.openConnections() > 0) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(proxy.openConnections() + " connections are open");
      }
      LockSupport.parkNanos(5_000_000);
    }
  }

  @Override
  public void close() {
    proxy.close();
    unchecked(
        () -> {
          try (Statement statement = admin.createStatement()) {
            statement.setEscapeProcessing(false);
            for (String drop : made) {
              statement.execute(drop);
            }
          } finally {
            admin.close();
          }
          return null;
        });
  }

  /** By statements of T-SQL: what a driver makes of autocommit need not be one. */
  private final class Transaction implements Changes {
    private final Connection connection;
    private boolean over;

    Transaction(Connection connection) throws SQLException {
      this.connection = connection;
      run("BEGIN TRANSACTION");
    }

    private void run(String sql) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }

    private void change(String sql, TableId table, Object... values) {
      unchecked(
          () -> {
            try (PreparedStatement statement =
                connection.prepareStatement(sql.replace("$table", qualified(table)))) {
              for (int i = 0; i < values.length; i++) {
                bind(statement, i + 1, values[i]);
              }
              return statement.executeUpdate();
            }
          });
    }

    private static void bind(PreparedStatement statement, int index, Object value)
        throws SQLException {
      if (value instanceof Instant instant) {
        statement.setObject(
            index, LocalDateTime.ofInstant(instant, ZoneOffset.UTC), Types.TIMESTAMP, 6);
      } else if (value instanceof String text) {
        statement.setNString(index, text);
      } else {
        statement.setLong(index, (Long) value);
      }
    }

    /** Without parameters for what is NULL, whose type would have to be said. */
    private static String literal(Object value) {
      return value == null ? "NULL" : "?";
    }

    private static Object[] present(Object... values) {
      return java.util.Arrays.stream(values).filter(v -> v != null).toArray();
    }

    @Override
    public void insert(TableId table, SourceRow row) {
      change(
          "INSERT INTO $table (id, updated, version, payload) VALUES (?, "
              + literal(row.updated())
              + ", "
              + literal(row.version())
              + ", "
              + literal(row.payload())
              + ")",
          table,
          present(row.id(), row.updated(), row.version(), row.payload()));
    }

    @Override
    public void update(TableId table, SourceRow row) {
      change(
          "UPDATE $table SET updated = "
              + literal(row.updated())
              + ", version = "
              + literal(row.version())
              + ", payload = "
              + literal(row.payload())
              + " WHERE id = ?",
          table,
          present(row.updated(), row.version(), row.payload(), row.id()));
    }

    @Override
    public void set(TableId table, long id, String column, String value) {
      unchecked(
          () -> {
            try (Statement statement = connection.createStatement()) {
              statement.setEscapeProcessing(false);
              return statement.executeUpdate(
                  "UPDATE "
                      + qualified(table)
                      + " SET "
                      + TSql.identifier(column)
                      + " = "
                      + TSql.literal(value)
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
            run("COMMIT TRANSACTION");
            over = true;
            return null;
          });
    }

    @Override
    public void close() {
      unchecked(
          () -> {
            try (connection) {
              if (!over) {
                run("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION");
              }
            }
            return null;
          });
    }
  }
}
