package dev.bobbin.dialect.postgres.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.ReplicatorListener;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.SourceException;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testsupport.DeliveredRows;
import dev.bobbin.testsupport.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A hot standby as the source. */
@ExtendWith(Scene.Emptied.class)
class StandbyFaultsTest {

  /** A standby is read like a primary, recognised, and nothing is asked of it that it refuses. */
  @ParameterizedTest
  @ValueSource(strings = {"13", "18"})
  void aStandbyIsReadFullAndIncrementallyAndRecognised(String version) throws SQLException {
    try (PostgresServer primary = PostgresServer.version(version).start();
        PostgresServer standby = primary.standby()) {
      Scene there =
          Scene.on(
              primary,
              "CREATE TABLE t (id int PRIMARY KEY, k timestamptz NOT NULL DEFAULT now())",
              "CREATE TABLE f (id int PRIMARY KEY)",
              "CREATE UNLOGGED TABLE u (id int PRIMARY KEY)",
              "CREATE VIEW v AS SELECT * FROM t",
              "INSERT INTO t SELECT i FROM generate_series(1, 100) i",
              "INSERT INTO f SELECT i FROM generate_series(1, 100) i");
      standby.awaitCaughtUp();
      Scene scene = Scene.of(standby, there.database);
      try (Replicator replicator = scene.replicator().build()) {
        assertThat(replicator.discover().describe()).contains("hot standby");
        assertThat(replicator.plan(Selection.of(table("*"))).describe())
            .contains("hot standby")
            .contains("max_standby_streaming_delay")
            .contains("Unlogged tables")
            .contains("Skipped " + scene.table("u"));
      }
      TableSelection[] selection = {
        table("t").incrementalBy("k").overlap(Duration.ofMinutes(5)),
        table("f"),
        table("v").identifiedBy("id")
      };
      scene.run(scene.replicator().batchRows(10), selection).throwIfFailed();
      assertThat(scene.fresh("t")).hasSize(100);
      assertThat(scene.fresh("f")).hasSize(100);
      assertThat(scene.fresh("v")).hasSize(100);
      there.execute("INSERT INTO t VALUES (101)", "DELETE FROM f WHERE id <= 50");
      standby.awaitCaughtUp();
      scene.run(scene.replicator().batchRows(10), selection).throwIfFailed();
      assertThat(scene.fresh("t", "id")).containsExactly(101);
      assertThat(scene.fresh("f")).hasSize(50);
      assertThat(scene.fresh("v")).hasSize(101);
    }
  }

  /**
   * Fault 18: a scan on a standby is cancelled, since its snapshot conflicts with what is replayed:
   * it is tried again, and the sink ends with the same rows.
   */
  @ParameterizedTest
  @CsvSource({"13,false", "18,false", "18,true"})
  void aScanCancelledByRecoveryIsTriedAgain(String version, boolean incremental)
      throws SQLException {
    try (PostgresServer primary =
            PostgresServer.version(version).config("autovacuum", "off").start();
        PostgresServer standby =
            primary.standby(
                Map.of("max_standby_streaming_delay", "0", "hot_standby_feedback", "off"))) {
      Scene there =
          Scene.on(
              primary,
              "CREATE TABLE t (id int PRIMARY KEY, k int NOT NULL, v text)",
              "CREATE INDEX ON t (k)",
              // More than the buffers on the way take, so that the server is still in its scan.
              "INSERT INTO t SELECT i, i, repeat('0123456789', 400) FROM generate_series(1, 6000)"
                  + " i",
              "CREATE TABLE other (id int PRIMARY KEY)",
              "INSERT INTO other VALUES (1)");
      standby.awaitCaughtUp();
      Scene scene = Scene.of(standby, there.database);
      List<BobbinException> causes = Collections.synchronizedList(new ArrayList<>());
      FailingSink conflicting =
          new FailingSink(scene.sink)
              .before(
                  Call.WRITE,
                  3,
                  () -> {
                    there.execute("DELETE FROM t WHERE id > 5000", "VACUUM t");
                    // What VACUUM has logged can stay in memory until somebody commits.
                    there.execute("CREATE TABLE committed ()");
                    awaitConflict(scene);
                  });
      RunReport report =
          scene.run(
              scene
                  .replicator()
                  .parallelism(1)
                  .batchRows(50)
                  .listener(
                      new ReplicatorListener() {
                        @Override
                        public void onRetry(
                            TableId table, int attempt, Duration pause, BobbinException cause) {
                          causes.add(cause);
                        }
                      }),
              conflicting,
              incremental ? table("t").incrementalBy("k") : table("t"),
              table("other"));
      report.throwIfFailed();
      assertThat(causes).isNotEmpty();
      assertThat(causes.get(0))
          .isInstanceOf(SourceException.class)
          .hasMessageContaining("40001")
          .hasMessageContaining("max_standby_streaming_delay");
      assertThat(((SourceException) causes.get(0)).kind())
          .isEqualTo(SourceException.Kind.TRANSIENT);
      assertThat(report.table(scene.table("t")).orElseThrow().retries()).isPositive();
      standby.awaitCaughtUp();
      List<Integer> ids = new ArrayList<>();
      DeliveredRows.column(scene.sink.upserted(scene.table("t")), "id")
          .forEach(i -> ids.add((Integer) i));
      assertThat(ids).doesNotHaveDuplicates();
      if (incremental) {
        // Rows that were deleted after they had been delivered may stay.
        assertThat(new HashSet<>(ids)).containsAll(List.of(1, 2500, 5000));
        assertThat(ids).hasSizeBetween(5000, 6000);
      } else {
        assertThat(ids).hasSize(5000);
      }
      assertThat(scene.fresh("other")).hasSize(1);
      Waiting.until("no backend", () -> standby.backendsOf(scene.applicationName()) == 0);
    }
  }

  /**
   * Returns once the scan has been told to stop. Its server process stops at once, or only after it
   * has sent what it is sending, while the replay waits for it and says so in its title.
   */
  private static void awaitConflict(Scene standby) throws SQLException, IOException {
    String startup =
        standby.query("SELECT pid FROM pg_stat_activity WHERE backend_type = 'startup'");
    // Not ProcessHandle, which does not show a title that a process has given itself.
    Path title = Path.of("/proc", startup, "cmdline");
    String stopped =
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND application_name = '"
            + standby.applicationName()
            + "'";
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (!Files.readString(title).contains("waiting") && !"0".equals(standby.query(stopped))) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("no conflict; the replay is " + Files.readString(title));
      }
      LockSupport.parkNanos(5_000_000);
    }
  }
}
