package dev.bobbin.dialect.sqlserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.dialect.sqlserver.stub.Answer;
import dev.bobbin.dialect.sqlserver.stub.Type;
import dev.bobbin.record.ColumnVector;
import dev.bobbin.record.RecordBatch;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.HexFormat;
import java.util.TimeZone;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Values as they are sent by the protocol, through the real driver, into batches. The bytes are
 * those that MS-TDS says; no server was asked.
 */
class StubbedValuesTest {

  private static byte[] le(int bytes, long value) {
    ByteBuffer buffer = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value);
    return java.util.Arrays.copyOf(buffer.array(), bytes);
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  private static byte[] utf16(String text) {
    return text.getBytes(StandardCharsets.UTF_16LE);
  }

  private static ColumnVector only(String type, int length, int precision, int scale, Answer rows)
      throws IOException {
    try (StubbedSource source =
        StubbedSource.of(
            Shop.onSqlServer().column("v", type, length, precision, scale).rows(rows))) {
      RecordBatch batch = source.readAll().get(0).rows();
      return batch.column("v");
    }
  }

  private static ColumnVector only(String type, Type sent, byte[]... values) throws IOException {
    Answer rows = Answer.of(sent);
    for (byte[] value : values) {
      rows.add(value);
    }
    rows.addWithBitmap((byte[]) null);
    ColumnVector vector = only(type, 8, 0, 7, rows);
    assertThat(vector.isNull(values.length)).isTrue();
    assertThat(vector.get(values.length)).isNull();
    return vector;
  }

  @Test
  void wholeNumbers() throws IOException {
    ColumnVector tiny = only("tinyint", Type.TINYINT, le(1, 0), le(1, 255));
    assertThat(tiny.get(1)).isEqualTo(255L);
    assertThat(only("smallint", Type.SMALLINT, le(2, -32768)).get(0)).isEqualTo(-32768L);
    assertThat(only("int", Type.INT, le(4, Integer.MIN_VALUE)).get(0))
        .isEqualTo((long) Integer.MIN_VALUE);
    assertThat(only("bigint", Type.BIGINT, le(8, Long.MIN_VALUE)).get(0)).isEqualTo(Long.MIN_VALUE);
    ColumnVector bit = only("bit", Type.BIT, le(1, 1), le(1, 0));
    assertThat(bit.get(0)).isEqualTo(true);
    assertThat(bit.get(1)).isEqualTo(false);
  }

  @Test
  void decimalsKeepTheirScale() throws IOException {
    byte[] most = new byte[17]; // 10^38 - 1 behind its sign, the lowest byte first
    most[0] = 0;
    byte[] digits = new java.math.BigInteger("9".repeat(38)).toByteArray();
    for (int i = 0; i < digits.length; i++) {
      most[1 + i] = digits[digits.length - 1 - i];
    }
    ColumnVector decimal =
        only("decimal", 17, 38, 10, Answer.of(Type.decimal(38, 10)).add(most).add((byte[]) null));
    assertThat(decimal.getDecimal(0))
        .isEqualTo(new BigDecimal("-" + "9".repeat(28) + ".9999999999"));
    assertThat(decimal.isNull(1)).isTrue();
    // money has its high half first
    byte[] money = new byte[8];
    System.arraycopy(le(4, -12345L >> 32), 0, money, 0, 4);
    System.arraycopy(le(4, -12345L), 0, money, 4, 4);
    assertThat(only("money", Type.MONEY, money).getDecimal(0)).isEqualTo(new BigDecimal("-1.2345"));
    assertThat(only("smallmoney", Type.SMALLMONEY, le(4, 5)).getDecimal(0))
        .isEqualTo(new BigDecimal("0.0005"));
  }

  @Test
  void floatingPoint() throws IOException {
    assertThat(only("real", Type.REAL, le(4, Float.floatToIntBits(0.1f))).get(0)).isEqualTo(0.1f);
    assertThat(only("float", Type.FLOAT, le(8, Double.doubleToLongBits(-1e-300))).get(0))
        .isEqualTo(-1e-300);
  }

  /** In whatever zone this machine is: one in which the time that is read does not exist. */
  @ParameterizedTest
  @ValueSource(strings = {"UTC", "Europe/Berlin", "Pacific/Apia", "America/Sao_Paulo"})
  void timesKnowNoZone(String zone) throws IOException {
    TimeZone before = TimeZone.getDefault();
    TimeZone.setDefault(TimeZone.getTimeZone(zone));
    try {
      LocalDateTime gap = LocalDateTime.parse("2024-03-31T02:30:00.1234567");
      LocalDateTime first = LocalDateTime.parse("0001-01-01T00:00:00");
      LocalDateTime julian = LocalDateTime.parse("1500-02-28T23:59:59.9999999");
      LocalDateTime last = LocalDateTime.parse("9999-12-31T23:59:59.9999999");
      ColumnVector times =
          only(
              "datetime2",
              Type.DATETIME2,
              Answer.dateTime2(gap),
              Answer.dateTime2(first),
              Answer.dateTime2(julian),
              Answer.dateTime2(last));
      assertThat(times.getTimestamp(0)).isEqualTo(gap);
      assertThat(times.getTimestamp(1)).isEqualTo(first);
      assertThat(times.getTimestamp(2)).isEqualTo(julian);
      assertThat(times.getTimestamp(3)).isEqualTo(last);
      // days since 1900 and 1/300 of a second: .003 and .997 are as near as the type comes
      ColumnVector datetime =
          only(
              "datetime",
              Type.DATETIME,
              hex("00000000 01000000"),
              hex("00000000 2b010000"),
              hex("462effff 00000000"));
      assertThat(datetime.getTimestamp(0))
          .isEqualTo(LocalDateTime.parse("1900-01-01T00:00:00.003"));
      assertThat(datetime.getTimestamp(1))
          .isEqualTo(LocalDateTime.parse("1900-01-01T00:00:00.997"));
      assertThat(datetime.getTimestamp(2)).isEqualTo(LocalDateTime.parse("1753-01-01T00:00:00"));
      assertThat(only("smalldatetime", Type.SMALLDATETIME, hex("ffff 9f05")).getTimestamp(0))
          .isEqualTo(LocalDateTime.parse("2079-06-06T23:59:00"));
      assertThat(only("date", Type.DATE, hex("000000"), hex("dab937")).getDate(0))
          .isEqualTo(LocalDate.parse("0001-01-01"));
      assertThat(only("time", Type.TIME, hex("ffbf692ac9")).getTime(0))
          .isEqualTo(LocalTime.parse("23:59:59.9999999"));
      // in UTC, and then the minutes of its offset
      byte[] offset = java.util.Arrays.copyOf(Answer.dateTime2(gap), 10);
      offset[8] = (byte) 0x78;
      offset[9] = 0;
      byte[] west = java.util.Arrays.copyOf(Answer.dateTime2(first.plusDays(1)), 10);
      west[8] = (byte) -840;
      west[9] = (byte) (-840 >> 8);
      ColumnVector offsets = only("datetimeoffset", Type.DATETIMEOFFSET, offset, west);
      assertThat(offsets.getOffsetTimestamp(0))
          .isEqualTo(OffsetDateTime.parse("2024-03-31T04:30:00.1234567+02:00"));
      assertThat(offsets.getOffsetTimestamp(1))
          .isEqualTo(OffsetDateTime.parse("0001-01-01T10:00:00-14:00"));
    } finally {
      TimeZone.setDefault(before);
    }
  }

  @Test
  void uniqueidentifiersHaveTheirFirstGroupsBackwards() throws IOException {
    assertThat(
            only("uniqueidentifier", Type.GUID, hex("33221100 5544 7766 8899aabbccddeeff"))
                .getUuid(0))
        .isEqualTo(UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"));
  }

  @Test
  void texts() throws IOException {
    String text = "é漢😀\uffff\u0000 '";
    assertThat(only("nvarchar", Type.NVARCHAR, utf16(text), utf16("")).getString(0))
        .isEqualTo(text);
    assertThat(only("varchar", Type.VARCHAR, new byte[] {(byte) 0xe9, (byte) 0x80}).getString(0))
        .isEqualTo("é€");
    assertThat(
            only("varchar", Type.VARCHAR_UTF8, text.getBytes(StandardCharsets.UTF_8)).getString(0))
        .isEqualTo(text);
    assertThat(only("text", Type.TEXT, new byte[] {'a', (byte) 0xe9}).getString(0)).isEqualTo("aé");
    assertThat(only("ntext", Type.NTEXT, utf16(text)).getString(0)).isEqualTo(text);
    assertThat(
            only("char", Type.CHAR, "a         ".getBytes(StandardCharsets.US_ASCII)).getString(0))
        .isEqualTo("a         ");
  }

  @Test
  void longTextsComeInPiecesWhosePairsAreNotTorn() throws IOException {
    String text = "x" + "😀é漢".repeat(20_000);
    Answer rows = Answer.of(Type.NVARCHAR_MAX).add(utf16(text)).add(new byte[0]).add((byte[]) null);
    ColumnVector vector = only("nvarchar", -1, 0, 0, rows);
    assertThat(vector.getString(0)).isEqualTo(text);
    assertThat(vector.getString(1)).isEmpty();
    assertThat(vector.isNull(2)).isTrue();
    byte[] latin = "é".repeat(30_000).getBytes(StandardCharsets.ISO_8859_1);
    assertThat(only("varchar", -1, 0, 0, Answer.of(Type.VARCHAR_MAX).add(latin)).getString(0))
        .isEqualTo("é".repeat(30_000));
    assertThat(only("xml", -1, 0, 0, Answer.of(Type.NVARCHAR_MAX).add(utf16("<a/>"))).getString(0))
        .isEqualTo("<a/>");
  }

  /** Windows-1252 has no character there; SQL Server shows U+0081, the driver U+FFFD. */
  @Test
  void whatTheCodePageHasNoCharacterForStandsBesideItsNull() throws IOException {
    ColumnVector undefined = only("varchar", Type.VARCHAR, new byte[] {'a', (byte) 0x81});
    assertThat(undefined.isNull(0)).isTrue();
    assertThat(undefined.original(0)).contains("a\ufffd");
    ColumnVector meant = only("nvarchar", Type.NVARCHAR, utf16("a\ufffd"));
    assertThat(meant.getString(0)).isEqualTo("a\ufffd");
  }

  @Test
  void bytes() throws IOException {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    assertThat(only("varbinary", Type.VARBINARY, all, new byte[0]).getBytes(0)).isEqualTo(all);
    assertThat(only("binary", Type.BINARY, hex("01000000")).getBytes(0)).isEqualTo(hex("01000000"));
    assertThat(only("timestamp", Type.ROWVERSION, hex("00000000000007d1")).getBytes(0))
        .isEqualTo(hex("00000000000007d1"));
    assertThat(only("image", Type.IMAGE, all).getBytes(0)).isEqualTo(all);
    byte[] large = new byte[100_001];
    large[100_000] = 7;
    assertThat(only("varbinary", -1, 0, 0, Answer.of(Type.VARBINARY_MAX).add(large)).getBytes(0))
        .isEqualTo(large);
  }

  @Test
  void aVariantIsItsTextAndTheNameOfItsType() throws IOException {
    Answer rows =
        Answer.of(Type.NVARCHAR_MAX, Type.NVARCHAR).add(utf16("5"), utf16("int")).add(null, null);
    ColumnVector vector = only("sql_variant", 8016, 0, 0, rows);
    assertThat(vector.getString(0)).isEqualTo("5");
    assertThat(vector.original(0)).contains("int");
    assertThat(vector.isNull(1)).isTrue();
  }

  @Test
  void aShapeIsWellKnownBinaryWithItsSrid() throws IOException {
    byte[] point = hex("01 01000000 000000000000f03f 0000000000000040");
    Answer rows =
        Answer.of(Type.VARBINARY_MAX, Type.INT).add(point, le(4, 4326)).add(point, le(4, 0));
    ColumnVector vector = only("geography", -1, 0, 0, rows);
    assertThat(vector.getBytes(0))
        .isEqualTo(hex("01 01000020 e6100000 000000000000f03f 0000000000000040"));
    assertThat(vector.getBytes(1)).isEqualTo(point);
  }
}
