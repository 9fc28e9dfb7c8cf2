package dev.bobbin.internal;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableDifference;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.SinkException;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.StateException;
import dev.bobbin.error.TunnelException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TablePlan;
import dev.bobbin.plan.TableScan;
import dev.bobbin.record.ColumnVector;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.record.UnrepresentableValues;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.select.ReplicationMethod.NullKeys;
import dev.bobbin.sink.Progress;
import dev.bobbin.sink.TableLoad;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.state.Checkpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Copies one table in one run: decides where it stands, runs its scans, tries again. */
public final class TableRun {

  /** State could not be saved: nothing may go on, lest rows are delivered that nobody remembers. */
  public static final class StateLost extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final StateException failure;

    StateLost(StateException failure) {
      super(failure);
      this.failure = failure;
    }

    /** What happened. */
    public StateException failure() {
      return failure;
    }
  }

  /**
   * What all tables of a run share.
   *
   * @param settings how to run
   * @param session the connected source
   * @param state where the tables stand
   * @param sink where the rows go
   * @param executor for reading ahead
   * @param budget the memory that batches may take
   * @param cancellation the request to stop
   * @param stallWatch looks for silent sources
   * @param planner plans a table anew that has changed
   */
  public record Shared(
      RunSettings settings,
      SourceSession session,
      ReplicatorState state,
      SinkGate sink,
      Executor executor,
      MemoryBudget budget,
      Cancellation cancellation,
      StallWatch stallWatch,
      Planner planner) {}

  /** How often in a row a table is planned anew because its structure changed. */
  private static final int MAX_CHANGES = 5;

  private final Shared shared;
  private final TableEvents events;
  private final TableTally tally = new TableTally();
  private TablePlan plan;
  private TableState state;
  private @Nullable TableLoad opened;
  private int failuresInARow;
  private int changesInARow;
  private boolean planAnew;
  private boolean saidAhead;

  /** The copy of the table of that plan. */
  public TableRun(Shared shared, TablePlan plan, TableEvents events) {
    this.shared = shared;
    this.plan = plan;
    this.events = events;
    this.state = shared.state().table(plan.table());
  }

  /** What has been counted. */
  public TableTally tally() {
    return tally;
  }

  /** The plan as it is now; another than at the beginning where the structure changed. */
  public TablePlan plan() {
    return plan;
  }

  /**
   * Copies the table.
   *
   * @throws BobbinException if the table failed
   * @throws Cancellation.Cancelled if the run was cancelled
   * @throws StateLost if state could not be saved
   */
  public void run() {
    while (true) {
      try {
        stopIfCancelled();
        if (planAnew) {
          planAnew();
        }
        if (plan.refusal().isPresent()) {
          throw plan.refusal().get();
        }
        attempt();
        return;
      } catch (SinkGate.InterruptedSink e) {
        Thread.currentThread().interrupt();
        shared.cancellation().request();
        throw new Cancellation.Cancelled();
      } catch (BobbinException e) {
        stopIfCancelled();
        retryOrThrow(e);
      }
    }
  }

  private void stopIfCancelled() {
    if (Thread.currentThread().isInterrupted()) {
      shared.cancellation().request();
    }
    if (shared.cancellation().isRequested()) {
      throw new Cancellation.Cancelled();
    }
  }

  private void retryOrThrow(BobbinException failure) {
    boolean changed =
        failure instanceof SourceException source
            && source.kind() == SourceException.Kind.STRUCTURE_CHANGED;
    boolean retryable =
        changed
            || (failure instanceof SourceException source
                && source.kind() == SourceException.Kind.TRANSIENT)
            || (failure instanceof SinkException sink && sink.isRetryable())
            || (failure instanceof TunnelException tunnel && tunnel.isRetryable());
    int failures = changed ? ++changesInARow : ++failuresInARow;
    if (!retryable || failures > (changed ? MAX_CHANGES : shared.settings().maxRetries())) {
      throw failure;
    }
    planAnew |= changed;
    Duration pause = changed ? Duration.ZERO : shared.settings().pause(failuresInARow);
    tally.retries++;
    events.retried(plan, failures, pause, failure);
    shared.cancellation().pause(pause);
  }

  private void planAnew() {
    TableId id = plan.table();
    Catalog catalog = shared.session().discover(database -> database.equals(id.parts().get(0)));
    Optional<Table> now = catalog.table(id);
    if (now.isEmpty()) {
      throw new SourceException(
          SourceException.Kind.PERMANENT,
          "Table " + id + " is gone: it was dropped or renamed while it was being copied.",
          "Its checkpoint is kept. Select the new name, or take the table out of the selection.",
          null);
    }
    TableDifference difference = now.get().differenceFrom(plan.source());
    plan = shared.planner().planTable(plan.selection(), now.get(), shared.session());
    tally.notes.add("The structure changed during the run: " + difference.describe() + ".");
    if (!difference.isEmpty()) {
      events.changed(difference);
    }
    opened = null;
    planAnew = false;
  }

  private void attempt() {
    decideWhereItStands();
    boolean isNew = !state.whole();
    announce();
    if (plan.method() instanceof Incremental incremental) {
      runIncremental(incremental);
    } else {
      runScan(new TableScan(plan.delivered(), TableScan.ALL, new ScanRange.WholeTable()));
    }
    if (isNew) {
      shared.sink().complete(load());
      save(state.asWhole());
    }
  }

  private void runIncremental(Incremental incremental) {
    Column key = plan.source().column(incremental.key()).orElseThrow();
    boolean nulls = key.nullable() && wantsNullKeys(incremental);
    boolean onlyOnce = incremental.nullKeys() == NullKeys.FIRST_RUN;
    if (nulls && !onlyOnce) {
      runNullKeys(incremental);
    }
    runScan(
        new TableScan(
            plan.delivered(),
            TableScan.KEY,
            new ScanRange.FromBookmark(
                incremental.key(),
                state.checkpoint(TableScan.KEY).flatMap(Checkpoint::bookmark).orElse(null),
                incremental.overlap())));
    if (nulls && onlyOnce) {
      // Last: a key that is set to NULL meanwhile is then seen, and one that is set to a value is
      // seen by the next run.
      runNullKeys(incremental);
    }
  }

  private void runNullKeys(Incremental incremental) {
    runScan(
        new TableScan(
            plan.delivered(), TableScan.NULL_KEYS, new ScanRange.NullKeyRows(incremental.key())));
  }

  private boolean wantsNullKeys(Incremental incremental) {
    return incremental.nullKeys() != NullKeys.FIRST_RUN
        || state.checkpoint(TableScan.NULL_KEYS).filter(Checkpoint::finished).isEmpty();
  }

  /** Sets {@link #state} from the state store, or the sink where it keeps checkpoints by itself. */
  private void decideWhereItStands() {
    TableId table = plan.table();
    TableState saved = shared.state().table(table);
    Progress progress = shared.sink().progress(table);
    List<Checkpoint> theirs =
        progress.checkpoints().stream()
            .filter(c -> saved.reset() ? c.loadId() > saved.loadId() : c.loadId() >= saved.loadId())
            .toList();
    long newest =
        Math.max(
            saved.loadId(),
            progress.checkpoints().stream().mapToLong(Checkpoint::loadId).max().orElse(0));
    boolean incremental = plan.method() instanceof Incremental;
    boolean begins;
    boolean unfit = shared.settings().resetUnfitting() && shared.planner().isUnfit(plan);
    StateException theirsUnfit = shared.planner().unfit(plan, theirs);
    if (theirsUnfit != null && !saved.reset() && !unfit) {
      if (!shared.settings().resetUnfitting()) {
        throw theirsUnfit;
      }
      unfit = true;
    }
    if (!incremental || saved.reset() || unfit || (saved.loadId() == 0 && theirs.isEmpty())) {
      begins = true;
    } else if (progress.isTracked() && !theirs.isEmpty()) {
      long load = theirs.stream().max(Comparator.comparingLong(Checkpoint::loadId)).get().loadId();
      state =
          saved.believing(
              load,
              saved.whole() && load == saved.loadId(),
              theirs.stream().filter(c -> c.loadId() == load).toList());
      state = keepFinished(saved, state);
      begins = false;
    } else if (progress.isTracked() && hasDelivered(saved)) {
      // The sink has none of what was delivered: it lost it, and gets it again.
      tally.notes.add("The sink holds no rows of the last load, so a new load begins.");
      begins = true;
    } else {
      state = saved;
      begins = false;
    }
    if (begins) {
      long next = newest + (shared.state().isRecovered(table) ? 2 : 1);
      save(saved.load(next, incremental ? TableState.INCREMENTAL : TableState.FULL));
      opened = null;
    } else if (shared.state().isRecovered(table)) {
      tally.notes.add(
          "The table's state was damaged; its previous generation is used, so some rows repeat.");
    }
    tally.loadId = state.loadId();
  }

  private static boolean hasDelivered(TableState saved) {
    return saved.checkpoints().values().stream().anyMatch(c -> c.bookmark().isPresent());
  }

  /** A sink commits checkpoints with rows, so it cannot know of a scan that ended without any. */
  private static TableState keepFinished(TableState saved, TableState theirs) {
    TableState result = theirs;
    for (Checkpoint checkpoint : saved.checkpoints().values()) {
      if (checkpoint.loadId() == theirs.loadId() && checkpoint.finished()) {
        Optional<Checkpoint> known = theirs.checkpoint(checkpoint.scan());
        result = result.with(known.map(Checkpoint::asFinished).orElse(checkpoint));
      }
    }
    return result;
  }

  private TableLoad load() {
    return new TableLoad(
        plan.delivered(),
        state.loadId(),
        plan.method(),
        plan.identity(),
        shared
            .state()
            .structure(plan.table())
            .map(before -> plan.delivered().differenceFrom(before.delivered()))
            .filter(difference -> !difference.isEmpty())
            .orElse(null),
        state.whole());
  }

  /** Tells the sink of the table, once per load and structure in a run. */
  private void announce() {
    TableLoad now = load();
    TableLoad before = opened;
    if (before != null && before.loadId() == now.loadId()) {
      return;
    }
    shared.sink().open(now);
    opened = now;
    remember(new ReplicatorState.Structure(plan.source(), plan.delivered()));
    events.opened(now);
  }

  private void runScan(TableScan scan) {
    try (ScanRun run = new ScanRun(scan)) {
      run.run();
    }
  }

  private void save(TableState next) {
    try {
      shared.state().save(next);
    } catch (StateException e) {
      throw new StateLost(e);
    }
    state = next;
  }

  private void remember(ReplicatorState.Structure structure) {
    boolean known =
        shared
            .state()
            .structure(plan.table())
            .filter(before -> structure.source().differenceFrom(before.source()).isEmpty())
            .filter(before -> structure.delivered().differenceFrom(before.delivered()).isEmpty())
            .isPresent();
    if (known) {
      return;
    }
    try {
      shared.state().saveStructure(structure);
    } catch (StateException e) {
      throw new StateLost(e);
    }
  }

  /** One scan: reads, drops what was delivered before, hands over, remembers. */
  private final class ScanRun implements AutoCloseable {
    private final TableScan scan;
    private final ReadAhead reader;
    private final @Nullable SeenRows seen;
    private @Nullable Checkpoint unflushed;
    private long unflushedBytes;
    private long lastFlush = System.nanoTime();

    ScanRun(TableScan scan) {
      this.scan = scan;
      if (scan.range() instanceof ScanRange.FromBookmark range) {
        Column key = scan.table().column(range.key()).orElseThrow();
        seen =
            new SeenRows(
                shared.state().digestKey(),
                state.checkpoint(scan.name()).orElse(null),
                range,
                scan.table().columns().indexOf(key),
                key.keySupport());
      } else {
        seen = null;
      }
      reader =
          new ReadAhead(
              shared.session().open(scan),
              shared.executor(),
              shared.budget(),
              shared.settings().source().batchBytes(),
              shared.cancellation(),
              shared.stallWatch());
    }

    void run() {
      try {
        while (step()) {
          stopIfCancelled();
        }
      } catch (Cancellation.Cancelled e) {
        flush();
        throw e;
      }
      flush();
      Checkpoint last = state.checkpoint(scan.name()).orElse(null);
      if (last == null) {
        last = checkpoint(List.of(), true);
      } else if (seen != null && seen.metAny()) {
        // Now it is known that no more rows at the bookmark come. Where the source showed none, as
        // a replica does that lags behind, what was delivered before still is.
        last = checkpoint(seen.seen(true), true);
      }
      Checkpoint finished = last.asFinished();
      if (!state.checkpoint(scan.name()).filter(finished::equals).isPresent()) {
        save(state.with(finished));
      }
    }

    private Checkpoint checkpoint(List<String> seenRows, boolean finished) {
      return new Checkpoint(
          plan.table(),
          state.loadId(),
          scan.name(),
          seen == null ? null : seen.bookmark(),
          seenRows,
          finished);
    }

    /** Reads and delivers a batch; nothing refers to it afterwards, so that its memory is free. */
    private boolean step() {
      ReadAhead.Charged charged = next();
      try {
        if (charged.batch().isEmpty()) {
          return false;
        }
        if (charged.bytes() <= shared.settings().source().batchBytes()) {
          reader.start(); // but never a second huge row beside one
        }
        deliver(charged.batch().get());
        return true;
      } finally {
        reader.release(charged);
      }
    }

    private ReadAhead.Charged next() {
      while (true) {
        try {
          ReadAhead.Charged charged = reader.next(untilFlush());
          if (charged != null) {
            return charged;
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
          stopIfCancelled(); // a reader that was cancelled may fail in any way
          throw e;
        }
        stopIfCancelled();
        flushIfDue();
      }
    }

    private long untilFlush() {
      return unflushed == null
          ? Long.MAX_VALUE
          : Math.max(
              1, lastFlush + shared.sink().durability().time().toNanos() - System.nanoTime());
    }

    private void deliver(SourceBatch batch) {
      warnOfKeysAhead(batch);
      RecordBatch rows = seen == null ? batch.rows() : seen.accept(batch);
      if (rows.rowCount() == 0) {
        return;
      }
      if (scan.range() instanceof ScanRange.NullKeyRows range
          && plan.method() instanceof Incremental incremental
          && incremental.nullKeys() == NullKeys.FAIL) {
        throw new ConfigurationException(
            "Table "
                + plan.table()
                + " holds rows whose replication key "
                + range.key()
                + " is NULL, and nullKeys(FAIL) is set; nothing of it was read.",
            "Fill the column, or choose nullKeys(EVERY_RUN) or nullKeys(FIRST_RUN).");
      }
      countUnrepresentable(rows);
      Checkpoint checkpoint =
          checkpoint(
              seen == null ? List.of() : seen.seen(batch.last()),
              state.checkpoint(scan.name()).filter(Checkpoint::finished).isPresent());
      RecordBatch completing = rows.completing(checkpoint);
      shared.sink().write(completing);
      tally.add(completing);
      if (shared.sink().durability().isOnFlush()) {
        unflushed = checkpoint;
        unflushedBytes += rows.byteSize();
        flushIfDue();
      } else {
        remember(checkpoint);
      }
      events.delivered(completing, tally);
    }

    private void warnOfKeysAhead(SourceBatch batch) {
      if (batch.ahead() > 0 && !saidAhead && scan.range() instanceof ScanRange.FromBookmark range) {
        saidAhead = true;
        events.warned(
            plan,
            "Rows have a replication key ("
                + range.key()
                + ") that lies in the future of the source's clock by more than a day; they are"
                + " delivered, but do not move the bookmark.");
      }
    }

    private void remember(Checkpoint checkpoint) {
      // A full table begins again after an interruption, so there is nothing to go on from.
      if (seen != null) {
        save(state.with(checkpoint));
        failuresInARow = 0;
        changesInARow = 0;
      }
    }

    private void flushIfDue() {
      if (unflushed != null
          && (unflushedBytes >= shared.sink().durability().bytes()
              || System.nanoTime() - lastFlush >= shared.sink().durability().time().toNanos())) {
        flush();
      }
    }

    private void flush() {
      Checkpoint checkpoint = unflushed;
      if (checkpoint != null) {
        shared.sink().flush(plan.table());
        unflushed = null;
        unflushedBytes = 0;
        remember(checkpoint);
      }
      lastFlush = System.nanoTime();
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

    @Override
    public void close() {
      reader.close();
    }
  }
}
