package dev.bobbin.dialect.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.testservers.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Loads and scans by key between transactions of all kinds, which begin and end at any time. */
@Tag("long")
class RandomLoadTest {

  private static final int WRITERS = 5;

  /** A session that changes rows of its own: those whose id leaves its number as a remainder. */
  private static final class Writer implements AutoCloseable {
    private final int number;
    private final Random random;
    private final Connection connection;
    private final Statement statement;
    private final List<String> prepared = new ArrayList<>();
    private boolean open;
    private int savepoints;
    private int inserted;

    Writer(PostgresServer server, String database, int number, Random random) throws SQLException {
      this.number = number;
      this.random = random;
      this.connection = server.connect(database);
      this.statement = connection.createStatement();
    }

    void act(long clock) throws SQLException {
      if (!open) {
        if (!prepared.isEmpty() && random.nextInt(3) == 0) {
          String name = prepared.remove(random.nextInt(prepared.size()));
          statement.execute(
              (random.nextInt(4) == 0 ? "ROLLBACK" : "COMMIT") + " PREPARED '" + name + "'");
          return;
        }
        if (!prepared.isEmpty()) {
          return; // its rows are locked
        }
        statement.execute("BEGIN");
        open = true;
        savepoints = 0;
      }
      int from = random.nextInt(60_000);
      String some =
          " WHERE id % "
              + WRITERS
              + " = "
              + number
              + " AND id BETWEEN "
              + from
              + " AND "
              + (from + random.nextInt(300));
      switch (random.nextInt(12)) {
        case 0, 1 -> statement.execute("UPDATE t SET v = md5(v)" + some);
        case 2, 3 -> statement.execute("UPDATE t SET v = repeat(md5(v), 20), k = " + clock + some);
        case 4 -> statement.execute("DELETE FROM t" + some);
        case 5, 6 ->
            statement.execute(
                "INSERT INTO t SELECT 1000000 + i * "
                    + WRITERS
                    + " + "
                    + number
                    + ", 'new', "
                    + clock
                    + " FROM generate_series("
                    + inserted
                    + ", "
                    + (inserted += 1 + random.nextInt(50))
                    + " - 1) i");
        case 7, 8 -> statement.execute("SAVEPOINT s" + ++savepoints);
        case 9 -> {
          if (savepoints > 0) {
            statement.execute(
                (random.nextBoolean() ? "RELEASE SAVEPOINT s" : "ROLLBACK TO SAVEPOINT s")
                    + savepoints--);
          }
        }
        default -> end();
      }
    }

    void end() throws SQLException {
      if (!open) {
        return;
      }
      int how = random.nextInt(8);
      if (how == 0) {
        statement.execute("ROLLBACK");
      } else if (how <= 2) {
        String name = "p" + number + "_" + System.nanoTime();
        statement.execute("PREPARE TRANSACTION '" + name + "'");
        prepared.add(name);
      } else {
        statement.execute("COMMIT");
      }
      open = false;
    }

    void finish() throws SQLException {
      end();
      for (String name : prepared) {
        statement.execute("COMMIT PREPARED '" + name + "'");
      }
      prepared.clear();
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.6", "13", "18"})
  void nothingIsLost(String version) throws SQLException {
    long seed = System.nanoTime();
    System.out.println("seed " + seed + " on " + version);
    Random random = new Random(seed);
    try (PostgresServer server =
        PostgresServer.version(version)
            .config("max_prepared_transactions", "20")
            .config("autovacuum_naptime", "1")
            .start()) {
      String database = server.createDatabase();
      server.execute(
          database,
          "CREATE TABLE t (id bigint PRIMARY KEY, v text, k bigint) WITH (fillfactor = 80)",
          "CREATE INDEX ON t (k)",
          "INSERT INTO t SELECT i, repeat(md5(i::text), 12), 0 FROM generate_series(0, 59999) i",
          "ANALYZE t");
      List<Writer> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        writers.add(new Writer(server, database, i, random));
      }
      try (SourceSession session = SourceLoadTest.connect(server, database)) {
        LoadTrial trial = new LoadTrial(session, SourceLoadTest.table(session, database, "t"));
        LatecomersTest.Runs runs =
            new LatecomersTest.Runs(session, trial.table, "k", new Overlap.Count(1_000_000));
        long clock = 0;
        for (int round = 0; round < rounds(25); round++) {
          for (int i = 0; i < 40; i++) {
            writers.get(random.nextInt(WRITERS)).act(++clock);
          }
          if (random.nextInt(4) == 0) {
            server.execute(database, random.nextBoolean() ? "VACUUM FREEZE t" : "VACUUM t");
          }
          try (SourceLoad load = trial.begin(3)) {
            assertThat(load.restarted()).isEmpty();
            for (TableScan scan : load.scans()) {
              int much = random.nextInt(4);
              if (much == 0) {
                trial.read(load, scan, Integer.MAX_VALUE);
              } else if (much == 1) {
                for (int i = 0; i < 10; i++) {
                  writers.get(random.nextInt(WRITERS)).act(++clock);
                }
                trial.read(load, scan, 1 + random.nextInt(30));
                break; // the connection that has the snapshot is gone
              }
            }
          }
          runs.read(random.nextInt(3) == 0 ? 1 + random.nextInt(40) : Integer.MAX_VALUE);
          assertThat(runs.notes).isEmpty();
        }
        for (Writer writer : writers) {
          writer.finish();
          writer.close();
        }
        try (SourceLoad load = trial.begin(3)) {
          assertThat(load.restarted()).isEmpty();
          trial.readAll(load);
        }
        assertThat(trial.sink)
            .as("seed " + seed)
            .containsAllEntriesOf(SourceLoadTest.content(server, database, "t"));
        int read = trial.rows;
        trial.loadAll(3);
        assertThat(trial.rows).isEqualTo(read);
      }
    }
  }

  /** The overlap is all there is: each version that was committed has to come in the next scan. */
  @ParameterizedTest
  @ValueSource(strings = {"9.6", "13", "18"})
  void scansByKeyMissNothingAndRepeatOnlyWhatIsRecent(String version) throws SQLException {
    long seed = System.nanoTime();
    System.out.println("seed " + seed + " on " + version);
    Random random = new Random(seed);
    try (PostgresServer server =
        PostgresServer.version(version).config("max_prepared_transactions", "20").start()) {
      String database = server.createDatabase();
      server.execute(
          database,
          "CREATE TABLE t (id bigint PRIMARY KEY, v text, k bigint) WITH (fillfactor = 80)",
          "CREATE INDEX ON t (k)",
          "INSERT INTO t SELECT i, md5(i::text), 0 FROM generate_series(0, 9999) i");
      List<Writer> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        writers.add(new Writer(server, database, i, random));
      }
      try (SourceSession session = SourceLoadTest.connect(server, database)) {
        LatecomersTest.Runs runs =
            new LatecomersTest.Runs(
                session,
                SourceLoadTest.table(session, database, "t"),
                "k",
                new Overlap.Count(1_000_000));
        Map<Long, String> sink = new HashMap<>();
        Map<Long, String> recent = new HashMap<>();
        long clock = 0;
        for (int round = 0; round < rounds(60); round++) {
          boolean last = round == rounds(60) - 1;
          for (int i = 0; i < 30; i++) {
            writers.get(random.nextInt(WRITERS)).act(++clock);
          }
          if (last) {
            for (Writer writer : writers) {
              writer.finish();
            }
          }
          int batches = !last && random.nextInt(3) == 0 ? 1 + random.nextInt(8) : 1_000_000;
          boolean whole = false;
          Map<Long, String> recentNow = new HashMap<>();
          try (BatchReader reader =
              session.open(
                  new TableScan(
                      runs.table,
                      TableScan.KEY,
                      new dev.bobbin.plan.ScanRange.FromBookmark(
                          "k", runs.bookmark, runs.overlap, runs.position)))) {
            assertThat(reader.notes()).isEmpty();
            for (int b = 0; b < batches; b++) {
              Optional<SourceBatch> next = reader.next();
              if (next.isEmpty()) {
                runs.position = reader.endPosition().orElseThrow();
                whole = true;
                break;
              }
              SourceBatch batch = next.get();
              for (int i = 0; i < batch.rows().rowCount(); i++) {
                long id = batch.rows().column(0).getLong(i);
                String v = String.valueOf(batch.rows().column(1).getString(i));
                String before = sink.put(id, v);
                if (v.equals(before) && !recent.isEmpty()) {
                  assertThat(recent).as("seed " + seed + ", repeated " + id).containsKey(id);
                }
                if (batch.recentOrNull() != null && batch.recentOrNull().get(i)) {
                  recentNow.put(id, v);
                }
              }
              runs.bookmark = batch.bookmark().orElse(runs.bookmark);
              runs.position = batch.positionOrNull();
            }
          }
          // Behind an interruption, what comes again is what the whole scan before has shown.
          recent = whole ? recentNow : new HashMap<>();
          if (whole) {
            assertThat(sink)
                .as("seed " + seed)
                .containsAllEntriesOf(SourceLoadTest.content(server, database, "t"));
          }
        }
      } finally {
        for (Writer writer : writers) {
          writer.close();
        }
      }
    }
  }

  /**
   * How often it goes round, of the many times that it is worth: more in {@link
   * RandomLoadLongTest}.
   */
  int rounds(int many) {
    return many / 2;
  }
}
