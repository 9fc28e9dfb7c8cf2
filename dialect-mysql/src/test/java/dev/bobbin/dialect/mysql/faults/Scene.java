package dev.bobbin.dialect.mysql.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.mysql.MySqlDialect;
import dev.bobbin.error.BobbinException;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.state.MemoryStateStore;
import dev.bobbin.testkit.CollectingSink;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.testsupport.DeliveredRows;
import dev.bobbin.testsupport.Outcomes;
import dev.bobbin.testsupport.VersionedRows;
import dev.bobbin.testsupport.Waiting;
import dev.bobbin.tls.Tls;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A database and a user of its own, a replicator's state and a sink: what a test of a fault plays
 * with.
 */
final class Scene implements AutoCloseable {

  static final String PASSWORD = "etl-Password-1";
  static final RetryPolicy QUICK =
      new RetryPolicy(8, Duration.ofMillis(10), Duration.ofMillis(200));

  private static final AtomicInteger COUNT = new AtomicInteger();

  final MySqlServer server;
  final String database;
  final String user;
  final String name;
  final MemoryStateStore store = new MemoryStateStore();
  final CollectingSink sink = new CollectingSink();
  private final DeliveredRows delivered = new DeliveredRows(sink);

  private Scene(MySqlServer server, String database) {
    this.server = server;
    this.database = database;
    int number = COUNT.incrementAndGet();
    this.user = "etl_" + number + "_" + ProcessHandle.current().pid();
    this.name = "Scene " + number;
  }

  static Scene on(String version, String... sql) throws SQLException {
    return on(MySqlServer.shared(version), sql);
  }

  /** A new database, and a user who may read it. */
  static Scene on(MySqlServer server, String... sql) throws SQLException {
    Scene scene = new Scene(server, server.createDatabase());
    String plugin = server.isMariaDb() ? " IDENTIFIED BY '" : " IDENTIFIED WITH %s BY '";
    server.execute(
        "",
        "CREATE USER '"
            + scene.user
            + "'@'%'"
            + plugin.formatted("mysql_native_password")
            + PASSWORD
            + "'",
        "GRANT SELECT ON `" + scene.database + "`.* TO '" + scene.user + "'@'%'");
    scene.execute(sql);
    return scene;
  }

  @Override
  public void close() throws SQLException {
    server.execute("", "DROP USER '" + user + "'@'%'");
    server.dropDatabase(database);
  }

  void execute(String... sql) throws SQLException {
    server.execute(database, sql);
  }

  @Nullable String query(String sql) throws SQLException {
    return server.query(database, sql);
  }

  TableId table(String table) {
    return TableId.of(database, table);
  }

  /** The numbers from 1 to that, as a derived table {@code n} with a column {@code i}. */
  static String numbers(int last) {
    StringBuilder sum = new StringBuilder("1");
    StringBuilder from = new StringBuilder();
    for (long unit = 1; unit <= last; unit *= 10) {
      sum.append(" + ").append(unit).append(" * d").append(unit).append(".d");
      from.append(from.length() == 0 ? "" : " CROSS JOIN ")
          .append("(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION")
          .append(" ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION")
          .append(" ALL SELECT 8 UNION ALL SELECT 9) AS d")
          .append(unit);
    }
    return "(SELECT * FROM (SELECT "
        + sum
        + " AS i FROM "
        + from
        + ") AS a WHERE i <= "
        + last
        + ") AS n";
  }

  /**
   * The statements that make a table of so many rows, each with a text that follows from its id and
   * version, so that a torn one is seen, and with a key {@code changed} with ties and NULLs in it.
   */
  static String[] filled(String table, int rows, int rowBytes) {
    return new String[] {
      "CREATE TABLE "
          + table
          + " (id bigint PRIMARY KEY, changed bigint, version int NOT NULL, payload mediumtext,"
          + " KEY (changed))",
      "INSERT INTO "
          + table
          + " SELECT i, IF(i % 50 = 0, NULL, i DIV 3), 1, REPEAT(MD5(CONCAT(i, '/1')), "
          + Math.max(1, rowBytes / 32)
          + ") FROM "
          + numbers(rows),
      "ANALYZE TABLE " + table
    };
  }

  /** The dialect that leads straight to the server. */
  MySqlDialect dialect() {
    return at(server.host(), server.port());
  }

  /** The dialect that leads to the server through a proxy. */
  MySqlDialect through(TcpProxy proxy) {
    return at(proxy.host(), proxy.port());
  }

  private MySqlDialect at(String host, int port) {
    return MySqlDialect.at(host, port, database).tls(Tls.off()).login(user, PASSWORD);
  }

  Replicator.Builder replicator() {
    return replicator(dialect());
  }

  /** A replicator of small batches and short pauses. */
  Replicator.Builder replicator(MySqlDialect dialect) {
    return Replicator.from(dialect)
        .named(name)
        .rememberIn(store)
        .batchRows(100)
        .connectTimeout(Duration.ofSeconds(20))
        .retry(QUICK);
  }

  RunReport run(TableSelection... tables) {
    return run(replicator(), sink, tables);
  }

  RunReport run(Replicator.Builder builder, TableSelection... tables) {
    return run(builder, sink, tables);
  }

  RunReport run(Replicator.Builder builder, RecordSink to, TableSelection... tables) {
    try (Replicator replicator = builder.build()) {
      return replicator.replicate(Selection.of(tables), to);
    }
  }

  BobbinException failureOf(RunReport report, String table) {
    return Outcomes.failureOf(report, table(table));
  }

  /** The rows of a table that were delivered since this was last asked. */
  List<Map<String, @Nullable Object>> fresh(String table) {
    return delivered.fresh(table(table));
  }

  /** One column of the rows that were delivered since this was last asked; small numbers as int. */
  List<@Nullable Object> fresh(String table, String column) {
    return DeliveredRows.column(fresh(table), column);
  }

  /** Tables of {@link #filled} are in the sink as they are in the source. */
  void assertSameRows(String... tables) throws SQLException {
    assertThat(sink.violations()).isEmpty();
    for (String table : tables) {
      Map<Long, String> sunk = VersionedRows.of(sink.upserted(table(table)));
      Map<Long, String> there = rows(table);
      assertThat(sunk.keySet()).as(table).isEqualTo(there.keySet());
      assertThat(sunk.equals(there)).as(table).isTrue();
    }
  }

  private Map<Long, String> rows(String table) throws SQLException {
    try (Connection connection = server.connect(database)) {
      return VersionedRows.in(connection, table);
    }
  }

  /** No row with a key came again unchanged beyond so many. */
  void assertRepeatsAtMost(String table, int most) {
    VersionedRows.assertRepeatsAtMost(sink, table(table), most);
  }

  /** Waits until a connection of that user, or of everybody, waits for a lock on metadata. */
  void awaitLockWait() {
    Waiting.until("a session waits for a metadata lock", () -> sessionsThatWaitForALock() > 0);
  }

  private int sessionsThatWaitForALock() throws SQLException {
    return Integer.parseInt(
        String.valueOf(
            query(
                "SELECT count(*) FROM information_schema.processlist WHERE state LIKE"
                    + " '%metadata lock%' AND db = DATABASE()")));
  }

  /** No connection of the user is left on the server, and no thread of Bobbin's here. */
  void assertNothingIsLeft() {
    Waiting.until("no connection of " + user, () -> server.connectionsOf(user).isEmpty());
    Waiting.until("no thread of Bobbin's", () -> bobbinThreads().isEmpty());
  }

  static List<String> bobbinThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(n -> n.startsWith("bobbin"))
        .sorted()
        .toList();
  }
}
