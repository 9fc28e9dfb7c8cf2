package dev.bobbin.dialect.postgres.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.testservers.ChildJvm;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testservers.PostgresVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fault 1: the host's process is killed at any instant, with SIGKILL, while others write to the
 * tables. Nothing is lost, and no more than a batch (or flush) of unchanged rows comes again per
 * scan and kill.
 */
@Tag("long")
class KilledHostTest {

  private static final int KILLS = 50;
  private static final int FIRST_ROWS = 3_000;

  /** The lives that end after a few batches. */
  private static final int FIRST_LIVES = 8;

  @TempDir private Path folder;
  private final PostgresServer server = PostgresServer.shared(PostgresVersion.DEFAULT);
  private String database = "";
  private Path file;

  /** Fault 1: fifty kills in a row; every second sink is durable on flush. */
  @Test
  void losesNothingHoweverOftenTheHostIsKilled() throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    file = folder.resolve("rows");
    seed();
    AtomicBoolean stop = new AtomicBoolean();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread writer =
        new Thread(
            () -> {
              try {
                writeUntil(stop, new Random(seed + 1));
              } catch (Throwable e) {
                failure.set(e);
              }
            },
            "writer");
    writer.start();
    int killedEarly = 0;
    try {
      for (int kill = 0; kill < KILLS; kill++) {
        if (kill == FIRST_LIVES) {
          // However slow the machine is: the lives after this one are in later runs.
          try (ChildJvm whole = start(kill, "once")) {
            assertThat(whole.awaitExit(Duration.ofMinutes(2))).as("%s", whole.errors()).isZero();
          }
          continue;
        }
        try (ChildJvm child = start(kill, "forever")) {
          if (kill < FIRST_LIVES) {
            // However fast the machine is: within the first load.
            for (int batches = random.nextInt(8); batches >= 0; batches--) {
              child.awaitLine("writing"::equals, Duration.ofMinutes(1));
            }
          } else {
            if (random.nextInt(6) > 0) {
              child.awaitLine("writing"::equals, Duration.ofMinutes(1));
            } else {
              killedEarly++;
            }
            // The instant is what is random here; nothing is waited for.
            Thread.sleep(random.nextInt(900));
          }
          assertThat(child.isAlive()).as("%s %s", child.lines(), child.errors()).isTrue();
          child.killNow();
        }
        dropTornBlock();
      }
    } finally {
      stop.set(true);
      writer.join();
    }
    assertThat(failure.get()).isNull();
    try (ChildJvm last = start(KILLS, "once")) {
      assertThat(last.awaitExit(Duration.ofMinutes(2))).as("%s", last.errors()).isZero();
    }
    Delivered delivered = read();
    System.out.println(
        KILLS + " kills (" + killedEarly + " of them early), " + delivered.describe());
    // Otherwise the kills would have met nothing.
    assertThat(delivered.livesIn(false)).as("lives in first loads").isGreaterThanOrEqualTo(2);
    assertThat(delivered.livesIn(true)).as("lives in later runs").isGreaterThanOrEqualTo(5);
    assertNothingLost(delivered);
    assertFewRepeats(delivered);
  }

  private ChildJvm start(int incarnation, String howOften) {
    return ChildJvm.of(KilledHost.class)
        .jvmFlags("-Xmx96m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
        .arguments(
            server.host(),
            Integer.toString(server.port()),
            database,
            server.user(),
            folder.resolve("state").toString(),
            file.toString(),
            Integer.toString(incarnation),
            isFlushed(incarnation) ? "flush" : "write",
            howOften)
        .start();
  }

  private void seed() throws SQLException {
    database = server.createDatabase();
    String rows = "FROM generate_series(1, " + FIRST_ROWS + ") AS i";
    server.execute(
        database,
        "CREATE TABLE orders (id bigint PRIMARY KEY, version int NOT NULL, changed bigint)",
        "CREATE INDEX ON orders (changed)",
        "CREATE TABLE events (id bigint PRIMARY KEY, version int NOT NULL, at timestamptz NOT NULL)",
        "CREATE INDEX ON events (at)",
        "CREATE TABLE countries (id bigint PRIMARY KEY, version int NOT NULL)",
        "INSERT INTO orders SELECT i, 1, CASE WHEN i % 100 = 0 THEN NULL ELSE i / 4 END " + rows,
        "INSERT INTO events SELECT i, 1, " + time("i / 4") + " " + rows,
        "INSERT INTO countries SELECT i, 1 FROM generate_series(1, 400) AS i");
  }

  private static String time(String number) {
    return "'2026-01-01Z'::timestamptz + (" + number + ") * interval '1 millisecond'";
  }

  /** One session, so that keys grow in the order of commits; four commits share a key. */
  private void writeUntil(AtomicBoolean stop, Random random) throws Exception {
    long id = FIRST_ROWS;
    long clock = FIRST_ROWS + 1;
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      while (!stop.get()) {
        long key = clock++ / 4;
        for (String table : List.of("orders", "events")) {
          boolean orders = table.equals("orders");
          String value =
              orders ? (random.nextInt(12) == 0 ? "NULL" : Long.toString(key)) : time("" + key);
          String column = orders ? "changed" : "at";
          long any = 1 + random.nextLong(id);
          switch (random.nextInt(4)) {
            case 0, 1 ->
                statement.execute(
                    "INSERT INTO "
                        + table
                        + " SELECT i, 1, "
                        + value
                        + " FROM generate_series("
                        + (id + 1)
                        + ", "
                        + (id + 5)
                        + ") AS i");
            case 2 ->
                statement.execute(
                    "UPDATE "
                        + table
                        + " SET version = version + 1, "
                        + column
                        + " = "
                        + value
                        + " WHERE id BETWEEN "
                        + any
                        + " AND "
                        + (any + (random.nextInt(40) == 0 ? 300 : 3)));
            default -> statement.execute("DELETE FROM " + table + " WHERE id = " + any);
          }
        }
        long country = random.nextInt(420);
        statement.execute(
            random.nextInt(5) == 0
                ? "DELETE FROM countries WHERE id = " + country
                : "INSERT INTO countries VALUES ("
                    + country
                    + ", 1) ON CONFLICT (id) DO UPDATE SET version = countries.version + 1");
        id += 5;
        Thread.sleep(10); // the pace of the writers, nothing that the test waits for
      }
    }
  }

  /** What a sink does when it comes up again: a block that is not whole was never confirmed. */
  private void dropTornBlock() throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    byte[] all = Files.readAllBytes(file);
    String text = new String(all, StandardCharsets.UTF_8);
    int end = 0;
    int at = 0;
    while (true) {
      int footer = text.indexOf("\nE ", at);
      int line = footer < 0 ? -1 : text.indexOf('\n', footer + 1);
      if (line < 0) {
        break;
      }
      String block = text.substring(at, footer + 1);
      CRC32 sum = new CRC32();
      sum.update(block.getBytes(StandardCharsets.UTF_8));
      if (!text.substring(footer + 3, line).equals(Long.toString(sum.getValue()))) {
        break;
      }
      at = line + 1;
      end = at;
    }
    if (end < all.length) {
      Files.write(file, java.util.Arrays.copyOf(all, end));
    }
  }

  /** A row as it was delivered. */
  private record Row(long id, long version, String key) {}

  /** A scan of one load. */
  private record Scan(String table, long load, String scan) {}

  private record Batch(int incarnation, Scan scan, boolean later, List<Row> rows) {}

  /** What the file of the sink holds. */
  private record Delivered(List<Batch> batches, Map<String, Long> complete) {
    String describe() {
      return batches.size()
          + " batches, "
          + batches.stream().mapToLong(b -> b.rows().size()).sum()
          + " rows, loads "
          + complete
          + ", lives in first loads "
          + livesIn(false)
          + ", in later runs "
          + livesIn(true);
    }

    /**
     * In how many lives rows of incremental tables were delivered, before or after a first load.
     */
    long livesIn(boolean later) {
      return batches.stream()
          .filter(b -> b.later() == later && !b.scan().table().equals("countries"))
          .mapToInt(Batch::incarnation)
          .distinct()
          .count();
    }
  }

  private Delivered read() throws IOException {
    List<Batch> batches = new ArrayList<>();
    Map<String, Long> complete = new TreeMap<>();
    Batch current = null;
    for (String line : Files.readAllLines(file)) {
      String[] words = line.split(" ", -1);
      switch (words[0]) {
        case "B" -> {
          current =
              new Batch(
                  Integer.parseInt(words[1]),
                  new Scan(words[2], Long.parseLong(words[3]), words[4]),
                  complete.containsKey(words[2]),
                  new ArrayList<>());
          batches.add(current);
        }
        case "C" -> complete.put(words[1], Long.parseLong(words[2]));
        case "O", "E" -> {}
        default ->
            current
                .rows()
                .add(new Row(Long.parseLong(words[0]), Long.parseLong(words[1]), words[2]));
      }
    }
    return new Delivered(batches, complete);
  }

  private Map<Long, Long> source(String table) throws SQLException {
    Map<Long, Long> versions = new TreeMap<>();
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT id, version FROM " + table)) {
      while (rows.next()) {
        versions.put(rows.getLong(1), rows.getLong(2));
      }
    }
    return versions;
  }

  private void assertNothingLost(Delivered delivered) throws SQLException {
    for (String table : List.of("orders", "events", "countries")) {
      boolean full = table.equals("countries");
      Map<Long, Long> sink = new TreeMap<>();
      for (Batch batch : delivered.batches()) {
        if (batch.scan().table().equals(table)
            && batch.scan().load() == delivered.complete().get(table)) {
          batch.rows().forEach(row -> sink.put(row.id(), row.version()));
        }
      }
      Map<Long, Long> source = source(table);
      assertThat(source).as(table).isNotEmpty();
      if (!full) {
        sink.keySet().retainAll(source.keySet()); // the rest was deleted in the source
      }
      assertThat(sink).as(table).isEqualTo(source);
    }
    assertThat(delivered.complete().get("orders")).as("loads of orders").isEqualTo(1L);
    assertThat(delivered.complete().get("events")).as("loads of events").isEqualTo(1L);
  }

  /** What comes again is charged to the life that had delivered it last, and then was killed. */
  private static void assertFewRepeats(Delivered delivered) {
    Map<Scan, Map<Row, Integer>> lastLife = new HashMap<>();
    Map<Scan, Map<Integer, Integer>> repeats = new HashMap<>();
    int all = 0;
    for (Batch batch : delivered.batches()) {
      for (Row row : batch.rows()) {
        Integer before =
            lastLife
                .computeIfAbsent(batch.scan(), s -> new HashMap<>())
                .put(row, batch.incarnation());
        // What a slice repeats that its snapshot could not tell is measured by KilledLoadTest.
        boolean bySlice = batch.scan().scan().startsWith("slice-");
        if (before != null && !row.key().equals("null") && !bySlice) {
          all++;
          repeats
              .computeIfAbsent(batch.scan(), s -> new TreeMap<>())
              .merge(before, 1, Integer::sum);
          assertThat(before)
              .as("the life that delivered %s of %s before", row, batch.scan())
              .isLessThan(batch.incarnation());
        }
      }
    }
    System.out.println(all + " unchanged rows came again");
    repeats.forEach(
        (scan, byLife) ->
            byLife.forEach(
                (life, times) ->
                    assertThat(times)
                        .as("rows of %s that came again after life %s was ended", scan, life)
                        .isLessThanOrEqualTo(
                            isFlushed(life) ? flushRows() : KilledHost.BATCH_ROWS)));
  }

  private static boolean isFlushed(int incarnation) {
    return incarnation % 2 != 0;
  }

  /** The most rows of a flush: two numbers and a time are 16 bytes at least; and one batch more. */
  private static int flushRows() {
    return (int) (KilledHost.FLUSH_BYTES / 16) + KilledHost.BATCH_ROWS;
  }
}
