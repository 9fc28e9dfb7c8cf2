package dev.bobbin.dialect.sqlserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.record.ColumnVector;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.state.Bookmark;
import dev.bobbin.testservers.SqlServer;
import dev.bobbin.testservers.SqlServer.Encryption;
import dev.bobbin.testservers.SqlServer.Home;
import dev.bobbin.tls.Tls;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Literals and the values that come of them, on a real server; and as keys. */
@ExtendWith(NeedsSqlServer.class)
class SqlServerValuesTest {

  /**
   * A literal.
   *
   * @param key whether it can be a replication key
   */
  private record Literal(String type, String sql, Object value, boolean key) {}

  private static final List<Literal> LITERALS =
      List.of(
          key("tinyint", "255", 255L),
          key("smallint", "-32768", -32768L),
          key("int", "-2147483648", -2147483648L),
          key("bigint", "-9223372036854775808", Long.MIN_VALUE),
          key("bit", "1", true),
          key("decimal(38,10)", "1234567890123456789012345678.0123456789", decimal()),
          key("money", "-922337203685477.5808", new BigDecimal("-922337203685477.5808")),
          key("smallmoney", "214748.3647", new BigDecimal("214748.3647")),
          key("real", "0.1", 0.1f),
          key("float", "1e-300", 1e-300),
          key("date", "'0001-01-01'", LocalDate.of(1, 1, 1)),
          key("date", "'9999-12-31'", LocalDate.of(9999, 12, 31)),
          key("time(6)", "'23:59:59.999999'", LocalTime.parse("23:59:59.999999")),
          key("datetime", "'2026-03-29T02:30:00.003'", at("2026-03-29T02:30:00.003")),
          key("datetime", "'2026-03-29T02:30:00.997'", at("2026-03-29T02:30:00.997")),
          key("smalldatetime", "'2026-03-29T02:30:00'", at("2026-03-29T02:30:00")),
          key("datetime2(6)", "'2026-03-29 02:30:00.123456'", at("2026-03-29T02:30:00.123456")),
          key("datetime2(6)", "'1500-02-28 00:00:00'", at("1500-02-28T00:00:00")),
          key(
              "datetimeoffset(6)",
              "'2026-03-29 02:30:00.123456 +05:30'",
              OffsetDateTime.parse("2026-03-29T02:30:00.123456+05:30")),
          key("char(5)", "'ab'", "ab   "),
          key("varchar(20)", "'Ab é'", "Ab é"),
          key("nchar(5)", "N'é'", "é    "),
          key("nvarchar(20)", "N'é漢😀'", "é漢😀"),
          other(
              "varchar(max)", "REPLICATE(CAST('x' AS varchar(max)), 100000)", "x".repeat(100_000)),
          other(
              "nvarchar(max)", "REPLICATE(CAST(N'漢' AS nvarchar(max)), 50000)", "漢".repeat(50_000)),
          other("text", "'text é'", "text é"),
          other("ntext", "N'text 漢'", "text 漢"),
          key("binary(4)", "0x0102", hex("01020000")),
          key("varbinary(10)", "0x00ff", hex("00ff")),
          other("varbinary(max)", "0x00ff", hex("00ff")),
          other("image", "0x00ff", hex("00ff")),
          key(
              "uniqueidentifier",
              "'00112233-4455-6677-8899-aabbccddeeff'",
              UUID.fromString("00112233-4455-6677-8899-aabbccddeeff")),
          other("xml", "N'<a b=\"1\">é</a>'", "<a b=\"1\">é</a>"),
          other("sql_variant", "CAST(5 AS int)", "5"),
          other("sql_variant", "CAST(0.1 AS float)", "0.10000000000000001"),
          other("sql_variant", "CAST(1.2345 AS money)", "1.2345"),
          other("hierarchyid", "'/1/2/'", "/1/2/"));

  private static Literal key(String type, String sql, Object value) {
    return new Literal(type, sql, value, true);
  }

  private static Literal other(String type, String sql, Object value) {
    return new Literal(type, sql, value, false);
  }

  private static BigDecimal decimal() {
    return new BigDecimal("1234567890123456789012345678.0123456789");
  }

  private static LocalDateTime at(String text) {
    return LocalDateTime.parse(text);
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  private static SourceSession connect(SqlServer server, Home home) {
    Tls tls = server.encryption() == Encryption.OFF ? Tls.off() : Tls.withoutVerification();
    return SqlServerDialect.at(server.host(), server.port(), home.database())
        .tls(tls)
        .login(server.user(), server.password())
        .connect(StubbedSource.SETTINGS);
  }

  @Test
  void valuesArriveExactlyAndAreTheirOwnBookmarks() throws SQLException {
    SqlServer server = TestServers.any();
    Home home = server.makeHome();
    try (SourceSession session = connect(server, home)) {
      int number = 0;
      for (Literal literal : LITERALS) {
        String name = "values_" + ++number;
        String table = TSql.identifier(home.schema()) + "." + name;
        try {
          server.execute(
              home.database(),
              "CREATE TABLE " + table + " (id int NOT NULL PRIMARY KEY, v " + literal.type() + ")",
              "INSERT INTO " + table + " (id, v) VALUES (1, " + literal.sql() + ")",
              "INSERT INTO " + table + " (id) VALUES (2)");
        } catch (SQLException e) {
          System.out.println(
              "[test-servers] no " + literal.type() + " on " + server + ": " + e.getMessage());
          continue;
        }
        try {
          check(session, TableId.of(home.database(), home.schema(), name), literal);
        } finally {
          server.execute(home.database(), "DROP TABLE " + table);
        }
      }
    }
  }

  private static void check(SourceSession session, TableId id, Literal literal) {
    String what = literal.type() + " " + literal.sql();
    Table table = session.discover(name -> name.equals(id.parts().get(0))).table(id).orElseThrow();
    SourceBatch all = read(session, table, new ScanRange.WholeTable());
    ColumnVector values = all.rows().column("v");
    assertThat(all.rows().rowCount()).as(what).isEqualTo(2);
    int first = all.rows().column("id").getLong(0) == 1 ? 0 : 1;
    assertThat(values.get(first)).as(what).isEqualTo(literal.value());
    assertThat(values.get(1 - first)).as(what).isNull();
    if (literal.key()) {
      Bookmark bookmark =
          new Bookmark(
              "v", values.column().type(), values.column().nativeType(), KeyText.of(values, first));
      SourceBatch again =
          read(session, table, new ScanRange.FromBookmark("v", bookmark, new Overlap.None()));
      assertThat(again.rows().rowCount()).as(what + " as a bookmark").isEqualTo(1);
      assertThat(again.upToBookmark()).as(what + " is at the bookmark").isEqualTo(1);
    }
  }

  private static SourceBatch read(SourceSession session, Table table, ScanRange range) {
    try (BatchReader reader = session.open(new TableScan(table, TableScan.ALL, range))) {
      Optional<SourceBatch> batch = reader.next();
      assertThat(reader.next()).isEmpty();
      return batch.orElseThrow();
    }
  }

  /** Rows of one transaction may share theirs; those that are committed are all found again. */
  @Test
  void rowversionsAreKeys() throws SQLException {
    SqlServer server = TestServers.any();
    Home home = server.makeHome();
    String table = TSql.identifier(home.schema()) + ".versioned";
    try {
      server.execute(
          home.database(),
          "CREATE TABLE " + table + " (id int NOT NULL PRIMARY KEY, rv rowversion)");
    } catch (SQLException e) {
      System.out.println("[test-servers] no rowversion on " + server + ": " + e.getMessage());
      return;
    }
    try (SourceSession session = connect(server, home)) {
      TableId id = TableId.of(home.database(), home.schema(), "versioned");
      server.execute(home.database(), "INSERT INTO " + table + " (id) VALUES (1), (2), (3)");
      Table found = session.discover(name -> name.equals(home.database())).table(id).orElseThrow();
      SourceBatch all =
          read(session, found, new ScanRange.FromBookmark("rv", null, new Overlap.None()));
      assertThat(all.rows().rowCount()).isEqualTo(3);
      server.execute(home.database(), "INSERT INTO " + table + " (id) VALUES (4)");
      SourceBatch next =
          read(
              session,
              found,
              new ScanRange.FromBookmark("rv", all.bookmark().orElseThrow(), new Overlap.None()));
      int last = next.rows().rowCount() - 1;
      assertThat(next.rows().column("id").getLong(last)).isEqualTo(4);
      assertThat(next.upToBookmark()).isEqualTo(last);
    } finally {
      server.execute(home.database(), "DROP TABLE " + table);
    }
  }
}
