package dev.bobbin.dialect.postgres.faults;

import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.error.BobbinException;
import dev.bobbin.plan.Plan;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.state.MemoryStateStore;
import dev.bobbin.testkit.CollectingSink;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testsupport.DeliveredRows;
import dev.bobbin.testsupport.Outcomes;
import dev.bobbin.tls.Tls;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A database of its own, a replicator's state and a sink: what a test of a fault plays with. */
final class Scene {

  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final Map<PostgresServer, Queue<String>> FREE = new ConcurrentHashMap<>();
  private static final Queue<Scene> USED = new ConcurrentLinkedDeque<>();
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

  /** How many readers the replicators of all scenes have unless a test says otherwise. */
  private static volatile int readers = 1;

  final PostgresServer server;
  final String database;
  final String name = "Scene " + COUNT.incrementAndGet();
  final MemoryStateStore store = new MemoryStateStore();
  final CollectingSink sink = new CollectingSink();
  private final DeliveredRows delivered = new DeliveredRows(sink);

  private Scene(PostgresServer server, String database) {
    this.server = server;
    this.database = database;
  }

  static Scene on(String version, String... sql) throws SQLException {
    return on(PostgresServer.shared(version), sql);
  }

  static Scene on(PostgresServer server, String... sql) throws SQLException {
    String database = FREE.computeIfAbsent(server, s -> new ConcurrentLinkedDeque<>()).poll();
    Scene scene = new Scene(server, database == null ? server.createDatabase() : database);
    if (!server.canControlProcess()) {
      USED.add(scene);
    }
    scene.execute(sql);
    return scene;
  }

  /**
   * Empties the databases of shared servers after each test for the next: making one for each takes
   * longer, and the servers end with gigabytes to delete.
   */
  static final class Emptied implements AfterEachCallback {
    @Override
    public void afterEach(ExtensionContext context) throws SQLException {
      for (Scene scene = USED.poll(); scene != null; scene = USED.poll()) {
        scene.empty();
        FREE.get(scene.server).add(scene.database);
      }
    }
  }

  /** Lets the tests of a class run with four readers. */
  static final class FourReaders implements BeforeAllCallback, AfterAllCallback {
    @Override
    public void beforeAll(ExtensionContext context) {
      readers = 4;
    }

    @Override
    public void afterAll(ExtensionContext context) {
      readers = 1;
    }
  }

  private void empty() throws SQLException {
    String drops =
        query(
            "SELECT string_agg('DROP SCHEMA ' || quote_ident(nspname) || ' CASCADE', '; ') FROM"
                + " pg_namespace WHERE left(nspname, 3) <> 'pg_' AND nspname <>"
                + " 'information_schema'");
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute(drops + "; CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO PUBLIC");
    }
  }

  /** The same database on another server, such as a standby. */
  static Scene of(PostgresServer server, String database) {
    return new Scene(server, database);
  }

  void execute(String... sql) throws SQLException {
    server.execute(database, sql);
  }

  @Nullable String query(String sql) throws SQLException {
    return server.query(database, sql);
  }

  TableId table(String name) {
    return TableId.of(database, "public", name);
  }

  PostgresDialect dialect() {
    return PostgresDialect.at(server.host(), server.port(), database)
        .tls(Tls.off())
        .login(server.user(), server.password().orElse(""));
  }

  PostgresDialect dialect(String user) {
    return PostgresDialect.at(server.host(), server.port(), database)
        .tls(Tls.off())
        .login(user, "");
  }

  Replicator.Builder replicator() {
    return replicator(dialect());
  }

  Replicator.Builder replicator(PostgresDialect dialect) {
    return Replicator.from(dialect)
        .named(name)
        .rememberIn(store)
        .parallelism(readers)
        .retry(new RetryPolicy(5, Duration.ofMillis(1), Duration.ofMillis(20)));
  }

  /** The application_name of this scene's connections. */
  String applicationName() {
    try (Replicator replicator = replicator().build()) {
      return "bobbin " + replicator.id();
    }
  }

  RunReport run(TableSelection... tables) {
    return run(replicator(), sink, tables);
  }

  RunReport run(RecordSink to, TableSelection... tables) {
    return run(replicator(), to, tables);
  }

  RunReport run(Replicator.Builder builder, TableSelection... tables) {
    return run(builder, sink, tables);
  }

  RunReport run(Replicator.Builder builder, RecordSink to, TableSelection... tables) {
    try (Replicator replicator = builder.build()) {
      return replicator.replicate(Selection.of(tables), to);
    }
  }

  Plan plan(TableSelection... tables) {
    try (Replicator replicator = replicator().build()) {
      return replicator.plan(Selection.of(tables));
    }
  }

  /** How many rows a table has that {@link #cutTable} makes: enough for five slices. */
  static final int CUT_ROWS = 5200;

  /**
   * The statements that make a table that is cut into slices although it has few rows: each fills a
   * block. Row i has the key k = i and a text v that begins with a word.
   */
  static String[] cutTable(String name, String word) {
    return new String[] {
      "CREATE TABLE "
          + name
          + " (id int PRIMARY KEY, k int NOT NULL, v text) WITH (fillfactor = 10)",
      "CREATE INDEX ON " + name + " (k)",
      fill(name, word, CUT_ROWS),
      "ANALYZE " + name // before 14 it is cut by its statistics
    };
  }

  /** The statement that inserts rows 1 to that many into such a table. */
  static String fill(String name, String word, int rows) {
    return "INSERT INTO "
        + name
        + " SELECT i, i, '"
        + word
        + "' || repeat(md5(i::text), 20) FROM generate_series(1, "
        + rows
        + ") i";
  }

  BobbinException failureOf(RunReport report, String table) {
    return Outcomes.failureOf(report, table(table));
  }

  /** The rows of a table that were delivered since this was last asked. */
  List<Map<String, @Nullable Object>> fresh(String table) {
    return delivered.fresh(table(table));
  }

  /** One column of the rows that were delivered since this was last asked. */
  List<@Nullable Object> fresh(String table, String column) {
    return DeliveredRows.column(fresh(table), column);
  }

  /** Returns once a query gives 'true'; fails after a minute. */
  void await(String sql) throws SQLException {
    long deadline = System.nanoTime() + PATIENCE;
    while (!"t".equals(query("SELECT (" + sql + ")::boolean"))) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(
            "within a minute never: "
                + sql
                + "\n"
                + query(
                    "SELECT string_agg(concat_ws(' ', application_name, state, query), E'\\n')"
                        + " FROM pg_stat_activity"));
      }
      LockSupport.parkNanos(5_000_000);
    }
  }

  /**
   * Returns once all transactions of this server have ended that run now. Rows are told from those
   * of late commits by the oldest one that runs, and others, such as autovacuum, have some too.
   */
  void awaitQuiet() throws SQLException {
    String next = query("SELECT txid_snapshot_xmax(txid_current_snapshot())");
    await("txid_snapshot_xmin(txid_current_snapshot()) >= " + next);
  }

  /** Returns once a session waits for a lock. */
  void awaitLockWait(String applicationName) throws SQLException {
    await(
        "EXISTS (SELECT 1 FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE NOT"
            + " l.granted AND a.datname = current_database() AND a.application_name = '"
            + applicationName
            + "')");
  }
}
