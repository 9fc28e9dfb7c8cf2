package dev.bobbin.dialect.postgres.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testkit.CollectingSink;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.testsupport.VersionedRows;
import dev.bobbin.testsupport.Waiting;
import dev.bobbin.tls.Tls;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A database with two tables that are large enough to be interrupted in the middle: {@code orders},
 * copied by its key {@code changed} with ties and NULLs in it, and {@code countries}, copied whole.
 * Each row carries a text that follows from its id and version, so that a torn one is seen.
 */
final class World {

  static final RetryPolicy QUICK =
      new RetryPolicy(8, Duration.ofMillis(10), Duration.ofMillis(200));

  private static final AtomicInteger COUNT = new AtomicInteger();

  final PostgresServer server;
  final String database;
  final TableId orders;
  final TableId countries;
  final String name = "Faults " + COUNT.incrementAndGet() + " " + ProcessHandle.current().pid();

  private World(PostgresServer server, String database) {
    this.server = server;
    this.database = database;
    this.orders = TableId.of(database, "public", "orders");
    this.countries = TableId.of(database, "public", "countries");
  }

  /** A new database with so many rows in each table, each of about so many bytes. */
  static World on(PostgresServer server, int rows, int rowBytes) throws SQLException {
    World world = new World(server, server.createDatabase());
    int times = Math.max(1, rowBytes / 32);
    world.execute(
        "CREATE TABLE orders (id bigint PRIMARY KEY, changed bigint, version int NOT NULL,"
            + " payload text STORAGE EXTERNAL)",
        "CREATE INDEX ON orders (changed)",
        "CREATE TABLE countries (id bigint PRIMARY KEY, version int NOT NULL,"
            + " payload text STORAGE EXTERNAL)",
        "INSERT INTO orders SELECT i, CASE WHEN i % 50 = 0 THEN NULL ELSE i / 3 END, 1,"
            + " repeat(md5(i || '/1'), "
            + times
            + ") FROM generate_series(1, "
            + rows
            + ") AS i",
        "INSERT INTO countries SELECT i, 1, repeat(md5(i || '/1'), "
            + times
            + ") FROM generate_series(1, "
            + rows
            + ") AS i",
        "ANALYZE");
    return world;
  }

  void execute(String... sql) throws SQLException {
    server.execute(database, sql);
  }

  /** The dialect that leads straight to the server. */
  PostgresDialect dialect() {
    return at(server.host(), server.port());
  }

  /** The dialect that leads to the server through a proxy. */
  PostgresDialect through(TcpProxy proxy) {
    return at(proxy.host(), proxy.port());
  }

  private PostgresDialect at(String host, int port) {
    return PostgresDialect.at(host, port, database)
        .tls(Tls.off())
        .login(server.user(), server.password().orElse(""));
  }

  /** A replicator of many small batches and short pauses. */
  Replicator.Builder replicator(PostgresDialect dialect) {
    return Replicator.from(dialect)
        .named(name)
        .batchRows(100)
        .connectTimeout(Duration.ofSeconds(20))
        .retry(QUICK);
  }

  /** The application_name of the backends of {@link #replicator}. */
  String applicationName() {
    return "bobbin " + id();
  }

  /** The id of {@link #replicator}. */
  String id() {
    return Replicator.from(dialect()).named(name).build().id();
  }

  static Selection everything() {
    return Selection.of(
        TableSelection.table("orders").incrementalBy("changed"), TableSelection.table("countries"));
  }

  static Selection ordersOnly() {
    return Selection.of(TableSelection.table("orders").incrementalBy("changed"));
  }

  static Selection countriesOnly() {
    return Selection.of(TableSelection.table("countries"));
  }

  /** Both tables are in the sink as they are in the source. */
  void assertSameRows(CollectingSink sink) throws SQLException {
    assertSameOrders(sink);
    assertSameRows(sink, countries);
  }

  /** The incremental table is in the sink as it is in the source. */
  void assertSameOrders(CollectingSink sink) throws SQLException {
    assertSameRows(sink, orders);
  }

  void assertSameRows(CollectingSink sink, TableId table) throws SQLException {
    assertThat(sink.violations()).isEmpty();
    assertThat(VersionedRows.of(sink.upserted(table))).isEqualTo(rows(table.name()));
  }

  Map<Long, String> rows(String table) throws SQLException {
    try (Connection connection = server.connect(database)) {
      return VersionedRows.in(connection, table);
    }
  }

  /** No backend of the replicator is left on the server. */
  void awaitNoBackends() {
    String application = applicationName();
    Waiting.until("no backend of " + application, () -> server.backendsOf(application) == 0);
  }

  /** No thread of Bobbin's is left in this JVM. */
  static void assertNoThreads() {
    assertThat(bobbinThreads()).isEmpty();
  }

  static List<String> bobbinThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(n -> n.startsWith("bobbin") || n.startsWith("Hikari") || n.contains("housekeeper"))
        .sorted()
        .toList();
  }
}
