package dev.bobbin.dialect.postgres.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.ReplicatorListener;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.RunReport.Status;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.TableDifference;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.plan.Plan;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.sink.TableLoad;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables that change, or are gone, between runs and while they are copied. */
@ExtendWith(Scene.Emptied.class)
class StructureFaultsTest {

  /** Runs the statements once the plan is made, and before any scan is opened. */
  private static ReplicatorListener afterThePlan(Scene scene, String... sql) {
    return new ReplicatorListener() {
      @Override
      public void onPlan(Plan plan) {
        try {
          scene.execute(sql);
        } catch (SQLException e) {
          throw new IllegalStateException(e);
        }
      }
    };
  }

  private static Scene three(String version) throws SQLException {
    Scene scene = Scene.on(version);
    for (String name : List.of("a", "b", "c")) {
      scene.execute(
          "CREATE TABLE " + name + " (id int PRIMARY KEY, k int NOT NULL, v text)",
          "INSERT INTO " + name + " SELECT i, i, 'v' || i FROM generate_series(1, 50) i");
    }
    return scene;
  }

  private static TableSelection[] selection(boolean incremental) {
    TableSelection b = table("b");
    return new TableSelection[] {table("a"), incremental ? b.incrementalBy("k") : b, table("c")};
  }

  private static Status status(Scene scene, RunReport report, String table) {
    return report.table(scene.table(table)).orElseThrow().status();
  }

  private static void othersFinished(Scene scene, RunReport report) {
    for (String other : List.of("a", "c")) {
      assertThat(status(scene, report, other)).isEqualTo(Status.COMPLETED);
      assertThat(scene.fresh(other)).hasSize(50);
    }
  }

  /** Fault 28: table dropped or renamed before its scan: it fails, the others finish. */
  @ParameterizedTest
  @CsvSource({
    "9.3,DROP TABLE b,false",
    "18,DROP TABLE b,false",
    "18,DROP TABLE b,true",
    "18,ALTER TABLE b RENAME TO d,false",
    "18,ALTER TABLE b RENAME TO d,true",
    "18,ALTER TABLE b SET SCHEMA other,false"
  })
  void aTableThatIsGoneBeforeItsScanFailsAlone(String version, String sql, boolean incremental)
      throws SQLException {
    Scene scene = three(version);
    scene.execute("CREATE SCHEMA other");
    RunReport report =
        scene.run(
            scene.replicator().parallelism(1).listener(afterThePlan(scene, sql)),
            selection(incremental));
    BobbinException failure = scene.failureOf(report, "b");
    assertThat(failure).hasMessageContaining("public.b").hasMessageContaining("gone");
    assertThat(scene.sink.completes(scene.table("b"))).isEmpty();
    assertThat(scene.fresh("b")).isEmpty();
    othersFinished(scene, report);
  }

  /** Fault 28: a table that takes the place of another of that name is read as what it is. */
  @Test
  void aTableThatTookTheNameOfAnotherIsReadAsWhatItIs() throws SQLException {
    Scene scene = three("18");
    RunReport report =
        scene.run(
            scene
                .replicator()
                .listener(
                    afterThePlan(
                        scene,
                        "ALTER TABLE b RENAME TO old_b",
                        "CREATE TABLE b (v int, id text PRIMARY KEY)",
                        "INSERT INTO b VALUES (7, 'seven')")),
            selection(false));
    report.throwIfFailed();
    assertThat(scene.fresh("b")).containsExactly(Map.of("v", 7L, "id", "seven"));
    othersFinished(scene, report);
  }

  /** Fault 28: truncated or rewritten before its scan: what is there is read, never nothing. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "9.3; VACUUM FULL b; 50",
        "18; VACUUM FULL b; 50",
        "18; CLUSTER b USING b_pkey; 50",
        "18; TRUNCATE b; 0",
        "18; WITH x AS (DELETE FROM b WHERE id > 3) SELECT 1; 50",
        "9.3; ALTER TABLE b ALTER k TYPE bigint; 50",
        "18; ALTER TABLE b ALTER k TYPE bigint; 50",
        "18; ALTER TABLE b ADD x timestamptz NOT NULL DEFAULT clock_timestamp(); 50"
      })
  void aTableThatIsRewrittenBeforeItsScanIsReadWhole(String version, String sql, int rows)
      throws SQLException {
    for (boolean incremental : new boolean[] {false, true}) {
      Scene scene = three(version);
      int expected = sql.startsWith("WITH") ? 3 : rows;
      RunReport report =
          scene.run(
              scene.replicator().parallelism(1).listener(afterThePlan(scene, sql)),
              selection(incremental));
      report.throwIfFailed();
      assertThat(scene.fresh("b")).hasSize(expected);
      othersFinished(scene, report);
    }
  }

  /**
   * Fault 28: their lock was first: the scan waits, and reads what their transaction left, never
   * the nothing that an older snapshot would see.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "9.3; false; TRUNCATE b; INSERT INTO b SELECT i, i, 'new' FROM generate_series(1, 7) i; 7",
        "9.3; true; TRUNCATE b; INSERT INTO b SELECT i, i, 'new' FROM generate_series(1, 7) i; 7",
        "13; true; TRUNCATE b; INSERT INTO b SELECT i, i, 'new' FROM generate_series(1, 7) i; 7",
        "18; false; TRUNCATE b; INSERT INTO b SELECT i, i, 'new' FROM generate_series(1, 7) i; 7",
        "18; true; TRUNCATE b; INSERT INTO b SELECT i, i, 'new' FROM generate_series(1, 7) i; 7",
        "18; false; ALTER TABLE b ALTER v TYPE varchar(99); SELECT 1; 50",
        "18; false; ALTER TABLE b ALTER k TYPE bigint; SELECT 1; 50",
        "18; true; ALTER TABLE b ALTER k TYPE bigint; SELECT 1; 50",
        "18; false; CLUSTER b USING b_pkey; SELECT 1; 50",
        "18; true; CLUSTER b USING b_pkey; SELECT 1; 50",
        "18; false; DROP TABLE b; SELECT 1; -1",
        "18; true; DROP TABLE b; SELECT 1; -1",
        "18; false; ALTER TABLE b RENAME TO d; SELECT 1; -1"
      })
  void aScanThatWaitsForALockReadsWhatItsHolderLeft(
      String version, boolean columnGrants, String first, String second, int rows)
      throws Exception {
    Scene scene = three(version);
    String user = "etl_" + scene.database;
    scene.execute("CREATE ROLE " + user + " LOGIN", "GRANT USAGE ON SCHEMA public TO " + user);
    for (String name : List.of("a", "b", "c")) {
      // Grants on columns alone: LOCK TABLE is not allowed, so another way is taken.
      scene.execute(
          "GRANT SELECT " + (columnGrants ? "(id, k, v) " : "") + "ON " + name + " TO " + user);
    }
    try (Connection other = scene.server.connect(scene.database);
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute(first);
      statement.execute(second);
      CompletableFuture<RunReport> running =
          CompletableFuture.supplyAsync(
              () ->
                  scene.run(
                      scene.replicator(scene.dialect(user)).parallelism(1), selection(false)));
      scene.awaitLockWait(scene.applicationName());
      other.commit();
      RunReport report = running.get(2, TimeUnit.MINUTES);
      if (rows < 0) {
        scene.failureOf(report, "b");
      } else {
        report.throwIfFailed();
        assertThat(scene.fresh("b")).hasSize(rows);
      }
      othersFinished(scene, report);
    } finally {
      scene.execute("DROP OWNED BY " + user, "DROP ROLE " + user);
    }
  }

  /** Fault 28: the same where a view is read, whose tables are locked only by reading them. */
  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void aScanOfAViewThatWaitsForALockReadsWhatItsHolderLeft(String version) throws Exception {
    Scene scene = three(version);
    scene.execute("CREATE VIEW seen AS SELECT * FROM b");
    try (Connection other = scene.server.connect(scene.database);
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("TRUNCATE b");
      statement.execute("INSERT INTO b VALUES (1, 1, 'new')");
      CompletableFuture<RunReport> running =
          CompletableFuture.supplyAsync(() -> scene.run(table("seen").identifiedBy("id")));
      scene.awaitLockWait(scene.applicationName());
      other.commit();
      running.get(2, TimeUnit.MINUTES).throwIfFailed();
      assertThat(scene.fresh("seen", "v")).containsExactly("new");
    }
  }

  /** Fault 28: a lock that is not given in time fails that table, which says why. */
  @Test
  void aLockThatIsNotGivenInTimeFailsThatTableAlone() throws SQLException {
    Scene scene = three("18");
    try (Connection other = scene.server.connect(scene.database);
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("LOCK TABLE b IN ACCESS EXCLUSIVE MODE");
      RunReport report =
          scene.run(
              scene.replicator().lockTimeout(Duration.ofMillis(100)).retry(RetryPolicy.NONE),
              selection(false));
      assertThat(scene.failureOf(report, "b"))
          .hasMessageContaining("lockTimeout")
          .hasMessageContaining("100 ms");
      othersFinished(scene, report);

      List<BobbinException> causes = Collections.synchronizedList(new ArrayList<>());
      ReplicatorListener letsGo =
          new ReplicatorListener() {
            @Override
            public void onRetry(TableId table, int attempt, Duration pause, BobbinException cause) {
              causes.add(cause);
              try {
                other.rollback();
              } catch (SQLException e) {
                throw new IllegalStateException(e);
              }
            }
          };
      scene
          .run(
              scene.replicator().lockTimeout(Duration.ofMillis(100)).listener(letsGo),
              selection(false))
          .throwIfFailed();
      assertThat(causes).isNotEmpty();
      assertThat(scene.fresh("b")).hasSize(50);
    }
  }

  /** Fault 28: mid-scan, their lock waits for us: the scan ends whole, then they go on. */
  @ParameterizedTest
  @CsvSource({
    "9.3,TRUNCATE b,false",
    "18,TRUNCATE b,true",
    "18,DROP TABLE b,false",
    "18,DROP TABLE b,true",
    "18,ALTER TABLE b RENAME TO d,false",
    "18,VACUUM FULL b,true",
    "18,ALTER TABLE b ALTER k TYPE bigint,false",
    "18,ALTER TABLE b DROP COLUMN v,true"
  })
  void aScanThatHasBegunEndsWholeBeforeTheTableChanges(
      String version, String sql, boolean incremental) throws Exception {
    Scene scene = three(version);
    List<CompletableFuture<Void>> changing = new ArrayList<>();
    FailingSink changer =
        new FailingSink(scene.sink)
            .before(
                Call.WRITE,
                6, // a is five batches, so this is the first of b
                () -> {
                  changing.add(
                      CompletableFuture.runAsync(
                          () -> {
                            try (Connection other = scene.server.connect(scene.database);
                                Statement statement = other.createStatement()) {
                              statement.execute("SET application_name = 'changer'");
                              statement.execute(sql);
                            } catch (SQLException e) {
                              throw new IllegalStateException(e);
                            }
                          }));
                  scene.awaitLockWait("changer");
                });
    RunReport report =
        scene.run(scene.replicator().parallelism(1).batchRows(10), changer, selection(incremental));
    report.throwIfFailed();
    assertThat(scene.fresh("b", "k")).hasSize(50).doesNotHaveDuplicates();
    othersFinished(scene, report);
    changing.get(0).get(1, TimeUnit.MINUTES);
  }

  /** Fault 29: column added, dropped, widened, renamed between runs: bound by name. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void columnsThatChangeBetweenRunsAreBoundByName(boolean incremental) throws SQLException {
    Scene scene =
        Scene.on(
            "18",
            "CREATE TABLE t (dead int, id int PRIMARY KEY, k int NOT NULL, x int, y int, small"
                + " smallint, short varchar(3), old text)",
            "INSERT INTO t SELECT 0, i, i, 10 + i, 20 + i, i, i, 'old' FROM generate_series(1, 5)"
                + " i");
    TableSelection selection = incremental ? table("t").incrementalBy("k") : table("t");
    scene.run(selection).throwIfFailed();
    scene.fresh("t");
    scene.execute(
        "ALTER TABLE t DROP COLUMN dead",
        "ALTER TABLE t ADD added text DEFAULT 'default'",
        "ALTER TABLE t ALTER small TYPE bigint",
        "ALTER TABLE t ALTER short TYPE varchar(30)",
        "ALTER TABLE t RENAME old TO renamed",
        // Two columns of one type exchange their names.
        "ALTER TABLE t RENAME x TO z",
        "ALTER TABLE t RENAME y TO x",
        "ALTER TABLE t RENAME z TO y",
        "INSERT INTO t (id, k, x, y, small, short, renamed) VALUES (6, 6, 26, 16, 1 << 20,"
            + " 'longer', 'r')");
    scene.run(selection).throwIfFailed();
    List<Map<String, @Nullable Object>> rows = scene.fresh("t");
    assertThat(rows).hasSizeBetween(incremental ? 1 : 6, 6);
    for (Map<String, @Nullable Object> row : rows) {
      long id = (Long) row.get("id");
      assertThat(row)
          .containsOnlyKeys("id", "k", "x", "y", "small", "short", "renamed", "added")
          .containsEntry("x", 20 + id)
          .containsEntry("y", 10 + id)
          .containsEntry("small", id == 6 ? 1L << 20 : id)
          .containsEntry("short", id == 6 ? "longer" : Long.toString(id))
          .containsEntry("renamed", id == 6 ? "r" : "old")
          .containsEntry("added", "default");
    }
    List<TableLoad> opens = scene.sink.opens(scene.table("t"));
    TableDifference difference = opens.get(1).difference().orElseThrow();
    assertThat(difference.added())
        .extracting(Column::name)
        .containsExactlyInAnyOrder("added", "renamed");
    assertThat(difference.dropped())
        .extracting(Column::name)
        .containsExactlyInAnyOrder("dead", "old");
    assertThat(difference.retyped()).extracting(r -> r.now().name()).contains("small");
    assertThat(opens.get(0).loadId() == opens.get(1).loadId()).isEqualTo(incremental);
  }

  /** Fault 29: the same after the plan was made, and before the scan is opened. */
  @ParameterizedTest
  @CsvSource({"9.3,false", "18,false", "18,true"})
  void columnsThatChangeBeforeTheScanAreBoundByName(String version, boolean incremental)
      throws SQLException {
    for (String change :
        List.of(
            "ALTER TABLE t ADD added text DEFAULT 'default'",
            "ALTER TABLE t DROP COLUMN dead",
            "ALTER TABLE t ALTER small TYPE bigint",
            "ALTER TABLE t RENAME short TO renamed",
            // Names of one type exchanged, then of two types.
            "ALTER TABLE t RENAME x TO z; ALTER TABLE t RENAME y TO x; ALTER TABLE t RENAME z TO y",
            "ALTER TABLE t RENAME x TO z; ALTER TABLE t RENAME short TO x; ALTER TABLE t RENAME z"
                + " TO short")) {
      Scene scene =
          Scene.on(
              version,
              "CREATE TABLE t (dead int, id int PRIMARY KEY, k int NOT NULL, x int, y int, small"
                  + " smallint, short varchar(3))",
              "INSERT INTO t SELECT 0, i, i, 10 + i, 20 + i, i, i FROM generate_series(1, 5) i",
              "CREATE TABLE other (id int PRIMARY KEY)",
              "INSERT INTO other VALUES (1)");
      TableSelection selection = incremental ? table("t").incrementalBy("k") : table("t");
      RunReport report =
          scene.run(
              scene.replicator().listener(afterThePlan(scene, change)), selection, table("other"));
      report.throwIfFailed();
      assertThat(scene.fresh("other")).hasSize(1);
      List<Map<String, @Nullable Object>> rows = scene.fresh("t");
      assertThat(rows).hasSize(5);
      boolean announced = report.table(scene.table("t")).orElseThrow().retries() > 0;
      for (Map<String, @Nullable Object> row : rows) {
        long id = (Long) row.get("id");
        boolean swappedAlike = change.contains("RENAME y TO x");
        boolean swapped = change.contains("short TO x");
        assertThat(row)
            .containsEntry("k", id)
            .containsEntry("x", swapped ? Long.toString(id) : (swappedAlike ? 20 : 10) + id)
            .containsEntry("y", (swappedAlike ? 10 : 20) + id)
            .containsEntry("small", id);
        if (change.contains("renamed")) {
          assertThat(row).containsEntry("renamed", Long.toString(id)).doesNotContainKey("short");
        }
        if (change.contains("dead")) {
          assertThat(row).doesNotContainKey("dead");
        }
      }
      // What the scan cannot go on with is planned anew, and said.
      boolean needed = !change.contains("ADD") && !change.contains("y TO x");
      assertThat(announced).as(change).isEqualTo(needed);
      if (needed) {
        assertThat(report.table(scene.table("t")).orElseThrow().notes())
            .anyMatch(note -> note.contains("changed during the run"));
      }
    }
  }

  /** Fault 29: a plan made before the change is made anew, and the report says so. */
  @Test
  void anOldPlanIsMadeAnewForAChangedTable() throws SQLException {
    Scene scene = three("18");
    try (Replicator replicator = scene.replicator().build()) {
      Plan plan = replicator.plan(Selection.of(selection(true)));
      scene.execute("ALTER TABLE b DROP COLUMN v", "ALTER TABLE b ADD w int", "DROP TABLE c");
      RunReport report = replicator.run(plan, scene.sink);
      assertThat(scene.failureOf(report, "c")).hasMessageContaining("gone");
      RunReport.TableReport b = report.table(scene.table("b")).orElseThrow();
      assertThat(b.status()).isEqualTo(Status.COMPLETED);
      assertThat(b.notes()).anyMatch(note -> note.contains("column added: w"));
      assertThat(scene.fresh("b", "w")).hasSize(50).containsOnlyNulls();
    }
  }

  /** Fault 29: a replication key that is dropped or renamed fails its table and keeps its state. */
  @Test
  void aKeyThatIsGoneFailsTheTableAlone() throws SQLException {
    Scene scene = three("18");
    scene.run(selection(true)).throwIfFailed();
    List.of("a", "b", "c").forEach(scene::fresh);
    RunReport report =
        scene.run(
            scene
                .replicator()
                .parallelism(1)
                .listener(afterThePlan(scene, "ALTER TABLE b RENAME k TO kk")),
            selection(true));
    assertThat(scene.failureOf(report, "b")).hasMessageContaining("replication key k");
    othersFinished(scene, report);
    scene.execute("ALTER TABLE b RENAME kk TO k", "INSERT INTO b VALUES (51, 51, 'new')");
    scene.run(selection(true)).throwIfFailed();
    assertThat(scene.fresh("b", "id")).containsExactly(51);
  }

  /** Fault 28: a table that becomes a view, or a view a table, is planned anew. */
  @Test
  void aTableThatBecomesAViewIsReadAsWhatItIs() throws SQLException {
    Scene scene = three("18");
    RunReport report =
        scene.run(
            scene
                .replicator()
                .listener(
                    afterThePlan(
                        scene,
                        "ALTER TABLE b RENAME TO b_table",
                        "CREATE VIEW b AS SELECT v, k, id, now() AS t FROM b_table")),
            selection(false));
    report.throwIfFailed();
    assertThat(scene.fresh("b", "t")).hasSize(50);
    List<TableLoad> opens = scene.sink.opens(scene.table("b"));
    assertThat(opens.get(opens.size() - 1).table().columns())
        .extracting(Column::type)
        .contains(new DataType.Instant());
  }
}
