package dev.bobbin.dialect.mysql.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.Replicator;
import dev.bobbin.ReplicatorListener;
import dev.bobbin.RunReport;
import dev.bobbin.RunReport.Status;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.plan.Plan;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testsupport.InBackground;
import dev.bobbin.testsupport.Retries;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tables that change, or are gone, between runs and while they are copied: faults 28 and 29. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
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
          "CREATE TABLE " + name + " (id int PRIMARY KEY, k int NOT NULL, v text, KEY (k))",
          "INSERT INTO " + name + " SELECT i, i, CONCAT('v', i) FROM " + Scene.numbers(50));
    }
    return scene;
  }

  private static TableSelection[] selection(boolean incremental) {
    TableSelection b = table("b");
    return new TableSelection[] {table("a"), incremental ? b.incrementalBy("k") : b, table("c")};
  }

  private static void othersFinished(Scene scene, RunReport report) {
    for (String other : List.of("a", "c")) {
      assertThat(report.table(scene.table(other)).orElseThrow().status())
          .isEqualTo(Status.COMPLETED);
      assertThat(scene.fresh(other)).hasSize(50);
    }
  }

  /** Fault 28: table dropped or renamed before its scan: it fails, the others finish. */
  @ParameterizedTest
  @CsvSource({
    "MySQL 5.7,DROP TABLE b,false",
    "MySQL 8.0,DROP TABLE b,true",
    "MariaDB 11.4,DROP TABLE b,false",
    "MySQL 8.0,RENAME TABLE b TO d,false",
    "MariaDB 11.4,RENAME TABLE b TO d,true"
  })
  void aTableThatIsGoneBeforeItsScanFailsAlone(String version, String sql, boolean incremental)
      throws SQLException {
    try (Scene scene = three(version)) {
      RunReport report =
          scene.run(
              scene.replicator().parallelism(1).listener(afterThePlan(scene, sql)),
              selection(incremental));
      BobbinException failure = scene.failureOf(report, "b");
      assertThat(failure).hasMessageContaining(scene.database + ".b").hasMessageContaining("gone");
      assertThat(scene.sink.completes(scene.table("b"))).isEmpty();
      assertThat(scene.fresh("b")).isEmpty();
      othersFinished(scene, report);
      scene.assertNothingIsLeft();
    }
  }

  /** Fault 28: a table that takes the place of another of that name is read as what it is. */
  @ParameterizedTest
  @CsvSource({"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void aTableThatTookTheNameOfAnotherIsReadAsWhatItIs(String version) throws SQLException {
    try (Scene scene = three(version)) {
      RunReport report =
          scene.run(
              scene
                  .replicator()
                  .listener(
                      afterThePlan(
                          scene,
                          "CREATE TABLE n (v int, id varchar(20) PRIMARY KEY)",
                          "INSERT INTO n VALUES (7, 'seven')",
                          "RENAME TABLE b TO old_b, n TO b")),
              selection(false));
      report.throwIfFailed();
      assertThat(scene.fresh("b")).containsExactly(Map.of("v", 7L, "id", "seven"));
      othersFinished(scene, report);
    }
  }

  /** Fault 28: emptied, altered or written anew before its scan: what is there is read. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "MySQL 5.7; OPTIMIZE TABLE b; 50",
        "MySQL 8.0; TRUNCATE b; 0",
        "MariaDB 11.4; TRUNCATE b; 0",
        "MySQL 8.0; DELETE FROM b WHERE id > 3; 3",
        "MySQL 5.7; ALTER TABLE b MODIFY k bigint NOT NULL; 50",
        "MySQL 8.0; ALTER TABLE b MODIFY k bigint unsigned NOT NULL; 50",
        "MariaDB 11.4; ALTER TABLE b MODIFY v varchar(20); 50",
        "MySQL 8.0; ALTER TABLE b ADD x timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP FIRST; 50",
        "MySQL 8.0; ALTER TABLE b DROP COLUMN v; 50",
        "MySQL 8.0; ALTER TABLE b DROP KEY k; 50",
        "MySQL 8.0; ALTER TABLE b DROP PRIMARY KEY; 50",
        "MySQL 5.7; ALTER TABLE b ENGINE = MyISAM; 50",
        "MariaDB 11.4; ALTER TABLE b CONVERT TO CHARACTER SET latin1; 50"
      })
  void aTableThatChangesBeforeItsScanIsReadWhole(String version, String sql, int rows)
      throws SQLException {
    for (boolean incremental : new boolean[] {false, true}) {
      try (Scene scene = three(version)) {
        RunReport report =
            scene.run(
                scene.replicator().parallelism(1).listener(afterThePlan(scene, sql)),
                selection(incremental));
        report.throwIfFailed();
        assertThat(scene.fresh("b")).hasSize(rows);
        othersFinished(scene, report);
        scene.assertNothingIsLeft();
      }
    }
  }

  /** Fault 28: while a table is read, whoever would change it waits; the load ends whole. */
  @ParameterizedTest
  @CsvSource({
    "MySQL 5.7,TRUNCATE t,1",
    "MySQL 8.0,DROP TABLE t,1",
    "MariaDB 11.4,RENAME TABLE t TO d,1",
    "MySQL 8.0,ALTER TABLE t DROP COLUMN payload,1",
    "MariaDB 11.4,ALTER TABLE t MODIFY changed varchar(40),1"
  })
  void aLoadThatHasBegunEndsWholeBeforeTheTableChanges(String version, String sql, int readers)
      throws Exception {
    try (Scene scene = Scene.on(version, Scene.filled("t", 8_000, 3_000))) {
      CompletableFuture<CompletableFuture<Void>> changing = new CompletableFuture<>();
      FailingSink sink = new FailingSink(scene.sink);
      sink.before(
          Call.WRITE,
          3,
          () -> {
            changing.complete(
                InBackground.run(
                    () -> {
                      try {
                        scene.execute(sql);
                      } catch (SQLException e) {
                        throw new IllegalStateException(e);
                      }
                    }));
            scene.awaitLockWait();
          });
      scene.run(scene.replicator().parallelism(readers), sink, table("t")).throwIfFailed();
      changing.get().get(1, TimeUnit.MINUTES);
      assertThat(scene.sink.rows(scene.table("t"))).hasSize(8_000);
      scene.assertNothingIsLeft();
    }
  }

  /**
   * Fault 28: the table changes between two attempts, when nobody reads it: a load of what was
   * there before does not go on, and the rows of what is there now are all there in the end.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "MySQL 5.7; TRUNCATE t; 4",
        "MySQL 8.0; TRUNCATE t; 1",
        "MariaDB 11.4; TRUNCATE t; 4",
        "MySQL 8.0; ALTER TABLE t ADD x int NOT NULL DEFAULT 5; 4",
        "MariaDB 11.4; ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (id, version); 4",
        "MySQL 5.7; ALTER TABLE t MODIFY id int unsigned NOT NULL; 4",
        "MySQL 8.0; RENAME TABLE t TO old; 1",
        "MySQL 8.0; ALTER TABLE t ENGINE = MyISAM; 4"
      })
  void aTableThatChangesBetweenTwoAttemptsIsReadWholeInTheEnd(
      String version, String sql, int readers) throws SQLException {
    for (TableSelection selection : List.of(table("t"), table("t").incrementalBy("changed"))) {
      try (Scene scene = Scene.on(version, Scene.filled("t", 8_000, 3_000))) {
        // Without it, nothing shows this user that a table without AUTO_INCREMENT was truncated.
        scene.execute("GRANT PROCESS ON *.* TO '" + scene.user + "'@'%'");
        FailingSink breaking = new FailingSink(scene.sink);
        breaking.after(Call.WRITE, 9, FailingSink.deadlock());
        RunReport report =
            scene.run(
                scene
                    .replicator()
                    .parallelism(readers)
                    .listener(new Retries(() -> change(scene, sql))),
                breaking,
                selection);
        report.throwIfFailed();
        scene.assertSameRows("t");
        scene.assertNothingIsLeft();
      }
    }
  }

  private static void change(Scene scene, String sql) {
    try {
      scene.execute(sql);
      if (sql.startsWith("TRUNCATE")) {
        scene.execute("INSERT INTO t SELECT i, i, 2, 'new' FROM " + Scene.numbers(3_000));
      }
      if (sql.startsWith("RENAME")) {
        scene.execute(Scene.filled("t", 2_000, 100));
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Fault 28: dropped between two attempts: the table fails and says so, the other finishes. */
  @Test
  void aTableThatIsDroppedBetweenTwoAttemptsFailsAlone() throws SQLException {
    try (Scene scene = Scene.on("MySQL 8.0", Scene.filled("t", 8_000, 3_000))) {
      scene.execute(Scene.filled("u", 500, 100));
      FailingSink breaking = new FailingSink(scene.sink);
      breaking.after(Call.WRITE, 9, FailingSink.deadlock());
      RunReport report =
          scene.run(
              scene
                  .replicator()
                  .parallelism(4)
                  .listener(new Retries(() -> change(scene, "DROP TABLE t"))),
              breaking,
              table("t"),
              table("u"));
      assertThat(scene.failureOf(report, "t")).hasMessageContaining("gone");
      scene.assertSameRows("u");
      scene.assertNothingIsLeft();
    }
  }

  /** Fault 29: column added, dropped, widened, renamed between runs: bound by name. */
  @ParameterizedTest
  @CsvSource({"MySQL 5.7,true", "MySQL 8.0,false", "MySQL 8.0,true", "MariaDB 11.4,true"})
  void columnsThatChangeBetweenRunsAreBoundByName(String version, boolean incremental)
      throws SQLException {
    try (Scene scene =
        Scene.on(
            version,
            "CREATE TABLE t (dead int, id int PRIMARY KEY, k int NOT NULL, x int, y int, small"
                + " smallint, short varchar(3), old text)",
            "INSERT INTO t SELECT 0, i, i, 10 + i, 20 + i, i, i, 'old' FROM " + Scene.numbers(5))) {
      TableSelection selection = incremental ? table("t").incrementalBy("k") : table("t");
      scene.run(selection).throwIfFailed();
      scene.fresh("t");
      scene.execute(
          "ALTER TABLE t DROP COLUMN dead, ADD added varchar(20) DEFAULT 'default' FIRST, MODIFY"
              + " small bigint, MODIFY short varchar(30), CHANGE old renamed text, CHANGE x z int",
          // Two columns of one type exchange their names.
          "ALTER TABLE t CHANGE y x int",
          "ALTER TABLE t CHANGE z y int",
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
    }
  }

  /** Fault 24 and 29: the replication key has another type, or is gone: nothing is guessed. */
  @Test
  void aReplicationKeyOfAnotherTypeIsRefusedNamingReset() throws SQLException {
    try (Scene scene = three("MySQL 8.0")) {
      scene.run(selection(true)).throwIfFailed();
      List<String> tables = new ArrayList<>(List.of("a", "b", "c"));
      tables.forEach(scene::fresh);
      scene.execute("ALTER TABLE b MODIFY k varchar(20) NOT NULL");
      RunReport report = scene.run(selection(true));
      assertThat(scene.failureOf(report, "b")).hasMessageContaining("reset");
      othersFinished(scene, report);
      try (Replicator replicator = scene.replicator().build()) {
        replicator.reset("b");
        replicator.replicate(Selection.of(selection(true)), scene.sink).throwIfFailed();
        assertThat(scene.fresh("b")).hasSize(50);
      }
      scene.execute("ALTER TABLE b DROP COLUMN k");
      assertThatThrownBy(() -> scene.run(selection(true)))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("k");
    }
  }

  /** Fault 28: emptied and filled again between runs: only a full table shows it. */
  @Test
  void aTableThatWasEmptiedBetweenRunsShowsInItsNextLoad() throws SQLException {
    try (Scene scene = three("MariaDB 11.4")) {
      scene.run(table("a"), table("b").incrementalBy("k")).throwIfFailed();
      scene.fresh("a");
      scene.fresh("b");
      scene.execute(
          "TRUNCATE a", "TRUNCATE b", "INSERT INTO b VALUES (7, 7, 'low'), (77, 77, 'x')");
      scene.run(table("a"), table("b").incrementalBy("k")).throwIfFailed();
      assertThat(scene.fresh("a")).isEmpty();
      assertThat(scene.sink.upserted(scene.table("a"))).isEmpty();
      assertThat(scene.fresh("b", "id")).containsExactly(77);
    }
  }
}
