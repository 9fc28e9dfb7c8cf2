package dev.bobbin.dialect.sqlserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.sqlserver.stub.Answer;
import dev.bobbin.dialect.sqlserver.stub.Type;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.state.Bookmark;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * How the real driver declares the values of keys: with the type of their columns, or with one that
 * the statement then casts to that.
 */
class StubbedParametersTest {

  /** What is declared for a scan from a bookmark of a key. */
  private static String declared(
      String type, int length, int precision, int scale, Type sent, String value)
      throws IOException {
    Shop shop = Shop.onSqlServer().column("k", type, length, precision, scale);
    try (StubbedSource source = StubbedSource.of(shop.rows(Answer.of(sent, Type.INT)))) {
      Table table = source.table();
      Column key = table.columns().get(0);
      Bookmark bookmark = new Bookmark("k", key.type(), key.nativeType(), value);
      assertThat(source.read(table, new ScanRange.FromBookmark("k", bookmark, new Overlap.None())))
          .isEmpty();
      List<String> statements = source.statements();
      return statements.get(statements.size() - 1).split("\n  ", -1)[1];
    }
  }

  @Test
  void haveTheTypesOfTheirColumns() throws IOException {
    assertThat(declared("bigint", 8, 0, 0, Type.BIGINT, "5")).isEqualTo("@P0 bigint,@P1 bigint");
    assertThat(declared("int", 4, 0, 0, Type.INT, "5")).isEqualTo("@P0 int,@P1 int");
    assertThat(declared("smallint", 2, 0, 0, Type.SMALLINT, "5"))
        .isEqualTo("@P0 smallint,@P1 smallint");
    assertThat(declared("decimal", 9, 18, 2, Type.decimal(18, 2), "5.25"))
        .isEqualTo("@P0 decimal(38,2),@P1 decimal(38,2)");
    assertThat(declared("money", 8, 0, 0, Type.MONEY, "5.2500")).isEqualTo("@P0 money,@P1 money");
    assertThat(declared("datetime", 8, 0, 0, Type.DATETIME, "2026-01-01 00:00:00.0030000"))
        .isEqualTo("@P0 datetime2,@P1 datetime2,@P2 datetime2");
    assertThat(
            declared("smalldatetime", 4, 0, 0, Type.SMALLDATETIME, "2026-01-01 00:01:00.0000000"))
        .isEqualTo("@P0 datetime2,@P1 datetime2,@P2 datetime2");
    assertThat(declared("datetime2", 8, 27, 7, Type.DATETIME2, "2026-01-01 00:00:00.1234567"))
        .isEqualTo("@P0 datetime2,@P1 datetime2,@P2 datetime2");
    assertThat(
            declared(
                "datetimeoffset",
                10,
                34,
                7,
                Type.DATETIMEOFFSET,
                "2026-01-01 00:00:00.1234567 +02:00"))
        .isEqualTo("@P0 datetimeoffset,@P1 datetimeoffset,@P2 datetimeoffset");
    assertThat(declared("date", 3, 10, 0, Type.DATE, "2026-01-01"))
        .isEqualTo("@P0 date,@P1 date,@P2 date");
    assertThat(declared("time", 5, 16, 7, Type.TIME, "23:59:59.9999999"))
        .isEqualTo("@P0 time,@P1 time");
    assertThat(
            declared(
                "uniqueidentifier", 16, 0, 0, Type.GUID, "00112233-4455-6677-8899-aabbccddeeff"))
        .isEqualTo("@P0 uniqueidentifier,@P1 uniqueidentifier");
    assertThat(declared("timestamp", 8, 0, 0, Type.ROWVERSION, "0000000000001000"))
        .isEqualTo("@P0 varbinary(8000),@P1 varbinary(8000),@P2 varbinary(8000)");
    assertThat(declared("nvarchar", 40, 0, 0, Type.NVARCHAR, "é"))
        .isEqualTo("@P0 nvarchar(4000),@P1 nvarchar(4000)");
    assertThat(declared("varchar", 20, 0, 0, Type.VARCHAR, "é"))
        .isEqualTo("@P0 nvarchar(4000),@P1 nvarchar(4000)");
    assertThat(declared("real", 4, 0, 0, Type.REAL, "0.1")).isEqualTo("@P0 float,@P1 float");
    assertThat(declared("float", 8, 0, 0, Type.FLOAT, "0.1")).isEqualTo("@P0 float,@P1 float");
    assertThat(declared("tinyint", 1, 0, 0, Type.TINYINT, "200"))
        .isEqualTo("@P0 smallint,@P1 smallint");
    assertThat(declared("bit", 1, 0, 0, Type.BIT, "1")).isEqualTo("@P0 bit,@P1 bit");
  }

  /** Neither a parameter nor an escape of the driver's. */
  @Test
  void namesAreDataToTheDriver() throws IOException {
    for (String name :
        List.of("wei?rd ${x} :y", "{fn now()}", "{d '2020-01-01'}", "a]b\"c", "x--y")) {
      Shop shop = Shop.onSqlServer().column(name, "int", 4, 0, 0);
      try (StubbedSource source = StubbedSource.of(shop.rows(Answer.of(Type.INT)))) {
        assertThat(source.readAll()).isEmpty();
        List<String> statements = source.statements();
        assertThat(statements.get(statements.size() - 1))
            .isEqualTo(
                "SELECT [t]." + TSql.identifier(name) + " FROM [shop].[dbo].[things] AS [t]");
      }
    }
  }
}
