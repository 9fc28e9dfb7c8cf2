package dev.bobbin.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.select.ReplicationMethod.NullKeys;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testkit.FailingSink.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Runs, crashes, failures, resets and changes of rows and structure in a random order; at the end
 * of it, an undisturbed run must bring the sink to where the source is.
 *
 * <p>Prints its seed when it fails; {@code -Dbobbin.test.seed=…} makes the same schedule again, the
 * interleaving of threads aside.
 */
class RandomScheduleTest {

  private static final int ROUNDS = 12;

  @Test
  void aHundredSchedules() {
    String wanted = System.getProperty("bobbin.test.seed");
    if (wanted != null) {
      new Schedule(Long.parseLong(wanted)).run();
      return;
    }
    long first = new Random().nextLong();
    for (int i = 0; i < 100; i++) {
      new Schedule(first + i).run();
    }
  }

  @Tag("long")
  @RepeatedTest(20)
  void manySchedules() {
    long first = new Random().nextLong();
    for (int i = 0; i < 200; i++) {
      new Schedule(first + i).run();
    }
  }

  /** What the source knows of its rows: how its loads are cut, and what scans see. */
  private enum Kept {
    NOTHING,
    VERSIONS,
    PRIMARY_KEYS
  }

  private static final class Schedule {
    private final long seed;
    private final Random random;
    private final World world;
    private final boolean transactional;
    private final Kept kept;
    private final List<InMemorySource.Transaction> held = new ArrayList<>();
    private final List<TableId> tables = new ArrayList<>();
    private final Map<TableId, TableSelection> selections = new HashMap<>();
    private final List<String> events = new ArrayList<>();
    private long clock = 100;
    private long nextId = 1;
    private int columns;

    /** Whether keys only grow, so that no overlap is needed where late commits are not told. */
    private final boolean grows;

    Schedule(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
      CollectingSink sink = new CollectingSink();
      if (random.nextInt(3) == 0) {
        sink = sink.durableOnFlush(1 + random.nextInt(400), Duration.ofHours(1));
      }
      transactional = random.nextInt(3) == 0;
      if (transactional) {
        sink = sink.transactional();
      }
      if (random.nextBoolean()) {
        sink = sink.concurrentTables();
      }
      world = new World(sink);
      kept = List.of(Kept.values()).get(random.nextInt(3));
      if (kept == Kept.VERSIONS) {
        world.source.versioned().slices(random.nextInt(5));
      } else if (kept == Kept.PRIMARY_KEYS) {
        world.source.ownSnapshots().slices(random.nextInt(5));
      }
      grows = kept == Kept.PRIMARY_KEYS && random.nextBoolean();
      world.batchRows = 1 + random.nextInt(5);
      world.parallelism = 1 + random.nextInt(3);
      if (random.nextBoolean()) {
        world.executor = Runnable::run;
      }
    }

    void run() {
      try {
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
          createTable("t" + i);
        }
        world.selection = Selection.of(tables.stream().map(selections::get).toList());
        for (int round = 0; round < ROUNDS; round++) {
          changeRows();
          disturb();
        }
        world.source.calm();
        event("the last run");
        if (random.nextBoolean()) {
          held.forEach(InMemorySource.Transaction::commit);
          held.clear();
        }
        runToTheEnd();
        check();
        int[] before = tables.stream().mapToInt(t -> world.sink.rows(t).size()).toArray();
        world.run().throwIfFailed();
        check();
        for (int i = 0; i < before.length; i++) {
          TableId table = tables.get(i);
          if (world.sink.opens(table).get(0).method().toString().startsWith("incremental")) {
            long repeated =
                world.sink.rows(table).stream()
                    .skip(before[i])
                    .filter(row -> row.get("key") != null)
                    .count();
            assertThat(repeated).as("rows of an idle run").isZero();
          }
        }
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed + "L: " + String.join("\n  ", events), e);
      }
    }

    /**
     * A load that goes on where each scan sees a snapshot of its own does not read again what has
     * changed behind it: that is left to the increment after it, or to the next load.
     */
    private void runToTheEnd() {
      world.run().throwIfFailed();
      if (kept == Kept.PRIMARY_KEYS) {
        world.run().throwIfFailed();
      }
    }

    private void createTable(String name) {
      TableId table =
          world.source.create(
              Table.named(world.source.id(name))
                  .column(Column.of("id", new DataType.Int(64, true), "bigint").notNull())
                  .column(Column.of("key", new DataType.Int(64, true), "bigint"))
                  .column(Column.of("text", new DataType.Text(), "text"))
                  .primaryKey("id")
                  .build());
      TableSelection selection = TableSelection.table(name);
      if (random.nextInt(4) > 0) {
        selection = selection.incrementalBy("key");
        if (kept == Kept.NOTHING || (kept == Kept.PRIMARY_KEYS && !grows)) {
          selection = selection.overlap(LATE);
        }
        if (random.nextInt(3) == 0) {
          selection = selection.nullKeys(NullKeys.EVERY_RUN);
        }
      }
      tables.add(table);
      selections.put(table, selection);
      event(selection.toString());
    }

    private static final int LATE = 20;

    private void event(String what) {
      events.add(what);
    }

    private void changeRows() {
      while (!held.isEmpty() && random.nextBoolean()) {
        event("a commit of what was held back");
        held.remove(random.nextInt(held.size())).commit();
      }
      for (TableId table : tables) {
        int changes = random.nextInt(8);
        for (int i = 0; i < changes; i++) {
          changeARow(table);
        }
      }
    }

    /** New keys lie at most so far below the greatest as the overlap catches, if there is one. */
    private Long key() {
      clock += random.nextInt(3);
      return random.nextInt(10) == 0
          ? null
          : (Long) (clock - (grows ? 0 : random.nextInt(LATE / 2)));
    }

    private void changeARow(TableId table) {
      List<Map<String, Object>> rows = world.source.rows(table);
      Long key = key();
      if (rows.isEmpty() || random.nextInt(3) > 0) {
        long id = nextId++;
        boolean late = kept == Kept.VERSIONS && key != null && random.nextInt(4) == 0;
        event("insert " + id + " at " + key + " into " + table.name() + (late ? " later" : ""));
        if (late) {
          held.add(world.source.begin().insert(table, id, key, "text " + id));
        } else {
          world.source.insert(table, id, key, "text " + id);
        }
      } else {
        Object id = rows.get(random.nextInt(rows.size())).get("id");
        Map<String, Object> values = new HashMap<>();
        values.put("key", key);
        values.put("text", "changed " + nextId++);
        event("update " + id + " to " + key + " in " + table.name());
        world.source.update(table, row -> row.get("id").equals(id), values);
      }
    }

    private void disturb() {
      TableId table = tables.get(random.nextInt(tables.size()));
      switch (random.nextInt(8)) {
        case 0 -> {
          event("a run");
          runToTheEnd();
          check();
        }
        case 1, 2 -> {
          CrashPoint crash = CrashPoint.at(1 + random.nextInt(60));
          world.run(crash);
          event("a run that " + crash);
        }
        case 3 -> {
          Kind kind = random.nextBoolean() ? Kind.TRANSIENT : Kind.PERMANENT;
          Moment moment =
              random.nextBoolean()
                  ? Moment.afterRow(table, 1 + random.nextInt(8))
                  : Moment.beforeBatch(table, 1 + random.nextInt(4));
          event("a run with a failure " + kind + " at " + moment);
          world.source.times(1 + random.nextInt(3), moment, InMemorySource.failing(kind));
          RunReport unused = world.run();
          world.source.calm();
        }
        case 4 -> {
          Call[] calls = {Call.PROGRESS, Call.OPEN, Call.WRITE, Call.FLUSH, Call.COMPLETE};
          Call call = calls[random.nextInt(calls.length)];
          int n = 1 + random.nextInt(5);
          boolean passing = random.nextBoolean();
          event("a run with a failure of the sink at " + call + " " + n + ", passing: " + passing);
          FailingSink.Action action = passing ? FailingSink.deadlock() : FailingSink.diskFull();
          FailingSink failing = new FailingSink(world.sink);
          RunReport unused =
              world.run(
                  random.nextBoolean()
                      ? failing.before(call, n, action)
                      : failing.after(call, n, action));
          // The process has ended: what its sink held unflushed is gone.
          world.sink.processDied();
        }
        case 5 -> {
          event("reset of all");
          try (Replicator replicator = world.replicator(world.source, world.store).build()) {
            replicator.resetAll();
          }
        }
        case 6 -> {
          String name = "extra" + columns++;
          event("column " + name + " added to " + table.name());
          world.source.addColumn(table, Column.of(name, new DataType.Text(), "text"));
        }
        default -> {
          event("a run with changes of rows while it reads");
          world.source.once(Moment.beforeBatch(table, 2), () -> changeARow(table));
          world.source.once(Moment.open(table), () -> changeARow(table));
          world.run().throwIfFailed();
          world.source.calm();
        }
      }
    }

    private void check() {
      assertThat(world.sink.violations()).isEmpty();
      assertThat(world.source.openReaders()).isZero();
      assertThat(world.source.openSessions()).isZero();
      for (TableId table : tables) {
        assertThat(world.sink.upserted(table).stream().map(Schedule::core).toList())
            .as("rows of %s", table)
            .containsExactlyInAnyOrderElementsOf(
                world.source.rows(table).stream().map(Schedule::core).toList());
      }
    }

    /** A row without the columns that were added when it had long been delivered. */
    private static List<Object> core(Map<String, Object> row) {
      List<Object> core = new ArrayList<>();
      core.add(row.get("id"));
      core.add(row.get("key"));
      core.add(row.get("text"));
      return core;
    }
  }
}
