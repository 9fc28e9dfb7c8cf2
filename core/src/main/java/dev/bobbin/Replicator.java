package dev.bobbin;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.TableId;
import dev.bobbin.check.CheckReport;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.StateException;
import dev.bobbin.error.TunnelException;
import dev.bobbin.internal.Cancellation;
import dev.bobbin.internal.Planner;
import dev.bobbin.internal.ReplicatorName;
import dev.bobbin.internal.ReplicatorState;
import dev.bobbin.internal.RunSettings;
import dev.bobbin.internal.SourceCheck;
import dev.bobbin.internal.TableState;
import dev.bobbin.plan.Plan;
import dev.bobbin.record.UnrepresentableValues;
import dev.bobbin.select.Selection;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.SourceSettings;
import dev.bobbin.spi.TunnelProvider;
import dev.bobbin.state.MemoryStateStore;
import dev.bobbin.state.StateLease;
import dev.bobbin.state.StateStore;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Copies data out of a source into a sink: first everything, then, for incremental tables, only
 * what is new.
 *
 * <pre>{@code
 * try (Replicator replicator = Replicator.from(PostgresDialect.at("db", 5432, "shop").login("etl", password))
 *     .named("Shop orders")
 *     .rememberIn(FileStateStore.at(stateDir))
 *     .build()) {
 *   RunReport report = replicator.replicate(
 *       Selection.of(table("public.orders").incrementalBy("updated_at"), table("public.countries")),
 *       batch -> warehouse.append(batch));
 *   report.throwIfFailed();
 * }
 * }</pre>
 *
 * <p>Connections are open only during a call; the state's lease is held only during a run or reset.
 * Thread-safe, but one run at a time: a second one is refused by the lease. {@link #close()} ends a
 * run that another thread is in.
 */
public final class Replicator implements AutoCloseable {

  private final SourceDialect dialect;
  private final RunSettings settings;
  private final StateStore store;
  private final int parallelism;
  private final List<ReplicatorListener> listeners;
  private final Executor executor;
  private final @Nullable ExecutorService owned;
  private final Object lifecycle = new Object();
  private final List<Cancellation> active = new ArrayList<>();
  private final Set<Thread> made = ConcurrentHashMap.newKeySet();
  private final ThreadLocal<Integer> depth = ThreadLocal.withInitial(() -> 0);
  private boolean closed;

  private Replicator(Builder builder) {
    dialect = builder.dialect;
    settings = builder.settings();
    store = builder.store;
    parallelism = builder.parallelism;
    listeners = List.copyOf(builder.listeners);
    if (builder.executor != null) {
      executor = builder.executor;
      owned = null;
    } else {
      owned = threads(settings.id());
      executor = owned;
    }
  }

  private ExecutorService threads(String id) {
    AtomicInteger number = new AtomicInteger();
    return new ThreadPoolExecutor(
        0,
        Integer.MAX_VALUE,
        1,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        task -> {
          Thread thread = new Thread(task, "bobbin-" + id + "-" + number.incrementAndGet());
          thread.setDaemon(true);
          made.removeIf(t -> t.getState() == Thread.State.TERMINATED);
          made.add(thread);
          return thread;
        });
  }

  /** Begins to describe a replicator of that source. */
  public static Builder from(SourceDialect dialect) {
    return new Builder(dialect);
  }

  /** The id that was made of the name; state is kept under it. */
  public String id() {
    return settings.id();
  }

  /**
   * Structure sync: all tables in all databases that the user can enter.
   *
   * @throws SourceException if the source cannot be read
   * @throws TunnelException if the tunnel cannot be opened
   */
  public Catalog discover() {
    return withSession(session -> session.discover(database -> true));
  }

  /**
   * Tries the way to the source, step by step, and tells what works, what does not, and what to do
   * about it. Changes nothing anywhere, and uses two connections to the source at most.
   *
   * @return what was found, failures included: they are not thrown
   * @throws CancellationException if the thread was interrupted; it stays so
   */
  public CheckReport check() {
    return check(Selection.of());
  }

  /**
   * The same, and whether the tables and columns of a selection are there and can be read: where
   * they cannot, the statements that let the user read them.
   *
   * @return what was found, failures included: they are not thrown
   * @throws CancellationException if the thread was interrupted; it stays so
   */
  public CheckReport check(Selection selection) {
    Objects.requireNonNull(selection);
    Cancellation cancellation = begin();
    try {
      return new SourceCheck(dialect, settings, parallelism, cancellation).run(selection);
    } finally {
      end(cancellation);
    }
  }

  /**
   * What a run over the selection would do. Reads the structure and the state, and no row.
   *
   * @throws ConfigurationException if the selection names what does not exist
   * @throws SourceException if the source cannot be read
   * @throws StateException if the state cannot be read
   */
  public Plan plan(Selection selection) {
    return withSession(
        session -> {
          ReplicatorState state = ReplicatorState.of(id(), settings.name(), store.read(id()), null);
          Catalog catalog =
              session.discover(Planner.databasesOf(selection, session.defaultNamespace()));
          return new Planner(state, settings.resetUnfitting(), parallelism)
              .plan(catalog, selection, session);
        });
  }

  /**
   * Copies the tables of a plan. Structure and checkpoints are read again first: a table that has
   * changed since the plan was made is planned anew, and the report says so; a table that is gone
   * fails.
   *
   * <p>One table's failure does not stop the others: it stands in the report.
   *
   * @throws SourceException if the source cannot be reached at all
   * @throws StateException if the state cannot be read or another run holds it
   */
  public RunReport run(Plan plan, RecordSink sink) {
    return run(plan.selection(), plan, sink);
  }

  /**
   * Structure sync, plan and run in one.
   *
   * @throws ConfigurationException if the selection names what does not exist; nothing was read
   * @throws SourceException if the source cannot be reached at all
   * @throws StateException if the state cannot be read or another run holds it
   */
  public RunReport replicate(Selection selection, RecordSink sink) {
    return run(selection, null, sink);
  }

  private RunReport run(Selection selection, @Nullable Plan plan, RecordSink sink) {
    Objects.requireNonNull(sink);
    Cancellation cancellation = begin();
    AtomicReference<@Nullable RunReport> report = new AtomicReference<>();
    try {
      inside(() -> report.set(run(selection, plan, sink, cancellation)));
    } finally {
      end(cancellation);
    }
    return Objects.requireNonNull(report.get());
  }

  private RunReport run(
      Selection selection, @Nullable Plan plan, RecordSink sink, Cancellation cancellation) {
    try (StateLease lease = store.lease(id())) {
      ReplicatorState state = ReplicatorState.of(id(), settings.name(), store.read(id()), lease);
      return new ReplicationRun(
              dialect,
              settings,
              state,
              lease,
              parallelism,
              new ListenerGroup(listeners),
              task -> executor.execute(() -> inside(task)),
              cancellation)
          .run(selection, plan, sink);
    }
  }

  /** Works as a part of a run, so that {@link #close()} does not wait for its own caller. */
  private void inside(Runnable work) {
    depth.set(depth.get() + 1);
    try {
      work.run();
    } finally {
      depth.set(depth.get() - 1);
    }
  }

  /**
   * Makes the next run begin a new load of that table: everything is read again, under a greater
   * load id.
   *
   * @param table the full name, or one completed by the source's default database and schema as in
   *     a selection: it must name a table that has state
   * @throws ConfigurationException if there is no state for it
   * @throws StateException if the state cannot be changed
   */
  public void reset(TableId table) {
    reset(
        state -> state.tables().stream().filter(t -> t.table().endsWith(table)).toList(),
        "Replicator " + id() + " has no state of table " + table + ".");
  }

  /**
   * The same for a name in the form that {@link TableId#parse} reads.
   *
   * @throws ConfigurationException if there is no state for it
   * @throws StateException if the state cannot be changed
   */
  public void reset(String table) {
    reset(TableId.parse(table));
  }

  /**
   * Makes the next run begin a new load of every table.
   *
   * @throws StateException if the state cannot be changed
   */
  public void resetAll() {
    reset(ReplicatorState::tables, null);
  }

  private void reset(Function<ReplicatorState, List<TableState>> which, @Nullable String ifNone) {
    Cancellation cancellation = begin();
    try (StateLease lease = store.lease(id())) {
      ReplicatorState state = ReplicatorState.of(id(), settings.name(), store.read(id()), lease);
      List<TableState> tables = which.apply(state);
      if (ifNone != null && tables.size() != 1) {
        throw new ConfigurationException(
            tables.isEmpty()
                ? ifNone
                : "Several tables with state have that name: "
                    + tables.stream().map(TableState::table).toList()
                    + ".",
            "The tables with state are: "
                + state.tables().stream().map(t -> t.table().toString()).sorted().toList()
                + ".");
      }
      tables.forEach(table -> state.save(table.asReset()));
    } finally {
      end(cancellation);
    }
  }

  private <T> T withSession(Function<SourceSession, T> work) {
    Cancellation cancellation = begin();
    try (SourceSession session = dialect.connect(settings.source())) {
      return work.apply(session);
    } finally {
      end(cancellation);
    }
  }

  private Cancellation begin() {
    Cancellation cancellation = new Cancellation();
    synchronized (lifecycle) {
      if (closed) {
        throw new IllegalStateException("the replicator " + id() + " is closed");
      }
      active.add(cancellation);
    }
    return cancellation;
  }

  private void end(Cancellation cancellation) {
    synchronized (lifecycle) {
      active.remove(cancellation);
      lifecycle.notifyAll();
    }
  }

  /**
   * Ends everything: a run in another thread is cancelled (the batch that is with the sink is
   * finished and its checkpoint saved), and waited for. Afterwards no thread and no connection is
   * left. Called from within a run (by a sink or listener), it only cancels. Closing twice does
   * nothing.
   */
  @Override
  public void close() {
    boolean interrupted = false;
    List<Cancellation> toCancel;
    synchronized (lifecycle) {
      closed = true;
      toCancel = List.copyOf(active);
    }
    toCancel.forEach(Cancellation::request);
    if (depth.get() > 0) {
      return;
    }
    synchronized (lifecycle) {
      while (!active.isEmpty()) {
        try {
          lifecycle.wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (owned != null) {
      owned.shutdown();
      // A pool calls itself terminated while its last thread is still on its way out.
      for (Thread thread : made) {
        interrupted |= ReplicationRun.joinAnyway(thread);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Describes a replicator. Each setting has a default; contradictions are refused by {@link
   * #build()}. Not thread-safe.
   */
  public static final class Builder {

    private static final long DEFAULT_BATCH_BYTES = 8L << 20;
    private static final long LEAST_BATCH_BYTES = 1024;
    private static final Duration LONGEST = Duration.ofDays(20);

    private final SourceDialect dialect;
    private @Nullable String name;
    private @Nullable TunnelProvider tunnel;
    private StateStore store = new MemoryStateStore();
    private boolean remembers;
    private int parallelism = 2;
    private long batchBytes = DEFAULT_BATCH_BYTES;
    private int batchRows = 100_000;
    private long memoryBudget = Runtime.getRuntime().maxMemory() / 4;
    private long maxRowBytes;
    private RetryPolicy retry = RetryPolicy.DEFAULT;
    private Duration stallTimeout = Duration.ofMinutes(30);
    private Duration lockTimeout = Duration.ofSeconds(30);
    private Duration connectTimeout = Duration.ofSeconds(30);
    private UnrepresentableValues unrepresentable = UnrepresentableValues.NULL_WITH_ORIGINAL;
    private boolean resetUnfitting;
    private @Nullable Executor executor;
    private Clock clock = Clock.systemUTC();
    private final List<ReplicatorListener> listeners = new ArrayList<>();

    private Builder(SourceDialect dialect) {
      this.dialect = Objects.requireNonNull(dialect);
    }

    /**
     * The name of the integration. Its id is the name in lower case with one underscore for every
     * run of other characters ("Stitch RDS" has the id {@code stitch_rds}); once there is state
     * under an id, the name is fixed.
     */
    public Builder named(String name) {
      this.name = Objects.requireNonNull(name);
      return this;
    }

    /** How to reach the source; directly unless said. */
    public Builder through(TunnelProvider tunnel) {
      this.tunnel = Objects.requireNonNull(tunnel);
      return this;
    }

    /** Where checkpoints are kept; in memory, and lost with this replicator, unless said. */
    public Builder rememberIn(StateStore store) {
      this.store = Objects.requireNonNull(store);
      remembers = true;
      return this;
    }

    /**
     * How many scans are read at the same time, over all tables; 2 unless said. Tables are copied
     * side by side, and once there are fewer tables left than readers, several readers share the
     * load of a table where its source allows it. The source is asked for one connection more than
     * this at most, per database.
     */
    public Builder parallelism(int readers) {
      if (readers < 1 || readers > 256) {
        throw new IllegalArgumentException("parallelism is 1 to 256, not " + readers);
      }
      this.parallelism = readers;
      return this;
    }

    /**
     * The size at which a batch is closed, 8 MiB unless said; less where the memory budget is less
     * than two such batches for each reader and one more.
     */
    public Builder batchBytes(long bytes) {
      if (bytes < LEAST_BATCH_BYTES || bytes > 1 << 30) {
        throw new IllegalArgumentException("batchBytes is 1 KiB to 1 GiB, not " + bytes);
      }
      this.batchBytes = bytes;
      return this;
    }

    /** The number of rows at which a batch is closed; 100,000 unless said. */
    public Builder batchRows(int rows) {
      if (rows < 1) {
        throw new IllegalArgumentException("batchRows is at least 1, not " + rows);
      }
      this.batchRows = rows;
      return this;
    }

    /**
     * The bytes that batches may take over all tables, from reading until the sink has taken them;
     * a quarter of the maximum heap unless said.
     */
    public Builder memoryBudget(long bytes) {
      if (bytes < 3 * LEAST_BATCH_BYTES) {
        throw new IllegalArgumentException("memoryBudget is at least 3 KiB, not " + bytes);
      }
      this.memoryBudget = bytes;
      return this;
    }

    /** The size of a row that is refused; half of the memory budget unless said. */
    public Builder maxRowBytes(long bytes) {
      if (bytes < LEAST_BATCH_BYTES) {
        throw new IllegalArgumentException("maxRowBytes is at least 1 KiB, not " + bytes);
      }
      this.maxRowBytes = bytes;
      return this;
    }

    /** What is tried again, and how often; {@link RetryPolicy#DEFAULT} unless said. */
    public Builder retry(RetryPolicy policy) {
      this.retry = Objects.requireNonNull(policy);
      return this;
    }

    /**
     * How long a source may send (almost) nothing while a row is waited for, before the connection
     * is given up; the time that the sink takes does not count. 30 minutes unless said: a query
     * that sorts a large table sends nothing for long.
     */
    public Builder stallTimeout(Duration timeout) {
      this.stallTimeout = positive(timeout);
      return this;
    }

    /** How long to wait for a lock on a table; 30 seconds unless said. */
    public Builder lockTimeout(Duration timeout) {
      this.lockTimeout = positive(timeout);
      return this;
    }

    /** How long to wait for a connection and for catalog queries; 30 seconds unless said. */
    public Builder connectTimeout(Duration timeout) {
      this.connectTimeout = positive(timeout);
      return this;
    }

    private static Duration positive(Duration timeout) {
      if (timeout.isNegative() || timeout.isZero()) {
        throw new IllegalArgumentException("a timeout is longer than nothing: " + timeout);
      }
      return timeout.compareTo(LONGEST) < 0 ? timeout : LONGEST;
    }

    /** What becomes of values that the Java type cannot hold. */
    public Builder unrepresentableValues(UnrepresentableValues policy) {
      this.unrepresentable = Objects.requireNonNull(policy);
      return this;
    }

    /**
     * Resets a table by itself whose checkpoint no longer fits its method or key; unless said, such
     * a table is refused.
     */
    public Builder resetUnfittingCheckpoints() {
      this.resetUnfitting = true;
      return this;
    }

    /**
     * The host's own threads for copying. It is never shut down. With none to spare, the thread
     * that calls {@code run} does all the work, only slower.
     */
    public Builder executor(Executor executor) {
      this.executor = Objects.requireNonNull(executor);
      return this;
    }

    /** The clock for the times in reports. Bookmarks never depend on it. */
    public Builder clock(Clock clock) {
      this.clock = Objects.requireNonNull(clock);
      return this;
    }

    /** Adds a listener. */
    public Builder listener(ReplicatorListener listener) {
      listeners.add(Objects.requireNonNull(listener));
      return this;
    }

    /**
     * The replicator. Connects to nothing yet.
     *
     * @throws ConfigurationException if settings contradict each other
     */
    public Replicator build() {
      if (remembers && name == null) {
        throw new ConfigurationException(
            "rememberIn(…) is set, but the replicator has no name to keep its state under.",
            "Call named(\"…\"): the same name finds the state again.");
      }
      if (maxRowBytes > memoryBudget) {
        throw new ConfigurationException(
            "maxRowBytes (" + maxRowBytes + ") is more than memoryBudget (" + memoryBudget + ").",
            "Raise the budget, or the heap that it is a quarter of.");
      }
      return new Replicator(this);
    }

    private RunSettings settings() {
      String title = name == null ? "bobbin" : name;
      String id = ReplicatorName.idOf(title);
      return new RunSettings(
          id,
          title,
          new SourceSettings(
              "bobbin " + id,
              tunnel,
              parallelism,
              Math.max(
                  LEAST_BATCH_BYTES, Math.min(batchBytes, memoryBudget / (2L * parallelism + 1))),
              batchRows,
              maxRowBytes == 0 ? memoryBudget / 2 : maxRowBytes,
              lockTimeout,
              connectTimeout),
          memoryBudget,
          retry.maxRetries(),
          retry.firstPause(),
          retry.longestPause(),
          stallTimeout,
          unrepresentable,
          resetUnfitting,
          clock);
    }
  }
}
