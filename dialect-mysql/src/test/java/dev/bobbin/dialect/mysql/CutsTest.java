package dev.bobbin.dialect.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.jdbc.LoadParts;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.testservers.MySqlVersion;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Where tables are cut. */
class CutsTest {

  private static final int ROWS = 16_384;

  @Test
  void oneReaderOrASmallTableIsNotCut() {
    assertThat(LoadParts.count(1L << 40, 1)).isEqualTo(1);
    assertThat(LoadParts.count((16L << 20) - 1, 4)).isEqualTo(1);
    assertThat(LoadParts.count(32L << 20, 4)).isEqualTo(4);
    assertThat(LoadParts.count(1L << 40, 4)).isEqualTo(16);
  }

  private static void fill(LoadFixture fixture, String name, String key, String value)
      throws SQLException {
    List<String> sql = new ArrayList<>();
    sql.add("CREATE TABLE " + name + " (n int NOT NULL, " + key + ") ENGINE = InnoDB");
    sql.add("CREATE TABLE " + name + "_s (n int AUTO_INCREMENT PRIMARY KEY)");
    sql.add("INSERT INTO " + name + "_s VALUES (NULL)");
    for (int rows = 1; rows < ROWS; rows *= 2) {
      sql.add("INSERT INTO " + name + "_s SELECT NULL FROM " + name + "_s");
    }
    sql.add("INSERT INTO " + name + " SELECT n, " + value + " FROM " + name + "_s");
    sql.add("ANALYZE TABLE " + name);
    fixture.execute(sql.toArray(String[]::new));
  }

  private static void assertEven(LoadFixture fixture, String name) throws SQLException {
    Table table = fixture.table(name);
    Map<String, String> positions = fixture.positions(table, 8);
    assertThat(positions.size()).as(name).isBetween(5, 24);
    List<Long> all = new ArrayList<>();
    try (SourceLoad load = fixture.begin(fixture.request(table, null, positions)).orElseThrow()) {
      for (TableScan scan : load.scans()) {
        List<Long> range = new ArrayList<>();
        try (BatchReader reader = load.open(scan)) {
          LoadFixture.drain(reader, "n", range);
        }
        assertThat(range.size()).as(name + " " + scan.name()).isLessThan(ROWS / 2);
        all.addAll(range);
      }
    }
    assertThat(all).as(name).doesNotHaveDuplicates().hasSize(ROWS);
  }

  @ParameterizedTest
  @MethodSource("dev.bobbin.testservers.MySqlVersion#bundled")
  void skewedKeysGiveRangesOfBoundedSize(MySqlVersion version) throws SQLException {
    try (LoadFixture fixture = LoadFixture.on(version, 10_000)) {
      fill(fixture, "dense", "id bigint PRIMARY KEY", "IF(n = 7, 9000000000000000000, n)");
      fill(fixture, "tenants", "a int, b int, PRIMARY KEY (a, b)", "IF(n % 100 = 0, n, 5), n");
      fill(fixture, "times", "t datetime(6) PRIMARY KEY", "'2020-01-01' + INTERVAL n SECOND");
      fill(fixture, "ids", "u char(36) PRIMARY KEY", "CONCAT(MD5(n), '')");
      fill(fixture, "names", "u varchar(99) PRIMARY KEY", "CONCAT('customer ÄÖ ', n)");
      fill(fixture, "hashes", "u binary(16) PRIMARY KEY", "UNHEX(MD5(n))");
      for (String name : List.of("dense", "tenants", "times", "ids", "names", "hashes")) {
        assertEven(fixture, name);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.bobbin.testservers.MySqlVersion#bundled")
  void anEmptyTableHasNothingToRead(MySqlVersion version) throws SQLException {
    try (LoadFixture fixture = LoadFixture.on(version, 100)) {
      fixture.execute("CREATE TABLE e (id int PRIMARY KEY)");
      try (SourceLoad load =
          fixture.begin(fixture.request(fixture.table("e"), null, Map.of())).orElseThrow()) {
        assertThat(load.scans()).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.bobbin.testservers.MySqlVersion#bundled")
  void rangesReadInTheOrderOfTheirIndex(MySqlVersion version) throws SQLException {
    try (LoadFixture fixture = LoadFixture.on(version, 100)) {
      fixture.execute(
          "CREATE TABLE u (id int, code varchar(9) NOT NULL, UNIQUE KEY by_code (code))",
          "INSERT INTO u VALUES (1, 'b'), (2, 'A'), (3, 'c')");
      Table table = fixture.table("u");
      List<Long> read = new ArrayList<>();
      try (SourceLoad load = fixture.begin(fixture.request(table, null, Map.of())).orElseThrow()) {
        assertThat(load.scans()).hasSize(1);
        assertThat(load.scans().get(0).range()).isInstanceOf(ScanRange.Slice.class);
        try (BatchReader reader = load.open(load.scans().get(0))) {
          LoadFixture.drain(reader, "id", read);
        }
      }
      assertThat(read).containsExactly(2L, 1L, 3L);
    }
  }
}
