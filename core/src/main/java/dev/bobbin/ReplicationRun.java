package dev.bobbin;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.CatalogDifference;
import dev.bobbin.catalog.TableDifference;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.StateException;
import dev.bobbin.error.TunnelException;
import dev.bobbin.internal.Cancellation;
import dev.bobbin.internal.Crew;
import dev.bobbin.internal.MemoryBudget;
import dev.bobbin.internal.Planner;
import dev.bobbin.internal.ReplicatorState;
import dev.bobbin.internal.RunSettings;
import dev.bobbin.internal.SinkGate;
import dev.bobbin.internal.StallWatch;
import dev.bobbin.internal.TableEvents;
import dev.bobbin.internal.TableRun;
import dev.bobbin.internal.TableTally;
import dev.bobbin.plan.Plan;
import dev.bobbin.plan.TablePlan;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.Selection;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.sink.TableLoad;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.state.StateLease;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run: connects, plans, copies the tables side by side, and reports. */
final class ReplicationRun {

  private static final Logger LOG = LoggerFactory.getLogger(ReplicationRun.class);
  private static final Duration RENEWAL = Duration.ofSeconds(10);
  private static final int MAX_FAILED_RENEWALS = 3;

  private final SourceDialect dialect;
  private final RunSettings settings;
  private final ReplicatorState state;
  private final StateLease lease;
  private final int parallelism;
  private final ListenerGroup listeners;
  private final Executor executor;
  private final Cancellation cancellation;
  private final Map<TableId, RunReport.TableReport> reports = new LinkedHashMap<>();
  private volatile @Nullable Error fatal;
  private volatile @Nullable StateException leaseLost;
  private volatile boolean stateLost;

  ReplicationRun(
      SourceDialect dialect,
      RunSettings settings,
      ReplicatorState state,
      StateLease lease,
      int parallelism,
      ListenerGroup listeners,
      Executor executor,
      Cancellation cancellation) {
    this.dialect = dialect;
    this.settings = settings;
    this.state = state;
    this.lease = lease;
    this.parallelism = parallelism;
    this.listeners = listeners;
    this.executor = executor;
    this.cancellation = cancellation;
  }

  RunReport run(Selection selection, @Nullable Plan earlier, RecordSink sink) {
    Instant started = settings.clock().instant();
    long begin = System.nanoTime();
    StallWatch stallWatch = new StallWatch(settings.stallTimeout());
    Plan plan;
    boolean interrupted;
    try (Attendant attendant = new Attendant(stallWatch, Thread.currentThread())) {
      attendant.start();
      plan = follow(selection, earlier, new SinkGate(sink), stallWatch);
    } finally {
      interrupted = Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    Error error = fatal;
    if (error != null) {
      throw error;
    }
    RunReport report =
        new RunReport(
            started,
            Duration.ofNanos(System.nanoTime() - begin),
            List.copyOf(reports.values()),
            plan.difference());
    LOG.info(
        "Replicator {}: {} tables, {} rows in {}",
        settings.id(),
        report.tables().size(),
        report.rows(),
        report.took());
    return report;
  }

  private Plan follow(
      Selection selection, @Nullable Plan earlier, SinkGate sink, StallWatch stallWatch) {
    try (SourceSession session = retrying("connect", () -> dialect.connect(settings.source()))) {
      Catalog catalog =
          retrying(
              "discover",
              () -> session.discover(Planner.databasesOf(selection, session.defaultNamespace())));
      Planner planner = new Planner(state, settings.resetUnfitting(), parallelism);
      Plan plan =
          retrying(
              "plan",
              () ->
                  earlier == null
                      ? planner.plan(catalog, selection, session)
                      : planner.planAgain(catalog, narrowed(earlier, catalog), session));
      listeners.tell(l -> l.onPlan(plan));
      if (!plan.difference().isEmpty()) {
        listeners.tell(l -> l.onStructureChange(plan.difference()));
      }
      reportGone(earlier, plan);
      plan.tables().forEach(t -> reports.put(t.table(), untouched(t)));
      cancellation.add(session);
      try {
        Crew crew = new Crew(executor, parallelism);
        crew.share(
            new Tables(
                plan,
                earlier,
                new TableRun.Shared(
                    settings,
                    session,
                    state,
                    sink,
                    executor,
                    crew,
                    new MemoryBudget(settings.budget()),
                    cancellation,
                    stallWatch,
                    planner)));
      } finally {
        cancellation.remove(session);
      }
      if (leaseLost == null && fatal == null && !stateLost) {
        rememberTables(catalog);
      }
      return plan;
    }
  }

  /** Nothing is lost without it but what the next run says of new and dropped tables. */
  private void rememberTables(Catalog catalog) {
    try {
      state.rememberTables(settings.name(), catalog);
    } catch (StateException e) {
      LOG.warn(
          "The list of tables of {} was not saved, so the next run compares with an older one: {}",
          settings.id(),
          e.getMessage());
    }
  }

  /** The plan's tables that still exist. */
  private static Selection narrowed(Plan earlier, Catalog catalog) {
    return Selection.of(
        earlier.tables().stream()
            .filter(t -> catalog.table(t.table()).isPresent())
            .map(t -> t.selection().forTable(t.table()))
            .toList());
  }

  private void reportGone(@Nullable Plan earlier, Plan now) {
    if (earlier == null) {
      return;
    }
    for (TablePlan table : earlier.tables()) {
      if (now.table(table.table()).isEmpty()) {
        SourceException gone =
            new SourceException(
                SourceException.Kind.PERMANENT,
                "Table "
                    + table.table()
                    + " is gone: it was dropped or renamed since the plan was made. Its checkpoint"
                    + " is kept.",
                "Make a new plan; select the new name, or take the table out of the selection.",
                null);
        finish(table, new Outcome(RunReport.Status.FAILED, gone), null, 0, List.of());
      }
    }
  }

  private static RunReport.TableReport untouched(TablePlan table) {
    return report(table, new Outcome(RunReport.Status.CANCELLED, null), null, 0, List.of());
  }

  private record Outcome(RunReport.Status status, @Nullable BobbinException failure) {}

  /** The tables of a plan, each copied by one hand, which others may join. */
  private final class Tables implements Crew.Job {
    private final Queue<TablePlan> waiting;
    private final @Nullable Plan earlier;
    private final TableRun.Shared shared;

    Tables(Plan plan, @Nullable Plan earlier, TableRun.Shared shared) {
      this.waiting = new ConcurrentLinkedQueue<>(plan.tables());
      this.earlier = earlier;
      this.shared = shared;
    }

    @Override
    public boolean step() {
      TablePlan table = cancellation.isRequested() ? null : waiting.poll();
      if (table == null) {
        return false;
      }
      copyTable(table, earlier, shared);
      return true;
    }

    @Override
    public boolean hasMore() {
      return !cancellation.isRequested() && !waiting.isEmpty();
    }

    @Override
    public void hurry() {
      cancellation.request();
    }
  }

  private void copyTable(TablePlan table, @Nullable Plan earlier, TableRun.Shared shared) {
    long begin = System.nanoTime();
    Events events = new Events();
    TableRun run = new TableRun(shared, table, events);
    Outcome outcome;
    try {
      run.run();
      outcome = new Outcome(RunReport.Status.COMPLETED, null);
    } catch (BobbinException e) {
      outcome = new Outcome(RunReport.Status.FAILED, e);
    } catch (Cancellation.Cancelled e) {
      outcome = new Outcome(RunReport.Status.CANCELLED, leaseLost);
    } catch (TableRun.StateLost e) {
      stateLost = true;
      cancellation.request();
      outcome = new Outcome(RunReport.Status.FAILED, e.failure());
    } catch (RuntimeException e) {
      outcome =
          new Outcome(
              RunReport.Status.FAILED,
              new SourceException(
                  SourceException.Kind.PERMANENT,
                  "The copy of table "
                      + table.table()
                      + " failed unexpectedly with "
                      + e.getClass().getName()
                      + "; its checkpoint is where the last saved batch left it.",
                  "This is a defect of Bobbin or of the dialect: please report it with the cause.",
                  e));
    } catch (Error e) {
      fatal = e;
      cancellation.request();
      outcome = new Outcome(RunReport.Status.FAILED, null);
    }
    List<String> notes = new ArrayList<>(run.tally().notes());
    Optional<TablePlan> planned = earlier == null ? Optional.empty() : earlier.table(table.table());
    if (planned.isPresent()
        && !planned
            .get()
            .source()
            .structure()
            .columns()
            .equals(table.source().structure().columns())) {
      notes.add(
          "Planned anew, because the table changed after the plan was made: "
              + table
                  .source()
                  .structure()
                  .differenceFrom(planned.get().source().structure())
                  .describe()
              + ".");
    }
    notes.addAll(events.warnings);
    finish(run.plan(), outcome, run.tally(), System.nanoTime() - begin, notes);
  }

  private void finish(
      TablePlan table,
      Outcome outcome,
      @Nullable TableTally tally,
      long nanos,
      List<String> notes) {
    RunReport.TableReport report = report(table, outcome, tally, nanos, notes);
    synchronized (reports) {
      reports.put(table.table(), report);
    }
    report
        .failure()
        .ifPresent(
            f ->
                LOG.warn(
                    "Table {} of {} failed: {}", table.table(), settings.id(), f.getMessage()));
    listeners.tell(l -> l.onTableFinished(report));
  }

  private static RunReport.TableReport report(
      TablePlan table,
      Outcome outcome,
      @Nullable TableTally tally,
      long nanos,
      List<String> notes) {
    return new RunReport.TableReport(
        table.table(),
        table.method(),
        outcome.status(),
        tally == null ? 0 : tally.loadId(),
        tally == null ? 0 : tally.rows(),
        tally == null ? 0 : tally.bytes(),
        tally == null ? 0 : tally.batches(),
        tally == null ? 0 : tally.retries(),
        Duration.ofNanos(nanos),
        tally == null ? Map.of() : tally.unrepresentable(),
        notes,
        outcome.failure());
  }

  private interface Step<T> {
    T run();
  }

  private <T> T retrying(String what, Step<T> step) {
    for (int failures = 1; ; failures++) {
      try {
        return step.run();
      } catch (SourceException e) {
        if (e.kind() != SourceException.Kind.TRANSIENT) {
          throw e;
        }
        pauseOrThrow(what, failures, e);
      } catch (TunnelException e) {
        if (!e.isRetryable()) {
          throw e;
        }
        pauseOrThrow(what, failures, e);
      }
    }
  }

  private void pauseOrThrow(String what, int failures, BobbinException failure) {
    if (failures > settings.maxRetries() || cancellation.isRequested()) {
      throw failure;
    }
    Duration pause = settings.pause(failures);
    LOG.info("Trying again to {} in {}: {}", what, pause, failure.getMessage());
    cancellation.pause(pause);
    if (cancellation.isRequested()) {
      throw failure;
    }
  }

  /**
   * The run's own thread: looks for silent sources, keeps the lease, and notices that the calling
   * thread was interrupted while it reads from a socket, which does not notice by itself.
   */
  private final class Attendant implements AutoCloseable {
    private final StallWatch stallWatch;
    private final Thread caller;
    private final Thread thread;
    private final CountDownLatch ended = new CountDownLatch(1);
    private int failedRenewals;

    Attendant(StallWatch stallWatch, Thread caller) {
      this.stallWatch = stallWatch;
      this.caller = caller;
      this.thread = new Thread(this::attend, "bobbin-" + settings.id() + "-attendant");
      thread.setDaemon(true);
    }

    void start() {
      thread.start();
    }

    private void attend() {
      long step = Math.max(10, Math.min(1000, settings.stallTimeout().toMillis() / 4));
      long renewed = System.nanoTime();
      while (!isEnded(step)) {
        try {
          if (caller.isInterrupted()) {
            cancellation.request();
          }
          stallWatch.check();
          if (leaseLost == null && System.nanoTime() - renewed >= RENEWAL.toNanos()) {
            renewed = System.nanoTime();
            renew();
          }
        } catch (RuntimeException e) {
          // A reader or a store that fails here must not end the watch over the others.
          LOG.warn("The watch over {} failed with {}", settings.id(), e.getClass().getName());
        }
      }
    }

    private boolean isEnded(long millis) {
      try {
        return ended.await(millis, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        return true; // nobody else knows this thread
      }
    }

    private void renew() {
      try {
        lease.renew();
        failedRenewals = 0;
      } catch (StateException e) {
        if (++failedRenewals < MAX_FAILED_RENEWALS) {
          LOG.info(
              "The lease on the state of {} was not renewed: {}", settings.id(), e.getMessage());
          return; // it lasts for more than one renewal, and every save checks it anyway
        }
        LOG.warn("The lease on the state of {} is lost: {}", settings.id(), e.getMessage());
        leaseLost = e;
        cancellation.request();
      }
    }

    @Override
    public void close() {
      ended.countDown();
      if (joinAnyway(thread)) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Waits for a thread's end; whether the waiting thread was interrupted meanwhile. */
  static boolean joinAnyway(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        return interrupted;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
  }

  private final class Events implements TableEvents {
    private final List<String> warnings = new ArrayList<>();

    @Override
    public void opened(TableLoad load) {
      LOG.info("Copying {}", load);
      listeners.tell(l -> l.onTableStarted(load));
    }

    @Override
    public void delivered(RecordBatch batch, TableTally sofar) {
      long rows = sofar.rows();
      long bytes = sofar.bytes();
      listeners.tell(l -> l.onProgress(batch.table(), rows, bytes));
    }

    @Override
    public void retried(TablePlan plan, int attempt, Duration pause, BobbinException cause) {
      LOG.info("Table {} is tried again in {}: {}", plan.table(), pause, cause.getMessage());
      listeners.tell(l -> l.onRetry(plan.table(), attempt, pause, cause));
    }

    @Override
    public void changed(TableDifference difference) {
      listeners.tell(
          l ->
              l.onStructureChange(
                  new CatalogDifference(List.of(), List.of(), List.of(difference))));
    }

    @Override
    public void warned(TablePlan plan, String sentence) {
      LOG.warn("Table {}: {}", plan.table(), sentence);
      warnings.add(sentence);
      listeners.tell(l -> l.onWarning(plan.table(), sentence));
    }
  }
}
