package dev.bobbin.dialect.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.jdbc.ReadLimits;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.SourceException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.state.Bookmark;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scans of a real server: ranges, bookmarks, names, sizes, ends. */
class CopyReaderTest {

  private ScanFixture database;

  @BeforeEach
  void create() throws Exception {
    database = ScanFixture.on("18");
  }

  @AfterEach
  void drop() throws Exception {
    database.close();
  }

  private Bookmark bookmark(Table table, String column, String value) {
    var key = table.column(column).orElseThrow();
    return new Bookmark(column, key.type(), key.nativeType(), value);
  }

  private static List<Object> values(List<SourceBatch> batches, String column) {
    List<Object> values = new ArrayList<>();
    batches.forEach(b -> b.rows().forEach(row -> values.add(row.get(column))));
    return values;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'", "''", "\\", "\\'", "'; DROP TABLE k; --", "\\\\'; DROP TABLE k; --", "$$", "E'x'",
        "a\nb\tc", "\u0001", "%s ? $1 {fn now()}", "\uD83D\uDE00'\\", "::int", "\\x27", "é", ""
      })
  void aHostileBookmarkIsData(String value) throws Exception {
    database.execute("CREATE TABLE k (key text, n integer)");
    try (Connection connection = database.connect();
        var insert = connection.prepareStatement("INSERT INTO k VALUES (?, 1), (NULL, 2)")) {
      insert.setString(1, value);
      insert.execute();
    }
    Table table = database.table("k");
    SourceBatch first = database.one(ScanFixture.byKey(table, "key", null));
    assertThat(first.upToBookmark()).isZero();
    Bookmark bookmark = first.bookmark().orElseThrow();
    assertThat(bookmark.value()).isEqualTo(value);
    SourceBatch again = database.one(ScanFixture.byKey(table, "key", bookmark));
    assertThat(again.rows().column("key").get(0)).isEqualTo(value);
    assertThat(again.upToBookmark()).isEqualTo(1);
    for (String conforming : List.of("on", "off")) {
      String literal = PostgresSql.literal(value);
      try (Connection connection = database.connect();
          Statement statement = connection.createStatement()) {
        statement.execute("SET standard_conforming_strings = " + conforming);
        statement.setEscapeProcessing(false);
        try (ResultSet row = statement.executeQuery("SELECT " + literal + "::text")) {
          row.next();
          assertThat(row.getString(1)).isEqualTo(value);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\"; drop table x",
        "dotted.name",
        "with space",
        "\uD83D\uDE00",
        "'quote",
        "select",
        "back\\slash",
        "bobbin_row",
        "ctid2",
        "int4",
        "sixty-three-bytes-456789012345678901234567890123456789012345678",
      })
  void aHostileNameIsData(String name) throws Exception {
    String quoted = PostgresSql.identifier(name);
    database.execute(
        "CREATE SCHEMA " + quoted,
        "CREATE TABLE " + quoted + '.' + quoted + " (" + quoted + " integer)",
        "INSERT INTO " + quoted + '.' + quoted + " VALUES (7), (NULL)");
    Table table = database.table(name, name);
    assertThat(values(database.read(ScanFixture.whole(table)), name)).containsExactly(7L, null);
    SourceBatch rows = database.one(ScanFixture.byKey(table, name, bookmark(table, name, "7")));
    assertThat(rows.bookmark().orElseThrow().value()).isEqualTo("7");
    TableScan nulls = new TableScan(table, TableScan.NULL_KEYS, new ScanRange.NullKeyRows(name));
    assertThat(values(database.read(nulls), name)).hasSize(1).containsOnlyNulls();
  }

  @Test
  void saysWhichRowsAreUpToTheBookmarkAndWhichAreAhead() throws Exception {
    for (String type : List.of("date", "timestamp", "timestamptz")) {
      database.execute(
          "DROP TABLE IF EXISTS k",
          "CREATE TABLE k (key " + type + ", n integer)",
          "INSERT INTO k VALUES ('2020-01-01', 1), ('2020-01-02', 2), ('2020-01-02', 3),"
              + " ('2020-01-03', 4), (now(), 5), (now() + '3 days'::interval, 6),"
              + " ('9999-12-31', 7), ('infinity', 8), ('-infinity', 0), (NULL, 9)");
      Table table = database.table("k");
      SourceBatch first = database.one(ScanFixture.byKey(table, "key", null));
      assertThat(first.rows().rowCount()).isEqualTo(9);
      assertThat(first.ahead()).as(type).isEqualTo(3);
      assertThat(first.upToBookmark()).isZero();
      Bookmark second = BookmarkText.of(first.rows().column("key"), 2);
      SourceBatch next = database.one(ScanFixture.byKey(table, "key", second));
      assertThat(values(List.of(next), "n")).containsExactly(2L, 3L, 4L, 5L, 6L, 7L, 8L);
      assertThat(next.upToBookmark()).isEqualTo(2);
      assertThat(next.ahead()).isEqualTo(3);
      assertThat(next.bookmark()).isEqualTo(first.bookmark());
      SourceBatch overlapping =
          database.one(
              ScanFixture.byKey(table, "key", second, new Overlap.Time(Duration.ofDays(1))));
      assertThat(values(List.of(overlapping), "n").subList(0, 2)).containsExactly(1L, 2L);
      assertThat(overlapping.upToBookmark()).isEqualTo(3);
      // From the first time there is, and from beyond.
      for (Duration width : List.of(Duration.ofDays(3_000_000), Duration.ofSeconds(1L << 60))) {
        assertThat(
                values(
                    database.read(ScanFixture.byKey(table, "key", second, new Overlap.Time(width))),
                    "n"))
            .hasSize(9);
      }
    }
  }

  @Test
  void theMarksHoldOverSeveralBatches() throws Exception {
    database.execute(
        "CREATE TABLE k (key timestamptz)",
        "INSERT INTO k SELECT '2020-01-01 00:00:00+00' FROM generate_series(1, 5)",
        "INSERT INTO k SELECT '2021-01-01 00:00:00+00' FROM generate_series(1, 2)",
        "INSERT INTO k SELECT 'infinity' FROM generate_series(1, 5)");
    Table table = database.table("k");
    List<SourceBatch> batches =
        database.read(
            ScanFixture.byKey(table, "key", bookmark(table, "key", "2020-01-01 00:00:00+00")),
            new ReadLimits(1 << 20, 4, 1 << 20));
    assertThat(batches).extracting(SourceBatch::upToBookmark).containsExactly(4, 1, 0);
    assertThat(batches).extracting(SourceBatch::ahead).containsExactly(0, 1, 4);
    assertThat(batches.get(1).bookmark().orElseThrow().value()).isEqualTo("2021-01-01 00:00:00+00");
    assertThat(batches.get(2).bookmark()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "smallint, -32767, 10, 3",
    "integer, -2147483647, 9223372036854775807, 3",
    "bigint, -9223372036854775807, 9223372036854775807, 3",
    "'numeric(20,1)', 5.0, 5, 2",
    "numeric, 2, 1, 1",
    "real, 4, 4, 2",
    "double precision, 4, 2, 1",
    "money, 3, 3, 2",
    "oid, 3, 9, 2"
  })
  void anOverlapOfNumbersGoesNoLowerThanTheType(String type, String value, long width, int expected)
      throws Exception {
    boolean signed = !type.equals("oid");
    database.execute(
        "CREATE TABLE k (key " + type + ")",
        "INSERT INTO k SELECT unnest(ARRAY[0, "
            + (signed ? "1.0" : "1")
            + "])::"
            + (type.equals("oid")
                ? "int8::oid"
                : "numeric::" + (type.equals("money") ? "money" : type)),
        "INSERT INTO k SELECT '" + value + "'::numeric::" + (signed ? type : "int8::oid"));
    Table table = database.table("k");
    List<SourceBatch> batches =
        database.read(
            ScanFixture.byKey(
                table, "key", bookmark(table, "key", value), new Overlap.Count(width)));
    assertThat(batches.stream().mapToInt(b -> b.rows().rowCount()).sum())
        .isGreaterThanOrEqualTo(expected);
    assertThat(batches.get(0).upToBookmark()).isPositive();
  }

  @Test
  void refusesAnOverlapThatDoesNotFitTheKey() throws Exception {
    database.execute("CREATE TABLE k (key text)");
    Table table = database.table("k");
    Bookmark bookmark = bookmark(table, "key", "secret");
    for (Overlap overlap : List.of(new Overlap.Count(1), new Overlap.Time(Duration.ofSeconds(1)))) {
      assertThatThrownBy(
              () -> CopyQuery.of(ScanFixture.byKey(table, "key", bookmark, overlap), false))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("key")
          .hasMessageNotContaining("secret");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "integer", "bigint", "numeric", "numeric(12,3)", "double precision", "text",
        "varchar(20)", "character(8)", "date", "timestamp", "timestamptz", "money"
      })
  void aBookmarkIsFoundByTheIndex(String type) throws Exception {
    String sample =
        type.startsWith("time") || type.equals("date")
            ? "('2020-01-01'::timestamp + i * '1 day'::interval)"
            : type.equals("money") ? "i::numeric" : "i";
    database.execute(
        "CREATE TABLE k (key " + type + ")",
        "INSERT INTO k SELECT " + sample + "::" + type + " FROM generate_series(1, 2000) i",
        "CREATE INDEX ON k (key)",
        "ANALYZE k");
    Table table = database.table("k");
    SourceBatch all = database.one(ScanFixture.byKey(table, "key", null));
    List<Overlap> overlaps = new ArrayList<>(List.of(new Overlap.None()));
    var dataType = table.column("key").orElseThrow().type();
    if (dataType.isTemporal()) {
      overlaps.add(new Overlap.Time(Duration.ofHours(30)));
    } else if (dataType.isNumberOrTime()) {
      overlaps.add(new Overlap.Count(3));
    }
    for (Overlap overlap : overlaps) {
      CopyPlan query =
          CopyQuery.of(
              ScanFixture.byKey(table, "key", all.bookmark().orElseThrow(), overlap), false);
      String select = query.passes().get(0).sql().replaceFirst("^COPY \\(", "");
      StringBuilder plan = new StringBuilder();
      try (Connection connection = database.connect();
          Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        statement.setEscapeProcessing(false);
        statement.execute(query.settings() + "; SET LOCAL enable_seqscan = off");
        statement.execute("SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off");
        try (ResultSet rows =
            statement.executeQuery(
                "EXPLAIN " + select.substring(0, select.lastIndexOf(") TO STDOUT")))) {
          while (rows.next()) {
            plan.append(rows.getString(1)).append('\n');
          }
        }
      }
      assertThat(plan.toString()).contains("Index Cond: (key >= ").doesNotContain("Sort");
    }
  }

  @Test
  void comparesWithTheOperatorsOfTheKeysOwnTypeWhateverTheSearchPath() throws Exception {
    database.execute(
        "CREATE SCHEMA ext",
        "CREATE EXTENSION citext SCHEMA ext",
        "CREATE TABLE k (key ext.citext)",
        "INSERT INTO k VALUES ('a'), ('B'), ('b'), ('C')");
    Table table = database.table("k");
    SourceBatch rows = database.one(ScanFixture.byKey(table, "key", bookmark(table, "key", "B")));
    assertThat(values(List.of(rows), "key")).containsExactlyInAnyOrder("B", "b", "C");
    assertThat(rows.upToBookmark()).isEqualTo(2);
  }

  @Test
  void readsAsManyColumnsAsATableCanHave() throws Exception {
    StringBuilder columns = new StringBuilder("c1 integer");
    StringBuilder values = new StringBuilder("1");
    for (int i = 2; i <= 1600; i++) {
      columns.append(", c").append(i).append(" integer");
      values.append(", ").append(i);
    }
    database.execute(
        "CREATE TABLE wide (" + columns + ")", "INSERT INTO wide VALUES (" + values + ")");
    Table table = database.table("wide");
    SourceBatch rows = database.one(ScanFixture.byKey(table, "c1", bookmark(table, "c1", "1")));
    assertThat(rows.rows().column("c1600").get(0)).isEqualTo(1600L);
    assertThat(rows.upToBookmark()).isEqualTo(1);
  }

  @Test
  void readsTheRowsOfATableWithoutColumns() throws Exception {
    database.execute("CREATE TABLE none ()", "INSERT INTO none DEFAULT VALUES");
    assertThat(database.one(ScanFixture.whole(database.table("none"))).rows().rowCount())
        .isEqualTo(1);
  }

  @Test
  void batchesCloseOnRowsAndOnBytes() throws Exception {
    database.execute(
        "CREATE TABLE k AS SELECT i, repeat('x', 100) AS t FROM generate_series(1, 10000) i");
    TableScan scan = ScanFixture.whole(database.table("k"));
    List<SourceBatch> byRows = database.read(scan, new ReadLimits(1 << 30, 3000, 1 << 20));
    assertThat(byRows).extracting(b -> b.rows().rowCount()).containsExactly(3000, 3000, 3000, 1000);
    List<SourceBatch> byBytes = database.read(scan, new ReadLimits(100_000, 1 << 20, 1 << 20));
    assertThat(byBytes).hasSizeBetween(10, 14);
    byBytes.forEach(b -> assertThat(b.rows().byteSize()).isLessThan(130_000));
    List<Object> ids = values(byBytes, "i");
    assertThat(ids).hasSize(10_000).doesNotHaveDuplicates();
  }

  @Test
  void aFailureHalfWayThrowsAndDiscardsTheConnection() throws Exception {
    database.execute(
        "CREATE TABLE k AS SELECT i FROM generate_series(1, 50000) i",
        "CREATE VIEW v AS SELECT 1 / (40000 - i) AS x FROM k");
    ScanFixture.Lent lent = new ScanFixture.Lent(database.connect());
    CopyReader reader =
        database.open(
            ScanFixture.whole(database.table("v")), new ReadLimits(1 << 20, 100, 1 << 20), lent);
    assertThatThrownBy(
            () -> {
              while (reader.next().isPresent()) {}
            })
        .isInstanceOf(SourceException.class)
        .hasMessageContaining("22012");
    reader.close();
    assertThat(lent.end()).isEqualTo("discarded");
  }

  @Test
  void cancellingFromAnotherThreadEndsAScanThatWaits() throws Exception {
    database.execute("CREATE VIEW v AS SELECT 1 AS i, pg_sleep(600)::text AS t");
    ScanFixture.Lent lent = new ScanFixture.Lent(database.connect());
    CopyReader reader =
        database.open(ScanFixture.whole(database.table("v")), ScanFixture.LIMITS, lent);
    CompletableFuture<Void> waiting = CompletableFuture.runAsync(reader::next);
    while (!"active"
        .equals(
            database.query(
                "SELECT state FROM pg_stat_activity WHERE query LIKE 'COPY%' AND pid <>"
                    + " pg_backend_pid() AND datname = current_database()"))) {
      Thread.onSpinWait();
    }
    reader.cancel();
    assertThatThrownBy(waiting::join)
        .hasCauseInstanceOf(SourceException.class)
        .hasMessageContaining("was cancelled");
    assertThatThrownBy(reader::next).hasMessageContaining("was cancelled");
    reader.close();
    assertThat(lent.end()).isEqualTo("discarded");
  }
}
