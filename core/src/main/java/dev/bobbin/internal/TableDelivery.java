package dev.bobbin.internal;

import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.StateException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TablePlan;
import dev.bobbin.record.ColumnVector;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.record.UnrepresentableValues;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.select.ReplicationMethod.NullKeys;
import dev.bobbin.state.Checkpoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The way of one table's batches to the sink, and of their checkpoints into the state. Thread-safe:
 * the scans of a table deliver side by side, and come one after the other here, since calls to the
 * sink for one table never overlap.
 */
final class TableDelivery {

  private final TableRun.Shared shared;
  private final TablePlan plan;
  private final TableEvents events;
  private final TableTally tally;
  private final Runnable onProgress;
  private TableState state;
  private final Map<String, Checkpoint> unflushed = new LinkedHashMap<>();
  private long unflushedBytes;

  // Read without the lock too, which is held while the sink writes.
  private volatile boolean holds;
  private volatile long lastFlush = System.nanoTime();
  private boolean saidAhead;

  /**
   * Whether the sink has failed: it may have dropped what it took, so nothing more is asked of it.
   */
  private boolean broken;

  /**
   * The delivery of a table that stands there.
   *
   * @param onProgress told, on the delivering thread, when rows are durable and remembered
   */
  TableDelivery(
      TableRun.Shared shared,
      TablePlan plan,
      TableEvents events,
      TableTally tally,
      TableState state,
      Runnable onProgress) {
    this.shared = shared;
    this.plan = plan;
    this.events = events;
    this.tally = tally;
    this.state = state;
    this.onProgress = onProgress;
  }

  TablePlan plan() {
    return plan;
  }

  /** Where the table stands. */
  synchronized TableState state() {
    return state;
  }

  /**
   * Remembers where the table stands.
   *
   * @throws TableRun.StateLost if that fails
   */
  synchronized void save(TableState next) {
    try {
      shared.state().save(next);
    } catch (StateException e) {
      throw new TableRun.StateLost(e);
    }
    state = next;
  }

  /** What the reader of the report should know. */
  synchronized void note(String sentence) {
    if (!tally.notes.contains(sentence)) {
      tally.notes.add(sentence);
    }
  }

  /**
   * Gives rows to the sink, and remembers their checkpoint when they are durable.
   *
   * @param remembered whether the next run can go on from the checkpoint
   */
  synchronized void deliver(RecordBatch rows, Checkpoint checkpoint, boolean remembered) {
    countUnrepresentable(rows);
    RecordBatch completing = rows.completing(checkpoint);
    ask(() -> shared.sink().write(completing));
    tally.add(completing);
    if (!shared.sink().durability().isOnFlush()) {
      remember(checkpoint, remembered);
    } else {
      if (remembered) {
        unflushed.put(checkpoint.scan(), checkpoint);
      }
      unflushedBytes += rows.byteSize();
      holds = true;
      flushIfDue();
    }
    events.delivered(completing, tally);
  }

  private void ask(Runnable call) {
    if (broken) {
      throw new Cancellation.Cancelled();
    }
    broken = true;
    call.run();
    broken = false;
  }

  private void remember(Checkpoint checkpoint, boolean remembered) {
    // A load that begins again after an interruption has nothing to go on from.
    if (remembered) {
      save(state.with(checkpoint));
      onProgress.run();
    }
  }

  /** The nanoseconds until a flush is due; very many where none will be. Waits for nobody. */
  long untilFlush() {
    return !holds
        ? Long.MAX_VALUE
        : Math.max(1, lastFlush + shared.sink().durability().time().toNanos() - System.nanoTime());
  }

  synchronized void flushIfDue() {
    if (unflushedBytes > 0
        && (unflushedBytes >= shared.sink().durability().bytes()
            || System.nanoTime() - lastFlush >= shared.sink().durability().time().toNanos())) {
      flush();
    }
  }

  /** Lets the sink make durable what it took of all scans, and remembers their checkpoints. */
  synchronized void flush() {
    if (unflushedBytes > 0) {
      ask(() -> shared.sink().flush(plan.table()));
      unflushedBytes = 0;
      holds = false;
      if (!unflushed.isEmpty()) {
        TableState next = state;
        for (Checkpoint checkpoint : unflushed.values()) {
          next = next.with(checkpoint);
        }
        unflushed.clear();
        save(next);
        onProgress.run();
      }
    }
    lastFlush = System.nanoTime();
  }

  /** Remembers the end of a scan, if that is news. */
  synchronized void finish(Checkpoint last) {
    Checkpoint finished = last.asFinished();
    if (!state.checkpoint(finished.scan()).filter(finished::equals).isPresent()) {
      save(state.with(finished));
    }
  }

  /** Refuses rows whose replication key is NULL where the policy says so. */
  void checkNullKeys(ScanRange range, RecordBatch rows) {
    if (!(plan.method() instanceof Incremental incremental)
        || incremental.nullKeys() != NullKeys.FAIL
        || range instanceof ScanRange.FromBookmark) {
      return;
    }
    ColumnVector key = rows.column(incremental.key());
    if (range instanceof ScanRange.NullKeyRows
        || IntStream.range(0, rows.rowCount()).anyMatch(key::isNull)) {
      throw new ConfigurationException(
          "Table "
              + plan.table()
              + " holds rows whose replication key "
              + incremental.key()
              + " is NULL or has no order, and nullKeys(FAIL) is set; none of them was delivered.",
          "Fill the column, or choose nullKeys(EVERY_RUN) or nullKeys(FIRST_RUN).");
    }
  }

  /** Says once that keys lie in the future. */
  synchronized void warnOfKeysAhead(String key) {
    if (!saidAhead) {
      saidAhead = true;
      events.warned(
          plan,
          "Rows have a replication key ("
              + key
              + ") that lies in the future of the source's clock by more than a day; they are"
              + " delivered, but do not move the bookmark.");
    }
  }

  private void countUnrepresentable(RecordBatch rows) {
    List<String> firstSeen = new ArrayList<>();
    for (int i = 0; i < rows.columns().size(); i++) {
      ColumnVector vector = rows.column(i);
      int count = vector.unrepresentableCount();
      if (count > 0) {
        String name = vector.column().name();
        if (shared.settings().unrepresentable() == UnrepresentableValues.FAIL) {
          throw new SourceException(
              SourceException.Kind.PERMANENT,
              "Column "
                  + name
                  + " ("
                  + vector.column().nativeType()
                  + ") of table "
                  + plan.table()
                  + " holds a value that "
                  + vector.column().type().javaType().getSimpleName()
                  + " cannot hold, and unrepresentableValues(FAIL) is set; the batch was not"
                  + " delivered.",
              "Mend the rows, leave the column out, or choose NULL_WITH_ORIGINAL.",
              null);
        }
        if (tally.unrepresentable.merge(name, (long) count, Long::sum) == count) {
          firstSeen.add(name);
        }
      }
    }
    for (String name : firstSeen) {
      events.warned(
          plan,
          "Column "
              + name
              + " holds values that its Java type cannot hold; they are NULL with the source's"
              + " text beside them (original(…)).");
    }
  }
}
