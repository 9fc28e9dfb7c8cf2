package dev.bobbin.dialect.postgres.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.bobbin.ReplicatorListener;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.SourceException;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.record.UnrepresentableValues;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testsupport.DeliveredRows;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values at the edges, from the server through to the sink and the report. */
@ExtendWith(Scene.Emptied.class)
class ValueFaultsTest {

  /** What a sink sees of one column: the value, or the source's text where there is none. */
  private static Map<Long, @Nullable Object> seen(List<RecordBatch> batches, String column) {
    Map<Long, @Nullable Object> seen = new TreeMap<>();
    for (RecordBatch batch : batches) {
      batch.forEach(
          record -> {
            Object value = record.get(column);
            seen.put(
                record.getLong("id"),
                value != null ? value : record.original(column).map(t -> "text " + t).orElse(null));
          });
    }
    return seen;
  }

  /**
   * Fault 34: NaN, infinities, BC dates, 24:00:00: NULL with the text beside, counted, said once.
   */
  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void whatJavaCannotHoldIsNullWithItsTextAndCounted(String version) throws SQLException {
    Scene scene =
        Scene.on(
            version,
            "CREATE TABLE t (id int PRIMARY KEY, n numeric, f float8, d date, ts timestamp, tz"
                + " timestamptz, tm time)",
            "INSERT INTO t VALUES"
                + " (1, 'NaN', 'NaN', 'infinity', 'infinity', '-infinity', '24:00:00'),"
                + " (2, '1.10', 'Infinity', '-infinity', '-infinity', 'infinity', '23:59:59.999999'),"
                + " (3, '-0.0', '-0', '0044-03-15 BC', '4713-01-01 00:00:00 BC', '0001-12-31"
                + " 23:59:59+00 BC', '00:00:00'),"
                + " (4, NULL, NULL, NULL, NULL, NULL, NULL),"
                + " (5, '1e400', '1e-307', '5874897-12-31', '294276-12-31 23:59:59.999999',"
                + " '294276-12-31 23:59:59.999999+00', '24:00')");
    List<String> warnings = Collections.synchronizedList(new ArrayList<>());
    List<RecordBatch> batches = new ArrayList<>();
    RunReport report =
        scene.run(
            scene
                .replicator()
                .batchRows(1)
                .listener(
                    new ReplicatorListener() {
                      @Override
                      public void onWarning(TableId table, String sentence) {
                        warnings.add(sentence);
                      }
                    }),
            batches::add,
            table("t"));
    report.throwIfFailed();
    assertThat(seen(batches, "n"))
        .containsExactly(
            entry(1L, "text NaN"),
            entry(2L, new BigDecimal("1.10")),
            entry(3L, new BigDecimal("0.0")),
            entry(4L, null),
            entry(5L, new BigDecimal("1" + "0".repeat(400))));
    assertThat(seen(batches, "f"))
        .containsExactly(
            entry(1L, Double.NaN),
            entry(2L, Double.POSITIVE_INFINITY),
            entry(3L, -0.0),
            entry(4L, null),
            entry(5L, 1e-307));
    assertThat(seen(batches, "d"))
        .containsExactly(
            entry(1L, "text infinity"),
            entry(2L, "text -infinity"),
            entry(3L, LocalDate.of(-43, 3, 15)),
            entry(4L, null),
            entry(5L, LocalDate.of(5874897, 12, 31)));
    assertThat(seen(batches, "ts"))
        .containsExactly(
            entry(1L, "text infinity"),
            entry(2L, "text -infinity"),
            entry(3L, LocalDateTime.of(-4712, 1, 1, 0, 0)),
            entry(4L, null),
            entry(5L, LocalDateTime.of(294276, 12, 31, 23, 59, 59, 999_999_000)));
    assertThat(seen(batches, "tz"))
        .containsExactly(
            entry(1L, "text -infinity"),
            entry(2L, "text infinity"),
            entry(3L, Instant.parse("0000-12-31T23:59:59Z")),
            entry(4L, null),
            entry(5L, Instant.parse("+294276-12-31T23:59:59.999999Z")));
    assertThat(seen(batches, "tm"))
        .containsExactly(
            entry(1L, "text 24:00:00"),
            entry(2L, LocalTime.of(23, 59, 59, 999_999_000)),
            entry(3L, LocalTime.MIDNIGHT),
            entry(4L, null),
            entry(5L, "text 24:00:00"));
    RunReport.TableReport of = report.table(scene.table("t")).orElseThrow();
    assertThat(of.unrepresentable())
        .containsOnly(
            entry("n", 1L), entry("d", 2L), entry("ts", 2L), entry("tz", 2L), entry("tm", 2L));
    assertThat(report.describe()).contains("2 values of tm are NULL with the original text");
    assertThat(warnings).hasSize(5).doesNotHaveDuplicates();
    assertThat(of.notes()).hasSize(5);
  }

  /** Fault 34: or they fail their table, by policy; the others finish. */
  @ParameterizedTest
  @CsvSource({"n,numeric,NaN", "d,date,infinity", "tm,time,24:00", "tz,timestamptz,-infinity"})
  void whatJavaCannotHoldFailsTheTableWhereThatIsSaid(String column, String type, String value)
      throws SQLException {
    Scene scene =
        Scene.on(
            "18",
            "CREATE TABLE t (id int PRIMARY KEY, " + column + " " + type + ")",
            "INSERT INTO t VALUES (1, NULL), (2, '" + value + "')",
            "CREATE TABLE other (id int PRIMARY KEY)",
            "INSERT INTO other VALUES (1)");
    RunReport report =
        scene.run(
            scene.replicator().unrepresentableValues(UnrepresentableValues.FAIL),
            table("t"),
            table("other"));
    assertThat(scene.failureOf(report, "t"))
        .isInstanceOf(SourceException.class)
        .hasMessageContaining("Column " + column)
        .hasMessageContaining(type.equals("timestamptz") ? "timestamp with time zone" : type)
        .hasMessageNotContaining(value);
    assertThat(scene.fresh("t")).isEmpty();
    assertThat(scene.fresh("other")).hasSize(1);
  }

  /** Fault 34, numeric's own infinities, of 14 and later. */
  @Test
  void infiniteNumericsAreNullWithTheirText() throws SQLException {
    Scene scene =
        Scene.on(
            "18",
            "CREATE TABLE t (id int PRIMARY KEY, n numeric)",
            "INSERT INTO t VALUES (1, 'Infinity'), (2, '-Infinity'), (3, 0)");
    List<RecordBatch> batches = new ArrayList<>();
    scene.run(batches::add, table("t")).throwIfFailed();
    assertThat(seen(batches, "n"))
        .containsExactly(
            entry(1L, "text Infinity"), entry(2L, "text -Infinity"), entry(3L, BigDecimal.ZERO));
  }

  /** Fault 35: numeric(1000,500), oid above 2^31, money: exact, as values and as keys. */
  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void largeNumbersAreExactAsValuesAndAsKeys(String version) throws SQLException {
    String digits = "9".repeat(500) + "." + "123456789".repeat(55) + "98765";
    Scene scene =
        Scene.on(
            version,
            "CREATE TABLE t (id int PRIMARY KEY, n numeric(1000,500) NOT NULL, o oid NOT NULL, m"
                + " money NOT NULL)",
            "INSERT INTO t VALUES (1, -"
                + digits
                + ", 2147483648, '-92233720368547758.08'),"
                + " (2, 1e-500, 4294967294, '0.01'),"
                + " (3, "
                + digits
                + ", 4294967295, '92233720368547758.07')");
    for (String key : List.of("id", "n", "o", "m")) {
      Scene by = Scene.of(scene.server, scene.database);
      var selection = table("t").incrementalBy(key);
      by.run(by.replicator().batchRows(1), selection).throwIfFailed();
      List<Map<String, @Nullable Object>> rows = by.fresh("t");
      assertThat(DeliveredRows.column(rows, "n"))
          .containsExactly(
              new BigDecimal("-" + digits),
              new BigDecimal("0." + "0".repeat(499) + "1"),
              new BigDecimal(digits));
      assertThat(DeliveredRows.column(rows, "o"))
          .containsExactly(2147483648L, 4294967294L, 4294967295L);
      assertThat(DeliveredRows.column(rows, "m"))
          .containsExactly(
              new BigDecimal("-92233720368547758.08"),
              new BigDecimal("0.01"),
              new BigDecimal("92233720368547758.07"));
      by.run(selection).throwIfFailed();
      assertThat(by.fresh("t")).as("by " + key).isEmpty();
    }
  }

  /** Fault 36: SQL_ASCII with invalid bytes: never invented letters, other rows untouched. */
  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void bytesThatAreNoUtf8AreNotTurnedIntoLetters(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database =
        server.createDatabase("ascii_" + Long.toString(System.nanoTime(), 36), "SQL_ASCII");
    Scene scene = Scene.of(server, database);
    scene.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v text)",
        "INSERT INTO t VALUES (1, 'plain'), (2, 'caf' || chr(233)), (3, chr(195) || chr(169)), (4,"
            + " NULL)");
    List<RecordBatch> batches = new ArrayList<>();
    RunReport report = scene.run(batches::add, table("t"));
    report.throwIfFailed();
    Map<Long, @Nullable Object> seen = seen(batches, "v");
    assertThat(seen).containsEntry(1L, "plain").containsEntry(3L, "\u00e9").containsEntry(4L, null);
    assertThat(String.valueOf(seen.get(2L)))
        .startsWith("text ")
        .contains("caf")
        .doesNotContain("\ufffd");
    assertThat(report.table(scene.table("t")).orElseThrow().unrepresentable())
        .containsOnly(entry("v", 1L));
    RunReport asKey = scene.run(scene.replicator().named("By key"), table("t").incrementalBy("v"));
    assertThat(asKey.isCompleted() || scene.failureOf(asKey, "t").getMessage().contains("UTF-8"))
        .isTrue();
  }
}
