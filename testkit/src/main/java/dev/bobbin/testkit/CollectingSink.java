package dev.bobbin.testkit;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.TableId;
import dev.bobbin.record.Record;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.sink.Durability;
import dev.bobbin.sink.Progress;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.sink.TableLoad;
import dev.bobbin.state.Checkpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A sink that keeps what it gets in memory, and is strict about how it is called: a call out of
 * order, or two at the same time that must not be, throws {@link IllegalStateException} and is kept
 * as a {@linkplain #violations() violation}.
 *
 * <p>It stands for the place where rows end up, so it outlives the 'process': give it to one run
 * after the other, and say {@link #processDied()} between them if the first one died. Rows are maps
 * as in {@link InMemorySource}. Thread-safe.
 */
public final class CollectingSink implements RecordSink, CrashPoint.Mortal {

  /** What becomes of batches. */
  private enum Mode {
    ON_WRITE,
    ON_FLUSH
  }

  /**
   * A batch as it was delivered.
   *
   * @param load the load
   * @param checkpoint what it completes
   * @param rows its rows
   */
  public record Delivery(
      TableLoad load, Checkpoint checkpoint, List<Map<String, @Nullable Object>> rows) {}

  private static final class Target {
    @Nullable TableLoad open;
    boolean busy;
    final List<TableLoad> opens = new ArrayList<>();
    final List<Delivery> all = new ArrayList<>();
    final List<Delivery> durable = new ArrayList<>();
    final List<Delivery> waiting = new ArrayList<>();
    final Map<String, Checkpoint> committed = new TreeMap<>();
    final List<TableLoad> completes = new ArrayList<>();
    int flushes;
  }

  private final Mode mode;
  private final long flushBytes;
  private final Duration flushTime;
  private final boolean transactional;
  private final boolean concurrent;
  private final Map<TableId, Target> targets = new TreeMap<>();
  private final List<String> violations = new ArrayList<>();
  private int busy;
  private int deaths;

  /** A sink in which rows are durable when they are written, and that tracks no progress. */
  public CollectingSink() {
    this(Mode.ON_WRITE, 0, Duration.ZERO, false, false);
  }

  private CollectingSink(
      Mode mode, long flushBytes, Duration flushTime, boolean transactional, boolean concurrent) {
    this.mode = mode;
    this.flushBytes = flushBytes;
    this.flushTime = flushTime;
    this.transactional = transactional;
    this.concurrent = concurrent;
  }

  /** A sink like this one, without its rows, in which rows are durable only when flushed. */
  public CollectingSink durableOnFlush(long bytes, Duration time) {
    return new CollectingSink(Mode.ON_FLUSH, bytes, time, transactional, concurrent);
  }

  /**
   * A sink like this one, without its rows, that commits the checkpoint together with the rows and
   * says how far it has come. What is not committed when it is asked for its progress is rolled
   * back.
   */
  public CollectingSink transactional() {
    return new CollectingSink(mode, flushBytes, flushTime, true, concurrent);
  }

  /** A sink like this one, without its rows, that takes several tables at the same time. */
  public CollectingSink concurrentTables() {
    return new CollectingSink(mode, flushBytes, flushTime, transactional, true);
  }

  // What the runner calls

  @Override
  public Progress progress(TableId table) {
    int life = enter(table, "progress");
    try {
      synchronized (this) {
        requireAlive(life);
        if (!transactional) {
          return Progress.notTracked();
        }
        // Asked at the start of every attempt: what the last one left uncommitted is rolled back.
        target(table).waiting.clear();
        Map<String, Checkpoint> committed = target(table).committed;
        return committed.isEmpty() ? Progress.none() : Progress.of(List.copyOf(committed.values()));
      }
    } finally {
      leave(table, life);
    }
  }

  @Override
  public void open(TableLoad load) {
    TableId table = load.table().id();
    int life = enter(table, "open");
    try {
      synchronized (this) {
        requireAlive(life);
        Target target = target(table);
        for (TableLoad before : target.opens) {
          require(
              before.loadId() <= load.loadId(),
              "load " + load.loadId() + " of " + table + " after load " + before.loadId());
        }
        target.open = load;
        target.opens.add(load);
      }
    } finally {
      leave(table, life);
    }
  }

  @Override
  public void write(RecordBatch batch) {
    TableId table = batch.table();
    int life = enter(table, "write");
    try {
      List<Map<String, @Nullable Object>> rows = new ArrayList<>();
      for (Record record : batch) {
        rows.add(Values.row(batch.columns(), record));
      }
      synchronized (this) {
        requireAlive(life);
        Target target = target(table);
        TableLoad load = target.open;
        if (load == null) {
          throw violation("a batch of " + table + " before the table was opened");
        }
        Checkpoint checkpoint = batch.checkpoint();
        require(!rows.isEmpty(), "a batch of " + table + " without rows");
        require(
            checkpoint.table().equals(table),
            "a batch of " + table + " with a checkpoint of " + checkpoint.table());
        require(
            checkpoint.loadId() == load.loadId(),
            "a batch of "
                + table
                + " of load "
                + checkpoint.loadId()
                + " while load "
                + load.loadId()
                + " is open");
        require(
            names(batch.columns()).equals(names(load.table().columns())),
            "a batch of "
                + table
                + " with columns "
                + names(batch.columns())
                + ", opened with "
                + names(load.table().columns()));
        Delivery delivery = new Delivery(load, checkpoint, List.copyOf(rows));
        target.all.add(delivery);
        if (mode == Mode.ON_WRITE) {
          makeDurable(target, delivery);
        } else {
          target.waiting.add(delivery);
        }
      }
    } finally {
      leave(table, life);
    }
  }

  @Override
  public void flush(TableId table) {
    int life = enter(table, "flush");
    try {
      synchronized (this) {
        requireAlive(life);
        require(mode == Mode.ON_FLUSH, "a flush of a sink that is durable on write");
        Target target = target(table);
        target.flushes++;
        target.waiting.forEach(delivery -> makeDurable(target, delivery));
        target.waiting.clear();
      }
    } finally {
      leave(table, life);
    }
  }

  private static void makeDurable(Target target, Delivery delivery) {
    target.durable.add(delivery);
    Checkpoint checkpoint = delivery.checkpoint();
    target.committed.values().removeIf(c -> c.loadId() < checkpoint.loadId());
    target.committed.put(checkpoint.scan(), checkpoint);
  }

  @Override
  public void complete(TableLoad load) {
    TableId table = load.table().id();
    int life = enter(table, "complete");
    try {
      synchronized (this) {
        requireAlive(life);
        Target target = target(table);
        TableLoad open = target.open;
        require(
            open != null && open.loadId() == load.loadId(),
            "load " + load.loadId() + " of " + table + " is complete but not open");
        require(
            target.waiting.isEmpty(),
            "load " + load.loadId() + " of " + table + " is complete but not flushed");
        target.completes.add(load);
      }
    } finally {
      leave(table, life);
    }
  }

  @Override
  public Durability durability() {
    return mode == Mode.ON_FLUSH ? Durability.onFlush(flushBytes, flushTime) : Durability.ON_WRITE;
  }

  @Override
  public boolean concurrent() {
    return concurrent;
  }

  /** Forgets what the process held in memory only: rows not flushed, tables open. */
  @Override
  public synchronized void processDied() {
    deaths++;
    busy = 0;
    for (Target target : targets.values()) {
      target.waiting.clear();
      target.open = null;
      target.busy = false;
    }
  }

  private synchronized int enter(TableId table, String call) {
    Target target = target(table);
    require(!target.busy, call + " of " + table + " while another call for it goes on");
    require(concurrent || busy == 0, call + " of " + table + " while another table's call goes on");
    target.busy = true;
    busy++;
    return deaths;
  }

  /** A call that was under way when the process died does nothing any more. */
  private synchronized void requireAlive(int life) {
    if (life != deaths) {
      throw new IllegalStateException("the process died during the call");
    }
  }

  private synchronized void leave(TableId table, int life) {
    if (life == deaths) {
      target(table).busy = false;
      busy--;
    }
  }

  private Target target(TableId table) {
    return targets.computeIfAbsent(table, t -> new Target());
  }

  private static List<String> names(List<Column> columns) {
    return columns.stream().map(Column::name).toList();
  }

  private synchronized void require(boolean holds, String violation) {
    if (!holds) {
      throw violation(violation);
    }
  }

  private synchronized IllegalStateException violation(String what) {
    violations.add(what);
    return new IllegalStateException(what);
  }

  // What a test can ask

  /** The calls that were out of order. */
  public synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  /** The tables that the sink heard of. */
  public synchronized Set<TableId> tables() {
    return Set.copyOf(targets.keySet());
  }

  /** All batches of a table that were written, in order, durable or not. */
  public synchronized List<Delivery> deliveries(TableId table) {
    return List.copyOf(target(table).all);
  }

  /** All rows of a table that were made durable, in order, repeated ones included. */
  public synchronized List<Map<String, @Nullable Object>> rows(TableId table) {
    return target(table).durable.stream().flatMap(d -> d.rows().stream()).toList();
  }

  /** All rows of one load of a table that were made durable, in order. */
  public synchronized List<Map<String, @Nullable Object>> rows(TableId table, long loadId) {
    return target(table).durable.stream()
        .filter(d -> d.load().loadId() == loadId)
        .flatMap(d -> d.rows().stream())
        .toList();
  }

  /** How often each row of a table was made durable, by all its values. */
  public synchronized Map<Map<String, @Nullable Object>, Integer> timesDelivered(TableId table) {
    Map<Map<String, @Nullable Object>, Integer> times = new LinkedHashMap<>();
    rows(table).forEach(row -> times.merge(row, 1, Integer::sum));
    return times;
  }

  /** The calls of {@code open} for a table, in order. */
  public synchronized List<TableLoad> opens(TableId table) {
    return List.copyOf(target(table).opens);
  }

  /** The calls of {@code complete} for a table, in order. */
  public synchronized List<TableLoad> completes(TableId table) {
    return List.copyOf(target(table).completes);
  }

  /** The number of calls of {@code flush} for a table. */
  public synchronized int flushes(TableId table) {
    return target(table).flushes;
  }

  /** The ids of the loads of a table that were opened, ascending and each once. */
  public synchronized List<Long> loadIds(TableId table) {
    return target(table).opens.stream().map(TableLoad::loadId).distinct().sorted().toList();
  }

  /**
   * The rows that a reader of the sink would see, were it a sink that keeps versions and upserts:
   * those of the latest load that is complete (of the latest at all, if none is), in which a later
   * row replaces an earlier one of the same identity. Where there is no identity, all of them.
   */
  public synchronized Collection<Map<String, @Nullable Object>> upserted(TableId table) {
    Target target = target(table);
    Optional<Long> complete = target.completes.stream().map(TableLoad::loadId).max(Long::compare);
    Optional<Long> latest = target.opens.stream().map(TableLoad::loadId).max(Long::compare);
    return complete
        .or(() -> latest)
        .map(
            load -> merged(target.durable.stream().filter(d -> d.load().loadId() == load).toList()))
        .orElse(List.of());
  }

  /**
   * The rows that a reader of the sink would see, were it one that only upserts and never swaps or
   * deletes: those of all loads, in which a later row replaces an earlier one of the same identity.
   */
  public synchronized Collection<Map<String, @Nullable Object>> merged(TableId table) {
    return merged(target(table).durable);
  }

  private static Collection<Map<String, @Nullable Object>> merged(List<Delivery> deliveries) {
    Map<Object, Map<String, @Nullable Object>> byIdentity = new LinkedHashMap<>();
    for (Delivery delivery : deliveries) {
      List<String> identity = delivery.load().identity();
      for (Map<String, @Nullable Object> row : delivery.rows()) {
        List<@Nullable Object> key = new ArrayList<>();
        identity.forEach(column -> key.add(row.get(column)));
        byIdentity.put(identity.isEmpty() ? new Object() : key, row);
      }
    }
    return List.copyOf(byIdentity.values());
  }

  /** Whether two collections hold the same rows, each as often, in whatever order. */
  static boolean sameRows(
      Collection<Map<String, @Nullable Object>> a, Collection<Map<String, @Nullable Object>> b) {
    if (a.size() != b.size()) {
      return false;
    }
    Map<Map<String, @Nullable Object>, Integer> counts = new LinkedHashMap<>();
    a.forEach(row -> counts.merge(row, 1, Integer::sum));
    for (Map<String, @Nullable Object> row : b) {
      Integer left = counts.get(row);
      if (left == null || left == 0) {
        return false;
      }
      counts.put(row, left - 1);
    }
    return true;
  }

  /** The number of different rows that were made durable more than once, of one table. */
  public synchronized int repeatedRows(TableId table) {
    Set<Map<String, @Nullable Object>> once = new HashSet<>();
    int repeated = 0;
    for (Map<String, @Nullable Object> row : rows(table)) {
      if (!once.add(row)) {
        repeated++;
      }
    }
    return repeated;
  }
}
