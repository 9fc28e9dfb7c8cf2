package dev.bobbin.dialect.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.record.ColumnVector;
import dev.bobbin.record.RecordBatch;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What each type of MySQL and MariaDB becomes, as a table of literal and value. */
class MySqlValuesTest {

  private static final String MYSQL_5_7 = "MySQL 5.7";
  private static final String MYSQL_8_0 = "MySQL 8.0";
  private static final String MARIADB = "MariaDB 11.4";
  private static final List<String> ALL = List.of(MYSQL_5_7, MYSQL_8_0, MARIADB);
  private static final List<String> MYSQL = List.of(MYSQL_5_7, MYSQL_8_0);

  /** A value in a column of its type. */
  private record Case(
      List<String> on,
      String type,
      String literal,
      DataType expectedType,
      Object expected,
      String original) {}

  private final List<Case> cases = new ArrayList<>();
  private DataType type = new DataType.Text();

  /** Says what type the cases that follow have. */
  private void of(DataType next) {
    type = next;
  }

  private void is(String column, String literal, Object expected) {
    is(ALL, column, literal, expected);
  }

  private void is(List<String> on, String column, String literal, Object expected) {
    cases.add(new Case(on, column, literal, type, expected, null));
  }

  /** NULL with the server's text beside it. */
  private void unheld(String column, String literal, String original) {
    cases.add(new Case(ALL, column, literal, type, null, original));
  }

  private static BigDecimal decimal(String text) {
    return new BigDecimal(text);
  }

  private static BigInteger big(String text) {
    return new BigInteger(text);
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private void wholeNumbers() {
    of(new DataType.Int(8, true));
    is("tinyint", "-128", -128L);
    is("tinyint", "127", 127L);
    is("tinyint(1)", "2", 2L);
    is("bool", "-1", -1L);
    of(new DataType.Int(8, false));
    is("tinyint unsigned", "255", 255L);
    of(new DataType.Int(16, true));
    is("smallint", "-32768", -32768L);
    is("smallint", "32767", 32767L);
    is("year", "2155", 2155L);
    is("year", "1901", 1901L);
    is("year", "0", 0L);
    of(new DataType.Int(16, false));
    is("smallint unsigned", "65535", 65535L);
    of(new DataType.Int(32, true));
    is("mediumint", "-8388608", -8388608L);
    is("mediumint", "8388607", 8388607L);
    is("int", "-2147483648", -2147483648L);
    is("int(5)", "2147483647", 2147483647L);
    of(new DataType.Int(32, false));
    is("mediumint unsigned", "16777215", 16777215L);
    is("int unsigned", "4294967295", 4294967295L);
    is("int(5) zerofill", "42", 42L);
    of(new DataType.Int(64, true));
    is("bigint", "-9223372036854775808", Long.MIN_VALUE);
    is("bigint", "9223372036854775807", Long.MAX_VALUE);
    of(new DataType.Int(64, false));
    is("bigint unsigned", "18446744073709551615", big("18446744073709551615"));
    is("bigint unsigned", "9223372036854775808", big("9223372036854775808"));
    is("bigint unsigned", "7", big("7"));
    is("bit(2)", "b'10'", big("2"));
    is("bit(9)", "b'100000001'", big("257"));
    is("bit(63)", "1", big("1"));
    is("bit(64)", "18446744073709551615", big("18446744073709551615"));
    of(new DataType.Bool());
    is("bit", "b'1'", true);
    is("bit(1)", "b'0'", false);
  }

  private void otherNumbers() {
    of(new DataType.Decimal(10, 0));
    is("decimal", "-5", decimal("-5"));
    of(new DataType.Decimal(10, 2));
    is("decimal(10,2)", "1234.5", decimal("1234.50"));
    is("decimal(10,2)", "-0.01", decimal("-0.01"));
    is("decimal(10,2)", "0", decimal("0.00"));
    is("decimal(10,2) unsigned", "99999999.99", decimal("99999999.99"));
    is("decimal(10,2) zerofill", "12.5", decimal("12.50"));
    of(new DataType.Decimal(18, 4));
    is("decimal(18,4)", "-99999999999999.9999", decimal("-99999999999999.9999"));
    of(new DataType.Decimal(19, 0));
    is("decimal(19)", "1234567890123456789", decimal("1234567890123456789"));
    is("decimal(19)", "-9999999999999999999", decimal("-9999999999999999999"));
    of(new DataType.Decimal(30, 30));
    is("decimal(30,30)", "-0.000000000000000000000000000001", decimal("-1e-30"));
    of(new DataType.Decimal(65, 30));
    String large = "9".repeat(35) + "." + "9".repeat(30);
    is("decimal(65,30)", large, decimal(large));
    is("decimal(65,30)", "-" + large, decimal("-" + large));
    is("decimal(65,30)", "1.5", decimal("1.5").setScale(30));
    of(new DataType.Float(32));
    is("float", "1.1", 1.1f);
    is("float", "16777217", 16777216f);
    is("float(7,4)", "999.00009", 999.0001f);
    is("float", "-3.4028234e38", -Float.MAX_VALUE);
    is("float", "1.17549435e-38", 1.17549435e-38f);
    is("float unsigned", "0.1", 0.1f);
    of(new DataType.Float(64));
    is("double", "0.1", 0.1);
    is("double", "-1.7976931348623157e308", -Double.MAX_VALUE);
    is("double", "1e-300", 1e-300);
    is("double", "-0e0", -0.0);
    is("double(10,3)", "1.2504", 1.25);
    is("float(53)", "0.1", 0.1);
  }

  private void texts() {
    of(new DataType.Text());
    is("text", "''", "");
    is("varchar(50)", "'a\\tb\\n\\\\\"\\'\\0é\uD83D\uDE00'", "a\tb\n\\\"'\0é\uD83D\uDE00");
    is("varchar(5)", "'ab '", "ab ");
    is("char(5)", "'ab '", "ab");
    is("char(5)", "''", "");
    is("tinytext", "'tiny'", "tiny");
    is("mediumtext", "'medium'", "medium");
    is("longtext", "'{}'", "{}");
    is("text", "repeat('é', 300)", "é".repeat(300));
    is("varchar(20) character set latin1", "'é€ÿ'", "é€ÿ");
    is("char(20) character set latin1", "'é€ÿ'", "é€ÿ");
    is("text character set latin1", "'é€ÿ'", "é€ÿ");
    is("varchar(20) character set utf8", "'é中'", "é中");
    is("varchar(20) character set gbk", "'中文a'", "中文a");
    is("text character set gbk", "'中文a'", "中文a");
    is("varchar(20) character set utf16", "'中\uD83D\uDE00'", "中\uD83D\uDE00");
    is("varchar(20) character set ucs2", "'中a'", "中a");
    is("varchar(20) character set ascii", "'plain'", "plain");
    is("varchar(20) character set sjis", "'日本'", "日本");
    is("varchar(20) character set utf8mb4 collate utf8mb4_bin", "'é '", "é ");
    is("enum('a','b c','é')", "'b c'", "b c");
    is("enum('a','b c','é') character set latin1", "'é'", "é");
    is("enum('a')", "'none of them'", "");
    is("set('x','y','z')", "'z,x'", "x,z");
    is("set('x','y','z')", "''", "");
    of(new DataType.Bytes());
    is("binary(5)", "x'61ff'", bytes(0x61, 0xff, 0, 0, 0));
    is("varbinary(5)", "x'6100ff'", bytes(0x61, 0, 0xff));
    is("varbinary(5)", "''", bytes());
    is("tinyblob", "x'00'", bytes(0));
    is("blob", "x'fffe5c27'", bytes(255, 254, 92, 39));
    is("mediumblob", "x'01'", bytes(1));
    is("longblob", "x'02'", bytes(2));
    of(new DataType.Json());
    is(MYSQL, "json", "'{\"b\" : 1.5,  \"a\":[null]}'", "{\"a\": [null], \"b\": 1.5}");
    is(MYSQL, "json", "'\"é\\\\u0041\uD83D\uDE00\"'", "\"éA\uD83D\uDE00\"");
    is(MYSQL, "json", "'18446744073709551615'", "18446744073709551615");
    is(MYSQL, "json", "'null'", "null");
    is(
        List.of(MARIADB),
        "json",
        "'{\"b\" : 1.50,  \"a\":[null], \"b\":2}'",
        "{\"b\" : 1.50,  \"a\":[null], \"b\":2}");
    of(new DataType.Uuid());
    String uuid = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
    is(List.of(MARIADB), "uuid", "'" + uuid + "'", UUID.fromString(uuid));
    of(new DataType.Other("inet6"));
    is(List.of(MARIADB), "inet6", "'2001:db8::ff00:42:8329'", "2001:db8::ff00:42:8329");
    is(List.of(MARIADB), "inet6", "'::ffff:192.0.2.128'", "::ffff:192.0.2.128");
    of(new DataType.Other("inet4"));
    is(List.of(MARIADB), "inet4", "'192.0.2.1'", "192.0.2.1");
  }

  private void times() {
    of(new DataType.Date());
    is("date", "'2024-02-29'", LocalDate.of(2024, 2, 29));
    is("date", "'1970-01-01'", LocalDate.EPOCH);
    is("date", "'1969-12-31'", LocalDate.of(1969, 12, 31));
    is("date", "'1900-02-28'", LocalDate.of(1900, 2, 28));
    is("date", "'1000-01-01'", LocalDate.of(1000, 1, 1));
    is("date", "'9999-12-31'", LocalDate.of(9999, 12, 31));
    is("date", "'0000-01-01'", LocalDate.of(0, 1, 1));
    unheld("date", "'0000-00-00'", "0000-00-00");
    unheld("date", "'2020-00-10'", "2020-00-10");
    unheld("date", "'2020-10-00'", "2020-10-00");
    unheld("date", "'2019-02-29'", "2019-02-29");
    of(new DataType.Timestamp());
    is("datetime", "'2024-02-29 12:34:56'", LocalDateTime.of(2024, 2, 29, 12, 34, 56));
    is("datetime", "'2024-02-29'", LocalDateTime.of(2024, 2, 29, 0, 0));
    is(
        "datetime(6)",
        "'1969-12-31 23:59:59.999999'",
        LocalDateTime.of(1969, 12, 31, 23, 59, 59, 999_999_000));
    is(
        "datetime(3)",
        "'9999-12-31 23:59:59.999'",
        LocalDateTime.of(9999, 12, 31, 23, 59, 59, 999_000_000));
    is("datetime(6)", "'1000-01-01 00:00:00'", LocalDateTime.of(1000, 1, 1, 0, 0));
    unheld("datetime", "'0000-00-00'", "0000-00-00 00:00:00");
    unheld("datetime(6)", "'2020-00-10'", "2020-00-10 00:00:00.000000");
    unheld("datetime(3)", "'2020-10-00 01:02:03.045'", "2020-10-00 01:02:03.045");
    unheld("datetime(2)", "'2021-04-31 23:59:59.09'", "2021-04-31 23:59:59.09");
    of(new DataType.Instant());
    is("timestamp", "'2024-07-01 10:00:00'", Instant.parse("2024-07-01T10:00:00Z"));
    is("timestamp", "'1970-01-01 00:00:01'", Instant.ofEpochSecond(1));
    is(
        "timestamp(6)",
        "'2038-01-19 03:14:07.999999'",
        Instant.parse("2038-01-19T03:14:07.999999Z"));
    unheld("timestamp", "'0000-00-00'", "0000-00-00 00:00:00");
    unheld("timestamp(6)", "'0000-00-00'", "0000-00-00 00:00:00.000000");
    of(new DataType.Time());
    is("time", "'00:00:00'", LocalTime.MIDNIGHT);
    is("time(6)", "'00:00:00.000001'", LocalTime.of(0, 0, 0, 1000));
    is("time(6)", "'23:59:59.999999'", LocalTime.of(23, 59, 59, 999_999_000));
    is("time(2)", "'12:34:56.78'", LocalTime.of(12, 34, 56, 780_000_000));
    unheld("time", "'24:00:00'", "24:00:00");
    unheld("time", "'838:59:59'", "838:59:59");
    unheld("time(6)", "'-838:59:59'", "-838:59:59.000000");
    unheld("time(3)", "'-00:00:00.001'", "-00:00:00.001");
    unheld("time(1)", "'100:00:00.5'", "100:00:00.5");
    unheld("time", "'-01:02:03'", "-01:02:03");
  }

  private static byte[] point(int kind, Integer srid, double x, double y) {
    ByteBuffer to = ByteBuffer.allocate(25).order(ByteOrder.LITTLE_ENDIAN);
    to.put((byte) 1).putInt(kind);
    if (srid != null) {
      to.putInt(srid);
    }
    to.putDouble(x).putDouble(y);
    return Arrays.copyOf(to.array(), to.position());
  }

  private void shapes() {
    of(new DataType.Bytes());
    is("geometry", "ST_GeomFromText('POINT(1 -2.5)')", point(1, null, 1, -2.5));
    is("point", "ST_GeomFromText('POINT(1 2)', 3857)", point(0x2000_0001, 3857, 1, 2));
    // The SRID says the latitude first; it is stored last.
    is(
        List.of(MYSQL_8_0),
        "point",
        "ST_GeomFromText('POINT(10 20)', 4326)",
        point(0x2000_0001, 4326, 20, 10));
    is(
        List.of(MYSQL_5_7, MARIADB),
        "point",
        "ST_GeomFromText('POINT(10 20)', 4326)",
        point(0x2000_0001, 4326, 10, 20));
    is(
        "geometrycollection",
        "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2))')",
        ByteBuffer.allocate(30)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put((byte) 1)
            .putInt(7)
            .putInt(1)
            .put(point(1, null, 1, 2))
            .array());
    is(
        "linestring",
        "ST_GeomFromText('LINESTRING(0 0,1 1)')",
        ByteBuffer.allocate(41)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put((byte) 1)
            .putInt(2)
            .putInt(2)
            .putDouble(0)
            .putDouble(0)
            .putDouble(1)
            .putDouble(1)
            .array());
  }

  /** Properties of the driver that change what JDBC makes of values. */
  private static final String ODD =
      "tinyInt1isBit=true&transformedBitIsBoolean=true&yearIsDateType=true"
          + "&zeroDateTimeBehavior=CONVERT_TO_NULL&useCursorFetch=true&defaultFetchSize=7"
          + "&useServerPrepStmts=true&connectionTimeZone=Asia/Kolkata&blobsAreStrings=true";

  @ParameterizedTest
  @ValueSource(strings = {MYSQL_5_7, MYSQL_8_0, MARIADB})
  void eachValueArrivesAsItIs(String version) throws Exception {
    try (CursorFixture database = CursorFixture.on(version)) {
      check(version, database);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MYSQL_5_7, MYSQL_8_0, MARIADB})
  void noPropertyOfTheDriverChangesAValue(String version) throws Exception {
    try (CursorFixture database = CursorFixture.on(version, ODD)) {
      check(version, database);
    }
  }

  private void check(String version, CursorFixture database) throws Exception {
    wholeNumbers();
    otherNumbers();
    texts();
    times();
    shapes();
    List<Case> here = cases.stream().filter(c -> c.on().contains(version)).toList();
    StringBuilder columns = new StringBuilder();
    StringBuilder values = new StringBuilder();
    StringBuilder nulls = new StringBuilder();
    for (int i = 0; i < here.size(); i++) {
      String comma = i == 0 ? "" : ", ";
      columns.append(comma).append("c").append(i).append(' ').append(here.get(i).type());
      columns.append(" NULL");
      values.append(comma).append(here.get(i).literal());
      nulls.append(comma).append("NULL");
    }
    try (Connection connection = database.server().connect(database.name());
        Statement statement = connection.createStatement()) {
      statement.execute("SET time_zone = '+00:00', sql_mode = 'ALLOW_INVALID_DATES'");
      statement.execute("CREATE TABLE v (" + columns + ")");
      statement.execute("INSERT INTO v VALUES (" + values + ")");
      statement.execute("INSERT INTO v VALUES (" + nulls + ")");
    }
    Table table = database.table("v");
    RecordBatch rows = database.one(table).rows();
    assertThat(rows.rowCount()).isEqualTo(2);
    SoftAssertions softly = new SoftAssertions();
    for (int i = 0; i < here.size(); i++) {
      Case expected = here.get(i);
      check(softly, expected, rows.column(i));
      if (expected.original() != null) {
        softly
            .assertThat(expected.original())
            .as(expected.type() + " in the server's own text")
            .isEqualTo(
                database.query(
                    "SELECT CAST(c" + i + " AS CHAR) FROM v WHERE c" + i + " IS NOT NULL"));
      }
    }
    softly.assertAll();
  }

  private static void check(SoftAssertions softly, Case expected, ColumnVector values) {
    String name =
        expected.type()
            + " "
            + expected.literal().substring(0, Math.min(60, expected.literal().length()));
    softly.assertThat(values.column().type()).as(name).isEqualTo(expected.expectedType());
    Object value = values.get(0);
    softly.assertThat(value).as(name).isEqualTo(expected.expected());
    softly.assertThat(values.original(0).orElse(null)).as(name).isEqualTo(expected.original());
    softly
        .assertThat(values.unrepresentableCount())
        .as(name)
        .isEqualTo(expected.expected() == null ? 1 : 0);
    if (value != null) {
      softly.assertThat(value).as(name).isInstanceOf(values.column().type().javaType());
    }
    softly.assertThat(values.get(1)).as(name + " NULL").isNull();
    softly.assertThat(values.original(1)).as(name + " NULL").isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {MYSQL_5_7, MYSQL_8_0, MARIADB})
  void tinyInt1IsATruthValueWhereThatIsAskedFor(String version) throws Exception {
    try (CursorFixture database = CursorFixture.on(version)) {
      database.execute(
          "CREATE TABLE v (b tinyint(1), n tinyint(4), u tinyint(1) unsigned)",
          "INSERT INTO v VALUES (0, 0, 0), (1, 1, 1), (2, 2, 2), (NULL, NULL, NULL)");
      RecordBatch rows = database.one(database.table("v", true)).rows();
      ColumnVector truth = rows.column("b");
      assertThat(truth.get(0)).isEqualTo(false);
      assertThat(truth.get(1)).isEqualTo(true);
      assertThat(truth.original(1)).isEmpty();
      assertThat(truth.get(2)).isEqualTo(true);
      assertThat(truth.original(2)).contains("2");
      assertThat(truth.get(3)).isNull();
      assertThat(rows.column("n").get(2)).isEqualTo(2L);
      assertThat(rows.column("u").get(2)).isEqualTo(2L);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MYSQL_5_7, MYSQL_8_0, MARIADB})
  void aViewsValuesMayBeSentWiderThanItsColumnsAre(String version) throws Exception {
    try (CursorFixture database = CursorFixture.on(version)) {
      database.execute(
          "CREATE TABLE t (i int, f float, d date)",
          "INSERT INTO t VALUES (7, 0.1, '2024-02-29')",
          "CREATE VIEW v AS SELECT 1 AS one, 1.50 AS dec2, NULL AS nothing, 'é' AS text,"
              + " sum(i) AS total, count(*) AS n, max(f) AS f, max(d) AS d,"
              + " coalesce(max(i), 0) AS i, cast('10:11:12' AS time) AS t,"
              + " max(i) > 1 AS yes, 1e3 AS e FROM t");
      RecordBatch rows = database.one(database.table("v")).rows();
      assertThat(rows.column("one").get(0)).isEqualTo(1L);
      assertThat(rows.column("dec2").get(0)).isEqualTo(decimal("1.50"));
      assertThat(rows.column("nothing").isNull(0)).isTrue();
      assertThat(rows.column("text").get(0)).isEqualTo("é");
      assertThat(rows.column("total").get(0)).isEqualTo(decimal("7"));
      assertThat(rows.column("n").get(0)).isEqualTo(1L);
      assertThat(((Number) rows.column("f").get(0)).floatValue()).isEqualTo(0.1f);
      assertThat(rows.column("d").get(0)).isEqualTo(LocalDate.of(2024, 2, 29));
      assertThat(rows.column("i").get(0)).isEqualTo(7L);
      assertThat(rows.column("t").get(0)).isEqualTo(LocalTime.of(10, 11, 12));
      assertThat(rows.column("yes").get(0)).isEqualTo(1L);
      assertThat(rows.column("e").get(0)).isEqualTo(1000.0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MYSQL_5_7, MYSQL_8_0, MARIADB})
  void largeValuesArriveWhole(String version) throws Exception {
    try (CursorFixture database = CursorFixture.on(version)) {
      database.execute(
          "CREATE TABLE v (id int, t mediumtext, b mediumblob, c varchar(300), j longtext)",
          "INSERT INTO v VALUES (1, repeat('é', 524288), repeat(x'00ff', 524288),"
              + " repeat('x', 251), repeat('y', 65536)), (2, 'a', x'01', repeat('z', 250), '')");
      RecordBatch rows = database.one(database.table("v")).rows();
      assertThat(rows.column("t").get(0)).isEqualTo("é".repeat(524288));
      assertThat(rows.column("b").getBytes(0))
          .isEqualTo("\0ÿ".repeat(524288).getBytes(StandardCharsets.ISO_8859_1));
      assertThat(rows.column("c").get(0)).isEqualTo("x".repeat(251));
      assertThat(rows.column("j").get(0)).isEqualTo("y".repeat(65536));
      assertThat(rows.column("c").get(1)).isEqualTo("z".repeat(250));
      assertThat(rows.column("t").get(1)).isEqualTo("a");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MYSQL_5_7, MYSQL_8_0, MARIADB})
  void aRowOfSeveralPacketsArrivesWhole(String version) throws Exception {
    int size = (1 << 24) - 1;
    try (CursorFixture database = CursorFixture.on(version)) {
      database.execute("CREATE VIEW v AS SELECT 1 AS id, repeat('x', 40000000) AS t, 'end' AS e");
      RecordBatch rows = database.one(database.table("v")).rows();
      byte[] whole = new byte[40_000_000];
      Arrays.fill(whole, (byte) 'x');
      assertThat(Arrays.equals(rows.column("t").getBytes(0), whole)).isTrue();
      assertThat(rows.column("e").get(0)).isEqualTo("end");
      // A row of just a whole packet, and of one byte less and more, ends with an empty one.
      for (int more = -1; more <= 1; more++) {
        int length = size - 6 + more; // less the header, the bitmap and the length
        database.execute("CREATE VIEW w" + length + " AS SELECT repeat('x', " + length + ") AS t");
        RecordBatch edge = database.one(database.table("w" + length)).rows();
        assertThat(edge.column("t").getBytes(0).length).isEqualTo(length);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MYSQL_5_7, MYSQL_8_0, MARIADB})
  void fiveHundredColumnsArriveInTheirOrder(String version) throws Exception {
    StringBuilder columns = new StringBuilder();
    StringBuilder values = new StringBuilder();
    for (int i = 0; i < 500; i++) {
      columns.append(i == 0 ? "" : ", ").append('c').append(i);
      columns.append(i % 3 == 0 ? " int" : i % 3 == 1 ? " varchar(9)" : " decimal(9,2)");
      values.append(i == 0 ? "" : ", ").append(i % 7 == 0 ? "NULL" : Integer.toString(i));
    }
    try (CursorFixture database = CursorFixture.on(version)) {
      database.execute("CREATE TABLE v (" + columns + ")", "INSERT INTO v VALUES (" + values + ")");
      RecordBatch rows = database.one(database.table("v")).rows();
      for (int i = 0; i < 500; i++) {
        Object expected =
            i % 7 == 0
                ? null
                : i % 3 == 0 ? (Object) (long) i : i % 3 == 1 ? "" + i : decimal(i + ".00");
        assertThat(rows.column("c" + i).get(0)).as("c" + i).isEqualTo(expected);
      }
    }
  }
}
