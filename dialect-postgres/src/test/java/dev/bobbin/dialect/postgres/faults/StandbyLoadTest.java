package dev.bobbin.dialect.postgres.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.RunReport.TableReport;
import dev.bobbin.catalog.TableId;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.sink.TableLoad;
import dev.bobbin.state.Bookmark;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testsupport.DeliveredRows;
import dev.bobbin.testsupport.Retries;
import dev.bobbin.testsupport.Waiting;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Loads and increments that are read from a hot standby, or move to one and back. */
@Tag("long")
class StandbyLoadTest {

  private static PostgresServer primary(String version) {
    return PostgresServer.version(version).config("autovacuum", "off").start();
  }

  private static Replicator.Builder replicator(Scene scene, int readers) {
    return on(scene, scene, readers);
  }

  /** The replicator of a scene, with its state and its sink, that reads another server. */
  private static Replicator.Builder on(Scene scene, Scene server, int readers) {
    return scene.replicator(server.dialect()).parallelism(readers).batchRows(100);
  }

  private static TableReport report(Scene scene, RunReport report) {
    return report.table(scene.table("b")).orElseThrow();
  }

  private static @Nullable Bookmark bookmark(Scene scene, TableSelection selection) {
    return scene.plan(selection).table(scene.table("b")).orElseThrow().bookmark().orElse(null);
  }

  /** By id, key and text of all rows that a server shows. */
  private static Map<Long, String> content(Scene scene) throws SQLException {
    Map<Long, String> rows = new TreeMap<>();
    try (Connection connection = scene.server.connect(scene.database);
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("SELECT id, k || ' ' || v FROM b")) {
      while (result.next()) {
        rows.put(result.getLong(1), result.getString(2));
      }
    }
    return rows;
  }

  private static Map<Long, String> content(Iterable<Map<String, @Nullable Object>> rows) {
    Map<Long, String> content = new TreeMap<>();
    rows.forEach(row -> content.put((Long) row.get("id"), row.get("k") + " " + row.get("v")));
    return content;
  }

  private static Map<Long, String> delivered(Scene scene, long load) {
    return content(scene.sink.rows(scene.table("b"), load));
  }

  private static Map<Long, String> sink(Scene scene) {
    assertThat(scene.sink.violations()).isEmpty();
    return content(scene.sink.upserted(scene.table("b")));
  }

  private static Set<String> slices(Scene scene) {
    Set<String> scans = new HashSet<>();
    scene.sink.deliveries(scene.table("b")).forEach(d -> scans.add(d.checkpoint().scan()));
    return scans;
  }

  private static void pauseReplay(Scene standby) throws SQLException {
    standby.query("SELECT pg_wal_replay_pause()");
    standby.await("pg_get_wal_replay_pause_state() = 'paused'");
  }

  private static void interrupt(Scene scene, Replicator.Builder builder, TableSelection selection) {
    FailingSink failing =
        new FailingSink(scene.sink).before(Call.WRITE, 24, FailingSink.diskFull());
    Retries retries = new Retries();
    RunReport report = scene.run(builder.listener(retries), failing, selection);
    retries.causes().forEach(Throwable::printStackTrace);
    scene.failureOf(report, "b");
  }

  /** A standby's load is its snapshot, whatever it replays meanwhile. */
  @ParameterizedTest
  @CsvSource({"18,4", "18,1", "13,4", "9.6,4"})
  void aLoadFromAStandbyIsTheSnapshotThatItBeganWith(String version, int readers)
      throws SQLException {
    try (PostgresServer primary = primary(version);
        PostgresServer standby = primary.standby()) {
      Scene there = Scene.on(primary, Scene.cutTable("b", "one"));
      standby.awaitCaughtUp();
      Scene scene = Scene.of(standby, there.database);
      boolean shares = !version.equals("9.6");
      try (Replicator replicator = replicator(scene, readers).build()) {
        String plan = replicator.plan(Selection.of(table("b"))).describe();
        String one = "One reader, because a standby before PostgreSQL 10 cannot share its snapshot";
        assertThat(plan.contains(one)).as(plan).isEqualTo(!shares);
      }
      Map<Long, String> before = content(there);
      FailingSink changing =
          new FailingSink(scene.sink)
              .before(
                  Call.WRITE,
                  3,
                  () -> {
                    there.execute(
                        "UPDATE b SET v = 'changed' WHERE id % 3 = 0",
                        "DELETE FROM b WHERE id % 3 = 1",
                        "INSERT INTO b VALUES (9999, 9999, 'new')");
                    standby.awaitCaughtUp();
                  });
      RunReport report = scene.run(replicator(scene, readers), changing, table("b"));
      report.throwIfFailed();
      assertThat(report(scene, report).retries()).isZero();
      assertThat(slices(scene)).hasSize(shares && readers > 1 ? 5 : 1);
      assertThat(scene.sink.rows(scene.table("b"))).hasSize(before.size());
      assertThat(delivered(scene, report(scene, report).loadId())).isEqualTo(before);
      Waiting.until("no backend", () -> standby.backendsOf(scene.applicationName()) == 0);
    }
  }

  /**
   * Fault 18: a load on a standby is cancelled, since its snapshot conflicts with what is replayed:
   * it goes on, and loses nothing.
   */
  @ParameterizedTest
  @CsvSource({"18,4,false", "18,4,true", "13,4,false"})
  void aLoadCancelledByRecoveryGoesOn(String version, int readers, boolean incremental)
      throws SQLException {
    try (PostgresServer primary = primary(version);
        PostgresServer standby =
            primary.standby(
                Map.of("max_standby_streaming_delay", "0", "hot_standby_feedback", "off"))) {
      Scene there = Scene.on(primary, Scene.cutTable("b", "one"));
      standby.awaitCaughtUp();
      Scene scene = Scene.of(standby, there.database);
      Retries retries = new Retries();
      FailingSink conflicting =
          new FailingSink(scene.sink)
              .before(
                  Call.WRITE,
                  12,
                  () -> {
                    there.execute(
                        "UPDATE b SET k = k + 10000, v = 'changed' WHERE id % 100 = 0",
                        "DELETE FROM b WHERE id % 100 = 1",
                        "VACUUM b",
                        // What VACUUM has logged can stay in memory until somebody commits.
                        "CREATE TABLE committed ()");
                    // The replay does not wait for a conflict longer than max_standby_…_delay.
                    standby.awaitCaughtUp();
                  });
      RunReport report =
          scene.run(
              replicator(scene, readers).listener(retries),
              conflicting,
              incremental ? table("b").incrementalBy("k") : table("b"));
      report.throwIfFailed();
      assertThat(retries.causes()).isNotEmpty();
      TableReport of = report(scene, report);
      assertThat(of.notes()).noneMatch(note -> note.contains("began again"));
      assertThat(scene.sink.loadIds(scene.table("b"))).containsExactly(of.loadId());
      assertThat(scene.sink.completes(scene.table("b")))
          .extracting(TableLoad::loadId)
          .containsExactly(of.loadId());
      assertThat(sink(scene)).containsAllEntriesOf(content(there));
      // Each of the changed ones and one batch of each slice at most come twice.
      assertThat(scene.sink.rows(scene.table("b"))).hasSizeLessThan(Scene.CUT_ROWS + 52 + 500);
    }
  }

  /**
   * Fault 4: failover to a lagging replica in the middle of a load: it begins again, and the new
   * load is what the replica shows; the next one on the primary has all.
   */
  @ParameterizedTest
  @CsvSource({"4,false", "1,false", "4,true", "1,true"})
  void aLoadOfThePrimaryBeginsAgainOnALaggingStandby(int readers, boolean incremental)
      throws SQLException {
    try (PostgresServer primary = primary("18");
        PostgresServer standby = primary.standby()) {
      Scene scene = Scene.on(primary, Scene.cutTable("b", "one"));
      standby.awaitCaughtUp();
      Scene lagging = Scene.of(standby, scene.database);
      pauseReplay(lagging);
      scene.execute(
          "UPDATE b SET v = 'changed', k = k + 10000 WHERE id % 10 = 0",
          "DELETE FROM b WHERE id = 5200", "INSERT INTO b VALUES (6000, 6000, 'new')");
      TableSelection selection = incremental ? table("b").incrementalBy("k") : table("b");
      interrupt(scene, replicator(scene, readers), selection);
      RunReport report = scene.run(on(scene, lagging, readers), selection);
      report.throwIfFailed();
      TableReport of = report(scene, report);
      assertThat(of.loadId()).isEqualTo(2);
      assertThat(of.notes())
          .anyMatch(note -> note.contains("began again") && note.contains("standby"));
      assertThat(delivered(scene, 2)).isEqualTo(content(lagging)).hasSize(Scene.CUT_ROWS);
      if (incremental) {
        assertThat(bookmark(scene, selection)).extracting(Bookmark::value).isEqualTo("5200");
      }
      RunReport back = scene.run(replicator(scene, readers), selection);
      back.throwIfFailed();
      assertThat(sink(scene)).containsAllEntriesOf(content(scene));
      if (!incremental) {
        assertThat(delivered(scene, report(scene, back).loadId())).isEqualTo(content(scene));
      }
    }
  }

  /**
   * Fault 4: an incremental run moves from the primary to a lagging standby and back: the bookmark
   * stays at what was seen, and no commit is lost, neither what the standby did not show nor what
   * came late.
   */
  @ParameterizedTest
  @ValueSource(ints = {4, 1})
  void anIncrementThatMovesToALaggingStandbyAndBackLosesNothing(int readers) throws SQLException {
    try (PostgresServer primary = primary("18");
        PostgresServer standby = primary.standby()) {
      Scene scene =
          Scene.on(
              primary,
              "CREATE TABLE b (id int PRIMARY KEY, k int NOT NULL, v text)",
              "CREATE INDEX ON b (k)",
              Scene.fill("b", "one", 100));
      standby.awaitCaughtUp();
      Scene lagging = Scene.of(standby, scene.database);
      TableSelection selection = table("b").incrementalBy("k").overlap(50);
      scene.run(replicator(scene, readers), selection).throwIfFailed();
      pauseReplay(lagging);
      try (Connection late = primary.connect(scene.database);
          Statement statement = late.createStatement()) {
        late.setAutoCommit(false);
        statement.execute("INSERT INTO b VALUES (1000, 95, 'late'), (1001, 106, 'late')");
        scene.execute("INSERT INTO b SELECT i, i, 'two' FROM generate_series(101, 110) i");
        scene.run(replicator(scene, readers), selection).throwIfFailed();
        assertThat(sink(scene)).isEqualTo(content(scene)).hasSize(110);
        scene.fresh("b");

        RunReport there = scene.run(on(scene, lagging, readers), selection);
        there.throwIfFailed();
        assertThat(report(scene, there).notes())
            .anyMatch(note -> note.contains("come again") && note.contains("standby"));
        assertThat(scene.fresh("b", "id")).allMatch(id -> (Integer) id <= 100);
        assertThat(bookmark(scene, selection)).extracting(Bookmark::value).isEqualTo("110");
        late.commit();
      }
      scene.execute(
          "INSERT INTO b SELECT i, i, 'three' FROM generate_series(111, 115) i",
          "UPDATE b SET v = 'changed' WHERE id = 104");
      lagging.query("SELECT pg_wal_replay_resume()");
      standby.awaitCaughtUp();
      // Once where the last run was, which then shows what it did not; once back on the primary.
      for (Scene server : List.of(lagging, scene)) {
        scene.run(on(scene, server, readers), selection).throwIfFailed();
        assertThat(sink(scene)).isEqualTo(content(scene)).containsKeys(1000L, 1001L).hasSize(117);
        assertThat(bookmark(scene, selection)).extracting(Bookmark::value).isEqualTo("115");
      }
      scene.fresh("b");
      scene.run(replicator(scene, readers), selection).throwIfFailed();
      assertThat(scene.fresh("b")).isEmpty();
    }
  }

  /** A standby that is promoted in the middle of a load: the load stays what it began with. */
  @ParameterizedTest
  @CsvSource({"4,false", "1,false", "4,true"})
  void aLoadOutlivesThePromotionOfItsStandby(int readers, boolean incremental) throws SQLException {
    try (PostgresServer primary = primary("18");
        PostgresServer standby = primary.standby()) {
      Scene there = Scene.on(primary, Scene.cutTable("b", "one"));
      standby.awaitCaughtUp();
      Scene scene = Scene.of(standby, there.database);
      Map<Long, String> before = content(scene);
      TableSelection selection = incremental ? table("b").incrementalBy("k") : table("b");
      FailingSink promoting =
          new FailingSink(scene.sink)
              .before(
                  Call.WRITE,
                  3,
                  () -> {
                    standby.promote();
                    scene.execute("UPDATE b SET v = 'changed', k = k + 10000 WHERE id % 10 = 0");
                  });
      RunReport report = scene.run(replicator(scene, readers), promoting, selection);
      report.throwIfFailed();
      TableReport of = report(scene, report);
      if (of.retries() == 0) {
        assertThat(delivered(scene, of.loadId())).isEqualTo(before);
      } else {
        assertThat(of.notes()).anyMatch(note -> note.contains("began again"));
      }
      RunReport next = scene.run(replicator(scene, readers), selection);
      next.throwIfFailed();
      assertThat(sink(scene)).isEqualTo(content(scene));
      if (incremental) {
        assertThat(report(scene, next).notes())
            .anyMatch(note -> note.contains("come again") && note.contains("promoted"));
      }
    }
  }

  /** A standby that is promoted between an interruption and the next run: it begins again. */
  @ParameterizedTest
  @ValueSource(ints = {4, 1})
  void aLoadBeginsAgainOnAPromotedStandby(int readers) throws SQLException {
    try (PostgresServer primary = primary("18");
        PostgresServer standby = primary.standby()) {
      Scene there = Scene.on(primary, Scene.cutTable("b", "one"));
      standby.awaitCaughtUp();
      Scene scene = Scene.of(standby, there.database);
      interrupt(scene, replicator(scene, readers), table("b"));
      standby.promote();
      scene.execute("UPDATE b SET v = 'changed' WHERE id % 10 = 0");
      RunReport report = scene.run(replicator(scene, readers), table("b"));
      report.throwIfFailed();
      TableReport of = report(scene, report);
      assertThat(of.loadId()).isEqualTo(2);
      assertThat(of.notes())
          .anyMatch(note -> note.contains("began again") && note.contains("promoted"));
      assertThat(delivered(scene, 2)).isEqualTo(content(scene));
    }
  }

  /**
   * Fault 4: the primary dies, and the standby that is promoted lacks its last commits: an
   * interrupted load begins again, increments read the overlap again and say why.
   */
  @Test
  void afterAFailoverWhatTheNewPrimaryShowsIsDelivered() throws SQLException {
    try (PostgresServer primary = primary("18");
        PostgresServer standby = primary.standby()) {
      Scene scene = Scene.on(primary, Scene.cutTable("b", "one"));
      scene.execute(
          "CREATE TABLE c (id int PRIMARY KEY, k int NOT NULL, v text)",
          Scene.fill("c", "one", 100));
      standby.awaitCaughtUp();
      Scene after = Scene.of(standby, scene.database);
      TableSelection c = table("c").incrementalBy("k").overlap(50);
      pauseReplay(after);
      scene.execute(
          "INSERT INTO c SELECT i, i, 'lost' FROM generate_series(101, 110) i",
          "UPDATE b SET v = 'lost' WHERE id % 2 = 0");
      scene.run(replicator(scene, 4), c).throwIfFailed();
      assertThat(scene.fresh("c")).hasSize(110);
      interrupt(scene, replicator(scene, 4), table("b"));

      primary.kill();
      after.query("SELECT pg_wal_replay_resume()");
      standby.promote();
      // The lost commits may have been sent and be replayed after all: then they are not lost.
      after.execute(
          "DELETE FROM c WHERE id BETWEEN 101 AND 110",
          "INSERT INTO c SELECT i, i, 'kept' FROM generate_series(101, 108) i",
          "UPDATE b SET v = 'kept' WHERE id % 2 = 0");
      RunReport report = scene.run(on(scene, after, 4), table("b"), c);
      report.throwIfFailed();
      assertThat(report(scene, report).loadId()).isEqualTo(2);
      assertThat(report(scene, report).notes())
          .anyMatch(note -> note.contains("began again") && note.contains("promoted or restored"));
      assertThat(delivered(scene, 2)).isEqualTo(content(after));
      TableId id = scene.table("c");
      assertThat(report.table(id).orElseThrow().notes())
          .anyMatch(note -> note.contains("come again") && note.contains("promoted or restored"));
      assertThat(DeliveredRows.column(scene.fresh("c"), "v").stream().filter("kept"::equals))
          .hasSize(8);
    }
  }
}
