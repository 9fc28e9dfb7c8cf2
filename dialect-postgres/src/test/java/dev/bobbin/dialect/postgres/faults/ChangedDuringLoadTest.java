package dev.bobbin.dialect.postgres.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.ReplicatorListener;
import dev.bobbin.RunReport;
import dev.bobbin.RunReport.TableReport;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.plan.Plan;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.TableSelection;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.sink.TableLoad;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Action;
import dev.bobbin.testkit.FailingSink.Call;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Fault 28, of a table that is cut into slices: changed by others at each step of its load. What is
 * delivered under one load id is one content of the table and all of it, or it is not completed.
 */
@ExtendWith(Scene.Emptied.class)
@Tag("long")
class ChangedDuringLoadTest {

  private static final int BATCH = 100;
  private static final String RECREATE = "recreate";
  private static final int RECREATED = 3000;

  /** What is done to the table; 'recreate' stands for a table in the place of the one renamed. */
  private static String[] statements(String change) {
    if (!change.equals(RECREATE)) {
      return change.split(" *; *");
    }
    return new String[] {
      "ALTER TABLE b RENAME TO old_b",
      "CREATE TABLE b (id int PRIMARY KEY, k int NOT NULL, v text) WITH (fillfactor = 10)",
      Scene.fill("b", "two", RECREATED)
    };
  }

  private static Scene scene(String version) throws SQLException {
    return Scene.on(version, Scene.cutTable("b", "one"));
  }

  private static Replicator.Builder replicator(Scene scene, int readers) {
    return scene
        .replicator()
        .parallelism(readers)
        .batchRows(BATCH)
        .lockTimeout(Duration.ofMinutes(1));
  }

  private static TableReport report(Scene scene, RunReport report) {
    return report.table(scene.table("b")).orElseThrow();
  }

  /** The load was completed, and all that it has is one content and each row of it. */
  private static void assertWhole(Scene scene, long load, String word, int rows) {
    TableId b = scene.table("b");
    assertThat(scene.sink.violations()).isEmpty();
    assertThat(scene.sink.completes(b)).extracting(TableLoad::loadId).contains(load);
    Set<Integer> ids = new TreeSet<>();
    for (Map<String, @Nullable Object> row : scene.sink.rows(b, load)) {
      assertThat((String) row.get("v")).startsWith(word);
      ids.add(((Long) row.get("id")).intValue());
    }
    assertThat(ids).isEqualTo(new TreeSet<>(IntStream.rangeClosed(1, rows).boxed().toList()));
  }

  /** Each row came once. */
  private static void assertOnce(Scene scene, long load, int rows) {
    assertThat(scene.sink.rows(scene.table("b"), load)).hasSize(rows);
  }

  private static int slices(Scene scene) {
    Set<String> scans = new HashSet<>();
    scene.sink.deliveries(scene.table("b")).forEach(d -> scans.add(d.checkpoint().scan()));
    scans.remove("key");
    return scans.size();
  }

  /** What an administrator does, in a session of its own that the test can see waiting. */
  private static CompletableFuture<Void> change(Scene scene, String[] sql) {
    return CompletableFuture.runAsync(
        () -> {
          try (Connection other = scene.server.connect(scene.database);
              Statement statement = other.createStatement()) {
            statement.execute("SET application_name = 'changer'");
            for (String one : sql) {
              statement.execute(one);
            }
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  /** Fault 28: changed after the plan and before the load: read as what it is. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "18 | 4 | VACUUM FULL b | one",
        "18 | 1 | VACUUM FULL b | one",
        "13 | 4 | VACUUM FULL b | one",
        "18 | 4 | TRUNCATE b | nothing",
        "18 | 4 | ALTER TABLE b ALTER k TYPE bigint | one",
        "18 | 4 | ALTER TABLE b ADD x timestamptz DEFAULT clock_timestamp() | one",
        "18 | 4 | ALTER TABLE b DROP COLUMN k | one",
        "18 | 4 | recreate | two",
        "18 | 1 | recreate | two",
      })
  void aTableThatIsChangedBeforeItsLoadIsReadAsWhatItIs(
      String version, int readers, String change, String content) throws SQLException {
    Scene scene = scene(version);
    ReplicatorListener afterThePlan =
        new ReplicatorListener() {
          @Override
          public void onPlan(Plan plan) {
            try {
              scene.execute(statements(change));
            } catch (SQLException e) {
              throw new IllegalStateException(e);
            }
          }
        };
    RunReport report = scene.run(replicator(scene, readers).listener(afterThePlan), table("b"));
    report.throwIfFailed();
    long load = report(scene, report).loadId();
    int rows = rows(content);
    assertWhole(scene, load, content, rows);
    assertOnce(scene, load, rows);
  }

  private static int rows(String content) {
    return switch (content) {
      case "one" -> Scene.CUT_ROWS;
      case "two" -> RECREATED;
      default -> 0;
    };
  }

  /** Fault 28: their lock was first: the load waits for it, and reads what they left. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "18 | 4 | TRUNCATE b; INSERT INTO b SELECT i, i, 'two' FROM generate_series(1, 3000) i | two",
        "18 | 1 | TRUNCATE b; INSERT INTO b SELECT i, i, 'two' FROM generate_series(1, 3000) i | two",
        "9.6 | 4 | TRUNCATE b; INSERT INTO b SELECT i, i, 'two' FROM generate_series(1, 3000) i | two",
        "18 | 4 | CLUSTER b USING b_pkey | one",
        "18 | 1 | CLUSTER b USING b_pkey | one",
        "18 | 4 | ALTER TABLE b ALTER v TYPE varchar(9999) USING v | one",
        "18 | 4 | ALTER TABLE b ALTER k TYPE bigint | one",
        "18 | 1 | ALTER TABLE b ALTER k TYPE bigint | one",
        "18 | 4 | ALTER TABLE b ADD x int DEFAULT 7 | one",
        "18 | 4 | DROP TABLE b | gone",
        "18 | 1 | DROP TABLE b | gone",
        "18 | 4 | ALTER TABLE b RENAME TO old_b | gone",
        "18 | 4 | recreate | two",
        "18 | 1 | recreate | two",
      })
  void aLoadThatWaitsForALockReadsWhatItsHolderLeft(
      String version, int readers, String change, String content) throws Exception {
    Scene scene = scene(version);
    try (Connection other = scene.server.connect(scene.database);
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      for (String sql : statements(change)) {
        statement.execute(sql);
      }
      CompletableFuture<RunReport> running =
          CompletableFuture.supplyAsync(() -> scene.run(replicator(scene, readers), table("b")));
      scene.awaitLockWait(scene.applicationName());
      other.commit();
      RunReport report = running.get(1, TimeUnit.MINUTES);
      if (content.equals("gone")) {
        assertThat(scene.failureOf(report, "b")).hasMessageContaining("gone");
        assertThat(scene.sink.completes(scene.table("b"))).isEmpty();
      } else {
        report.throwIfFailed();
        long load = report(scene, report).loadId();
        assertWhole(scene, load, content, rows(content));
        assertOnce(scene, load, rows(content));
      }
    }
  }

  /** When somebody asks for the lock that a load keeps from them. */
  private enum Moment {
    /** Before any of the scans is opened: readers that join come behind the request. */
    BEFORE_THE_SCANS,
    /** At the first batch. */
    AT_THE_FIRST_BATCH,
    /** At the first batch of the last slice. */
    AT_THE_LAST_SLICE,
    /** When one slice is left of which something has still to be written. */
    WHEN_OTHERS_ARE_DONE
  }

  /** A sink that lets something happen once, at a moment of a load. */
  private static final class At implements RecordSink {
    private final RecordSink sink;
    private final Moment moment;
    private final Action action;
    private final Map<String, Integer> rows = new HashMap<>();
    private boolean happened;

    At(RecordSink sink, Moment moment, Action action) {
      this.sink = sink;
      this.moment = moment;
      this.action = action;
    }

    private void happen(boolean now) throws Exception {
      if (now && !happened) {
        happened = true;
        action.happen();
      }
    }

    @Override
    public void open(TableLoad load) throws Exception {
      sink.open(load);
      happen(moment == Moment.BEFORE_THE_SCANS);
    }

    @Override
    public void write(RecordBatch batch) throws Exception {
      String scan = batch.checkpoint().scan();
      int others = rows.values().stream().mapToInt(r -> r).sum() - rows.getOrDefault(scan, 0);
      happen(
          switch (moment) {
            case BEFORE_THE_SCANS -> false;
            case AT_THE_FIRST_BATCH -> true;
            case AT_THE_LAST_SLICE -> scan.equals("slice-5");
            // A slice has the rows of a fifth of the blocks, one each.
            case WHEN_OTHERS_ARE_DONE -> others == Scene.CUT_ROWS * 4 / 5;
          });
      rows.merge(scan, batch.rowCount(), Integer::sum);
      sink.write(batch);
    }

    @Override
    public void flush(TableId table) throws Exception {
      sink.flush(table);
    }

    @Override
    public void complete(TableLoad load) throws Exception {
      sink.complete(load);
    }
  }

  /**
   * Fault 28: the load has its lock: who wants to change the table waits, whatever readers are
   * still to join, and for no longer than the load takes.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "18  | 4 | BEFORE_THE_SCANS     | TRUNCATE b",
        "18  | 4 | BEFORE_THE_SCANS     | DROP TABLE b",
        "18  | 4 | BEFORE_THE_SCANS     | VACUUM FULL b",
        "18  | 1 | BEFORE_THE_SCANS     | TRUNCATE b",
        "13  | 4 | BEFORE_THE_SCANS     | TRUNCATE b",
        "9.6 | 4 | BEFORE_THE_SCANS     | DROP TABLE b",
        "18  | 4 | AT_THE_FIRST_BATCH   | TRUNCATE b",
        "18  | 1 | AT_THE_FIRST_BATCH   | TRUNCATE b",
        "18  | 4 | AT_THE_FIRST_BATCH   | CLUSTER b USING b_pkey",
        "18  | 4 | AT_THE_FIRST_BATCH   | ALTER TABLE b ALTER k TYPE bigint",
        "18  | 4 | AT_THE_FIRST_BATCH   | ALTER TABLE b ADD x int",
        "18  | 4 | AT_THE_FIRST_BATCH   | recreate",
        "18  | 1 | AT_THE_FIRST_BATCH   | recreate",
        "18  | 4 | AT_THE_LAST_SLICE    | TRUNCATE b",
        "18  | 4 | AT_THE_LAST_SLICE    | VACUUM FULL b",
        "9.6 | 4 | AT_THE_LAST_SLICE    | DROP TABLE b",
        "18  | 4 | WHEN_OTHERS_ARE_DONE | TRUNCATE b",
        "18  | 4 | WHEN_OTHERS_ARE_DONE | DROP TABLE b",
        "18  | 4 | WHEN_OTHERS_ARE_DONE | ALTER TABLE b ALTER k TYPE bigint",
        "18  | 4 | WHEN_OTHERS_ARE_DONE | recreate",
      })
  void aLoadEndsWholeBeforeTheTableChanges(
      String version, int readers, Moment moment, String change) throws Exception {
    Scene scene = scene(version);
    List<CompletableFuture<Void>> changing = new ArrayList<>();
    At at =
        new At(
            scene.sink,
            moment,
            () -> {
              changing.add(change(scene, statements(change)));
              scene.awaitLockWait("changer");
            });
    long begin = System.nanoTime();
    RunReport report = scene.run(replicator(scene, readers), at, table("b"));
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .as("no reader waits behind them for long")
        .isLessThan(Duration.ofSeconds(30));
    report.throwIfFailed();
    assertThat(changing).hasSize(1);
    changing.get(0).get(1, TimeUnit.MINUTES);
    assertThat(slices(scene)).isEqualTo(readers == 1 ? 1 : 5);
    long load = report(scene, report).loadId();
    assertThat(scene.sink.loadIds(scene.table("b"))).containsExactly(load);
    assertThat(report(scene, report).retries()).isZero();
    assertWhole(scene, load, "one", Scene.CUT_ROWS);
    assertOnce(scene, load, Scene.CUT_ROWS);
  }

  /** Interrupts a load in the middle of several slices. */
  private static long interrupt(Scene scene, int readers, TableSelection selection)
      throws SQLException {
    FailingSink failing =
        new FailingSink(scene.sink).before(Call.WRITE, 24, FailingSink.diskFull());
    RunReport report = scene.run(replicator(scene, readers), failing, selection);
    assertThat(scene.failureOf(report, "b")).isNotNull();
    assertThat(scene.sink.rows(scene.table("b")).size()).isBetween(BATCH, Scene.CUT_ROWS - BATCH);
    return report(scene, report).loadId();
  }

  /**
   * Fault 28: changed between an interruption and the next run: what no longer is the same table
   * begins again under a new load id, and the report says why; the others go on.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "18  | 4 | 4 | TRUNCATE b | nothing | emptied or rewritten",
        "18  | 1 | 1 | TRUNCATE b | nothing | emptied or rewritten",
        "9.6 | 4 | 4 | TRUNCATE b | nothing | emptied or rewritten",
        "18  | 4 | 4 | TRUNCATE b; INSERT INTO b SELECT i, i, 'two' FROM generate_series(1, 3000) i"
            + " | two | emptied or rewritten",
        "18  | 4 | 1 | TRUNCATE b; INSERT INTO b SELECT i, i, 'two' FROM generate_series(1, 3000) i"
            + " | two | emptied or rewritten",
        "13  | 4 | 4 | TRUNCATE b; INSERT INTO b SELECT i, i, 'two' FROM generate_series(1, 3000) i"
            + " | two | emptied or rewritten",
        "18  | 4 | 4 | VACUUM FULL b | one | emptied or rewritten",
        "18  | 1 | 4 | VACUUM FULL b | one | emptied or rewritten",
        "13  | 4 | 1 | VACUUM FULL b | one | emptied or rewritten",
        "18  | 4 | 4 | CLUSTER b USING b_pkey | one | emptied or rewritten",
        "18  | 4 | 4 | ALTER TABLE b ALTER k TYPE bigint | one | columns to deliver have changed",
        "18  | 1 | 1 | ALTER TABLE b ALTER k TYPE bigint | one | columns to deliver have changed",
        "18  | 4 | 4 | ALTER TABLE b ADD x int | one | columns to deliver have changed",
        "18  | 4 | 4 | recreate | two | made anew",
        "18  | 1 | 1 | recreate | two | made anew",
        "9.6 | 4 | 4 | recreate | two | made anew",
        // What does not concern the rows and columns that are read.
        "18  | 4 | 4 | VACUUM FREEZE b | one | -",
        "18  | 4 | 1 | VACUUM FREEZE b | one | -",
        "18  | 1 | 4 | CREATE INDEX ON b (v) | one | -",
      })
  void aTableThatIsChangedBeforeItsLoadGoesOn(
      String version, int before, int after, String change, String content, String because)
      throws SQLException {
    Scene scene = scene(version);
    long interrupted = interrupt(scene, before, table("b"));
    scene.execute(statements(change));
    assertGoesOnOrBeginsAgain(scene, after, table("b"), interrupted, content, because);
  }

  /**
   * Fault 28: a column that is not delivered may come or go; what rewrites the table for it may
   * not.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "18 | 4 | ALTER TABLE b ADD x int DEFAULT 7 | -",
        "18 | 1 | ALTER TABLE b ADD x int DEFAULT 7 | -",
        "18 | 4 | ALTER TABLE b DROP COLUMN k | -",
        "18 | 4 | ALTER TABLE b ADD x timestamptz DEFAULT clock_timestamp() | emptied or rewritten",
        "9.6 | 4 | ALTER TABLE b ADD x int DEFAULT 7 | emptied or rewritten",
      })
  void aColumnThatIsNotDeliveredIsAddedBeforeALoadGoesOn(
      String version, int readers, String change, String because) throws SQLException {
    Scene scene = scene(version);
    TableSelection selection = table("b").only("id", "v");
    long interrupted = interrupt(scene, readers, selection);
    scene.execute(statements(change));
    assertGoesOnOrBeginsAgain(scene, readers, selection, interrupted, "one", because);
  }

  private static void assertGoesOnOrBeginsAgain(
      Scene scene,
      int readers,
      TableSelection selection,
      long interrupted,
      String content,
      String because)
      throws SQLException {
    RunReport report = scene.run(replicator(scene, readers), selection);
    report.throwIfFailed();
    TableReport of = report(scene, report);
    int rows = rows(content);
    assertWhole(scene, of.loadId(), content, rows);
    if (because.equals("-")) {
      assertThat(of.loadId()).isEqualTo(interrupted);
      assertThat(of.notes()).noneMatch(note -> note.contains("began again"));
      assertOnce(scene, interrupted, rows); // the sink failed before it had the batch
    } else {
      assertThat(of.loadId()).isEqualTo(interrupted + 1);
      assertThat(of.notes()).anyMatch(n -> n.contains("began again") && n.contains(because));
      assertOnce(scene, of.loadId(), rows);
      assertThat(scene.sink.completes(scene.table("b"))).hasSize(1);
    }
  }

  /**
   * Fault 28: a table that is gone before its load goes on fails, and keeps what is known of it.
   */
  @ParameterizedTest
  @CsvSource({"18,4", "18,1", "9.6,4"})
  void aTableThatIsAwayForAWhileGoesOn(String version, int readers) throws SQLException {
    Scene scene = scene(version);
    long interrupted = interrupt(scene, readers, table("b"));
    ReplicatorListener away =
        new ReplicatorListener() {
          @Override
          public void onPlan(Plan plan) {
            try {
              scene.execute("ALTER TABLE b RENAME TO c");
            } catch (SQLException e) {
              throw new IllegalStateException(e);
            }
          }
        };
    RunReport failed = scene.run(replicator(scene, readers).listener(away), table("b"));
    BobbinException failure = scene.failureOf(failed, "b");
    assertThat(failure).hasMessageContaining("gone").hasMessageContaining("checkpoint is kept");
    assertThat(scene.sink.completes(scene.table("b"))).isEmpty();
    scene.execute("ALTER TABLE c RENAME TO b");
    assertGoesOnOrBeginsAgain(scene, readers, table("b"), interrupted, "one", "-");
  }

  /**
   * Fault 28: one reader goes on with slices that were cut for four: somebody asks for the lock
   * between.
   */
  @ParameterizedTest
  @CsvSource({"TRUNCATE b", "DROP TABLE b", "ALTER TABLE b ALTER k TYPE bigint", "recreate"})
  void aLoadThatGoesOnEndsWholeBeforeTheTableChanges(String change) throws Exception {
    Scene scene = scene("18");
    long interrupted = interrupt(scene, 4, table("b"));
    List<CompletableFuture<Void>> changing = new ArrayList<>();
    At at =
        new At(
            scene.sink,
            Moment.AT_THE_FIRST_BATCH,
            () -> {
              changing.add(change(scene, statements(change)));
              scene.awaitLockWait("changer");
            });
    RunReport report = scene.run(replicator(scene, 1), at, table("b"));
    report.throwIfFailed();
    changing.get(0).get(1, TimeUnit.MINUTES);
    assertThat(report(scene, report).loadId()).isEqualTo(interrupted);
    assertThat(slices(scene)).isEqualTo(5);
    assertWhole(scene, interrupted, "one", Scene.CUT_ROWS);
    assertOnce(scene, interrupted, Scene.CUT_ROWS);
  }

  /**
   * Faults 19 and 28: changed between two increments, while a transaction is open that commits
   * late: what has come since is delivered, wherever the rows are now, and what has not changed is
   * not.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "18  | 4 | VACUUM FULL b | false",
        "18  | 1 | VACUUM FULL b | false",
        "13  | 4 | VACUUM FULL b | false",
        "9.6 | 4 | CLUSTER b USING b_pkey | false",
        "18  | 4 | CLUSTER b USING b_pkey | false",
        "18  | 4 | VACUUM FREEZE b | false",
        "18  | 4 | ALTER TABLE b ADD x int DEFAULT 7 | false",
        // A new version of each row, which the server cannot tell from a change.
        "18  | 4 | ALTER TABLE b ALTER v TYPE varchar(9999) USING lower(v) | true",
        "18  | 4 | ALTER TABLE b ADD x timestamptz DEFAULT clock_timestamp() | true",
      })
  void aTableThatIsRewrittenBetweenIncrementsLosesNoLateCommit(
      String version, int readers, String change, boolean again) throws SQLException {
    Scene scene = scene(version);
    TableSelection selection = table("b").incrementalBy("k").overlap(100);
    try (Connection late = scene.server.connect(scene.database);
        Statement statement = late.createStatement()) {
      late.setAutoCommit(false);
      statement.execute("INSERT INTO b VALUES (6000, 5150, 'late'), (6001, 4000, 'too late')");
      scene.run(replicator(scene, readers), selection).throwIfFailed();
      assertThat(scene.fresh("b")).hasSize(Scene.CUT_ROWS);
      late.commit();
    }
    scene.execute(statements(change));
    scene.execute("INSERT INTO b (id, k, v) VALUES (6002, 6002, 'new')");
    scene.awaitQuiet();
    RunReport report = scene.run(replicator(scene, readers), selection);
    report.throwIfFailed();
    List<@Nullable Object> ids = scene.fresh("b", "id");
    assertThat(ids).contains(6000, 6002).doesNotContain(6001);
    assertThat(ids).hasSize(again ? 2 + 101 : 2);
    assertThat(scene.sink.loadIds(scene.table("b"))).hasSize(1);
    scene.run(replicator(scene, readers), selection).throwIfFailed();
    assertThat(scene.fresh("b")).isEmpty();
  }

  /**
   * Fault 28: another table in its place between two increments: the bookmark stays, the overlap is
   * read anew, and the report says why; what lies below is for a reset to fetch.
   */
  @ParameterizedTest
  @CsvSource({"18,4", "18,1", "9.6,4"})
  void anotherTableBetweenIncrementsIsSaid(String version, int readers) throws SQLException {
    Scene scene = scene(version);
    TableSelection selection = table("b").incrementalBy("k").overlap(3000);
    scene.run(replicator(scene, readers), selection).throwIfFailed();
    scene.fresh("b");
    scene.execute(statements(RECREATE));
    RunReport report = scene.run(replicator(scene, readers), selection);
    report.throwIfFailed();
    assertThat(report(scene, report).notes()).anyMatch(note -> note.contains("made anew"));
    assertThat(scene.fresh("b", "id")).hasSize(RECREATED - (Scene.CUT_ROWS - 3000) + 1);
    try (Replicator replicator = scene.replicator().build()) {
      replicator.reset(scene.table("b"));
    }
    RunReport reset = scene.run(replicator(scene, readers), selection);
    assertWhole(scene, report(scene, reset).loadId(), "two", RECREATED);
  }
}
