package dev.bobbin.dialect.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.jdbc.CursorReader;
import dev.bobbin.dialect.jdbc.ReadLimits;
import dev.bobbin.dialect.jdbc.load.SqlText;
import dev.bobbin.error.SourceException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.spi.SourceBatch;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading rows of a real server: batches, sizes, marks, parameters, ends. */
class MySqlCursorTest {

  private CursorFixture database;

  private void on(String version) throws SQLException {
    database = CursorFixture.on(version);
  }

  @AfterEach
  void drop() throws SQLException {
    database.close();
  }

  private static List<Object> values(List<SourceBatch> batches, String column) {
    List<Object> values = new ArrayList<>();
    batches.forEach(b -> b.rows().forEach(row -> values.add(row.get(column))));
    return values;
  }

  /** A table of ten thousand rows. */
  private Table numbers(int textLength) throws SQLException {
    StringBuilder digits = new StringBuilder("(SELECT 0 AS d");
    for (int i = 1; i < 10; i++) {
      digits.append(" UNION ALL SELECT ").append(i);
    }
    digits.append(')');
    database.execute(
        "CREATE TABLE k (i int PRIMARY KEY, t varchar(1000))",
        "INSERT INTO k SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d, repeat('x', "
            + textLength
            + ") FROM "
            + digits
            + " a, "
            + digits
            + " b, "
            + digits
            + " c, "
            + digits
            + " e");
    return database.table("k");
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void batchesCloseOnRowsAndOnBytes(String version) throws Exception {
    on(version);
    Table table = numbers(100);
    List<SourceBatch> byRows = database.read(table, new ReadLimits(1 << 30, 3000, 1 << 20));
    assertThat(byRows).extracting(b -> b.rows().rowCount()).containsExactly(3000, 3000, 3000, 1000);
    assertThat(byRows).extracting(SourceBatch::last).containsExactly(false, false, false, true);
    List<SourceBatch> byBytes = database.read(table, new ReadLimits(100_000, 1 << 20, 1 << 20));
    assertThat(byBytes).hasSizeBetween(10, 14);
    byBytes.forEach(b -> assertThat(b.rows().byteSize()).isLessThan(130_000));
    assertThat(values(byBytes, "i")).hasSize(10_000).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void aConnectionIsGivenBackInStepAndWithoutStatements(String version) throws Exception {
    on(version);
    Table table = numbers(10);
    for (int i = 0; i < 3; i++) {
      assertThat(values(database.read(table, CursorFixture.LIMITS), "i")).hasSize(10_000);
    }
    try (ReadOnlyTransaction transaction = database.begin();
        var rows =
            transaction
                .connection()
                .createStatement()
                .executeQuery("SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'")) {
      rows.next();
      assertThat(rows.getInt(2)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void aRowThatIsTooLargeNamesItsKeyAndSize(String version) throws Exception {
    on(version);
    database.execute(
        "CREATE TABLE k (id int PRIMARY KEY, t text)",
        "INSERT INTO k VALUES (1, 'a'), (2, repeat('x', 5000))");
    Table table = database.table("k");
    CursorReader reader =
        database.open(
            CursorFixture.whole(table),
            CursorFixture.sql(table),
            false,
            new ReadLimits(1 << 20, 1, 4000));
    assertThat(reader.next()).isPresent();
    assertThatThrownBy(reader::next)
        .isInstanceOf(SourceException.class)
        .hasMessageContaining("is too large: 5009 bytes where 4000 are allowed")
        .hasMessageNotContaining("xx");
    reader.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void aRowLargerThanABatchMakesOneOfItsOwn(String version) throws Exception {
    on(version);
    database.execute(
        "CREATE TABLE k (id int PRIMARY KEY, t text)",
        "INSERT INTO k VALUES (1, 'a'), (2, 'b'), (3, repeat('x', 5000)), (4, 'c')");
    List<SourceBatch> batches =
        database.read(database.table("k"), new ReadLimits(1000, 100, 1 << 20));
    assertThat(batches).extracting(b -> b.rows().rowCount()).containsExactly(2, 1, 1);
    assertThat(values(batches, "id")).containsExactly(1L, 2L, 3L, 4L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void parametersAreDataAndMarksAreCounted(String version) throws Exception {
    on(version);
    try (Connection connection = database.server().connect(database.name());
        Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute(
          "CREATE TABLE k (`{d '?'} ``;` varchar(20), n decimal(20,5), f float, b varbinary(9),"
              + " u bigint unsigned)");
    }
    database.execute(
        "INSERT INTO k VALUES ('a', 1.00001, 0.1, 'x', 18446744073709551615),"
            + " ('b''\\\\', 2.00002, 0.2, x'00ff', 1), ('c', 3, 0.3, 'y', 1)");
    Table table = database.table("k");
    String key = "{d '?'} `;";
    String quoted = MySqlSql.identifier(key);
    SqlText sql =
        new SqlText(
            CursorFixture.sql(table).text().replace(" FROM ", ", (" + quoted + " <= ?) FROM ")
                + " WHERE "
                + quoted
                + " >= ? AND n >= ? AND f >= ? AND b <> ? AND u >= ? ORDER BY "
                + quoted,
            List.of(
                "b'\\",
                "a",
                new BigDecimal("1.00001"),
                (double) 0.1f,
                new byte[] {'y'},
                new BigDecimal("1")));
    TableScan scan =
        new TableScan(
            table, TableScan.KEY, new ScanRange.FromBookmark(key, null, new Overlap.None()));
    List<SourceBatch> batches =
        CursorFixture.all(database.open(scan, sql, true, CursorFixture.LIMITS));
    assertThat(values(batches, key)).containsExactly("a", "b'\\");
    assertThat(batches.get(0).upToBookmark()).isEqualTo(2);
    assertThat(batches.get(0).bookmark().orElseThrow().value()).isEqualTo("b'\\");
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void aFailureHalfWayThrowsAndTheConnectionIsGone(String version) throws Exception {
    on(version);
    Table table = numbers(1000);
    ReadOnlyTransaction transaction = database.begin();
    long id;
    try (var row =
        transaction.connection().createStatement().executeQuery("SELECT CONNECTION_ID()")) {
      row.next();
      id = row.getLong(1);
    }
    SqlText sql =
        new SqlText(
            "SELECT a.i, a.t FROM "
                + MySqlSql.table(table.id())
                + " a, "
                + MySqlSql.table(table.id())
                + " b",
            List.of());
    CursorReader reader =
        CursorFixture.reader(
            transaction,
            CursorFixture.whole(table),
            sql,
            false,
            new ReadLimits(1 << 20, 100, 1 << 20));
    assertThat(reader.next()).isPresent();
    database.server().killConnection(id);
    assertThatThrownBy(
            () -> {
              while (reader.next().isPresent()) {}
            })
        .isInstanceOf(SourceException.class)
        .hasMessageMatching("SQLSTATE (08S01|70100)\\..*");
    assertThatThrownBy(reader::next).hasMessageContaining("has failed before");
    reader.close();
    assertThat(transaction.connection().isClosed()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void anErrorOfTheServerHalfWayIsNoEnd(String version) throws Exception {
    on(version);
    Table table = numbers(1000);
    SqlText sql =
        new SqlText(
            "SELECT i, IF(i = 9000, (SELECT 'x' UNION SELECT 'y' FROM "
                + MySqlSql.table(table.id())
                + " z WHERE z.i + k.i > 0), t) FROM "
                + MySqlSql.table(table.id())
                + " k ORDER BY i",
            List.of());
    CursorReader reader =
        database.open(
            CursorFixture.whole(table), sql, false, new ReadLimits(1 << 20, 100, 1 << 20));
    int rows = 0;
    try {
      while (true) {
        rows += reader.next().orElseThrow().rows().rowCount();
      }
    } catch (SourceException e) {
      assertThat(e).hasMessageStartingWith("SQLSTATE 21000.");
    }
    assertThat(rows).isEqualTo(9000);
    reader.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void cancellingFromAnotherThreadEndsAScanThatWaits(String version) throws Exception {
    on(version);
    database.execute("CREATE VIEW v AS SELECT 1 AS i, SLEEP(600) AS t");
    Table table = database.table("v");
    CursorReader reader =
        database.open(
            CursorFixture.whole(table), CursorFixture.sql(table), false, CursorFixture.LIMITS);
    CompletableFuture<Void> waiting = CompletableFuture.runAsync(reader::next);
    while (database.server().statementsOf(database.server().user()).stream()
        .noneMatch(sql -> sql.contains("`" + database.name() + "`.`v`"))) {
      Thread.onSpinWait();
    }
    reader.cancel();
    assertThatThrownBy(waiting::join)
        .hasCauseInstanceOf(SourceException.class)
        .hasMessageContaining("was cancelled");
    assertThatThrownBy(reader::next).hasMessageContaining("was cancelled");
    reader.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void aColumnWhoseTypeHasChangedIsNamed(String version) throws Exception {
    on(version);
    database.execute("CREATE TABLE k (i int, d date)", "INSERT INTO k VALUES (1, '2024-01-01')");
    Table before = database.table("k");
    database.execute("ALTER TABLE k MODIFY d varchar(20)");
    assertThatThrownBy(() -> database.one(before))
        .isInstanceOf(SourceException.class)
        .hasMessageContaining("column d are no longer sent as date");
  }
}
