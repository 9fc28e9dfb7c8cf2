package dev.bobbin.dialect.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Interval;
import dev.bobbin.catalog.Table;
import dev.bobbin.record.ColumnVector;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.state.Bookmark;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What each of PostgreSQL's types becomes, as a table of literal and value. */
class PostgresValuesTest {

  /** A value in a column of its type. */
  private record Case(int since, String type, String literal, Object expected, String original) {}

  private final List<Case> cases = new ArrayList<>();

  private void is(String type, String literal, Object expected) {
    since(9, type, literal, expected);
  }

  private void since(int version, String type, String literal, Object expected) {
    cases.add(new Case(version, type, literal, expected, null));
  }

  /** NULL with the source's text beside it. */
  private void unheld(String type, String literal, String original) {
    unheldSince(9, type, literal, original);
  }

  private void unheldSince(int version, String type, String literal, String original) {
    cases.add(new Case(version, type, literal, null, original));
  }

  /** A value with the source's text beside it. */
  private void partly(String type, String literal, Object expected, String original) {
    cases.add(new Case(9, type, literal, expected, original));
  }

  private static BigDecimal decimal(String text) {
    return new BigDecimal(text);
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private void numbers() {
    is("boolean", "true", true);
    is("boolean", "false", false);
    is("smallint", "'-32768'", -32768L);
    is("smallint", "32767", 32767L);
    is("integer", "'-2147483648'", -2147483648L);
    is("integer", "2147483647", 2147483647L);
    is("bigint", "'-9223372036854775808'", Long.MIN_VALUE);
    is("bigint", "9223372036854775807", Long.MAX_VALUE);
    is("oid", "4294967295", 4294967295L);
    is("oid", "0", 0L);
    is("numeric", "0", decimal("0"));
    is("numeric", "1.10", decimal("1.10"));
    is("numeric", "0.000", decimal("0.000"));
    is("numeric", "'-1.5'", decimal("-1.5"));
    is("numeric", "10000", decimal("10000"));
    is("numeric", "100000000", decimal("100000000"));
    is("numeric", "0.0001", decimal("0.0001"));
    is("numeric", "0.00001", decimal("0.00001"));
    is("numeric", "12345.6789", decimal("12345.6789"));
    is("numeric", "12345.67891", decimal("12345.67891"));
    is("numeric", "99999999999999.9999", decimal("99999999999999.9999"));
    is("numeric", "999999999999999999", decimal("999999999999999999"));
    is("numeric", "'-999999999999999999'", decimal("-999999999999999999"));
    is("numeric", "1000000000000000000", decimal("1000000000000000000"));
    is("numeric", "9223372036854775808", decimal("9223372036854775808"));
    is("numeric", "12345678901234567.8", decimal("12345678901234567.8"));
    is("numeric", "1234567890123456.78", decimal("1234567890123456.78"));
    is("numeric", "12345678901234567.89", decimal("12345678901234567.89"));
    is("numeric", "0.123456789012345678", decimal("0.123456789012345678"));
    is("numeric", "0.1234567890123456789", decimal("0.1234567890123456789"));
    since(13, "numeric", "1e131071::numeric", decimal("1" + "0".repeat(131071)));
    since(13, "numeric", "'-1e-16383'", new BigDecimal("-1e-16383"));
    is(
        "numeric",
        "('1' || repeat('23', 700) || '.' || repeat('45', 300))::numeric",
        decimal("1" + "23".repeat(700) + "." + "45".repeat(300)));
    is("numeric(10,2)", "1234.5", decimal("1234.50"));
    is(
        "numeric(38,10)",
        "'-9999999999999999999999999999.9999999999'",
        decimal("-9999999999999999999999999999.9999999999"));
    since(15, "numeric(3,-2)", "12345", decimal("12300"));
    since(15, "numeric(3,5)", "0.00123", decimal("0.00123"));
    unheld("numeric", "'NaN'", "NaN");
    unheldSince(14, "numeric", "'Infinity'", "Infinity");
    unheldSince(14, "numeric", "'-Infinity'", "-Infinity");
    since(10, "money", "'-92233720368547758.08'::numeric", decimal("-92233720368547758.08"));
    is("money", "1234.5::numeric", decimal("1234.50"));
    is("real", "'1.1'", 1.1f);
    is("real", "'NaN'", Float.NaN);
    is("real", "'-Infinity'", Float.NEGATIVE_INFINITY);
    is("real", "'3.4028235e38'", Float.MAX_VALUE);
    is("double precision", "'0.1'", 0.1);
    is("double precision", "'-0'", -0.0);
    is("double precision", "'NaN'", Double.NaN);
    is("double precision", "'Infinity'", Double.POSITIVE_INFINITY);
    is("double precision", "'1.7976931348623157e308'", Double.MAX_VALUE);
    is("double precision", "'1e-300'", 1e-300);
  }

  private void texts() {
    is("text", "''", "");
    is("text", "E'a\\tb\\n\\\\\"''\\u00e9\\U0001F600'", "a\tb\n\\\"'é\uD83D\uDE00");
    is("varchar(5)", "'ab '", "ab ");
    is("character(5)", "'ab'", "ab   ");
    is("bpchar", "'ab '::bpchar", "ab ");
    is("name", "'a name'", "a name");
    is("\"char\"", "'x'", "x");
    is("citext", "'MiXed'", "MiXed");
    is("bytea", "'\\x00ff5c27'", bytes(0, 255, 92, 39));
    is("bytea", "''", bytes());
    is("json", "'{\"b\" : 1,  \"a\":[null]}'", "{\"b\" : 1,  \"a\":[null]}");
    since(10, "jsonb", "'{\"b\" : 1,  \"a\":[null]}'", "{\"a\": [null], \"b\": 1}");
    is("xml", "'<a b=\"1\">é</a>'", "<a b=\"1\">é</a>");
    is("xml", "'<?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>'", "<a/>");
    is("mood", "'so so'", "so so");
    is(
        "uuid",
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
        UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"));
  }

  private void times() {
    is("date", "'2024-02-29'", LocalDate.of(2024, 2, 29));
    is("date", "'1970-01-01'", LocalDate.EPOCH);
    is("date", "'0044-03-15 BC'", LocalDate.of(-43, 3, 15));
    is("date", "'4714-11-24 BC'", LocalDate.of(-4713, 11, 24));
    is("date", "'5874897-12-31'", LocalDate.of(5874897, 12, 31));
    unheld("date", "'infinity'", "infinity");
    unheld("date", "'-infinity'", "-infinity");
    is("time", "'00:00'", LocalTime.MIDNIGHT);
    is("time", "'23:59:59.999999'", LocalTime.of(23, 59, 59, 999_999_000));
    unheld("time", "'24:00'", "24:00:00");
    is(
        "timetz",
        "'12:34:56.789+05:30'",
        OffsetTime.of(12, 34, 56, 789_000_000, ZoneOffset.ofHoursMinutes(5, 30)));
    is(
        "timetz",
        "'12:34:56-03:30:52'",
        OffsetTime.of(12, 34, 56, 0, ZoneOffset.ofHoursMinutesSeconds(-3, -30, -52)));
    is(
        "timetz",
        "'00:00+15:59:59'",
        OffsetTime.of(0, 0, 0, 0, ZoneOffset.ofHoursMinutesSeconds(15, 59, 59)));
    unheld("timetz", "'24:00-03:30'", "24:00:00-03:30");
    is(
        "timestamp",
        "'2024-02-29 12:34:56.123456'",
        LocalDateTime.of(2024, 2, 29, 12, 34, 56, 123_456_000));
    is(
        "timestamp",
        "'1969-12-31 23:59:59.999999'",
        LocalDateTime.of(1969, 12, 31, 23, 59, 59, 999_999_000));
    is("timestamp", "'0044-03-15 01:02:03 BC'", LocalDateTime.of(-43, 3, 15, 1, 2, 3));
    is("timestamp", "'4714-11-24 BC'", LocalDateTime.of(-4713, 11, 24, 0, 0));
    is(
        "timestamp",
        "'294247-01-10 04:00:54.775807'",
        LocalDateTime.of(294247, 1, 10, 4, 0, 54, 775_807_000));
    is(
        "timestamp",
        "'294247-01-10 04:00:54.775808'",
        LocalDateTime.of(294247, 1, 10, 4, 0, 54, 775_808_000));
    is(
        "timestamp",
        "'294276-12-31 23:59:59.999999'",
        LocalDateTime.of(294276, 12, 31, 23, 59, 59, 999_999_000));
    unheld("timestamp", "'infinity'", "infinity");
    is(
        "timestamptz",
        "'2024-07-01 12:00:00.000001+02'",
        Instant.parse("2024-07-01T10:00:00.000001Z"));
    is("timestamptz", "'0044-03-15 00:00:00+00 BC'", Instant.parse("-0043-03-15T00:00:00Z"));
    is(
        "timestamptz",
        "'294276-12-31 23:59:59.999999+00'",
        Instant.parse("+294276-12-31T23:59:59.999999Z"));
    unheld("timestamptz", "'-infinity'", "-infinity");
    is("interval", "'1 year 2 mons -3 days 04:05:06.789'", new Interval(14, -3, 14_706_789_000L));
    is("interval", "'-1 mons +1 day -00:00:00.000001'", new Interval(-1, 1, -1));
    is("interval", "'0'", new Interval(0, 0, 0));
    is("interval", "'178000000 years'", new Interval(2_136_000_000, 0, 0));
    unheldSince(17, "interval", "'infinity'", "infinity");
    unheldSince(17, "interval", "'-infinity'", "-infinity");
  }

  private void arrays() {
    is("integer[]", "'{1,NULL,3}'", Arrays.asList(1L, null, 3L));
    is("integer[]", "'{}'", List.of());
    is("integer[]", "'{{1,2},{3,4}}'", List.of(List.of(1L, 2L), List.of(3L, 4L)));
    is("text[]", "'{a,\"\",NULL,\"N\\\"U\\\\LL\"}'", Arrays.asList("a", "", null, "N\"U\\LL"));
    partly("text[]", "'[0:1]={a,b}'", List.of("a", "b"), "[0:1]={a,b}");
    partly(
        "text[]",
        "'[-1:0][5:6]={{a,\"b c\"},{NULL,\"null\"}}'",
        List.of(List.of("a", "b c"), Arrays.asList(null, "null")),
        "[-1:0][5:6]={{a,\"b c\"},{NULL,\"null\"}}");
    partly(
        "double precision[]",
        "'[0:3]={1.5,2,1e+20,-1e-07}'",
        List.of(1.5, 2.0, 1e20, -1e-7),
        "[0:3]={1.5,2,1e+20,-1e-07}");
    partly(
        "interval[]",
        "'[2:3]={\"1 year -2 mons +3 days -04:05:06.5\",00:00:00}'",
        List.of(new Interval(10, 3, -14_706_500_000L), new Interval(0, 0, 0)),
        "[2:3]={\"10 mons 3 days -04:05:06.5\",00:00:00}");
    is(
        "timestamptz[]",
        "'{2024-01-01 00:00:00+00}'",
        List.of(Instant.parse("2024-01-01T00:00:00Z")));
    unheld(
        "timestamp[]", "'{infinity,NULL,2024-01-01}'", "{infinity,NULL,\"2024-01-01 00:00:00\"}");
    unheld("numeric[]", "'[0:1]={NaN,1.10}'", "[0:1]={NaN,1.10}");
    is("numeric(5,2)[]", "'{1.5,NULL}'", Arrays.asList(decimal("1.50"), null));
    is("money[]", "ARRAY[1.5::numeric::money]", List.of(decimal("1.50")));
    is("boolean[]", "'{t,f}'", List.of(true, false));
    is("varchar(3)[]", "'{abc}'", List.of("abc"));
    is("character(3)[]", "'{a}'", List.of("a  "));
    is("\"char\"[]", "'{a}'", List.of("a"));
    is("json[]", "ARRAY['{\"a\": 1}'::json]", List.of("{\"a\": 1}"));
    since(10, "jsonb[]", "ARRAY['{\"a\":1}'::jsonb]", List.of("{\"a\": 1}"));
    is("mood[]", "'{sad,NULL}'", Arrays.asList("sad", null));
    is("inet[]", "'{10.0.0.1,10.0.0.0/8,::1}'", List.of("10.0.0.1", "10.0.0.0/8", "::1"));
    is("pair[]", "ARRAY[ROW(1,'x y')::pair]", List.of("(1,\"x y\")"));
    is("int4range[]", "ARRAY[int4range(1,5)]", List.of("[1,5)"));
    is("point[]", "ARRAY['(1,2)'::point]", List.of("(1,2)"));
    is("box[]", "ARRAY['(3,4),(1,2)'::box]", "{(3,4),(1,2)}");
    is(
        "uuid[]",
        "'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'",
        List.of(UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")));
    since(11, "email[]", "'{a@b}'", List.of("a@b"));
    is("int2vector", "'1 2 3'", "1 2 3");
  }

  private void domains() {
    is("email", "'a@b'", "a@b");
    is("padded", "'ab'", "ab   ");
    is("price", "12.5", decimal("12.50"));
    is("bank", "12.5::numeric::money", decimal("12.50"));
    is("letter", "'x'", "x");
    is("feeling", "'sad'", "sad");
    is("numbers", "'{1,2}'", List.of(1L, 2L));
    is("of_day", "'2024-01-01'", LocalDate.of(2024, 1, 1));
    since(10, "doc", "'{\"a\":1}'", "{\"a\": 1}");
    is("doctext", "'{\"a\":1}'", "{\"a\":1}");
  }

  private void others() {
    is("pair", "ROW(1,'x')::pair", "(1,x)");
    is("pair", "ROW(NULL,NULL)::pair", "(,)");
    is("int4range", "'[1,5)'", "[1,5)");
    is("tstzrange", "'[2024-01-01 00:00+00,)'", "[\"2024-01-01 00:00:00+00\",)");
    since(14, "int4multirange", "'{[1,3),[5,7)}'", "{[1,3),[5,7)}");
    is("inet", "'10.0.0.1'", "10.0.0.1");
    is("inet", "'10.0.0.0/8'", "10.0.0.0/8");
    is("inet", "'::1'", "::1");
    is("cidr", "'10.0.0.0/8'", "10.0.0.0/8");
    is("macaddr", "'08:00:2b:01:02:03'", "08:00:2b:01:02:03");
    since(10, "macaddr8", "'08:00:2b:01:02:03:04:05'", "08:00:2b:01:02:03:04:05");
    is("bit(3)", "B'101'", "101");
    is("bit varying", "B'10101'", "10101");
    is("point", "'(1.5,-2)'", "(1.5,-2)");
    is("path", "'[(1,2),(3,4)]'", "[(1,2),(3,4)]");
    is("circle", "'<(1,2),3>'", "<(1,2),3>");
    is("tsvector", "'a:1 b:2'", "'a':1 'b':2");
    is("tsquery", "'a & b'", "'a' & 'b'");
    is("hstore", "'a=>1, b=>NULL'", "\"a\"=>\"1\", \"b\"=>NULL");
    is("ltree", "'Top.Science'", "Top.Science");
    is("xid", "'4294967295'", "4294967295");
    is("tid", "'(1,2)'", "(1,2)");
    is("regclass", "'pg_class'", "pg_class");
    is("txid_snapshot", "'10:20:10,14,15'", "10:20:10,14,15");
    is("pg_lsn", "'16/B374D848'", "16/B374D848");
    is("blob", "'\\x0102'::bytea", bytes(1, 2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.3", "13", "18"})
  void eachValueArrivesAsItIs(String version) throws Exception {
    numbers();
    texts();
    times();
    arrays();
    domains();
    others();
    try (ScanFixture database = ScanFixture.on(version)) {
      List<String> missing = types(database);
      int major = Integer.parseInt(version.replaceFirst("\\..*", ""));
      List<Case> here =
          cases.stream()
              .filter(c -> c.since() <= major)
              .filter(c -> missing.stream().noneMatch(type -> c.type().startsWith(type)))
              .toList();
      StringBuilder columns = new StringBuilder();
      StringBuilder values = new StringBuilder();
      StringBuilder nulls = new StringBuilder();
      for (int i = 0; i < here.size(); i++) {
        columns.append(i == 0 ? "" : ", ").append("c").append(i).append(' ');
        columns.append(here.get(i).type());
        values.append(i == 0 ? "" : ", ").append(here.get(i).literal());
        nulls.append(i == 0 ? "NULL" : ", NULL");
      }
      database.execute(
          "CREATE TABLE v (" + columns + ")",
          "INSERT INTO v VALUES (" + values + ")",
          "INSERT INTO v VALUES (" + nulls + ")");
      Table table = database.table("v");
      RecordBatch rows = database.one(ScanFixture.whole(table)).rows();

      SoftAssertions softly = new SoftAssertions();
      for (int i = 0; i < here.size(); i++) {
        check(softly, here.get(i), rows.column(i));
      }
      softly.assertAll();
      // The value as a bookmark finds itself, and nothing else.
      for (Column column : table.columns()) {
        if (column.keySupport() != Column.KeySupport.UNORDERED) {
          Bookmark bookmark = BookmarkText.of(rows.column(column.name()), 0);
          SourceBatch again = database.one(ScanFixture.byKey(table, column.name(), bookmark));
          softly
              .assertThat(List.of(again.rows().rowCount(), again.upToBookmark()))
              .as(column + " from " + bookmark.value())
              .isEqualTo(List.of(1, 1));
          if (again.ahead() == 0) {
            softly.assertThat(again.bookmark()).contains(bookmark);
          }
        }
      }
      softly.assertAll();
      assertThat(rows.rowCount()).isEqualTo(2);
    }
  }

  private static void check(SoftAssertions softly, Case expected, ColumnVector values) {
    String name =
        expected.type()
            + " "
            + expected.literal().substring(0, Math.min(60, expected.literal().length()));
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

  /** Makes the types that the cases need; returns those that this server cannot have. */
  private static List<String> types(ScanFixture database) throws Exception {
    database.execute(
        "CREATE TYPE mood AS ENUM ('sad', 'so so')",
        "CREATE TYPE pair AS (a integer, b text)",
        "CREATE DOMAIN email AS varchar(50) CHECK (VALUE LIKE '%@%')",
        "CREATE DOMAIN padded AS character(5)",
        "CREATE DOMAIN price AS numeric(10,2)",
        "CREATE DOMAIN bank AS money",
        "CREATE DOMAIN letter AS \"char\"",
        "CREATE DOMAIN feeling AS mood",
        "CREATE DOMAIN numbers AS integer[]",
        "CREATE DOMAIN of_day AS date",
        "CREATE DOMAIN blob AS bytea",
        "CREATE DOMAIN doctext AS json");
    List<String> missing = new ArrayList<>();
    for (String extension : List.of("citext", "hstore", "ltree")) {
      try {
        database.execute("CREATE EXTENSION " + extension);
      } catch (java.sql.SQLException e) {
        missing.add(extension);
      }
    }
    for (String type : List.of("jsonb", "pg_lsn", "xml")) {
      try {
        database.query("SELECT NULL::" + type);
        if (type.equals("jsonb")) {
          database.execute("CREATE DOMAIN doc AS jsonb");
        }
        if (type.equals("xml")) {
          database.query("SELECT '<a/>'::xml");
        }
      } catch (java.sql.SQLException e) {
        missing.add(type);
      }
    }
    return missing;
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void bytesThatAreNoUtf8AreKeptAsEscapedText(String version) throws Exception {
    try (ScanFixture database = ScanFixture.inSqlAscii(version, "ascii_values")) {
      database.execute(
          "CREATE TABLE v (id integer, a text, b character(7), j json, d text[])",
          "INSERT INTO v VALUES (1, E'caf\\351\\\\', 'x', E'\"\\351\"', '{x}')",
          "INSERT INTO v VALUES (2, E'caf\\303\\251\\\\', NULL, '2', NULL)");
      RecordBatch rows = database.one(ScanFixture.whole(database.table("v"))).rows();
      assertThat(rows.column("a").get(0)).isNull();
      assertThat(rows.column("a").original(0)).contains("caf\\351\\\\");
      assertThat(rows.column("b").get(0)).isEqualTo("x      ");
      assertThat(rows.column("j").original(0)).contains("\"\\351\"");
      assertThat(rows.column("d").get(0)).isEqualTo(List.of("x"));
      assertThat(rows.column("a").get(1)).isEqualTo("café\\");
      assertThat(rows.column("a").getBytes(1)).isEqualTo("café\\".getBytes(StandardCharsets.UTF_8));
      assertThat(rows.column("b").isNull(1)).isTrue();
      assertThat(rows.column("a").unrepresentableCount()).isEqualTo(1);
    }
  }
}
