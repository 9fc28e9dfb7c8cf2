package dev.bobbin.dialect.postgres.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.RunReport.Status;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.error.BobbinException;
import dev.bobbin.record.Record;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.Selection;
import dev.bobbin.testservers.ChildJvm;
import dev.bobbin.tls.Tls;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Wide tables and large values. */
@ExtendWith(Scene.Emptied.class)
class SizeFaultsTest {

  private static final int COLUMNS = 1600;

  /** Column i of row r, by the type that column i has; null for some. */
  private static String expected(int i, long r) {
    if ((i + r) % 11 == 0 && i > 0) {
      return "null";
    }
    long n = (i * 31L + r) % 9;
    return switch (i % 8) {
      case 0 -> Long.toString(i == 0 ? r : n);
      case 1 -> "" + (n % 2 == 0);
      case 2 -> Long.toString(n);
      case 3 -> "t" + n;
      case 4 -> "2024-01-0" + (1 + n);
      case 5 -> n + ".5";
      case 6 -> "" + n;
      default -> n + ".25";
    };
  }

  /** Fault 30: 1,600 columns of mixed types, one row and many. */
  @ParameterizedTest
  @CsvSource({"9.3,1", "18,1", "18,2000"})
  void sixteenHundredColumnsArriveEachAtItsPlace(String version, int rows) throws SQLException {
    List<String> types =
        List.of("int", "bool", "smallint", "text", "date", "real", "varchar(9)", "numeric(6,2)");
    List<String> columns = new ArrayList<>();
    List<String> values = new ArrayList<>();
    for (int i = 0; i < COLUMNS; i++) {
      columns.add("c" + i + " " + types.get(i % 8) + (i == 0 ? " PRIMARY KEY" : ""));
      String n = "((" + i + " * 31 + r) % 9)";
      String value =
          switch (i % 8) {
            case 0 -> i == 0 ? "r" : n;
            case 1 -> n + " % 2 = 0";
            case 3 -> "'t' || " + n;
            case 4 -> "'2024-01-01'::date + " + n;
            case 5 -> n + " + 0.5";
            case 6 -> n + "::text";
            case 7 -> n + " + 0.25";
            default -> n;
          };
      values.add(i == 0 ? value : "CASE WHEN (" + i + " + r) % 11 <> 0 THEN " + value + " END");
    }
    Scene scene =
        Scene.on(
            version,
            "CREATE TABLE wide (" + String.join(", ", columns) + ")",
            "INSERT INTO wide SELECT "
                + String.join(", ", values)
                + " FROM generate_series(1, "
                + rows
                + ") r");
    AtomicLong seen = new AtomicLong();
    List<String> wrong = new ArrayList<>();
    for (var selection : List.of(table("wide"), table("wide").incrementalBy("c0"))) {
      seen.set(0);
      scene
          .run(
              scene.replicator().resetUnfittingCheckpoints().batchBytes(1 << 20),
              batch -> {
                assertThat(batch.columns()).hasSize(COLUMNS);
                for (Record record : batch) {
                  long r = record.getLong(0);
                  seen.incrementAndGet();
                  for (int i = 0; i < COLUMNS; i++) {
                    String value = String.valueOf(record.get(i));
                    if (!value.equals(expected(i, r)) && wrong.size() < 10) {
                      wrong.add("row " + r + " column " + i + ": " + value);
                    }
                  }
                }
              },
              selection)
          .throwIfFailed();
      assertThat(wrong).isEmpty();
      assertThat(seen).hasValue(rows);
    }
  }

  /** Fault 32: a row too large is refused by its key column's name; the others finish. */
  @ParameterizedTest
  @CsvSource({"9.3,false", "9.3,true", "18,false", "18,true"})
  void aRowTooLargeNamesTheKeyColumnAndNotTheValue(String version, boolean incremental)
      throws SQLException {
    boolean slices = version.equals("18");
    Scene scene =
        Scene.on(
            version,
            "CREATE TABLE large (order_id int PRIMARY KEY, at int NOT NULL, v text)",
            "INSERT INTO large SELECT i, i, 'x' FROM generate_series(1, 10) i",
            "INSERT INTO large SELECT 4711, 11, repeat('secret', 500000)",
            "CREATE TABLE other (id int PRIMARY KEY)",
            "INSERT INTO other VALUES (1)");
    RunReport report =
        scene.run(
            scene.replicator().maxRowBytes(1 << 20).batchRows(2),
            incremental ? table("large").incrementalBy("at") : table("large"),
            table("other"));
    BobbinException failure = scene.failureOf(report, "large");
    assertThat(failure)
        .hasMessageContaining("too large")
        // A first load is read in slices, in which the order of the replication key plays no part.
        .hasMessageContaining(incremental && !slices ? "key at" : "key order_id")
        .hasMessageContaining("1048576");
    for (Throwable at = failure; at != null; at = at.getCause()) {
      assertThat(at.toString()).doesNotContain("secret").doesNotContain("4711");
    }
    assertThat(scene.sink.completes(scene.table("large"))).isEmpty();
    assertThat(scene.fresh("other")).hasSize(1);
    // The way out that the message names.
    scene.fresh("large");
    scene
        .run(
            scene.replicator().maxRowBytes(1 << 20).batchRows(2),
            incremental
                ? table("large").incrementalBy("at").except("v")
                : table("large").except("v"))
        .throwIfFailed();
    assertThat(scene.fresh("large", "order_id")).contains(4711);
  }

  /** Fault 32: values between a batch and the limit pass, one batch each where they must. */
  @Test
  void valuesLargerThanABatchPass() throws SQLException {
    Scene scene =
        Scene.on(
            "18",
            "CREATE TABLE large (id int PRIMARY KEY, v text, b bytea)",
            "INSERT INTO large SELECT i, repeat('\u00e9' || i, 300000), decode(repeat('00ff', 200000),"
                + " 'hex') FROM generate_series(1, 9) i");
    scene
        .run(scene.replicator().batchBytes(1 << 16).memoryBudget(16 << 20), table("large"))
        .throwIfFailed();
    assertThat(scene.fresh("large"))
        .hasSize(9)
        .allSatisfy(
            row -> {
              assertThat((String) row.get("v"))
                  .isEqualTo(("\u00e9" + row.get("id")).repeat(300000));
            });
  }

  /** Copies the tables 'large' and 'other', and prints what became of each. */
  static final class Copy {
    private Copy() {}

    public static void main(String[] args) {
      Map<TableId, Long> longest = new HashMap<>();
      try (Replicator replicator =
          Replicator.from(
                  PostgresDialect.at(args[0], Integer.parseInt(args[1]), args[2])
                      .tls(Tls.off())
                      .login(args[3], args[4]))
              .maxRowBytes(Long.parseLong(args[5]))
              .memoryBudget(Math.max(Long.parseLong(args[5]), Runtime.getRuntime().maxMemory() / 4))
              .build()) {
        RunReport report =
            replicator.replicate(
                Selection.of(table("large"), table("other")),
                batch -> longest.merge(batch.table(), length(batch), Math::max));
        report
            .tables()
            .forEach(
                t ->
                    System.out.println(
                        t.table().name()
                            + " "
                            + t.status()
                            + " "
                            + longest.get(t.table())
                            + " "
                            + t.failure().map(Throwable::getMessage).orElse("")));
      }
    }

    private static long length(RecordBatch batch) {
      long most = 0;
      for (Record record : batch) {
        most = Math.max(most, record.getString("v").length());
      }
      return most;
    }
  }

  private static List<String> copyInAChild(int megabytes, String heap, long maxRowBytes)
      throws SQLException {
    Scene scene =
        Scene.on(
            "18",
            "CREATE TABLE large (order_id int PRIMARY KEY, v text)",
            // Not compressed: what is measured is the way, not the server's disk.
            "ALTER TABLE large ALTER v SET STORAGE EXTERNAL",
            "INSERT INTO large VALUES (1, 'small'), (2, repeat('0123456789', "
                + megabytes * 100_000
                + "))",
            "CREATE TABLE other (id int PRIMARY KEY, v text)",
            "INSERT INTO other VALUES (1, 'one')");
    try (ChildJvm child =
        ChildJvm.of(Copy.class)
            .jvmFlags("-Xmx" + heap, "-Dorg.slf4j.simpleLogger.defaultLogLevel=off")
            .arguments(
                scene.server.host(),
                Integer.toString(scene.server.port()),
                scene.database,
                scene.server.user(),
                scene.server.password().orElse(""),
                Long.toString(maxRowBytes))
            .start()) {
      int exit = child.awaitExit(Duration.ofMinutes(3));
      assertThat(exit).as(String.join("\n", child.errors())).isZero();
      return child.lines();
    }
  }

  /** Fault 32: a text of 50 MB passes through a heap of 512 MB. */
  @Test
  @Tag("long")
  void fiftyMegabytesPassThroughAHalfGigabyteHeap() throws SQLException {
    assertThat(copyInAChild(50, "512m", 128 << 20))
        .anyMatch(line -> line.startsWith("large " + Status.COMPLETED + " 50000000"))
        .anyMatch(line -> line.startsWith("other " + Status.COMPLETED + " 3"));
  }

  /** Fault 32: 200 MB that the heap cannot hold: 'too large', by the key column; others finish. */
  @Test
  @Tag("long")
  void twoHundredMegabytesThatTheHeapCannotHoldAreRefusedByName() throws SQLException {
    for (String heap : List.of("96m", "256m", "400m")) {
      assertThat(copyInAChild(200, heap, 32 << 20))
          .anyMatch(
              line ->
                  line.startsWith("large " + Status.FAILED)
                      && line.contains("too large")
                      && line.contains("order_id"))
          .anyMatch(line -> line.startsWith("other " + Status.COMPLETED + " 3"));
    }
  }
}
