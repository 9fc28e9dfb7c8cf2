package dev.bobbin.dialect.postgres.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.plan.TableScan;
import dev.bobbin.testservers.ChildJvm;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testsupport.Waiting;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Fault 1, of loads in slices: the host's process is killed with SIGKILL while four readers read,
 * and others write all the time. The next life goes on with the load, and what it ends with lacks
 * nothing that the snapshot has shown under which it went on.
 */
@Tag("long")
class KilledLoadTest {

  private static final List<String> TABLES = List.of("orders", "stock");
  private static final int ROWS = 9_000;
  private static final int MD5S = 60;

  /** What a life delivers at most, which is some part of a load. */
  private static final int MOST_BATCHES = 50;

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @TempDir private Path folder;
  private PostgresServer server;
  private String database = "";
  private String sink = "";

  /** Fault 1: by blocks on 18, and by keys before 14. */
  @ParameterizedTest
  @CsvSource({"18, 60", "9.6, 20"})
  void losesNothingOfALoadHoweverOftenTheHostIsKilled(String version, int kills) throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    server =
        PostgresServer.version(version)
            .config("max_prepared_transactions", "20")
            .config("shared_buffers", "128MB")
            .start();
    try {
      database = server.createDatabase();
      sink = server.createDatabase();
      server.execute(sink, SlicedHost.TABLES);
      for (String table : TABLES) {
        server.execute(database, Traffic.create(table, ROWS, MD5S));
      }
      Traffic traffic = new Traffic(server, database, TABLES, ROWS, MD5S);
      int checked = 0;
      Map<String, Map<Long, Long>> before = source();
      ChildJvm child = start(0, "forever");
      child.awaitLine("ready"::equals, PATIENCE);
      try (traffic) {
        traffic.start(4, Duration.ofMillis(60), seed);
        for (int life = 0; life < kills; life++) {
          child.send("go");
          ChildJvm next = start(life + 1, life + 1 < kills ? "forever" : "once");
          try (ChildJvm killed = child) {
            child = next;
            boolean early = random.nextInt(6) == 0;
            for (int batches = early ? 0 : 1 + random.nextInt(MOST_BATCHES);
                batches > 0;
                batches--) {
              killed.awaitLine("writing"::equals, PATIENCE);
            }
            // The instant is what is random here; nothing is waited for.
            LockSupport.parkNanos(random.nextLong(early ? 300_000_000 : 15_000_000));
            assertThat(killed.isAlive()).as("%s %s", killed.lines(), killed.errors()).isTrue();
            killed.killNow();
          }
          awaitNobodyWrites(child);
          Map<String, Map<Long, Long>> after = source();
          checked += assertLoadsOfALifeAreWhole(life, before, after);
          before = after;
        }
      }
      try (ChildJvm last = child) {
        before = source();
        last.send("go");
        assertThat(last.awaitExit(Duration.ofMinutes(2))).as("%s", last.errors()).isZero();
        assertThat(last.lines()).noneMatch(line -> line.startsWith("note "));
      }
      checked += assertLoadsOfALifeAreWhole(kills, before, before);
      assertLastLoadsAreTheSource(before);
      assertLoadsWereResumed(kills, checked);
      assertFewRepeats(traffic.transactions());
    } finally {
      server.close();
    }
  }

  private ChildJvm start(int life, String howOften) {
    return ChildJvm.of(SlicedHost.class)
        .jvmFlags("-Xmx64m", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
        .arguments(
            server.host(),
            Integer.toString(server.port()),
            database,
            server.user(),
            folder.resolve("state").toString(),
            sink,
            Integer.toString(life),
            howOften)
        .start();
  }

  /** A batch that was under way when its host was killed is inserted or not by now. */
  private void awaitNobodyWrites(ChildJvm next) {
    next.awaitLine("ready"::equals, PATIENCE);
    Waiting.until("the end of the last batch", () -> server.backendsOf("sink") <= 1);
  }

  private Map<String, Map<Long, Long>> source() throws SQLException {
    Map<String, Map<Long, Long>> all = new HashMap<>();
    try (Connection connection = server.connect(database)) {
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setAutoCommit(false);
      for (String table : TABLES) {
        all.put(table, versions(connection, "SELECT id, version FROM " + table));
      }
    }
    return all;
  }

  private static Map<Long, Long> versions(Connection connection, String sql) throws SQLException {
    Map<Long, Long> versions = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        versions.put(rows.getLong(1), rows.getLong(2));
      }
    }
    return versions;
  }

  /** What the sink has of a load: the last version of each row that came until then. */
  private Map<Long, Long> sunk(String table, long load, long until) throws SQLException {
    try (Connection connection = server.connect(sink)) {
      return versions(
          connection,
          ("SELECT DISTINCT ON (id) id, version FROM delivered WHERE tab = '%s' AND load = %s AND"
                  + " seq <= %s ORDER BY id, seq DESC")
              .formatted(table, load, until));
    }
  }

  private record Event(long seq, int life, String table, long load, String what) {}

  private List<Event> events() throws SQLException {
    List<Event> events = new java.util.ArrayList<>();
    try (Connection connection = server.connect(sink);
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("SELECT seq, life, tab, load, what FROM events ORDER BY seq")) {
      while (rows.next()) {
        events.add(
            new Event(
                rows.getLong(1),
                rows.getInt(2),
                rows.getString(3),
                rows.getLong(4),
                rows.getString(5)));
      }
    }
    return events;
  }

  /**
   * Every load that came to its end in a life went on, or began, under a snapshot of that life: it
   * has what was committed before, or a later version of it, but for what was deleted meanwhile.
   *
   * @return how many there were
   */
  private int assertLoadsOfALifeAreWhole(
      int life, Map<String, Map<Long, Long>> before, Map<String, Map<Long, Long>> after)
      throws SQLException {
    int loads = 0;
    for (Event event : events()) {
      if (event.life() != life || !event.what().equals("complete")) {
        continue;
      }
      loads++;
      Map<Long, Long> sunk = sunk(event.table(), event.load(), event.seq());
      Map<Long, Long> lost = new TreeMap<>(before.get(event.table()));
      assertThat(lost).isNotEmpty();
      lost.keySet().retainAll(after.get(event.table()).keySet());
      lost.entrySet().removeIf(row -> sunk.getOrDefault(row.getKey(), -1L) >= row.getValue());
      assertThat(lost).as("rows that %s lacks", event).isEmpty();
    }
    return loads;
  }

  private void assertLastLoadsAreTheSource(Map<String, Map<Long, Long>> source)
      throws SQLException {
    List<Event> events = events();
    for (String table : TABLES) {
      long last =
          events.stream()
              .filter(e -> e.table().equals(table))
              .mapToLong(Event::load)
              .max()
              .orElse(0);
      Map<Long, Long> sunk = sunk(table, last, Long.MAX_VALUE);
      sunk.keySet().retainAll(source.get(table).keySet()); // the rest was deleted in the source
      assertThat(sunk.equals(source.get(table))).as(table).isTrue();
    }
  }

  private void assertLoadsWereResumed(int kills, int checked) throws SQLException {
    Map<String, Set<Integer>> lives = new TreeMap<>();
    Set<String> complete = new HashSet<>();
    int resumes = 0;
    for (Event event : events()) {
      String load = event.table() + " " + event.load();
      switch (event.what()) {
        case "open" -> {
          Set<Integer> of = lives.computeIfAbsent(load, l -> new HashSet<>());
          if (of.add(event.life()) && of.size() > 1) {
            resumes++;
          }
          // None was given up: the load before is whole.
          assertThat(
                  event.load() == 1 || complete.contains(event.table() + " " + (event.load() - 1)))
              .as("%s follows a whole load", event)
              .isTrue();
        }
        case "complete" -> complete.add(load);
        default -> {}
      }
    }
    int most = lives.values().stream().mapToInt(Set::size).max().orElse(0);
    System.out.println(
        "%s kills, %s loads, %s whole and checked, %s times a load was resumed, one of them in %s lives"
            .formatted(kills, lives.size(), checked, resumes, most));
    assertThat(resumes).as("resumes").isGreaterThan(kills / 2);
    assertThat(checked).as("whole loads").isGreaterThan(kills / 20);
    assertThat(server.query(sink, "SELECT count(DISTINCT scan) FROM delivered WHERE load = 1"))
        .as("slices")
        .isNotEqualTo("1");
  }

  /**
   * What comes again and has not changed is charged to the life that had delivered it last, and
   * then was killed. Rows of transactions that had not all ended when they were delivered count as
   * changed.
   */
  private void assertFewRepeats(Map<Long, Long> transactions) throws SQLException {
    record Load(String table, long load) {}
    record Delivered(int life, String scan, long horizon) {}
    Map<Load, Map<Long, Delivered>> known = new HashMap<>();
    Map<Integer, Map<String, Integer>> repeats = new TreeMap<>();
    int all = 0;
    int recent = 0;
    long rows = 0;
    try (Connection connection = server.connect(sink)) {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.setFetchSize(10_000);
        try (ResultSet row =
            statement.executeQuery(
                "SELECT life, tab, load, scan, horizon, version FROM delivered ORDER BY seq")) {
          while (row.next()) {
            rows++;
            Load load = new Load(row.getString(2), row.getLong(3));
            Delivered now = new Delivered(row.getInt(1), row.getString(4), row.getLong(5));
            Delivered last =
                known.computeIfAbsent(load, l -> new HashMap<>()).put(row.getLong(6), now);
            if (last == null) {
              continue;
            }
            assertThat(last.life())
                .as("%s of %s, again as %s", last, load, now)
                .isLessThan(now.life());
            if (!now.scan().equals(TableScan.KEY)
                && transactions.getOrDefault(row.getLong(6), 0L) >= last.horizon()) {
              recent++;
            } else {
              all++;
              repeats
                  .computeIfAbsent(last.life(), l -> new TreeMap<>())
                  .merge(load + " " + last.scan(), 1, Integer::sum);
            }
          }
        }
      }
    }
    System.out.println(
        rows
            + " rows; "
            + all
            + " came again unchanged, after "
            + repeats.size()
            + " kills; "
            + recent
            + " because they were too recent");
    repeats.forEach(
        (life, scans) -> {
          assertThat(scans.values())
              .as("rows that came again after life %s was killed: %s", life, scans)
              .allMatch(times -> times <= SlicedHost.BATCH_ROWS);
          assertThat(scans.values().stream().mapToInt(Integer::intValue).sum())
              .as("rows that came again after life %s was killed: %s", life, scans)
              .isLessThanOrEqualTo(SlicedHost.READERS * SlicedHost.BATCH_ROWS);
        });
  }
}
