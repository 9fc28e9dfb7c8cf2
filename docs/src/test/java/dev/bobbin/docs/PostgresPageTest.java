package dev.bobbin.docs;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertAll;

import dev.bobbin.Replicator;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Interval;
import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.plan.Plan;
import dev.bobbin.plan.TablePlan;
import dev.bobbin.record.Record;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.Selection;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.tls.Tls;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Tries on a real server what the page on PostgreSQL says. */
class PostgresPageTest {

  private static PostgresServer server;
  private static String database;

  @BeforeAll
  static void createDatabase() throws Exception {
    server = PostgresServer.shared("18");
    database = server.createDatabase();
  }

  @AfterAll
  static void dropDatabase() throws Exception {
    server.dropDatabase(database);
  }

  private static Replicator.Builder replicator(String user, String password) {
    return Replicator.from(
        PostgresDialect.at(server.host(), server.port(), database)
            .tls(Tls.off())
            .login(user, password));
  }

  private static Replicator.Builder replicator() {
    return replicator(server.user(), server.password().orElse(""));
  }

  private record Typed(String sql, String literal, String type, Class<?> value) {}

  private static final List<Typed> TYPES =
      List.of(
          new Typed("boolean", "true", "bool", Boolean.class),
          new Typed("smallint", "1", "int(16)", Long.class),
          new Typed("integer", "1", "int(32)", Long.class),
          new Typed("bigint", "1", "int(64)", Long.class),
          new Typed("oid", "4294967295", "uint(32)", Long.class),
          new Typed("numeric(10,2)", "1.50", "decimal(10,2)", BigDecimal.class),
          new Typed("numeric", "1.50", "decimal", BigDecimal.class),
          new Typed("money", "1.50", "decimal", BigDecimal.class),
          new Typed("real", "'NaN'", "float(32)", Float.class),
          new Typed("double precision", "'Infinity'", "float(64)", Double.class),
          new Typed("text", "'a'", "text", String.class),
          new Typed("varchar(9)", "'a'", "text", String.class),
          new Typed("name", "'a'", "text", String.class),
          new Typed("xml", "'<a/>'", "text", String.class),
          new Typed("char(3)", "'a'", "text", String.class),
          new Typed("mood", "'fine'", "text", String.class),
          new Typed("\"char\"", "'a'", "text", String.class),
          new Typed("bytea", "'a'", "bytes", byte[].class),
          new Typed("date", "'2026-01-02'", "date", LocalDate.class),
          new Typed("time", "'12:00'", "time", LocalTime.class),
          new Typed("timetz", "'12:00+02'", "offset_time", OffsetTime.class),
          new Typed("timestamp", "'2026-01-02 12:00'", "timestamp", LocalDateTime.class),
          new Typed("timestamptz", "'2026-01-02 12:00+00'", "instant", Instant.class),
          new Typed("interval", "'1 mon 2 days'", "interval", Interval.class),
          new Typed("uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "uuid", UUID.class),
          new Typed("json", "'{}'", "json", String.class),
          new Typed("jsonb", "'{}'", "json", String.class),
          new Typed("integer[]", "'{1,NULL}'", "array(int(32))", List.class),
          new Typed("mood[]", "'{fine}'", "array(text)", List.class),
          new Typed("positive", "1", "int(32)", Long.class),
          new Typed("letter", "'a'", "other(public.letter)", String.class),
          new Typed("inet", "'10.0.0.1'", "other(inet)", String.class),
          new Typed("cidr", "'10.0.0.0/8'", "other(cidr)", String.class),
          new Typed("macaddr", "'08:00:2b:01:02:03'", "other(macaddr)", String.class),
          new Typed("bit(3)", "'101'", "other(bit(3))", String.class),
          new Typed("varbit", "'101'", "other(bit varying)", String.class),
          new Typed("point", "'(1,2)'", "other(point)", String.class),
          new Typed("int4range", "'[1,5)'", "other(int4range)", String.class),
          new Typed("int4multirange", "'{[1,5)}'", "other(int4multirange)", String.class),
          new Typed("pair", "'(1,b)'", "other(public.pair)", String.class),
          new Typed("tsvector", "'a b'", "other(tsvector)", String.class),
          new Typed("pg_lsn", "'0/1'", "other(pg_lsn)", String.class),
          new Typed("xid", "'7'", "other(xid)", String.class),
          new Typed("regclass", "'pg_class'", "other(regclass)", String.class));

  @Test
  void typesAreThoseOfTheTable() throws Exception {
    StringBuilder columns = new StringBuilder();
    StringBuilder values = new StringBuilder();
    for (int i = 0; i < TYPES.size(); i++) {
      columns.append(i == 0 ? "" : ", ").append("c" + i + " " + TYPES.get(i).sql());
      values.append(i == 0 ? "" : ", ").append(TYPES.get(i).literal());
    }
    server.execute(
        database,
        "CREATE TYPE mood AS ENUM ('fine')",
        "CREATE DOMAIN positive AS integer CHECK (value > 0)",
        "CREATE DOMAIN letter AS \"char\"",
        "CREATE TYPE pair AS (a integer, b text)",
        "CREATE TABLE types (" + columns + ")",
        "INSERT INTO types VALUES (" + values + ")");
    List<Executable> checks = new ArrayList<>();
    try (Replicator replicator = replicator().build()) {
      Table found = replicator.discover().table("types").orElseThrow();
      RecordBatch[] taken = new RecordBatch[1];
      replicator.replicate(Selection.of(table("types")), batch -> taken[0] = batch).throwIfFailed();
      Record row = taken[0].row(0);
      for (int i = 0; i < TYPES.size(); i++) {
        Typed expected = TYPES.get(i);
        Column column = found.columns().get(i);
        Object value = row.get(i);
        checks.add(
            () -> {
              assertThat(column.type().toString()).as(expected.sql()).isEqualTo(expected.type());
              assertThat(value).as(expected.sql()).isInstanceOf(expected.value());
            });
      }
      checks.add(() -> assertThat(row.getString(14)).as("padding").isEqualTo("a  "));
      checks.add(() -> assertThat(row.getDecimal(5)).as("scale").isEqualTo(new BigDecimal("1.50")));
      assertAll(checks);
    }
  }

  @Test
  void whatJavaCannotHoldIsNullWithItsText() throws Exception {
    Map<String, List<String>> cases =
        Map.of(
            "numeric", List.of("NaN", "Infinity", "-Infinity"),
            "date", List.of("infinity", "-infinity"),
            "timestamp", List.of("infinity", "-infinity"),
            "timestamptz", List.of("infinity", "-infinity"),
            "interval", List.of("infinity", "-infinity"),
            "time", List.of("24:00:00"),
            "timetz", List.of("24:00:00+00"),
            "numeric[]", List.of("{1,NaN}"));
    int number = 0;
    for (Map.Entry<String, List<String>> type : cases.entrySet()) {
      for (String text : type.getValue()) {
        String name = "odd" + number++;
        server.execute(
            database,
            "CREATE TABLE " + name + " (v " + type.getKey() + ")",
            "INSERT INTO " + name + " VALUES ('" + text + "')");
        try (Replicator replicator = replicator().build()) {
          replicator
              .replicate(
                  Selection.of(table(name)),
                  batch -> {
                    assertThat(batch.row(0).isNull("v")).as(type + " " + text).isTrue();
                    assertThat(batch.row(0).original("v")).as(type.getKey()).contains(text);
                  })
              .throwIfFailed();
        }
      }
    }
  }

  @Test
  void grantsAreEnoughAndWhatIsMissingIsSaid() throws Exception {
    Path script = Repository.here().example("read-only-user.sql");
    server.execute(
        database,
        "CREATE TABLE open (id integer PRIMARY KEY, card_number text)",
        "INSERT INTO open VALUES (1, '4111')");
    List<String> lines = new ArrayList<>(Snippets.region(script, "read-only-user"));
    lines.removeIf(line -> line.startsWith("--"));
    server.execute(
        database, String.join("\n", lines).replace("DATABASE \"shop\"", "DATABASE " + database));
    server.execute(
        database,
        "CREATE TABLE later (id integer PRIMARY KEY)",
        "REVOKE SELECT ON open FROM bobbin",
        "GRANT SELECT (id) ON open TO bobbin");
    try (Replicator replicator = replicator("bobbin", "<password>").build()) {
      Selection selection = Selection.of(table("open"), table("later"));
      Plan plan = replicator.plan(selection);
      assertThat(plan.describe()).contains("left out: card_number (no SELECT privilege)");
      List<Integer> rows = new ArrayList<>();
      replicator.run(plan, batch -> rows.add(batch.rowCount())).throwIfFailed();
      assertThat(rows).containsExactly(1);
      TablePlan refused =
          replicator.plan(Selection.of(table("open").only("card_number"))).tables().get(0);
      assertThat(refused.refusal()).isPresent();
    } finally {
      server.execute(database, "DROP OWNED BY bobbin", "DROP ROLE bobbin");
    }
  }

  @Test
  void keysAreRefusedOrWarnedOf() throws Exception {
    server.execute(
        database,
        "CREATE TABLE keys (j jsonb, a integer[], p point, t text, n integer, ts timestamptz)");
    try (Replicator replicator = replicator().build()) {
      for (String column : List.of("j", "a", "p")) {
        assertThat(plan(replicator, column).refusal()).as(column).isPresent();
      }
      assertThat(plan(replicator, "t").warnings().toString()).contains("is text");
      assertThat(plan(replicator, "n").refusal()).isEmpty();
      assertThat(plan(replicator, "ts").describe().toLowerCase(Locale.ROOT))
          .contains("not indexed", "overlap: 1h", "restarts under a new load id");
    }
  }

  private static TablePlan plan(Replicator replicator, String key) {
    return replicator.plan(Selection.of(table("keys").incrementalBy(key))).tables().get(0);
  }

  @Test
  void aKeyInTheFarFutureDoesNotMoveTheBookmarkButNaNDoes() throws Exception {
    server.execute(
        database,
        "CREATE TABLE future (id integer PRIMARY KEY, at timestamptz, n numeric)",
        "INSERT INTO future VALUES (1, now(), 1), (2, '9999-01-01', 'NaN'), (3, 'infinity', 2)");
    assertThat(secondRun("at", "INSERT INTO future VALUES (4, now(), 3)")).containsExactly(4);
    assertThat(secondRun("n", "INSERT INTO future VALUES (5, now(), 4)")).isEmpty();
  }

  private static List<Integer> secondRun(String key, String change) throws Exception {
    List<Integer> ids = new ArrayList<>();
    try (Replicator replicator = replicator().build()) {
      Selection selection = Selection.of(table("future").incrementalBy(key));
      replicator.replicate(selection, batch -> {}).throwIfFailed();
      server.execute(database, change);
      replicator
          .replicate(
              selection,
              batch ->
                  IntStream.range(0, batch.rowCount())
                      .forEach(row -> ids.add((int) batch.row(row).getLong("id"))))
          .throwIfFailed();
    }
    return ids;
  }
}
