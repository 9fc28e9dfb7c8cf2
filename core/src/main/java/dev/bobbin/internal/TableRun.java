package dev.bobbin.internal;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableDifference;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.SinkException;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.StateException;
import dev.bobbin.error.TunnelException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TablePlan;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.select.ReplicationMethod.NullKeys;
import dev.bobbin.sink.Progress;
import dev.bobbin.sink.TableLoad;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.state.Bookmark;
import dev.bobbin.state.Checkpoint;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
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
   * @param crew the hands that copy
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
      Crew crew,
      MemoryBudget budget,
      Cancellation cancellation,
      StallWatch stallWatch,
      Planner planner) {

    /** Ends the calling work if it, or the whole run, was asked to stop. */
    void stopIfCancelled(Cancellation part) {
      if (Thread.currentThread().isInterrupted()) {
        cancellation.request();
      }
      if (part.isRequested() || cancellation.isRequested()) {
        throw new Cancellation.Cancelled();
      }
    }
  }

  /** How often in a row a table is planned anew because its structure changed. */
  private static final int MAX_CHANGES = 5;

  private final Shared shared;
  private final TableEvents events;
  private final TableTally tally = new TableTally();
  private TablePlan plan;
  private TableState state;
  private @Nullable TableLoad opened;
  private final AtomicInteger failuresInARow = new AtomicInteger();
  private final AtomicInteger changesInARow = new AtomicInteger();
  private boolean planAnew;

  /** Whether {@link #state} is of a load that begins now and is not saved yet. */
  private boolean begins;

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
    shared.stopIfCancelled(shared.cancellation());
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
    int failures = (changed ? changesInARow : failuresInARow).incrementAndGet();
    if (!retryable || failures > (changed ? MAX_CHANGES : shared.settings().maxRetries())) {
      throw failure;
    }
    planAnew |= changed;
    Duration pause = changed ? Duration.ZERO : shared.settings().pause(failures);
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
    TableDifference difference = now.get().structure().differenceFrom(plan.source().structure());
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
    if (isNew && isCut()) {
      failOnNullKeys();
      Optional<SourceLoad> load = shared.session().beginLoad(request());
      if (load.isPresent()) {
        try (SourceLoad open = load.get()) {
          runLoad(open);
        }
        return;
      }
    }
    if (begins) {
      save(state);
    }
    announce();
    TableDelivery delivery = delivery();
    if (plan.method() instanceof Incremental incremental) {
      runIncremental(incremental, delivery);
    } else {
      runScan(new TableScan(plan.delivered(), TableScan.ALL, new ScanRange.WholeTable()), delivery);
    }
    state = delivery.state();
    if (isNew) {
      shared.sink().complete(load());
      save(state.asWhole());
    }
  }

  /** Whether the load is cut, or begins: not one that went on in the order of its key. */
  private boolean isCut() {
    return !state.scans().isEmpty() || state.keyCheckpoints().isEmpty();
  }

  private LoadRequest request() {
    return new LoadRequest(
        plan.delivered(),
        plan.method() instanceof Incremental incremental ? incremental : null,
        state.positions(),
        plan.interrupted() == TablePlan.Interrupted.RESUMES,
        plan.readers());
  }

  /** Before any row of a load is delivered, where the policy is to fail. */
  private void failOnNullKeys() {
    if (plan.method() instanceof Incremental incremental
        && incremental.nullKeys() == NullKeys.FAIL
        && isKeyNullable(incremental)) {
      TableDelivery delivery = delivery();
      runNullKeys(incremental, delivery);
      state = delivery.state();
    }
  }

  private void runLoad(SourceLoad load) {
    if (!begins && state.scans().isEmpty()) {
      beginLoad(state.loadId() + 1); // what was interrupted cannot be resumed
    }
    load.restarted()
        .ifPresent(
            reason -> {
              tally.notes.add("The load began again: " + reason);
              beginLoad(state.loadId() + 1);
            });
    if (begins) {
      Map<String, String> scans = new LinkedHashMap<>();
      if (plan.interrupted() == TablePlan.Interrupted.RESUMES) {
        load.scans().forEach(s -> scans.put(s.name(), ((ScanRange.Slice) s.range()).position()));
      }
      save(state.cut(scans));
    }
    announce();
    Incremental incremental = plan.method() instanceof Incremental by ? by : null;
    TableDelivery delivery = delivery();
    new SliceJob(load, plan.readers(), delivery, shared).run();
    state = delivery.state();
    if (incremental != null) {
      state = state.with(nullKeysDelivered());
      if (load.hasKeysAhead()) {
        delivery.warnOfKeysAhead(incremental.key());
      }
      Optional<TableScan> tail = load.tail();
      if (tail.isPresent()) {
        try (ScanRun run =
            new ScanRun(
                tail.get(), load.open(tail.get()), delivery, shared, shared.cancellation())) {
          state = state.with(run.recognise().asFinished());
        }
      } else {
        for (Checkpoint checkpoint : keysDelivered(incremental, load)) {
          state = state.with(checkpoint);
        }
      }
    }
    shared.sink().complete(load());
    save(state.asWhole(load.scans()));
  }

  /**
   * Where the first scans by key go on after a load whose scans each saw a snapshot of their own:
   * where the load began, with the rows known that it has delivered from there on. A family of keys
   * that was not there then begins at its lowest.
   */
  private List<Checkpoint> keysDelivered(Incremental incremental, SourceLoad load) {
    Map<String, Bookmark> starts = load.starts();
    Set<String> families = new TreeSet<>(starts.keySet());
    families.addAll(shared.session().keyFamilies(plan.delivered(), incremental.key()));
    List<String> known = SliceRows.ofLoad(state.checkpoints(load.scans()));
    return families.stream()
        .map(
            family ->
                new Checkpoint(
                    plan.table(),
                    state.loadId(),
                    TableScan.key(family),
                    starts.get(family),
                    known,
                    true))
        .toList();
  }

  /** A load has delivered the rows whose key is NULL with all others. */
  private Checkpoint nullKeysDelivered() {
    return new Checkpoint(plan.table(), state.loadId(), TableScan.NULL_KEYS, null, List.of(), true);
  }

  private TableDelivery delivery() {
    return new TableDelivery(
        shared,
        plan,
        events,
        tally,
        state,
        () -> {
          failuresInARow.set(0);
          changesInARow.set(0);
        });
  }

  private void runIncremental(Incremental incremental, TableDelivery delivery) {
    boolean nulls = isKeyNullable(incremental) && wantsNullKeys(incremental);
    boolean onlyOnce = incremental.nullKeys() == NullKeys.FIRST_RUN;
    if (nulls && !onlyOnce) {
      runNullKeys(incremental, delivery);
    }
    for (String family : shared.session().keyFamilies(plan.delivered(), incremental.key())) {
      runKeys(incremental, family, delivery);
    }
    if (nulls && onlyOnce) {
      // Last: a key that is set to NULL meanwhile is then seen, and one that is set to a value is
      // seen by the next run.
      runNullKeys(incremental, delivery);
    }
  }

  private void runKeys(Incremental incremental, String family, TableDelivery delivery) {
    String scan = TableScan.key(family);
    Optional<Checkpoint> last = state.checkpoint(scan);
    runScan(
        new TableScan(
            plan.delivered(),
            scan,
            new ScanRange.FromBookmark(
                incremental.key(),
                last.flatMap(Checkpoint::bookmark).orElse(null),
                incremental.overlap(),
                last.flatMap(Checkpoint::position).orElse(null))),
        delivery);
  }

  private boolean isKeyNullable(Incremental incremental) {
    return plan.source().column(incremental.key()).orElseThrow().nullable();
  }

  private void runNullKeys(Incremental incremental, TableDelivery delivery) {
    runScan(
        new TableScan(
            plan.delivered(), TableScan.NULL_KEYS, new ScanRange.NullKeyRows(incremental.key())),
        delivery);
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
    boolean unfit = shared.settings().resetUnfitting() && shared.planner().isUnfit(plan);
    StateException theirsUnfit = shared.planner().unfit(plan, theirs);
    if (theirsUnfit != null && !saved.reset() && !unfit) {
      if (!shared.settings().resetUnfitting()) {
        throw theirsUnfit;
      }
      unfit = true;
    }
    begins = false;
    if (saved.reset() || unfit || (saved.loadId() == 0 && theirs.isEmpty()) || !goesOn(saved)) {
      begins = true;
    } else if (progress.isTracked() && !theirs.isEmpty()) {
      long load = theirs.stream().max(Comparator.comparingLong(Checkpoint::loadId)).get().loadId();
      state =
          saved.believing(
              load,
              methodWord(),
              saved.whole() && load == saved.loadId(),
              theirs.stream().filter(c -> c.loadId() == load).toList());
      state = keepFinished(saved, state);
      // How the load was cut that the sink took last stands in a state that is lost.
      begins = load != saved.loadId() && state.keyCheckpoints().isEmpty();
    } else if (progress.isTracked() && hasDelivered(saved)) {
      // The sink has none of what was delivered: it lost it, and gets it again.
      tally.notes.add("The sink holds no rows of the last load, so a new load begins.");
      begins = true;
    } else {
      state = saved;
    }
    if (begins) {
      state = saved;
      beginLoad(newest + (shared.state().isRecovered(table) ? 2 : 1));
    } else if (shared.state().isRecovered(table)) {
      tally.notes.add(
          "The table's state was damaged; its previous generation is used, so some rows repeat.");
    }
    tally.loadId = state.loadId();
  }

  /**
   * Whether what was begun is continued: increments always, a load where the plan can resume it.
   */
  private boolean goesOn(TableState saved) {
    boolean incremental = plan.method() instanceof Incremental;
    if (saved.scans().isEmpty()) {
      return incremental;
    }
    if (plan.interrupted() != TablePlan.Interrupted.RESUMES
        || (!incremental && shared.state().isRecovered(plan.table()))) {
      return false;
    }
    // None is known where the run died before the sink was told of the load.
    boolean changed =
        shared
            .state()
            .structure(plan.table())
            .filter(s -> !plan.delivered().differenceFrom(s.delivered()).isEmpty())
            .isPresent();
    if (changed) {
      tally.notes.add(
          "The load began again: it was interrupted, and the columns to deliver have changed since.");
    }
    return !changed;
  }

  /** Begins a load; it is saved once it is known how it is cut. */
  private void beginLoad(long id) {
    state = state.load(id, methodWord());
    begins = true;
    opened = null;
    tally.loadId = id;
  }

  private String methodWord() {
    return plan.method() instanceof Incremental ? TableState.INCREMENTAL : TableState.FULL;
  }

  private static boolean hasDelivered(TableState saved) {
    return saved.checkpoints().values().stream()
        .anyMatch(c -> c.bookmark().isPresent() || saved.scans().containsKey(c.scan()));
  }

  /** A sink commits checkpoints with rows, so it cannot know of a scan that ended without any. */
  private static TableState keepFinished(TableState saved, TableState theirs) {
    TableState result = theirs;
    for (Checkpoint checkpoint : saved.checkpoints().values()) {
      if (checkpoint.loadId() == theirs.loadId()
          && checkpoint.finished()
          && !saved.scans().containsKey(checkpoint.scan())) {
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
    remember(ReplicatorState.Structure.of(plan.source(), plan.delivered()));
    events.opened(now);
  }

  private void runScan(TableScan scan, TableDelivery delivery) {
    try (ScanRun run =
        new ScanRun(scan, shared.session().open(scan), delivery, shared, shared.cancellation())) {
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
            .filter(
                before ->
                    structure
                        .source()
                        .structure()
                        .differenceFrom(before.source().structure())
                        .isEmpty())
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
}
