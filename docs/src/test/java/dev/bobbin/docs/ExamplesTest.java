package dev.bobbin.docs;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.SourceException;
import dev.bobbin.select.Selection;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.state.MemoryStateStore;
import dev.bobbin.testkit.CollectingSink;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.InMemorySource;
import dev.bobbin.testkit.Moment;
import dev.bobbin.testservers.PostgresServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** Runs what the pages show. */
class ExamplesTest {

  private static final RetryPolicy QUICK =
      new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(5));

  private static PostgresServer server;
  private static String database;
  private static DataSource warehouse;

  @TempDir Path folder;

  @BeforeAll
  static void createDatabase() throws Exception {
    server = PostgresServer.shared("18");
    database = server.createDatabase();
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(server.jdbcUrl(database));
    source.setUser(server.user());
    server.password().ifPresent(source::setPassword);
    warehouse = source;
  }

  @AfterAll
  static void dropDatabase() throws Exception {
    server.dropDatabase(database);
  }

  private static Column id() {
    return Column.of("id", new DataType.Int(64, true), "bigint").notNull();
  }

  private static Replicator replicator(SourceDialect source, MemoryStateStore store) {
    return Replicator.from(source)
        .named("docs")
        .rememberIn(store)
        .batchRows(2)
        .retry(QUICK)
        .build();
  }

  private static void sql(String... statements) throws Exception {
    server.execute(database, statements);
  }

  private static String query(String sql) throws Exception {
    return server.query(database, sql);
  }

  @Test
  void upsertSinkMendsChangesAndStandsRepeats() throws Exception {
    sql("CREATE TABLE customers (id bigint PRIMARY KEY, name text, updated_at timestamptz)");
    InMemorySource source = InMemorySource.named("shop");
    TableId customers =
        source.create(
            Table.named(source.id("customers"))
                .column(id())
                .column(Column.of("name", new DataType.Text(), "text"))
                .column(Column.of("updated_at", new DataType.Instant(), "timestamptz").notNull())
                .primaryKey("id")
                .build());
    for (long i = 0; i < 5; i++) {
      source.insert(customers, i, "name " + i, Instant.EPOCH.plusSeconds(i));
    }
    MemoryStateStore store = new MemoryStateStore();
    Selection selection = Selection.of(table("customers").incrementalBy("updated_at"));
    try (Replicator replicator = replicator(source, store)) {
      FailingSink sink =
          new FailingSink(new UpsertSink(warehouse))
              .after(FailingSink.Call.WRITE, 2, FailingSink.deadlock());
      replicator.replicate(selection, sink).throwIfFailed();
      source.update(
          customers,
          row -> row.get("id").equals(1L),
          Map.of("name", "new", "updated_at", Instant.EPOCH.plusSeconds(9)));
      replicator.replicate(selection, new UpsertSink(warehouse)).throwIfFailed();
    }
    assertThat(query("SELECT string_agg(name, ',' ORDER BY id) FROM customers"))
        .isEqualTo("name 0,new,name 2,name 3,name 4");
  }

  @Test
  void versionedSinkShowsWholeLoadsOnly() throws Exception {
    sql(
        "CREATE TABLE country_versions (load_id bigint, code text, name text)",
        "CREATE TABLE country_current (load_id bigint)",
        "INSERT INTO country_current VALUES (0)",
        "CREATE VIEW country AS SELECT code, name FROM country_versions"
            + " JOIN country_current USING (load_id)");
    InMemorySource source = InMemorySource.named("shop");
    TableId countries =
        source.create(
            Table.named(source.id("countries"))
                .column(Column.of("code", new DataType.Text(), "text").notNull())
                .column(Column.of("name", new DataType.Text(), "text"))
                .primaryKey("code")
                .build());
    for (String code : List.of("at", "be", "ch", "de", "ee")) {
      source.insert(countries, code, code.toUpperCase(java.util.Locale.ROOT));
    }
    MemoryStateStore store = new MemoryStateStore();
    Selection selection = Selection.of(table("countries"));
    try (Replicator replicator = replicator(source, store)) {
      replicator.replicate(selection, new VersionedSink(warehouse)).throwIfFailed();
      assertThat(query("SELECT count(*) FROM country")).isEqualTo("5");
      source.delete(countries, row -> row.get("code").equals("be"));
      source.once(
          Moment.beforeBatch(countries, 2), InMemorySource.failing(SourceException.Kind.PERMANENT));
      RunReport failed = replicator.replicate(selection, new VersionedSink(warehouse));
      assertThat(failed.isCompleted()).isFalse();
      assertThat(query("SELECT count(*) FROM country")).isEqualTo("5");
      replicator.replicate(selection, new VersionedSink(warehouse)).throwIfFailed();
    }
    assertThat(query("SELECT string_agg(code, ',' ORDER BY code) FROM country"))
        .isEqualTo("at,ch,de,ee");
    assertThat(query("SELECT count(DISTINCT load_id) FROM country_versions")).isEqualTo("1");
  }

  @Test
  void exactlyOnceSinkHasEachRowOnceWhateverFails() throws Exception {
    sql(
        "CREATE TABLE events (load_id bigint, id bigint, what text)",
        "CREATE TABLE progress (table_name text, load_id bigint, scan text, checkpoint text,"
            + " PRIMARY KEY (table_name, load_id, scan))");
    InMemorySource source = InMemorySource.named("shop");
    TableId events =
        source.create(
            Table.named(source.id("events"))
                .column(id())
                .column(Column.of("what", new DataType.Text(), "text"))
                .primaryKey("id")
                .build());
    for (long i = 0; i < 9; i++) {
      source.insert(events, i, "event " + i);
    }
    MemoryStateStore store = new MemoryStateStore();
    Selection selection = Selection.of(table("events").incrementalBy("id"));
    try (Replicator replicator = replicator(source, store)) {
      FailingSink sink =
          new FailingSink(new ExactlyOnceSink(warehouse))
              .after(FailingSink.Call.WRITE, 2, FailingSink.deadlock())
              .after(FailingSink.Call.WRITE, 4, FailingSink.diskFull());
      assertThat(replicator.replicate(selection, sink).isCompleted()).isFalse();
      source.insert(events, 9L, "event 9");
      replicator.replicate(selection, new ExactlyOnceSink(warehouse)).throwIfFailed();
    }
    assertThat(query("SELECT count(*) || ' ' || count(DISTINCT id) FROM events"))
        .isEqualTo("10 10");
  }

  @Test
  void uploadingSinkIsDurableOnFlush() {
    InMemorySource source = InMemorySource.named("shop");
    TableId people =
        source.create(
            Table.named(source.id("people"))
                .column(id())
                .column(Column.of("name", new DataType.Text(), "text"))
                .primaryKey("id")
                .build());
    for (long i = 0; i < 5; i++) {
      source.insert(people, i, "name " + i);
    }
    List<String> objects = new ArrayList<>();
    boolean[] refusedOnce = {false};
    UploadingSink sink =
        new UploadingSink(
            (table, content) -> {
              if (!refusedOnce[0]) {
                refusedOnce[0] = true;
                throw new IOException("try later");
              }
              objects.add(new String(content, java.nio.charset.StandardCharsets.UTF_8));
            });
    try (Replicator replicator = replicator(source, new MemoryStateStore())) {
      RunReport report =
          replicator.replicate(Selection.of(table("people").incrementalBy("id")), sink);
      report.throwIfFailed();
      assertThat(report.tables().get(0).retries()).isEqualTo(1);
    }
    assertThat(objects).hasSize(1);
    assertThat(objects.get(0).lines()).hasSize(5);
  }

  @Test
  void csvFolderIsADialect() throws Exception {
    Files.writeString(folder.resolve("people.csv"), "id,name\n1,Ada\n2,Grace\n3,Edsger\n");
    CollectingSink sink = new CollectingSink();
    try (Replicator replicator = replicator(new CsvFolder(folder), new MemoryStateStore())) {
      replicator.replicate(Selection.of(table("people").only("name")), sink).throwIfFailed();
    }
    Set<Object> names = new TreeSet<>();
    sink.rows(TableId.of("files", "people")).forEach(row -> names.add(row.get("name")));
    assertThat(names).containsExactly("Ada", "Edsger", "Grace");
  }

  @Test
  void gettingStartedRunsOnPostgres() throws Exception {
    sql(
        "CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(10,2), card_number text,"
            + " updated_at timestamptz NOT NULL)",
        "CREATE INDEX ON orders (updated_at)",
        "CREATE TABLE countries (code text PRIMARY KEY, name text)",
        "INSERT INTO orders SELECT i, i * 1.5, '4111', now() - (100 - i) * interval '1 minute'"
            + " FROM generate_series(1, 100) i",
        "INSERT INTO countries VALUES ('at', 'Austria'), ('be', 'Belgium')",
        "CREATE ROLE bobbin LOGIN PASSWORD 'secret'",
        "GRANT USAGE ON SCHEMA public TO bobbin",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO bobbin");
    SourceDialect shop =
        GettingStarted.source(server.host(), server.port(), database, () -> "secret");
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(text, true, java.nio.charset.StandardCharsets.UTF_8);
    GettingStarted.run(shop, folder.resolve("state"), folder.resolve("out"), out);
    GettingStarted.run(shop, folder.resolve("state"), folder.resolve("out"), out);
    sql("DROP OWNED BY bobbin", "DROP ROLE bobbin");
    Path orders = folder.resolve("out").resolve(database).resolve("public/orders/load-1.jsonl");
    assertThat(Files.readAllLines(orders)).hasSize(100).noneMatch(l -> l.contains("4111"));
    assertThat(text.toString(java.nio.charset.StandardCharsets.UTF_8))
        .contains("if interrupted: resumable")
        .contains("completed");
  }
}
