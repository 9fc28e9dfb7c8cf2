package dev.bobbin.dialect.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bobbin.catalog.Table;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.StateException;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.select.ReplicationMethod.NullKeys;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.TableAbilities;
import dev.bobbin.testservers.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What loads go on with, and what they begin again after. */
@Tag("long")
class LoadHistoryTest {

  private static void begun(LoadTrial trial) {
    try (SourceLoad load = trial.begin(2)) {
      trial.read(load, load.scans().get(0), 3);
    }
  }

  /** Each slice but the first is read a little, by a load of its own. */
  private static void interrupted(LoadTrial trial, int batches) {
    int slices = 2;
    for (int i = 1; i < slices; i++) {
      try (SourceLoad load = trial.begin(2)) {
        slices = load.scans().size();
        trial.read(load, load.scans().get(Math.min(i, slices - 1)), batches);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "TRUNCATE t, emptied or rewritten",
    "VACUUM FULL t, emptied or rewritten",
    "CLUSTER t USING t_pkey, emptied or rewritten",
    "ALTER TABLE t ADD x float DEFAULT random(), emptied or rewritten",
    "CREATE TABLE n AS TABLE t; DROP TABLE t; ALTER TABLE n RENAME TO t; ALTER TABLE t ADD PRIMARY"
        + " KEY (id), made anew",
    "CREATE TABLE child () INHERITS (t), attached",
  })
  void aTableThatIsNoLongerTheSameIsReadAgain(String change, String why) throws SQLException {
    for (String version : List.of("9.6", "18")) {
      PostgresServer server = PostgresServer.shared(version);
      String database = server.createDatabase();
      server.execute(database, SourceLoadTest.BIG, SourceLoadTest.fill("t", 20_000, 12));
      try (SourceSession session = SourceLoadTest.connect(server, database)) {
        LoadTrial trial = new LoadTrial(session, SourceLoadTest.table(session, database, "t"));
        begun(trial);
        server.execute(database, change.split("; "));
        server.execute(database, "INSERT INTO t (id, v) VALUES (-1, 'new')");
        try (SourceLoad load = trial.begin(2)) {
          assertThat(load.restarted().orElseThrow()).matches("[A-Z].*\\.").contains(why);
          trial.readAll(load);
        }
        assertThat(trial.sink).isEqualTo(SourceLoadTest.content(server, database, "t"));
      }
      server.dropDatabase(database);
    }
  }

  @Test
  void positionsThatAreDamagedOrMissingAreNoNewLoad() throws SQLException {
    PostgresServer server = PostgresServer.shared("18");
    String database = server.createDatabase();
    server.execute(database, SourceLoadTest.BIG, SourceLoadTest.fill("t", 60_000, 12));
    try (SourceSession session = SourceLoadTest.connect(server, database)) {
      LoadTrial trial = new LoadTrial(session, SourceLoadTest.table(session, database, "t"));
      begun(trial);
      String kept = String.valueOf(trial.positions.get("slice-1"));
      trial.positions.put("slice-1", kept.substring(0, kept.length() - 1) + "x");
      assertThat(catchThrowableOfType(StateException.class, () -> trial.begin(2).close()))
          .hasMessageContaining("damaged");
      trial.positions.remove("slice-1");
      assertThat(catchThrowableOfType(StateException.class, () -> trial.begin(2).close()))
          .hasMessageContaining("whole table");
      trial.positions.put("slice-1", kept);
      trial.loadAll(2);
      assertThat(trial.rows).isEqualTo(60_000);
    }
    server.dropDatabase(database);
  }

  @Test
  void aSecondReaderDoesNotWaitBehindWhoeverWaitsForTheTable() throws Exception {
    PostgresServer server = PostgresServer.shared("18");
    String database = server.createDatabase();
    server.execute(database, SourceLoadTest.BIG, SourceLoadTest.fill("t", 60_000, 12));
    try (SourceSession session = SourceLoadTest.connect(server, database)) {
      LoadTrial trial = new LoadTrial(session, SourceLoadTest.table(session, database, "t"));
      CompletableFuture<Void> altered;
      try (SourceLoad load = trial.begin(2)) {
        BatchReader first = load.open(load.scans().get(0));
        trial.keep(first.next().orElseThrow().rows());
        altered =
            CompletableFuture.runAsync(
                () -> {
                  try {
                    server.execute(database, "ALTER TABLE t ADD x float DEFAULT random()");
                  } catch (SQLException e) {
                    throw new IllegalStateException(e);
                  }
                });
        String waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted";
        while (!"1".equals(server.query(database, waiting))) {
          Thread.onSpinWait();
        }
        long start = System.nanoTime();
        SourceException refused =
            catchThrowableOfType(
                SourceException.class, () -> load.open(load.scans().get(1)).close());
        assertThat(System.nanoTime() - start).isLessThan(8_000_000_000L);
        assertThat(refused.kind()).isEqualTo(SourceException.Kind.TRANSIENT);
        for (Optional<SourceBatch> batch = first.next(); batch.isPresent(); batch = first.next()) {
          trial.keep(batch.get().rows());
        }
        first.close();
        for (TableScan scan : load.scans().subList(1, load.scans().size())) {
          trial.read(load, scan, Integer.MAX_VALUE);
        }
        assertThat(trial.rows).isEqualTo(60_000);
        assertThat(altered).isNotDone();
      }
      altered.get();
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    }
    server.dropDatabase(database);
  }

  @Test
  void aReaderThatFailsTakesNoOtherWithItButTheSnapshotEndsWithTheFirst() throws SQLException {
    PostgresServer server = PostgresServer.shared("18");
    String database = server.createDatabase();
    server.execute(database, SourceLoadTest.BIG, SourceLoadTest.fill("t", 90_000, 12));
    try (SourceSession session = SourceLoadTest.connect(server, database)) {
      LoadTrial trial = new LoadTrial(session, SourceLoadTest.table(session, database, "t"));
      try (SourceLoad load = trial.begin(3)) {
        BatchReader first = load.open(load.scans().get(0));
        BatchReader second = load.open(load.scans().get(1));
        first.next();
        second.next();
        second.cancel();
        second.close();
        trial.read(load, load.scans().get(1), Integer.MAX_VALUE);
        first.cancel();
        first.close();
        // One connection is left, and has the snapshot.
        trial.read(load, load.scans().get(0), Integer.MAX_VALUE);
        BatchReader kept = load.open(load.scans().get(2));
        SourceException lost =
            catchThrowableOfType(
                SourceException.class, () -> load.open(load.scans().get(3)).close());
        assertThat(lost.kind()).isEqualTo(SourceException.Kind.TRANSIENT);
        assertThat(lost).hasMessageContaining("snapshot");
        kept.close();
      }
      trial.loadAll(2);
      assertThat(trial.sink).hasSize(90_000);
    }
    server.dropDatabase(database);
  }

  @ParameterizedTest
  @ValueSource(strings = {"13", "18"})
  void partitionsAreReadByThemselves(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE t (id bigint, v text, k int, PRIMARY KEY (id)) PARTITION BY RANGE (id)",
        "CREATE TABLE \"Odd.\"\"a\" PARTITION OF t FOR VALUES FROM (-10) TO (20000)",
        "CREATE TABLE b (k int, gone int, v text, id bigint NOT NULL, PRIMARY KEY (id))",
        "ALTER TABLE b DROP gone",
        "ALTER TABLE t ATTACH PARTITION b FOR VALUES FROM (20000) TO (40000)",
        "CREATE TABLE c PARTITION OF t FOR VALUES FROM (40000) TO (100000)"
            + " PARTITION BY LIST (id)",
        "CREATE TABLE c1 PARTITION OF c DEFAULT",
        "CREATE TABLE d PARTITION OF t FOR VALUES FROM (100000) TO (200000)",
        SourceLoadTest.fill("t", 60_000, 12),
        "ANALYZE t");
    try (SourceSession session = SourceLoadTest.connect(server, database)) {
      LoadTrial trial = new LoadTrial(session, SourceLoadTest.table(session, database, "t"));
      TableAbilities abilities = session.abilities(trial.table);
      assertThat(abilities.oneReaderBecause()).isEmpty();
      assertThat(abilities.restartsBecause()).isEmpty();
      assertThat(abilities.latecomers()).isTrue();
      interrupted(trial, 7);
      assertThat(trial.positions).hasSizeGreaterThan(2);
      server.execute(
          database,
          "UPDATE t SET v = 'changed' WHERE id % 1000 = 0",
          "UPDATE t SET id = id + 100001 WHERE id % 1000 = 1",
          "INSERT INTO t (id, v) VALUES (-1, 'new')");
      try (SourceLoad load = trial.begin(2)) {
        assertThat(load.restarted()).isEmpty();
        trial.readAll(load);
      }
      assertThat(trial.sink).containsAllEntriesOf(SourceLoadTest.content(server, database, "t"));
      assertThat(trial.rows).isLessThan(60_300);
      server.execute(database, "ALTER TABLE t DETACH PARTITION d");
      try (SourceLoad load = trial.begin(2)) {
        assertThat(load.restarted().orElseThrow()).contains("detached");
        trial.readAll(load);
      }
      assertThat(trial.sink).isEqualTo(SourceLoadTest.content(server, database, "t"));
    }
    server.dropDatabase(database);
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.6", "18"})
  void childrenAreReadByThemselves(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    server.execute(
        database,
        SourceLoadTest.BIG,
        "CREATE TABLE child (extra int) INHERITS (t)",
        "CREATE TABLE other () INHERITS (t)",
        "CREATE TABLE twice () INHERITS (child, other)",
        SourceLoadTest.fill("t", 20_000, 12),
        "INSERT INTO twice (id, v) SELECT id + 20000, v FROM t");
    try (SourceSession session = SourceLoadTest.connect(server, database);
        Connection other = server.connect(database);
        Statement statement = other.createStatement()) {
      statement.execute("CREATE TEMP TABLE passing () INHERITS (t)");
      LoadTrial trial = new LoadTrial(session, SourceLoadTest.table(session, database, "t"));
      TableAbilities abilities = session.abilities(trial.table);
      assertThat(abilities.oneReaderBecause().isPresent()).isEqualTo(version.equals("9.6"));
      assertThat(abilities.restartsBecause()).isEmpty();
      begun(trial);
      server.execute(database, "UPDATE t SET v = 'changed' WHERE id % 1000 = 0");
      trial.loadAll(2);
      assertThat(trial.sink).isEqualTo(SourceLoadTest.content(server, database, "t"));
      assertThat(trial.rows).isLessThan(40_100);
    }
    server.dropDatabase(database);
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.3", "9.6", "13", "18"})
  void saysWhatCannotBeCutAndWhy(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    boolean old = version.equals("9.3");
    String database = server.createDatabase();
    String user = "few_" + System.nanoTime();
    List<String> sql = new ArrayList<>();
    sql.addAll(
        List.of(
            "CREATE USER " + user,
            SourceLoadTest.BIG,
            "CREATE TABLE nokey (id bigint, v text)",
            "CREATE VIEW v AS SELECT id, v FROM t",
            "CREATE MATERIALIZED VIEW m AS SELECT id, v FROM t",
            "CREATE FOREIGN DATA WRAPPER no_wrapper",
            "CREATE SERVER elsewhere FOREIGN DATA WRAPPER no_wrapper",
            "CREATE FOREIGN TABLE far (id bigint) SERVER elsewhere",
            "CREATE TABLE parent (id bigint, v text)",
            "CREATE TABLE closed () INHERITS (parent)",
            "INSERT INTO closed VALUES (1, 'x')",
            "GRANT SELECT ON nokey, v, m, far, parent TO " + user,
            "GRANT SELECT (id, v) ON t TO " + user));
    if (!old) {
      sql.addAll(
          List.of(
              "CREATE TABLE secured (id bigint, v text)",
              "ALTER TABLE secured ENABLE ROW LEVEL SECURITY",
              "CREATE TABLE open (id bigint, v text)",
              "CREATE TABLE below () INHERITS (open)",
              "ALTER TABLE below ENABLE ROW LEVEL SECURITY",
              "CREATE TABLE mixed (id bigint, v text)",
              "CREATE FOREIGN TABLE fchild () INHERITS (mixed) SERVER elsewhere",
              "GRANT SELECT ON secured, open, below, mixed TO " + user));
    }
    server.execute(database, sql.toArray(String[]::new));
    try (SourceSession session =
        Sources.dialect(server, database, user).connect(Sources.settings())) {
      Map<String, String> reasons =
          old
              ? Map.of("v", "it is a view", "nokey", "PostgreSQL before 9.6", "t", "before 9.6")
              : Map.of(
                  "v", "it is a view",
                  "m", "it is a materialized view",
                  "far", "it is a foreign table",
                  "t", "some of its columns only",
                  "secured", "row security",
                  "open", "row security",
                  "mixed", "foreign table",
                  "parent", "may not read its partitions by themselves");
      var catalog = session.discover(database::equals);
      for (var reason : reasons.entrySet()) {
        Table table = catalog.table(reason.getKey()).orElseThrow();
        TableAbilities abilities = session.abilities(table);
        assertThat(abilities.oneReaderBecause().orElseThrow()).contains(reason.getValue());
        assertThat(abilities.restartsBecause().orElseThrow()).contains(reason.getValue());
        boolean latecomers = reason.getKey().equals("parent") && !version.equals("9.6");
        assertThat(abilities.latecomers()).isEqualTo(latecomers);
        LoadRequest request = new LoadRequest(table, null, Map.of(), true, 2);
        assertThat(session.beginLoad(request)).isEmpty();
        // A session that has not looked finds it out by trying.
        if (table.kind() == Table.Kind.TABLE) {
          try (SourceSession fresh =
              Sources.dialect(server, database, user).connect(Sources.settings())) {
            assertThat(fresh.beginLoad(request)).as(reason.getKey()).isEmpty();
          }
        }
        if (table.kind() == Table.Kind.TABLE
            && !List.of("mixed", "t").contains(table.id().name())) {
          LatecomersTest.Runs runs =
              new LatecomersTest.Runs(session, table, "id", new Overlap.Count(5));
          assertThat(runs.read()).hasSize(reason.getKey().equals("parent") ? 1 : 0);
          assertThat(runs.position != null).isEqualTo(latecomers);
        }
      }
      if (!old) {
        Table table = catalog.table("nokey").orElseThrow();
        assertThat(session.abilities(table).oneReaderBecause().isPresent())
            .isEqualTo(!version.equals("18"));
        assertThat(session.abilities(table).restartsBecause()).isEmpty();
        server.execute(
            database, "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_control_system() FROM public");
        assertThat(session.beginLoad(new LoadRequest(table, null, Map.of(), true, 2)).isPresent())
            .isFalse();
        LatecomersTest.Runs runs =
            new LatecomersTest.Runs(session, table, "id", new Overlap.Count(5));
        assertThat(runs.read()).isEmpty();
        assertThat(runs.position).isNull();
        session.discover(database::equals);
        assertThat(session.abilities(table).restartsBecause().orElseThrow())
            .contains("pg_control_system");
      }
    }
    server.execute(database, "DROP OWNED BY " + user, "DROP USER " + user);
    server.dropDatabase(database);
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.6", "13", "18"})
  void theTailOfALoadIsWhatTheFirstScanReadsAgain(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    server.execute(database, SourceLoadTest.BIG, SourceLoadTest.fill("t", 20_000, 12));
    try (SourceSession session = SourceLoadTest.connect(server, database);
        Connection late = server.connect(database);
        Statement statement = late.createStatement()) {
      LoadTrial trial = new LoadTrial(session, SourceLoadTest.table(session, database, "t"));
      Overlap overlap = new Overlap.Time(Duration.ofHours(1));
      trial.incremental = new Incremental("k", overlap, NullKeys.EVERY_RUN);
      late.setAutoCommit(false);
      statement.execute("INSERT INTO t (id, v) VALUES (-1, 'late')");
      server.execute(
          database,
          "INSERT INTO t (id, v) VALUES (-2, 'recent')",
          "INSERT INTO t VALUES (-3, 'ahead', now() + '9 days'::interval), (-4, 'null', NULL)");
      LatecomersTest.Runs runs = new LatecomersTest.Runs(session, trial.table, "k", overlap);
      try (SourceLoad load = trial.begin(2)) {
        trial.readAll(load);
        TableScan tail = load.tail().orElseThrow();
        assertThat(tail.name()).isEqualTo(TableScan.KEY);
        runs.bookmark =
            ((dev.bobbin.plan.ScanRange.FromBookmark) tail.range()).bookmark().orElseThrow();
        assertThat(runs.read(load.open(tail), 100)).containsExactly(-2L, -3L);
        assertThat(runs.recent).containsExactlyInAnyOrder(-2L, -3L);
      }
      assertThat(trial.sink).hasSize(20_003);
      late.commit();
      assertThat(runs.read()).containsExactly(-1L, -2L, -3L);
      assertThat(runs.read()).isEmpty();
    }
    server.dropDatabase(database);
  }

  @Test
  void anEmptyTableHasNoSlicesAndATailWithoutABookmark() throws SQLException {
    PostgresServer server = PostgresServer.shared("18");
    String database = server.createDatabase();
    server.execute(database, SourceLoadTest.BIG);
    try (SourceSession session = SourceLoadTest.connect(server, database)) {
      LoadTrial trial = new LoadTrial(session, SourceLoadTest.table(session, database, "t"));
      Overlap overlap = new Overlap.Time(Duration.ofHours(1));
      trial.incremental = new Incremental("k", overlap, NullKeys.EVERY_RUN);
      LatecomersTest.Runs runs = new LatecomersTest.Runs(session, trial.table, "k", overlap);
      try (SourceLoad load = trial.begin(2)) {
        assertThat(load.scans()).isEmpty();
        TableScan tail = load.tail().orElseThrow();
        assertThat(((dev.bobbin.plan.ScanRange.FromBookmark) tail.range()).bookmark()).isEmpty();
        assertThat(runs.read(load.open(tail), 100)).isEmpty();
      }
      server.execute(database, SourceLoadTest.fill("t", 3, 1));
      assertThat(runs.read()).hasSize(3);
      assertThat(runs.read()).isEmpty();
    }
    server.dropDatabase(database);
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.6", "13", "18"})
  void aLoadOnAStandbyGoesOnThereAndNotOnAnother(String version) throws SQLException {
    try (PostgresServer primary = PostgresServer.version(version).start();
        PostgresServer standby = primary.standby();
        PostgresServer second = primary.standby()) {
      String database = primary.createDatabase();
      primary.execute(
          database, SourceLoadTest.BIG, SourceLoadTest.fill("t", 60_000, 12), "ANALYZE t");
      standby.awaitCaughtUp();
      second.awaitCaughtUp();
      try (SourceSession session = SourceLoadTest.connect(standby, database);
          SourceSession elsewhere = SourceLoadTest.connect(second, database);
          Connection running = primary.connect(database);
          Statement statement = running.createStatement()) {
        running.setAutoCommit(false);
        statement.execute("SAVEPOINT a");
        statement.execute("UPDATE t SET v = 'late' WHERE id % 1000 = 5");
        primary.execute(database, "UPDATE t SET v = 'early' WHERE id % 1000 = 6");
        standby.awaitCaughtUp();
        LoadTrial trial = new LoadTrial(session, SourceLoadTest.table(session, database, "t"));
        assertThat(session.abilities(trial.table).oneReaderBecause().isPresent())
            .isEqualTo(version.equals("9.6"));
        interrupted(trial, 4);
        primary.execute(database, "UPDATE t SET v = 'changed' WHERE id % 1000 = 7");
        standby.awaitCaughtUp();
        // The transaction that was running still is: what the standby has replayed tells enough.
        try (SourceLoad load = trial.begin(2)) {
          assertThat(load.restarted()).isEmpty();
          trial.read(load, load.scans().get(0), Integer.MAX_VALUE);
        }
        running.commit();
        standby.awaitCaughtUp();
        try (SourceLoad load = trial.begin(2)) {
          assertThat(load.restarted()).isEmpty();
          trial.readAll(load);
        }
        assertThat(trial.sink).containsAllEntriesOf(SourceLoadTest.content(primary, database, "t"));
        LoadTrial other = new LoadTrial(elsewhere, trial.table);
        other.positions.putAll(trial.positions);
        try (SourceLoad load = other.begin(2)) {
          assertThat(load.restarted().orElseThrow()).contains("standby");
        }
        standby.promote();
        try (SourceLoad load = trial.begin(2)) {
          assertThat(load.restarted().orElseThrow()).contains("promoted");
        }
      }
    }
  }
}
