package dev.bobbin.dialect.mysql.faults;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * Writers that rest only when told: updates, inserts, deletes, and transactions that commit late or
 * roll back.
 *
 * <p>The rows of their tables have an id that is never used again and a version that no other row
 * has, greater for a later version. A third of the rows is touched by nobody.
 */
final class Traffic implements AutoCloseable {

  private static final int WRITERS = 3;
  private static final long LONGEST_PAUSE_NANOS = 20_000_000;

  private final Scene scene;
  private final List<String> tables;
  private final AtomicLong versions;
  private final AtomicLong ids;
  private final ReentrantReadWriteLock rest = new ReentrantReadWriteLock(true);
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stop;
  private volatile @Nullable Throwable failure;

  /**
   * Writers that have not begun.
   *
   * @param tables made by {@link #create}
   * @param rows as many as were made
   */
  Traffic(Scene scene, List<String> tables, int rows) {
    this.scene = scene;
    this.tables = tables;
    this.versions = new AtomicLong(10L * rows);
    this.ids = new AtomicLong(rows);
  }

  /** Makes a table of so many rows. */
  static String[] create(String table, int rows, int rowBytes) {
    return new String[] {
      "CREATE TABLE "
          + table
          + " (id bigint PRIMARY KEY, version bigint NOT NULL, number bigint NOT NULL, changed"
          + " timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), payload text NOT NULL, KEY"
          + " (number), KEY (changed))",
      "INSERT INTO "
          + table
          + " SELECT i, i, i, NOW(6) - INTERVAL 1 DAY, REPEAT('x', "
          + rowBytes
          + ") FROM "
          + Scene.numbers(rows),
      "ANALYZE TABLE " + table
    };
  }

  /** Whether no writer ever touches that row. */
  static boolean isUntouched(long id, int rows) {
    return id % 3 == 0 && id <= rows;
  }

  void start(long seed) {
    for (int i = 0; i < WRITERS; i++) {
      Random random = new Random(seed + i);
      Thread thread =
          new Thread(
              () -> {
                try {
                  write(random);
                } catch (Throwable e) {
                  failure = e;
                }
              },
              "writer " + i);
      thread.start();
      threads.add(thread);
    }
  }

  /** Lets something happen while nobody writes and no transaction is open. */
  void whileAtRest(Scenery what) throws Exception {
    rest.writeLock().lock();
    try {
      what.happen();
    } finally {
      rest.writeLock().unlock();
    }
  }

  /** What happens while nobody writes. */
  interface Scenery {
    void happen() throws Exception;
  }

  private void write(Random random) throws SQLException {
    try (Connection connection = scene.server.connect(scene.database);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      while (!stop) {
        rest.readLock().lock();
        try {
          transaction(connection, statement, random);
        } catch (SQLTransactionRollbackException deadlock) {
          connection.rollback();
        } finally {
          rest.readLock().unlock();
        }
        LockSupport.parkNanos(random.nextLong(LONGEST_PAUSE_NANOS));
      }
    }
  }

  private void transaction(Connection connection, Statement statement, Random random)
      throws SQLException {
    String table = tables.get(random.nextInt(tables.size()));
    // Ascending ids, so that no two writers wait for each other for ever.
    long id = 1 + random.nextLong(ids.get());
    for (int i = random.nextInt(3); i >= 0; i--) {
      id += 1 + random.nextInt(5);
      change(statement, table, id % 3 == 0 ? id + 1 : id, random);
    }
    if (random.nextInt(3) == 0) {
      LockSupport.parkNanos(random.nextLong(LONGEST_PAUSE_NANOS)); // commits late
    }
    if (random.nextInt(10) == 0) {
      connection.rollback();
    } else {
      connection.commit();
    }
  }

  private void change(Statement statement, String table, long id, Random random)
      throws SQLException {
    long version = versions.incrementAndGet();
    switch (random.nextInt(8)) {
      case 0 -> statement.execute("DELETE FROM " + table + " WHERE id = " + id);
      case 1, 2 ->
          statement.execute(
              "INSERT INTO "
                  + table
                  + " (id, version, number, payload) VALUES ("
                  + ids.incrementAndGet()
                  + ", "
                  + version
                  + ", "
                  + version
                  + ", 'new')");
      default ->
          statement.execute(
              "UPDATE "
                  + table
                  + " SET version = "
                  + version
                  + ", number = "
                  + version
                  + ", changed = NOW(6) WHERE id = "
                  + id);
    }
  }

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
}
