package dev.bobbin.dialect.mysql.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.RunReport.Status;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testsupport.InBackground;
import dev.bobbin.testsupport.Retries;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fault 28: locks on a table's metadata: who alters, empties or locks a table, and who reads it,
 * wait for each other, but no longer than is said.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MetadataLockTest {

  private static Scene scene(String version) throws SQLException {
    Scene scene = Scene.on(version, Scene.filled("a", 500, 3_000));
    scene.execute(Scene.filled("b", 500, 3_000));
    return scene;
  }

  private static Replicator.Builder impatient(Scene scene) {
    return scene.replicator().lockTimeout(Duration.ofSeconds(1));
  }

  /** Two sessions: one reads the table in a transaction, and another waits to alter it. */
  private static CompletableFuture<Void> alter(Scene scene, String sql) {
    return InBackground.run(
        () -> {
          try {
            scene.execute(sql);
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  /** A lock that another session keeps: a clear failure of that table alone. */
  @ParameterizedTest
  @CsvSource({"MySQL 5.7,1", "MySQL 8.0,4", "MariaDB 11.4,1"})
  void aLockThatIsKeptFailsThatTableAloneAndNamesIt(String version, int readers)
      throws SQLException {
    try (Scene scene = scene(version)) {
      try (Connection other = scene.server.connect(scene.database);
          Statement statement = other.createStatement()) {
        statement.execute("LOCK TABLES b WRITE");
        RunReport report =
            scene.run(
                impatient(scene).parallelism(readers).retry(RetryPolicy.NONE),
                table("a"),
                table("b"));
        assertThat(scene.failureOf(report, "b"))
            .hasMessageContaining("A lock on " + scene.table("b"))
            .hasMessageContaining("not granted within 1 s (lockTimeout)")
            .hasMessageContaining("another session")
            .hasMessageContaining("end the session that holds the lock")
            .matches(Retries::isTransient);
        assertThat(report.table(scene.table("a")).orElseThrow().status())
            .isEqualTo(Status.COMPLETED);
        scene.assertSameRows("a");
        scene.assertNothingIsLeft();
      }
    }
  }

  /** A lock that is released after the first failures is then granted. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void aTableIsReadOnceTheLockIsReleased(String version) throws SQLException {
    try (Scene scene = scene(version);
        Connection other = scene.server.connect(scene.database);
        Statement statement = other.createStatement()) {
      statement.execute("LOCK TABLES b WRITE");
      Retries retries =
          new Retries(
              () -> {
                try (Statement release = other.createStatement()) {
                  release.execute("UNLOCK TABLES");
                } catch (SQLException e) {
                  throw new IllegalStateException(e);
                }
              });
      scene
          .run(impatient(scene).listener(retries), table("a"), table("b").incrementalBy("changed"))
          .throwIfFailed();
      assertThat(retries.causes()).isNotEmpty();
      scene.assertSameRows("a", "b");
      scene.assertNothingIsLeft();
    }
  }

  /** A lock that is released in time is waited for, and what its holder left is read. */
  @ParameterizedTest
  @CsvSource({
    "MySQL 5.7,ALTER TABLE b ADD x int NOT NULL DEFAULT 7",
    "MySQL 8.0,ALTER TABLE b ADD x int NOT NULL DEFAULT 7",
    "MariaDB 11.4,ALTER TABLE b ADD x int NOT NULL DEFAULT 7",
    "MySQL 8.0,TRUNCATE b"
  })
  void aScanThatWaitsForALockReadsWhatItsHolderLeft(String version, String sql) throws Exception {
    try (Scene scene = scene(version);
        Connection other = scene.server.connect(scene.database);
        Statement statement = other.createStatement()) {
      statement.execute("LOCK TABLES b WRITE");
      CompletableFuture<RunReport> running =
          InBackground.supply(() -> scene.run(table("a"), table("b")));
      scene.awaitLockWait();
      statement.execute(sql);
      statement.execute("UNLOCK TABLES");
      running.get(1, TimeUnit.MINUTES).throwIfFailed();
      scene.assertSameRows("a", "b");
      scene.assertNothingIsLeft();
    }
  }

  /**
   * Who wants to alter a table that is being read waits; so do all who come after, and Bobbin's own
   * further readers among them. The load goes on or is tried again, and nobody hangs.
   */
  @ParameterizedTest
  @CsvSource({"MySQL 5.7,1", "MySQL 8.0,1", "MariaDB 11.4,1", "MySQL 8.0,4", "MariaDB 11.4,4"})
  void anAlterThatWaitsInMidLoadEndsInTimeAndTheLoadToo(String version, int readers)
      throws Exception {
    try (Scene scene = Scene.on(version, Scene.filled("b", 8_000, 3_000))) {
      FailingSink sink = new FailingSink(scene.sink);
      CompletableFuture<CompletableFuture<Void>> begun = new CompletableFuture<>();
      sink.after(
          Call.WRITE,
          3,
          () -> {
            begun.complete(alter(scene, "ALTER TABLE b ADD x int NOT NULL DEFAULT 7"));
            scene.awaitLockWait();
          });
      Retries retries = new Retries();
      RunReport report =
          scene.run(impatient(scene).parallelism(readers).listener(retries), sink, table("b"));
      report.throwIfFailed();
      begun.get().get(1, TimeUnit.MINUTES);
      System.out.println(version + " " + readers + ": " + retries.causes());
      scene.assertSameRows("b");
      scene.assertNothingIsLeft();
    }
  }

  /** A reader of Bobbin's that waits for a lock makes nobody else wait longer than lockTimeout. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void aReaderThatIsSlowDoesNotStopReadersAndWriters(String version) throws SQLException {
    try (Scene scene = Scene.on(version, Scene.filled("b", 4_000, 3_000))) {
      FailingSink sink = new FailingSink(scene.sink);
      sink.after(
          Call.WRITE,
          3,
          () -> {
            try (Connection other = scene.server.connect(scene.database);
                Statement statement = other.createStatement()) {
              statement.execute("SET lock_wait_timeout = 1, innodb_lock_wait_timeout = 1");
              statement.execute("UPDATE b SET payload = payload WHERE id < 4000");
              statement.execute("DELETE FROM b WHERE id = 4000");
              statement.execute("INSERT INTO b VALUES (5000, 5000, 1, 'x')");
            }
          });
      scene.run(impatient(scene).parallelism(1), sink, table("b")).throwIfFailed();
      assertThat(scene.sink.rows(scene.table("b"))).hasSize(4_000);
      scene.assertNothingIsLeft();
    }
  }
}
