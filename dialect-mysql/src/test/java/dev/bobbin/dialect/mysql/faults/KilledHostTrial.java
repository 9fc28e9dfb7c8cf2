package dev.bobbin.dialect.mysql.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.testservers.ChildJvm;
import dev.bobbin.testservers.MySqlServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/**
 * A host that is killed with SIGKILL at random moments while others write, and what its sink must
 * hold then: nothing is lost, and little comes again.
 */
final class KilledHostTrial {

  private static final List<String> TABLES = List.of("by_time", "by_number", "whole");
  private static final List<String> INCREMENTAL = TABLES.subList(0, 2);
  private static final int ROWS = 9_000;
  private static final int ROW_BYTES = 2_000;
  private static final int MOST_BATCHES = 180;
  private static final int KILLS_PER_CHECK = 10;
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final String version;
  private final int readers;
  private final Path folder;
  private final Path sink;

  KilledHostTrial(String version, int readers, Path folder) {
    this.version = version;
    this.readers = readers;
    this.folder = folder;
    this.sink = folder.resolve("sink");
  }

  /** One row or event of the sink's. */
  private record Line(int life, String table, long load, String scan, long id, long version) {}

  /** Kills so often, and checks the sink now and then, and in the end. */
  void run(int kills) throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    try (MySqlServer server =
        MySqlServer.version(version).config("innodb_buffer_pool_size", "128M").start()) {
      Scene scene = Scene.on(server);
      for (String table : TABLES) {
        scene.execute(Traffic.create(table, ROWS, ROW_BYTES));
      }
      int life = 0;
      ChildJvm child = start(scene, life, "forever");
      try (Traffic traffic = new Traffic(scene, TABLES, ROWS)) {
        traffic.start(seed);
        for (int kill = 1; kill <= kills; kill++) {
          child.awaitLine("ready"::equals, PATIENCE);
          child.send("go");
          boolean check = kill % KILLS_PER_CHECK == 0 || kill == kills;
          ChildJvm next = start(scene, ++life, check ? "once" : "forever");
          kill(child, random);
          child = next;
          if (check) {
            ChildJvm last = child;
            traffic.whileAtRest(() -> assertNothingIsLost(scene, last));
            child = start(scene, ++life, "forever");
          }
        }
      } finally {
        child.close();
      }
      assertLoadsWereResumedWithFewRepeats(kills);
    }
  }

  private ChildJvm start(Scene scene, int life, String howOften) {
    return ChildJvm.of(KilledHost.class)
        .jvmFlags("-Xmx96m", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
        .arguments(
            scene.server.host(),
            Integer.toString(scene.server.port()),
            scene.database,
            scene.user,
            folder.resolve("state").toString(),
            sink.toString(),
            Integer.toString(life),
            Integer.toString(readers),
            howOften)
        .start();
  }

  private static void kill(ChildJvm child, Random random) {
    try (child) {
      boolean early = random.nextInt(6) == 0;
      for (int batches = early ? 0 : 1 + random.nextInt(MOST_BATCHES); batches > 0; batches--) {
        child.awaitLine("writing"::equals, PATIENCE);
      }
      // The instant is what is random here; nothing is waited for.
      LockSupport.parkNanos(random.nextLong(early ? 300_000_000 : 15_000_000));
      assertThat(child.isAlive()).as("%s %s", child.lines(), child.errors()).isTrue();
      child.killNow();
    }
  }

  private void assertNothingIsLost(Scene scene, ChildJvm last) throws Exception {
    try (last) {
      last.awaitLine("ready"::equals, PATIENCE);
      last.send("go");
      assertThat(last.awaitExit(Duration.ofMinutes(2))).as("%s", last.errors()).isZero();
    }
    List<Line> lines = lines();
    for (String table : TABLES) {
      long load =
          lines.stream()
              .filter(l -> l.table().equals(table))
              .mapToLong(Line::load)
              .max()
              .orElseThrow();
      Map<Long, Long> sunk = new HashMap<>();
      for (Line line : lines) {
        if (line.table().equals(table) && line.load() == load && line.id() > 0) {
          sunk.merge(line.id(), line.version(), Math::max);
        }
      }
      Map<Long, Long> lost = new TreeMap<>(source(scene, table));
      assertThat(lost).isNotEmpty();
      if (INCREMENTAL.contains(table)) {
        lost.entrySet().removeIf(row -> row.getValue().equals(sunk.get(row.getKey())));
      } else {
        // What changed since its range was read is the next load's.
        lost.keySet().removeIf(id -> !Traffic.isUntouched(id, ROWS) || sunk.containsKey(id));
      }
      assertThat(lost).as("rows that load %s of %s lacks", load, table).isEmpty();
    }
    assertWholeLoadsHaveWhatNobodyTouched(lines);
  }

  private List<Line> lines() throws IOException {
    List<Line> lines = new ArrayList<>();
    try (BufferedReader reader = Files.newBufferedReader(sink)) {
      for (String text = reader.readLine(); text != null; text = reader.readLine()) {
        if (text.endsWith(" .")) {
          String[] parts = text.split(" ", -1);
          lines.add(
              new Line(
                  Integer.parseInt(parts[0]),
                  parts[1],
                  Long.parseLong(parts[2]),
                  parts[3],
                  Long.parseLong(parts[4]),
                  Long.parseLong(parts[5])));
        }
      }
    }
    return lines;
  }

  private static Map<Long, Long> source(Scene scene, String table) throws SQLException {
    Map<Long, Long> versions = new HashMap<>();
    try (Connection connection = scene.server.connect(scene.database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT id, version FROM " + table)) {
      while (rows.next()) {
        versions.put(rows.getLong(1), rows.getLong(2));
      }
    }
    return versions;
  }

  private record Load(String table, long load) {}

  /** Every load that came to its end, in however many lives. */
  private static void assertWholeLoadsHaveWhatNobodyTouched(List<Line> lines) {
    Map<Load, Set<Long>> untouched = new HashMap<>();
    for (Line line : lines) {
      Load load = new Load(line.table(), line.load());
      if (line.scan().equals("complete")) {
        assertThat(untouched.getOrDefault(load, Set.of())).as("%s", load).hasSize(ROWS / 3);
      } else if (Traffic.isUntouched(line.id(), ROWS) && line.id() > 0) {
        untouched.computeIfAbsent(load, l -> new HashSet<>()).add(line.id());
      }
    }
  }

  /**
   * What comes again though nobody touched it is charged to the life that had delivered it last,
   * and then was killed.
   */
  private void assertLoadsWereResumedWithFewRepeats(int kills) throws IOException {
    Map<Load, Set<Integer>> lives = new HashMap<>();
    Map<Load, Map<Long, Line>> known = new HashMap<>();
    Map<Integer, Map<String, Integer>> repeats = new TreeMap<>();
    Set<Load> whole = new HashSet<>();
    Set<String> scans = new HashSet<>();
    for (Line line : lines()) {
      Load load = new Load(line.table(), line.load());
      if (line.scan().equals("open")) {
        assertThat(load.load() == 1 || whole.contains(new Load(load.table(), load.load() - 1)))
            .as("%s follows a whole load", load)
            .isTrue();
        if (!whole.contains(load)) {
          lives.computeIfAbsent(load, l -> new HashSet<>()).add(line.life());
        }
      } else if (line.scan().equals("complete")) {
        whole.add(load);
      } else {
        scans.add(line.scan());
        Line last = known.computeIfAbsent(load, l -> new HashMap<>()).put(line.id(), line);
        if (last != null && Traffic.isUntouched(line.id(), ROWS)) {
          assertThat(last.life()).as("%s again: %s", last, line).isLessThan(line.life());
          repeats
              .computeIfAbsent(last.life(), l -> new TreeMap<>())
              .merge(load + " " + last.scan(), 1, Integer::sum);
        }
      }
    }
    long resumed = lives.values().stream().filter(of -> of.size() > 1).count();
    System.out.printf(
        "%s, %d readers: %d kills, %d whole loads, %d of %d resumed, repeats after %d kills, %s%n",
        version, readers, kills, whole.size(), resumed, lives.size(), repeats.size(), scans);
    assertThat(resumed).as("loads that were resumed").isPositive();
    assertThat(scans.stream().filter(s -> s.startsWith("range-")).count() > 1)
        .as("%s", scans)
        .isEqualTo(readers > 1);
    repeats.forEach(
        (life, some) ->
            assertThat(some.values())
                .as("rows that came again after life %s was killed: %s", life, some)
                .allMatch(times -> times <= KilledHost.BATCH_ROWS));
  }
}
