package dev.bobbin.dialect.postgres.faults;

import dev.bobbin.testservers.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writers that never rest: HOT and other updates, inserts, deletes, savepoints, rollbacks and
 * transactions that are prepared first and committed later, and somebody who vacuums and freezes.
 *
 * <p>The rows of its tables have an id that never changes and is never used again, a version that
 * is greater for a later version of the row and that no other row has, and a payload that follows
 * from both. The server needs {@code max_prepared_transactions}.
 */
final class Traffic implements AutoCloseable {

  private static final int MOST_PREPARED = 2;
  private static final long VACUUM_PAUSE_NANOS = 250_000_000;

  private final PostgresServer server;
  private final String database;
  private final List<String> tables;
  private final int md5s;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong commits = new AtomicLong();
  private final AtomicLong ids;
  private final Map<Long, Long> transactions = new ConcurrentHashMap<>();
  private volatile long longestPause = 1;
  private volatile boolean stop;
  private volatile @Nullable Throwable failure;

  /**
   * Writers that have not begun.
   *
   * @param tables made by {@link #create}
   * @param rows as many as were made
   * @param md5s as were given to it
   */
  Traffic(PostgresServer server, String database, List<String> tables, int rows, int md5s) {
    this.server = server;
    this.database = database;
    this.tables = tables;
    this.md5s = md5s;
    this.ids = new AtomicLong(rows);
  }

  /** Makes a table of so many rows, each of 32 bytes times a number, with room for HOT updates. */
  static String[] create(String table, int rows, int md5s) {
    return new String[] {
      "CREATE SEQUENCE IF NOT EXISTS versions CACHE 1",
      "CREATE TABLE "
          + table
          + " (id bigint PRIMARY KEY, version bigint NOT NULL, changed timestamptz NOT NULL, place"
          + " int NOT NULL, payload text NOT NULL) WITH (fillfactor = 60)",
      "INSERT INTO "
          + table
          + " SELECT i, v, clock_timestamp(), i, "
          + payload("i", "v", md5s)
          + " FROM (SELECT i, nextval('versions') AS v FROM generate_series(1, "
          + rows
          + ") AS i OFFSET 0) AS r",
      "CREATE INDEX ON " + table + " (place)",
      "CREATE INDEX ON " + table + " (changed)",
      "ANALYZE " + table
    };
  }

  private static String payload(String id, String version, int md5s) {
    return "repeat(md5(" + id + " || '/' || " + version + "), " + md5s + ")";
  }

  /** So many transactions were committed until now. */
  long commits() {
    return commits.get();
  }

  /**
   * By the version of a row, the number of the transaction, or of the part of one, that wrote it.
   */
  Map<Long, Long> transactions() {
    return transactions;
  }

  /**
   * Begins.
   *
   * @param writers how many sessions
   * @param pause how long one of them rests at most, now and then
   * @param seed of what they do
   */
  void start(int writers, Duration pause, long seed) {
    longestPause = pause.toNanos();
    for (int i = 0; i < writers; i++) {
      int number = i;
      begin("writer " + i, () -> new Writer(number, writers, new Random(seed + number)).run());
    }
    begin("vacuum", this::vacuum);
  }

  private interface Work {
    void run() throws SQLException;
  }

  private void begin(String name, Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (Throwable e) {
                failure = e;
              }
            },
            name);
    thread.start();
    threads.add(thread);
  }

  private void vacuum() throws SQLException {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      for (int i = 0; !stop; i++) {
        for (String table : tables) {
          statement.execute("VACUUM " + (i % 3 == 2 ? "FREEZE " : "") + table);
        }
        LockSupport.parkNanos(VACUUM_PAUSE_NANOS);
      }
    }
  }

  /** Returns once all have ended; what was prepared is committed. */
  @Override
  public void close() throws InterruptedException {
    stop = true;
    for (Thread thread : threads) {
      thread.join();
    }
    Throwable failed = failure;
    if (failed != null) {
      throw new AssertionError("a writer failed", failed);
    }
  }

  /** One session. No two writers write the same row. */
  private final class Writer {
    private final int number;
    private final int writers;
    private final Random random;
    private final Map<String, Set<Long>> prepared = new HashMap<>();
    private final Set<Long> touched = new HashSet<>();
    private int names;

    Writer(int number, int writers, Random random) {
      this.number = number;
      this.writers = writers;
      this.random = random;
    }

    void run() throws SQLException {
      try (Connection connection = server.connect(database);
          Statement statement = connection.createStatement()) {
        while (!stop) {
          transaction(statement, tables.get(random.nextInt(tables.size())));
          if (random.nextInt(8) == 0 && !prepared.isEmpty()) {
            end(statement, prepared.keySet().iterator().next());
          }
          pause(4);
        }
        for (String name : List.copyOf(prepared.keySet())) {
          end(statement, name);
        }
      }
    }

    private void pause(int oneIn) {
      if (random.nextInt(oneIn) == 0) {
        LockSupport.parkNanos(random.nextLong(longestPause));
      }
    }

    private void end(Statement statement, String name) throws SQLException {
      statement.execute(
          (random.nextInt(4) == 0 ? "ROLLBACK" : "COMMIT") + " PREPARED '" + name + "'");
      prepared.remove(name);
      commits.incrementAndGet();
    }

    private void transaction(Statement statement, String table) throws SQLException {
      touched.clear();
      int what = random.nextInt(10);
      statement.execute("BEGIN");
      change(statement, table);
      if (what < 3) {
        statement.execute("SAVEPOINT a");
        change(statement, table);
        statement.execute("SAVEPOINT b");
        change(statement, table);
        statement.execute(random.nextBoolean() ? "ROLLBACK TO a" : "RELEASE b");
        change(statement, table);
      }
      pause(3);
      if (what == 9) {
        statement.execute("ROLLBACK");
      } else if (what == 8 && prepared.size() < MOST_PREPARED) {
        String name = table + " " + number + " " + names++;
        statement.execute("PREPARE TRANSACTION '" + name + "'");
        prepared.put(name, Set.copyOf(touched));
      } else {
        statement.execute("COMMIT");
        commits.incrementAndGet();
      }
    }

    private void change(Statement statement, String table) throws SQLException {
      switch (random.nextInt(12)) {
        case 0 -> {
          // As many as are inserted.
          Set<Long> some = own(6);
          touched.addAll(some);
          statement.execute("DELETE FROM " + table + " WHERE id IN (" + list(some) + ")");
        }
        case 1, 2 -> {
          long first = ids.getAndAdd(writers * 4L);
          first += writers - first % writers + number;
          write(
              statement,
              "INSERT INTO "
                  + table
                  + " SELECT i, v, clock_timestamp(), i, "
                  + payload("i", "v", md5s)
                  + " FROM (SELECT i, nextval('versions') AS v FROM generate_series("
                  + first
                  + ", "
                  + (first + 2L * writers)
                  + ", "
                  + writers
                  + ") AS i OFFSET 0) AS r");
        }
        case 3, 4, 5 ->
            update(statement, table, ", place = place + 1, changed = clock_timestamp()");
        default -> update(statement, table, ""); // which can be HOT
      }
    }

    private void update(Statement statement, String table, String more) throws SQLException {
      Set<Long> some = own(3);
      write(
          statement,
          "UPDATE "
              + table
              + " AS t SET (version, payload) = (SELECT v, "
              + payload("t.id", "v", md5s)
              + " FROM (SELECT nextval('versions') AS v OFFSET 0) AS n)"
              + more
              + " WHERE id IN ("
              + list(some)
              + ")");
    }

    /** Ids of which only this session writes, and which none of its prepared transactions has. */
    private Set<Long> own(int count) {
      Set<Long> some = new TreeSet<>();
      while (some.size() < count) {
        long any = random.nextLong(ids.get());
        long id = any + number - any % writers;
        if (id > 0 && prepared.values().stream().noneMatch(rows -> rows.contains(id))) {
          some.add(id);
        }
      }
      return some;
    }

    private static String list(Set<Long> ids) {
      return ids.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private void write(Statement statement, String sql) throws SQLException {
      try (ResultSet rows =
          statement.executeQuery(sql + " RETURNING version, id, xmin::text::bigint")) {
        while (rows.next()) {
          touched.add(rows.getLong(2));
          transactions.put(rows.getLong(1), rows.getLong(3));
        }
      }
    }
  }
}
