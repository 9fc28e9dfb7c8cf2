package dev.bobbin.dialect.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.catalog.Table;
import dev.bobbin.plan.ScanRange.FromBookmark;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.state.Bookmark;
import dev.bobbin.testservers.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scans by key that leave out what the last scan has seen. */
class LatecomersTest {

  /** What a run keeps of a table, without its digests. */
  static final class Runs {
    final SourceSession session;
    final Table table;
    final String key;
    final Overlap overlap;
    @Nullable Bookmark bookmark;
    @Nullable String position;
    List<String> notes = List.of();
    Set<Long> recent = new HashSet<>();

    Runs(SourceSession session, Table table, String key, Overlap overlap) {
      this.session = session;
      this.table = table;
      this.key = key;
      this.overlap = overlap;
    }

    /** The ids that a run reads, in their order; recent are those that the next may read again. */
    List<Long> read() {
      return read(Integer.MAX_VALUE);
    }

    List<Long> read(int batches) {
      return read(
          session.open(
              new TableScan(
                  table, TableScan.KEY, new FromBookmark(key, bookmark, overlap, position))),
          batches);
    }

    List<Long> read(BatchReader opened, int batches) {
      List<Long> ids = new ArrayList<>();
      recent = new HashSet<>();
      try (BatchReader reader = opened) {
        notes = reader.notes();
        for (int b = 0; b < batches; b++) {
          Optional<SourceBatch> next = reader.next();
          if (next.isEmpty()) {
            position = reader.endPosition().orElse(null);
            break;
          }
          SourceBatch batch = next.get();
          for (int i = 0; i < batch.rows().rowCount(); i++) {
            ids.add(batch.rows().column(0).getLong(i));
            if (batch.recentOrNull() != null && batch.recentOrNull().get(i)) {
              recent.add(ids.get(ids.size() - 1));
            }
          }
          bookmark = batch.bookmark().orElse(bookmark);
          position = batch.positionOrNull();
        }
      }
      return ids;
    }
  }

  private static final String[] TABLE = {
    "CREATE TABLE t (id bigint PRIMARY KEY, v text, k bigint)", "CREATE INDEX ON t (k)",
  };

  private static String insert(int from, int to) {
    return "INSERT INTO t SELECT i, 'x', i FROM generate_series(" + from + ", " + to + ") i";
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.6", "13", "17", "18"})
  void deliversLateCommitsOfTheOverlapAndNothingTwice(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    server.execute(database, TABLE);
    server.execute(database, insert(1, 100));
    try (SourceSession session = SourceLoadTest.connect(server, database);
        Connection late = server.connect(database);
        Statement lateStatement = late.createStatement();
        Connection nested = server.connect(database);
        Statement nestedStatement = nested.createStatement()) {
      Table table = SourceLoadTest.table(session, database, "t");
      assertThat(session.abilities(table).latecomers()).isTrue();
      Runs runs = new Runs(session, table, "k", new Overlap.Count(50));
      late.setAutoCommit(false);
      lateStatement.execute("INSERT INTO t VALUES (1000, 'late', 95)");
      nested.setAutoCommit(false);
      nestedStatement.execute("SAVEPOINT a");
      nestedStatement.execute("INSERT INTO t VALUES (1001, 'in a subtransaction', 96)");
      nestedStatement.execute("SAVEPOINT b");
      nestedStatement.execute("UPDATE t SET v = 'changed' WHERE id = 97");
      nestedStatement.execute("INSERT INTO t VALUES (1002, 'below the overlap', 20)");
      nestedStatement.execute("RELEASE SAVEPOINT b");
      server.execute(database, insert(101, 110));
      assertThat(runs.read()).hasSize(110);
      // They are not below the lowest transaction that runs, though they have been committed.
      assertThat(runs.recent).hasSize(10);
      assertThat(runs.read()).containsExactlyInAnyOrderElementsOf(runs.recent).hasSize(10);
      late.commit();
      assertThat(runs.read()).contains(1000L).hasSize(11);
      nested.commit();
      server.execute(database, "VACUUM FREEZE t");
      assertThat(runs.read()).contains(1001L, 97L).doesNotContain(1002L, 98L);
      assertThat(runs.recent).isEmpty();
      assertThat(runs.read()).isEmpty();
      String position = runs.position;
      server.execute(database, "CREATE TABLE other (id int)", "INSERT INTO other VALUES (1)");
      assertThat(runs.read()).isEmpty();
      assertThat(runs.position).as("an idle run has nothing to save").isEqualTo(position);
      server.execute(database, "UPDATE t SET v = 'y' WHERE id IN (99, 3)", insert(200, 200));
      assertThat(runs.read()).contains(200L).doesNotContain(3L);
      assertThat(runs.notes).isEmpty();
    }
    server.dropDatabase(database);
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.6", "18"})
  void anInterruptedScanGoesOnBehindItsBookmark(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    server.execute(database, TABLE);
    server.execute(database, insert(1, 3000));
    try (SourceSession session = SourceLoadTest.connect(server, database);
        Connection late = server.connect(database);
        Statement statement = late.createStatement()) {
      Runs runs =
          new Runs(
              session, SourceLoadTest.table(session, database, "t"), "k", new Overlap.Count(400));
      late.setAutoCommit(false);
      statement.execute("INSERT INTO t VALUES (10000, 'late', 700)");
      assertThat(runs.read(2)).hasSize(1000);
      late.commit();
      List<Long> rest = runs.read();
      assertThat(rest).contains(10000L, 1000L, 1001L, 3000L).doesNotContain(701L, 999L);
      assertThat(rest).hasSize(2002);
    }
    server.dropDatabase(database);
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.6", "18"})
  void rowsAheadOfTheClockComeOnce(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE t (id bigint PRIMARY KEY, v text, k timestamptz)",
        "INSERT INTO t VALUES (1, 'x', now()), (2, 'ahead', now() + '3 days'::interval)");
    try (SourceSession session = SourceLoadTest.connect(server, database)) {
      Runs runs =
          new Runs(
              session,
              SourceLoadTest.table(session, database, "t"),
              "k",
              new Overlap.Time(Duration.ofHours(1)));
      assertThat(runs.read()).containsExactly(1L, 2L);
      assertThat(runs.read()).isEmpty();
    }
    server.dropDatabase(database);
  }

  @Test
  void aTableThatWasMadeAnewIsReadFromTheOverlapOnAndItSaysWhy() throws SQLException {
    PostgresServer server = PostgresServer.shared("18");
    String database = server.createDatabase();
    server.execute(database, TABLE);
    server.execute(database, insert(1, 100));
    try (SourceSession session = SourceLoadTest.connect(server, database)) {
      Table table = SourceLoadTest.table(session, database, "t");
      Runs runs = new Runs(session, table, "k", new Overlap.Count(10));
      runs.read();
      server.execute(database, "TRUNCATE t", insert(1, 100));
      assertThat(runs.read()).hasSize(11);
      assertThat(runs.notes).isEmpty();
      server.execute(database, "CREATE TABLE n AS TABLE t", "DROP TABLE t");
      server.execute(database, "ALTER TABLE n RENAME TO t");
      assertThat(runs.read()).hasSize(11);
      assertThat(runs.notes).hasSize(1);
      assertThat(runs.notes.get(0)).contains("made anew").endsWith(".");
      assertThat(runs.read()).isEmpty();
    }
    server.dropDatabase(database);
  }

  @ParameterizedTest
  @ValueSource(strings = {"13", "18"})
  void aPartitionThatIsAttachedBringsItsOldRows(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE t (id bigint, v text, k bigint) PARTITION BY LIST (v)",
        "CREATE TABLE x PARTITION OF t FOR VALUES IN ('x')",
        "CREATE TABLE y (k bigint, v text, id bigint)",
        "INSERT INTO y VALUES (95, 'y', 1000)",
        insert(1, 100));
    try (SourceSession session = SourceLoadTest.connect(server, database)) {
      Table table = SourceLoadTest.table(session, database, "t");
      assertThat(session.abilities(table).latecomers()).isTrue();
      Runs runs = new Runs(session, table, "k", new Overlap.Count(10));
      assertThat(runs.read()).hasSize(100);
      assertThat(runs.read()).isEmpty();
      server.execute(database, "ALTER TABLE t ATTACH PARTITION y FOR VALUES IN ('y')");
      assertThat(runs.read()).contains(1000L).hasSize(12);
      assertThat(runs.notes.get(0)).contains("attached");
      assertThat(runs.read()).isEmpty();
      server.execute(database, "UPDATE t SET k = 101 WHERE id IN (2, 1000)");
      assertThat(runs.read()).containsExactlyInAnyOrder(2L, 1000L);
    }
    server.dropDatabase(database);
  }

  @Test
  void rowsOfChildrenTellWhenTheyWereMade() throws SQLException {
    PostgresServer server = PostgresServer.shared("9.6");
    String database = server.createDatabase();
    server.execute(database, TABLE);
    server.execute(
        database,
        "CREATE TABLE child (extra int) INHERITS (t)",
        insert(1, 10),
        "INSERT INTO child SELECT i, 'x', i, 0 FROM generate_series(11, 20) i");
    try (SourceSession session = SourceLoadTest.connect(server, database)) {
      Runs runs =
          new Runs(
              session, SourceLoadTest.table(session, database, "t"), "k", new Overlap.Count(10));
      assertThat(runs.read()).hasSize(20);
      server.execute(database, "UPDATE child SET v = 'y' WHERE id = 15");
      assertThat(runs.read()).containsExactly(15L);
    }
    server.dropDatabase(database);
  }

  @Test
  void onAStandbyALateCommitComesAndAPromotionIsAnotherHistory() throws SQLException {
    try (PostgresServer primary = PostgresServer.version("18").start();
        PostgresServer standby = primary.standby()) {
      String database = primary.createDatabase();
      primary.execute(database, TABLE);
      primary.execute(database, insert(1, 100));
      standby.awaitCaughtUp();
      try (SourceSession session = SourceLoadTest.connect(standby, database);
          Connection late = primary.connect(database);
          Statement statement = late.createStatement();
          Connection other = primary.connect(database);
          Statement otherStatement = other.createStatement()) {
        late.setAutoCommit(false);
        statement.execute("SAVEPOINT a");
        statement.execute("INSERT INTO t VALUES (1000, 'late', 95)");
        primary.execute(database, insert(101, 101));
        other.setAutoCommit(false);
        otherStatement.execute("INSERT INTO t VALUES (1001, 'later', 96)");
        primary.execute(database, insert(102, 102));
        standby.awaitCaughtUp();
        Runs runs =
            new Runs(
                session, SourceLoadTest.table(session, database, "t"), "k", new Overlap.Count(50));
        assertThat(runs.read()).hasSize(102);
        late.commit();
        standby.awaitCaughtUp();
        assertThat(runs.read()).contains(1000L).doesNotContain(100L);
        assertThat(runs.notes).isEmpty();
        other.commit();
        standby.awaitCaughtUp();
        assertThat(runs.read()).contains(1001L).doesNotContain(100L);
        standby.awaitCaughtUp();
        assertThat(runs.read()).isEmpty();
        standby.promote();
        assertThat(runs.read()).hasSize(53);
        assertThat(runs.notes.get(0)).contains("promoted");
        assertThat(runs.read()).isEmpty();
      }
    }
  }

  @Test
  void aRestoredServerIsAnotherHistory() throws SQLException {
    try (PostgresServer primary = PostgresServer.version("13").start();
        PostgresServer standby = primary.standby(Map.of())) {
      String database = primary.createDatabase();
      primary.execute(database, TABLE);
      primary.execute(database, insert(1, 100));
      standby.awaitCaughtUp();
      standby.promote();
      Overlap overlap = new Overlap.Count(10);
      try (SourceSession before = SourceLoadTest.connect(primary, database);
          SourceSession after = SourceLoadTest.connect(standby, database)) {
        Runs runs = new Runs(before, SourceLoadTest.table(before, database, "t"), "k", overlap);
        runs.read();
        assertThat(runs.read()).isEmpty();
        Runs promoted = new Runs(after, runs.table, "k", overlap);
        promoted.bookmark = runs.bookmark;
        promoted.position = runs.position;
        assertThat(promoted.read()).hasSize(11);
        assertThat(promoted.notes.get(0)).contains("promoted or restored");
      }
    }
  }

  /**
   * A number whose transaction has left nothing on disk is given out again after a crash, such as
   * that of one that was rolled back.
   */
  @ParameterizedTest
  @ValueSource(strings = {"9.6", "18"})
  void aNumberThatACrashGivesOutAgainHidesNoRow(String version) throws SQLException {
    try (PostgresServer server =
        PostgresServer.version(version)
            .config("wal_writer_delay", "10000")
            .config("autovacuum", "off")
            .start()) {
      String database = server.createDatabase();
      server.execute(database, TABLE);
      server.execute(database, insert(1, 100));
      Runs runs;
      try (SourceSession session = SourceLoadTest.connect(server, database)) {
        Table table = SourceLoadTest.table(session, database, "t");
        server.execute(
            database, "BEGIN", "INSERT INTO t VALUES (-1, 'rolled back', 100)", "ROLLBACK");
        runs = new Runs(session, table, "k", new Overlap.Count(10));
        assertThat(runs.read()).hasSize(100);
        server.kill();
      }
      server.restart();
      server.execute(database, "INSERT INTO t VALUES (1000, 'after', 95)");
      try (SourceSession session = SourceLoadTest.connect(server, database)) {
        Runs after = new Runs(session, runs.table, "k", runs.overlap);
        after.bookmark = runs.bookmark;
        after.position = runs.position;
        assertThat(after.read()).contains(1000L);
        assertThat(after.notes.get(0)).contains("crashed");
        assertThat(after.read()).isEmpty();
      }
      server.restart();
      try (SourceSession session = SourceLoadTest.connect(server, database)) {
        Runs after = new Runs(session, runs.table, "k", runs.overlap);
        after.read();
        runs.bookmark = after.bookmark;
        runs.position = after.position;
      }
      server.restart();
      try (SourceSession session = SourceLoadTest.connect(server, database)) {
        Runs after = new Runs(session, runs.table, "k", runs.overlap);
        after.bookmark = runs.bookmark;
        after.position = runs.position;
        assertThat(after.read()).isEmpty();
        assertThat(after.notes).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.6", "13", "18"})
  void aHundredIdleTablesTakeLittleTime(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    List<String> tables = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      tables.add("CREATE TABLE t" + i + " (id bigint PRIMARY KEY, k bigint)");
      tables.add("CREATE INDEX ON t" + i + " (k)");
      tables.add("INSERT INTO t" + i + " SELECT i, i FROM generate_series(1, 1000) i");
    }
    server.execute(database, tables.toArray(String[]::new));
    try (SourceSession session = SourceLoadTest.connect(server, database)) {
      var catalog = session.discover(database::equals);
      List<Runs> all = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        all.add(
            new Runs(session, catalog.table("t" + i).orElseThrow(), "k", new Overlap.Count(500)));
      }
      all.forEach(Runs::read);
      long best = Long.MAX_VALUE;
      for (int round = 0; round < 3; round++) {
        long start = System.nanoTime();
        all.forEach(runs -> assertThat(runs.read()).isEmpty());
        best = Math.min(best, System.nanoTime() - start);
      }
      System.out.println("100 idle tables on " + version + ": " + best / 1_000_000 + " ms");
      assertThat(best).isLessThan(5_000_000_000L);
    }
    server.dropDatabase(database);
  }
}
