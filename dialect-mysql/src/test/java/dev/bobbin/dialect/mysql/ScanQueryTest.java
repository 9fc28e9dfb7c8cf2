package dev.bobbin.dialect.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mysql.cj.jdbc.JdbcConnection;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.jdbc.load.ScanQueries;
import dev.bobbin.dialect.jdbc.load.SqlText;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.plan.ScanRange.FromBookmark;
import dev.bobbin.plan.ScanRange.NullKeyRows;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.state.Bookmark;
import dev.bobbin.testservers.MySqlVersion;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Scans by key. */
class ScanQueryTest {

  private static final Overlap NONE = new Overlap.None();

  private static final String KEYS =
      "CREATE TABLE k (n int PRIMARY KEY, ti tinyint, u bigint unsigned, dc decimal(65,30),"
          + " dt datetime(6), ts timestamp(6) NULL, d date, tm time(6),"
          + " c char(10) CHARACTER SET latin1, v varchar(20) COLLATE utf8mb4_unicode_ci,"
          + " b varbinary(20), bi bit(40), y year, f float, db double)";

  private static final String ROW =
      "%d %% 250 - 125, 18446744073709551615 - %1$d, %1$d / 100 + 0.00001,"
          + " '2020-01-01' + INTERVAL %1$d * 1000001 MICROSECOND,"
          + " '2020-01-01' + INTERVAL %1$d * 1000001 MICROSECOND,"
          + " '2020-01-01' + INTERVAL %1$d DAY, SEC_TO_TIME(%1$d / 10 - 30),"
          + " 'k%1$d', 'k%1$d', 'k%1$d', %1$d * 1000, 1970 + %1$d %% 100, %1$d / 10, %1$d / 10";

  private static void fill(LoadFixture fixture) throws SQLException {
    List<String> sql = new ArrayList<>();
    sql.add(KEYS);
    sql.add("SET time_zone = '+00:00'");
    StringBuilder rows = new StringBuilder("INSERT INTO k VALUES ");
    for (int n = 0; n < 1000; n++) {
      rows.append(n == 0 ? "(" : ", (").append(n).append(", ").append(ROW.formatted(n)).append(')');
    }
    sql.add(rows.toString());
    sql.add("INSERT INTO k (n) VALUES (1000), (1001)");
    for (String column : "ti u dc dt ts d tm c v b bi y f db".split(" ", -1)) {
      sql.add("ALTER TABLE k ADD INDEX " + column + "_index (" + column + ")");
    }
    sql.add("ANALYZE TABLE k");
    fixture.execute(sql.toArray(String[]::new));
  }

  /** The bookmark at a row, made as a reader makes it. */
  private static Bookmark bookmark(LoadFixture fixture, Table table, String key, long n) {
    TableScan scan = scan(table, key, null, NONE);
    try (BatchReader reader = new ScanOpening(fixture.server(), scan).open(index -> true)) {
      while (true) {
        SourceBatch batch = reader.next().orElseThrow();
        for (int row = 0; row < batch.rows().rowCount(); row++) {
          if (batch.rows().column("n").getLong(row) == n) {
            return MySqlScanSql.INSTANCE.bookmark(batch.rows().column(key), row);
          }
        }
      }
    }
  }

  private static TableScan scan(
      Table table, String key, @Nullable Bookmark bookmark, Overlap overlap) {
    return new TableScan(table, TableScan.KEY, new FromBookmark(key, bookmark, overlap));
  }

  private static String explain(LoadFixture fixture, SqlText sql) throws SQLException {
    try (ReadOnlyTransaction transaction =
            fixture.server().begin(ReadOnlyTransaction.Isolation.READ_COMMITTED);
        PreparedStatement statement =
            transaction
                .connection()
                .unwrap(JdbcConnection.class)
                .serverPrepareStatement("EXPLAIN " + sql.text())) {
      for (int i = 0; i < sql.parameters().size(); i++) {
        statement.setObject(i + 1, sql.parameters().get(i));
      }
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getString("type") + " " + row.getString("key") + " " + row.getString("Extra");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.bobbin.testservers.MySqlVersion#bundled")
  void bookmarksOfAllKeysAreExactAndUseTheIndexWithoutASort(MySqlVersion version)
      throws SQLException {
    try (LoadFixture fixture = LoadFixture.on(version, 100)) {
      fill(fixture);
      Table table = fixture.table("k");
      for (Column column : table.columns()) {
        String key = column.name();
        Bookmark bookmark = bookmark(fixture, table, key, 990);
        TableScan from = scan(table, key, bookmark, NONE);
        String index = key.equals("n") ? "PRIMARY" : key + "_index";
        assertThat(
                explain(fixture, new ScanQueries(MySqlScanSql.INSTANCE, i -> true).of(from).sql()))
            .as(key)
            .startsWith("range " + index)
            .doesNotContain("filesort");
        assertThat(
                explain(
                    fixture,
                    new ScanQueries(MySqlScanSql.INSTANCE, i -> true)
                        .of(scan(table, key, null, NONE))
                        .sql()))
            .as(key)
            .contains(" " + index)
            .doesNotContain("filesort");
        List<Long> read = fixture.read(from, "n");
        String atOrAbove =
            fixture.query(
                "SELECT COUNT(*) FROM k JOIN k o ON o.n = 990 WHERE k." + key + " >= o." + key);
        assertThat(read).as(key).hasSize(Integer.parseInt(atOrAbove)).contains(990L);
        assertThat(upToBookmark(fixture, from))
            .as(key)
            .isEqualTo(
                Integer.parseInt(
                    fixture.query(
                        "SELECT COUNT(*) FROM k JOIN k o ON o.n = 990 WHERE k."
                            + key
                            + " = o."
                            + key)));
      }
      assertThat(
              fixture.read(new TableScan(table, TableScan.NULL_KEYS, new NullKeyRows("dt")), "n"))
          .containsExactlyInAnyOrder(1000L, 1001L);
    }
  }

  private static int upToBookmark(LoadFixture fixture, TableScan scan) {
    int count = 0;
    try (BatchReader reader = new ScanOpening(fixture.server(), scan).open(index -> true)) {
      for (SourceBatch batch : LoadFixture.drain(reader, "n", new ArrayList<>())) {
        count += batch.upToBookmark();
      }
    }
    return count;
  }

  @ParameterizedTest
  @MethodSource("dev.bobbin.testservers.MySqlVersion#bundled")
  void anOverlapBeginsLowerButNoLowerThanTheTypeGoes(MySqlVersion version) throws SQLException {
    try (LoadFixture fixture = LoadFixture.on(version, 100)) {
      fill(fixture);
      Table table = fixture.table("k");
      for (String key : List.of("u", "dc", "dt", "ts", "d", "bi", "y", "f", "db")) {
        boolean time = List.of("dt", "ts", "d").contains(key);
        Bookmark bookmark = bookmark(fixture, table, key, 500);
        Overlap all =
            time ? new Overlap.Time(Duration.ofDays(4_000_000)) : new Overlap.Count(Long.MAX_VALUE);
        TableScan from = scan(table, key, bookmark, all);
        assertThat(fixture.read(from, "n")).as(key).hasSize(1000);
        assertThatThrownBy(
                () ->
                    new ScanQueries(MySqlScanSql.INSTANCE, i -> true)
                        .of(
                            scan(
                                table,
                                key,
                                bookmark,
                                time
                                    ? new Overlap.Count(1)
                                    : new Overlap.Time(Duration.ofHours(1)))))
            .as(key)
            .isInstanceOf(ConfigurationException.class);
      }
      assertThat(
              fixture.read(
                  scan(
                      table,
                      "dt",
                      bookmark(fixture, table, "dt", 500),
                      new Overlap.Time(Duration.ofNanos(10_000_010_000L))),
                  "n"))
          .hasSize(510)
          .startsWith(490L);
      assertThat(
              fixture.read(
                  scan(table, "u", bookmark(fixture, table, "u", 500), new Overlap.Count(10)), "n"))
          .hasSize(511)
          .startsWith(510L);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.bobbin.testservers.MySqlVersion#bundled")
  void keysLaterThanTheClockAndADayAreAhead(MySqlVersion version) throws SQLException {
    try (LoadFixture fixture = LoadFixture.on(version, 100)) {
      fixture.execute(
          "SET time_zone = '+00:00'",
          "CREATE TABLE k (n int PRIMARY KEY, dt datetime(6), ts timestamp(6) NULL, d date)",
          "INSERT INTO k SELECT 1, NOW(6) + INTERVAL 37 HOUR, NOW(6) + INTERVAL 23 HOUR, NOW(6)",
          "INSERT INTO k SELECT 2, NOW(6) + INTERVAL 39 HOUR, NOW(6) + INTERVAL 25 HOUR,"
              + " NOW(6) + INTERVAL 4 DAY");
      Table table = fixture.table("k");
      for (String key : List.of("dt", "ts", "d")) {
        try (BatchReader reader =
            new ScanOpening(fixture.server(), scan(table, key, null, NONE)).open(i -> true)) {
          SourceBatch batch = reader.next().orElseThrow();
          assertThat(batch.rows().rowCount()).isEqualTo(2);
          assertThat(batch.ahead()).as(key).isEqualTo(1);
          assertThat(batch.bookmark())
              .as(key)
              .contains(MySqlScanSql.INSTANCE.bookmark(batch.rows().column(key), 0));
        }
      }
    }
  }
}
