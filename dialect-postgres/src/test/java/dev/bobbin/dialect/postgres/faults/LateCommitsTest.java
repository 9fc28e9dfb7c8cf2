package dev.bobbin.dialect.postgres.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.record.Record;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testservers.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Transactions that take their keys at the beginning and commit at some other time, many of them at
 * once, while one incremental run follows the other: each version of a row that is there at the end
 * comes once, and none comes twice.
 */
class LateCommitsTest {

  private static final int SEEDS = 500;
  private static final long LONGEST_PAUSE_NANOS = 20_000_000;

  /** What sets the keys of the numbers apart, so that not all are within the overlap. */
  private static final int STEP = 10;

  private static final List<String> TABLES = List.of("by_time", "by_number");

  private PostgresServer server;
  private Scene scene;

  @ParameterizedTest
  @ValueSource(strings = {"9.6", "18"})
  void losesAndRepeatsNothingOfTransactionsThatCommitLate(String version) throws Exception {
    followTransactions(version, 150, 12, 6);
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {"9.6", "18"})
  void losesAndRepeatsNothingOfAThousandTransactionsThatCommitLate(String version)
      throws Exception {
    followTransactions(version, 1_500, 32, 16);
  }

  private void followTransactions(String version, int transactions, int writing, int longestHold)
      throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    server =
        PostgresServer.version(version)
            .config("max_prepared_transactions", "50")
            .config("max_connections", "60")
            .start();
    try {
      scene =
          Scene.on(
              server,
              "CREATE SEQUENCE versions",
              "CREATE SEQUENCE numbers INCREMENT " + STEP,
              "CREATE TABLE by_time (id bigint PRIMARY KEY, version bigint NOT NULL, key timestamptz"
                  + " NOT NULL)",
              "CREATE TABLE by_number (id bigint PRIMARY KEY, version bigint NOT NULL, key bigint"
                  + " NOT NULL)",
              "INSERT INTO by_time SELECT i, nextval('versions'), now() - '2 hours'::interval + i *"
                  + " interval '1 second' FROM generate_series(1, "
                  + SEEDS
                  + ") AS i",
              "INSERT INTO by_number SELECT i, nextval('versions'), nextval('numbers') FROM"
                  + " generate_series(1, "
                  + SEEDS
                  + ") AS i",
              "CREATE INDEX ON by_time (key)",
              "CREATE INDEX ON by_number (key)");
      Writers writers = new Writers(transactions, writing, longestHold, seed);
      Map<String, Map<Version, Integer>> delivered = new HashMap<>();
      TABLES.forEach(table -> delivered.put(table, new HashMap<>()));
      int rows = 0;
      try (writers;
          Replicator replicator = scene.replicator().parallelism(2).build()) {
        writers.start();
        boolean ended = false;
        while (!ended) {
          ended = writers.haveEnded();
          rows += run(replicator, delivered);
          writers.runs.incrementAndGet();
        }
        assertThat(run(replicator, delivered)).as("rows of a run behind the end").isZero();
      }
      System.out.println(version + ": " + rows + " rows, " + writers.describe());
      // Otherwise there would have been nothing to lose.
      assertThat(writers.late.get()).as("late commits").isGreaterThan(transactions / 4);
      for (String table : TABLES) {
        assertEachVersionOnce(table, delivered.get(table));
      }
    } finally {
      server.close();
    }
  }

  private record Version(long id, long version) {}

  private static int run(Replicator replicator, Map<String, Map<Version, Integer>> delivered) {
    AtomicInteger rows = new AtomicInteger();
    RunReport report =
        replicator.replicate(
            Selection.of(
                TableSelection.table("by_time").incrementalBy("key"),
                TableSelection.table("by_number").incrementalBy("key")),
            (RecordBatch batch) -> {
              for (Record row : batch) {
                delivered
                    .get(batch.table().name())
                    .merge(new Version(row.getLong("id"), row.getLong("version")), 1, Integer::sum);
                rows.incrementAndGet();
              }
            });
    report.throwIfFailed();
    assertThat(report.tables()).allSatisfy(t -> assertThat(t.notes()).isEmpty());
    return rows.get();
  }

  private void assertEachVersionOnce(String table, Map<Version, Integer> delivered)
      throws SQLException {
    List<Version> lost = new ArrayList<>();
    int rows = 0;
    try (Connection connection = server.connect(scene.database);
        Statement statement = connection.createStatement();
        ResultSet all = statement.executeQuery("SELECT id, version FROM " + table)) {
      while (all.next()) {
        rows++;
        Version version = new Version(all.getLong(1), all.getLong(2));
        if (!delivered.containsKey(version)) {
          lost.add(version);
        }
      }
    }
    assertThat(rows).isGreaterThan(SEEDS);
    assertThat(lost).as("lost rows of " + table + ", of " + rows).isEmpty();
    assertThat(delivered.entrySet().stream().filter(e -> e.getValue() > 1))
        .as("rows of " + table + " that came again")
        .isEmpty();
  }

  /** The transactions, of which each writer has one at a time and perhaps prepared ones. */
  private final class Writers implements AutoCloseable {
    private final AtomicInteger left;
    private final int writing;
    private final int longestHold;
    private final long seed;
    private final AtomicLong ids = new AtomicLong(SEEDS);
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger runs = new AtomicInteger();

    /** Transactions during which at least one run began and ended. */
    private final AtomicInteger late = new AtomicInteger();

    private final AtomicInteger committed = new AtomicInteger();
    private final AtomicInteger prepared = new AtomicInteger();
    private final AtomicInteger rolledBack = new AtomicInteger();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean closed;
    private volatile @Nullable Throwable failure;

    Writers(int transactions, int writing, int longestHold, long seed) {
      this.left = new AtomicInteger(transactions);
      this.writing = writing;
      this.longestHold = longestHold;
      this.seed = seed;
    }

    void start() {
      running.set(writing);
      for (int i = 0; i < writing; i++) {
        int number = i;
        Thread thread =
            new Thread(
                () -> {
                  try {
                    work(number, new Random(seed + number));
                  } catch (Throwable e) {
                    failure = e;
                  } finally {
                    running.decrementAndGet();
                  }
                },
                "writer " + number);
        thread.start();
        threads.add(thread);
      }
    }

    boolean haveEnded() {
      return running.get() == 0;
    }

    String describe() {
      return runs
          + " runs, "
          + committed
          + " committed, "
          + late
          + " of them late, "
          + prepared
          + " of them prepared, "
          + rolledBack
          + " rolled back";
    }

    @Override
    public void close() throws InterruptedException {
      closed = true;
      left.set(0);
      for (Thread thread : threads) {
        thread.join();
      }
      Throwable failed = failure;
      if (failed != null) {
        throw new AssertionError("a writer failed", failed);
      }
    }

    private void work(int number, Random random) throws SQLException {
      List<Long> own = new ArrayList<>();
      try (Connection connection = server.connect(scene.database);
          Statement statement = connection.createStatement()) {
        while (left.getAndDecrement() > 0) {
          transaction(statement, number, random, own);
        }
      }
    }

    private void transaction(Statement statement, int number, Random random, List<Long> own)
        throws SQLException {
      List<Long> made = new ArrayList<>();
      statement.execute("BEGIN");
      int before = runs.get();
      // The key of the time is that of the beginning, by itself; the number is taken now.
      String key = scalar(statement, "SELECT nextval('numbers')");
      hold(random, 4);
      for (int i = random.nextInt(3); i >= 0; i--) {
        made.add(insert(statement, key));
      }
      if (random.nextInt(3) == 0) {
        statement.execute("SAVEPOINT a");
        long id = insert(statement, key);
        hold(random, 4);
        if (random.nextBoolean()) {
          statement.execute("ROLLBACK TO a");
        } else {
          made.add(id);
          statement.execute("SAVEPOINT b");
          made.add(insert(statement, key));
          statement.execute("RELEASE b");
        }
      }
      if (!own.isEmpty()) {
        update(statement, own.get(random.nextInt(own.size())), key, random.nextInt(3) > 0);
      }
      // Of each writer a row from before the first run, which is below the overlap at the end.
      if (random.nextInt(4) == 0) {
        update(statement, 1 + number, key, true);
      }
      hold(random, 1);
      if (end(statement, number, random)) {
        committed.incrementAndGet();
        own.addAll(made);
        if (runs.get() >= before + 2) {
          late.incrementAndGet();
        }
      }
    }

    /** Whether it was committed. */
    private boolean end(Statement statement, int number, Random random) throws SQLException {
      switch (random.nextInt(8)) {
        case 0 -> {
          statement.execute("ROLLBACK");
          rolledBack.incrementAndGet();
          return false;
        }
        case 1, 2 -> {
          String name = "'" + number + "'";
          statement.execute("PREPARE TRANSACTION " + name);
          hold(random, 1);
          if (random.nextInt(4) == 0) {
            statement.execute("ROLLBACK PREPARED " + name);
            rolledBack.incrementAndGet();
            return false;
          }
          statement.execute("COMMIT PREPARED " + name);
          prepared.incrementAndGet();
        }
        default -> statement.execute("COMMIT");
      }
      return true;
    }

    /** So long as some runs take, and a little longer, so that no instant of a run is special. */
    private void hold(Random random, int part) {
      int until = runs.get() + random.nextInt(longestHold / part + 1);
      do {
        LockSupport.parkNanos(random.nextLong(LONGEST_PAUSE_NANOS));
      } while (runs.get() < until && !closed);
    }

    private long insert(Statement statement, String key) throws SQLException {
      long id = ids.incrementAndGet();
      statement.execute("INSERT INTO by_time VALUES (" + id + ", nextval('versions'), now())");
      statement.execute(
          "INSERT INTO by_number VALUES (" + id + ", nextval('versions'), " + key + ")");
      return id;
    }

    /** With a new key, or with the old one, which is not long ago. */
    private void update(Statement statement, long id, String key, boolean moves)
        throws SQLException {
      statement.execute(
          "UPDATE by_time SET version = nextval('versions')"
              + (moves ? ", key = now()" : "")
              + " WHERE id = "
              + id);
      String old = scalar(statement, "SELECT max(key) - 3000 FROM by_number");
      statement.execute(
          "UPDATE by_number SET version = nextval('versions')"
              + (moves ? ", key = " + key : "")
              + " WHERE id = "
              + id
              + (moves ? "" : " AND key > " + old));
    }

    private String scalar(Statement statement, String sql) throws SQLException {
      try (ResultSet row = statement.executeQuery(sql)) {
        row.next();
        return row.getString(1);
      }
    }
  }
}
