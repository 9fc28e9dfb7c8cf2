package dev.bobbin.testkit;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.plan.TableScan;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.sink.Durability;
import dev.bobbin.sink.Progress;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.sink.TableLoad;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.SourceSettings;
import dev.bobbin.spi.TableAbilities;
import dev.bobbin.state.Bookmark;
import dev.bobbin.state.StateDocument;
import dev.bobbin.state.StateLease;
import dev.bobbin.state.StateStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The death of a process at one step: the boundaries of a replicator, wrapped so that every call
 * across them is two steps, one before it and one after it.
 *
 * <p>At its step the crash point throws {@link Crash}, and from then on so does every call across
 * any of its boundaries: nothing more is read, written, saved or renewed. What the operating system
 * does for a process that has died is done: connections are closed and leases given back, and a
 * {@link Mortal} sink forgets what was in memory only. A test enumerates all steps:
 *
 * <pre>{@code
 * CrashPoint counting = CrashPoint.counting();
 * run(counting, …);
 * for (int step = 1; step <= counting.steps(); step++) {
 *   CrashPoint crash = CrashPoint.at(step);
 *   // fresh source, sink and store; a replicator over crash.source(…), crash.sink(…), crash.store(…)
 *   // run it until it fails, then run another one, undisturbed, and look at the sink
 * }
 * }</pre>
 *
 * <p>A call of the sink that another thread is in when the process dies ends first.
 *
 * <p>Calls that time causes ({@code renew}, {@code cancel}, {@code received}) are no steps, so that
 * the number of steps does not hang on the clock. Thread-safe; good for one process.
 */
public final class CrashPoint {

  /** Says that the process is dead. */
  public static final class Crash extends Error {
    private static final long serialVersionUID = 1L;

    Crash(String where) {
      super("the process died " + where);
    }
  }

  /** A thing with a part that dies with the process. */
  public interface Mortal {
    /** Forgets what the process held in memory only. */
    void processDied();
  }

  private final int crashAt;
  private final List<String> steps = new ArrayList<>();
  private final List<Runnable> funeral = new ArrayList<>();
  private final ReentrantReadWriteLock sinkCalls = new ReentrantReadWriteLock();
  private @Nullable String dead;

  private CrashPoint(int crashAt) {
    this.crashAt = crashAt;
  }

  /** A process that does not die; {@link #steps()} then tells how many steps it took. */
  public static CrashPoint counting() {
    return new CrashPoint(Integer.MAX_VALUE);
  }

  /**
   * A process that dies.
   *
   * @param step at which step, from 1
   */
  public static CrashPoint at(int step) {
    if (step < 1) {
      throw new IllegalArgumentException("steps are counted from 1, not " + step);
    }
    return new CrashPoint(step);
  }

  /** The steps that were taken so far. */
  public synchronized int steps() {
    return steps.size();
  }

  /** The steps that were taken so far, in words, in order. */
  public synchronized List<String> log() {
    return List.copyOf(steps);
  }

  /** Whether the process has died. */
  public synchronized boolean hasCrashed() {
    return dead != null;
  }

  @Override
  public synchronized String toString() {
    return dead == null ? "alive after " + steps.size() + " steps" : "died " + dead;
  }

  /** Lets the process die now, wherever it is. */
  public void kill() {
    die("from outside");
  }

  /** A call of the sink that is under way ends first: its rows have landed, or have not. */
  private void die(String where) {
    if (sinkCalls.getReadHoldCount() > 0) {
      bury(where); // killed from within the sink
      return;
    }
    sinkCalls.writeLock().lock();
    try {
      bury(where);
    } finally {
      sinkCalls.writeLock().unlock();
    }
  }

  private void bury(String where) {
    List<Runnable> last;
    synchronized (this) {
      if (dead != null) {
        return;
      }
      dead = where;
      last = List.copyOf(funeral);
    }
    last.forEach(Runnable::run);
  }

  private void step(String what) {
    boolean now;
    synchronized (this) {
      requireAlive();
      steps.add(what);
      now = steps.size() == crashAt;
    }
    if (now) {
      String where = "at step " + crashAt + ", " + what;
      die(where);
      throw new Crash(where);
    }
  }

  private synchronized void requireAlive() {
    if (dead != null) {
      throw new Crash(dead);
    }
  }

  private synchronized void atDeath(Runnable action) {
    funeral.add(action);
  }

  private interface Call<T, E extends Exception> {
    T run() throws E;
  }

  private interface Action<E extends Exception> {
    void run() throws E;
  }

  private <T, E extends Exception> T around(String what, Call<T, E> call) throws E {
    step("before " + what);
    T result = call.run();
    step("after " + what);
    return result;
  }

  private <E extends Exception> void aroundAction(String what, Action<E> action) throws E {
    step("before " + what);
    action.run();
    step("after " + what);
  }

  /** What is closed by the operating system once the process is dead: closing is no step then. */
  private <E extends Exception> void closing(String what, Action<E> action) throws E {
    if (!hasCrashed()) {
      aroundAction(what, action);
    }
  }

  /** The dialect, within this process. */
  public SourceDialect source(SourceDialect dialect) {
    return new SourceDialect() {
      @Override
      public SourceSession connect(SourceSettings settings) {
        step("before connect");
        SourceSession session = dialect.connect(settings);
        atDeath(session::close);
        step("after connect");
        return new Session(session);
      }

      @Override
      public String describe() {
        return dialect.describe();
      }
    };
  }

  /** The sink, within this process. */
  public RecordSink sink(RecordSink sink) {
    if (sink instanceof Mortal mortal) {
      atDeath(mortal::processDied);
    }
    return new Sink(sink);
  }

  /** The store, within this process. */
  public StateStore store(StateStore store) {
    return new StateStore() {
      @Override
      public List<StateDocument> read(String replicator) {
        return around("read of the state", () -> store.read(replicator));
      }

      @Override
      public StateLease lease(String replicator) {
        step("before lease");
        StateLease lease = store.lease(replicator);
        atDeath(lease::close);
        step("after lease");
        return new Lease(lease);
      }
    };
  }

  private final class Session implements SourceSession {
    private final SourceSession session;

    Session(SourceSession session) {
      this.session = session;
    }

    @Override
    public Catalog discover(Predicate<String> databases) {
      return around("discover", () -> session.discover(databases));
    }

    @Override
    public List<String> defaultNamespace() {
      requireAlive();
      return session.defaultNamespace();
    }

    @Override
    public List<OptionalDouble> estimateNullKeys(List<TableKey> keys) {
      return around("estimate of NULL keys", () -> session.estimateNullKeys(keys));
    }

    @Override
    public Optional<Column> column(Table table, String name) {
      return around("look for a column", () -> session.column(table, name));
    }

    @Override
    public List<String> keyFamilies(Table table, String key) {
      return around("look for keys of " + table.id(), () -> session.keyFamilies(table, key));
    }

    @Override
    public BatchReader open(TableScan scan) {
      String what = "scan " + scan.name() + " of " + scan.table().id();
      return new Reader(around("open of " + what, () -> session.open(scan)), what);
    }

    @Override
    public TableAbilities abilities(Table table) {
      requireAlive();
      return session.abilities(table);
    }

    @Override
    public Optional<SourceLoad> beginLoad(LoadRequest request) {
      String what = "load of " + request.table().id();
      return around("begin of " + what, () -> session.beginLoad(request))
          .map(load -> new Load(load, what));
    }

    @Override
    public void cancel() {
      session.cancel();
    }

    @Override
    public void close() {
      closing("close of the session", session::close);
    }
  }

  private final class Load implements SourceLoad {
    private final SourceLoad load;
    private final String what;

    Load(SourceLoad load, String what) {
      this.load = load;
      this.what = what;
    }

    @Override
    public List<TableScan> scans() {
      requireAlive();
      return load.scans();
    }

    @Override
    public Optional<String> restarted() {
      requireAlive();
      return load.restarted();
    }

    @Override
    public BatchReader open(TableScan scan) {
      String opened = "scan " + scan.name() + " of the " + what;
      return new Reader(around("open of " + opened, () -> load.open(scan)), opened);
    }

    @Override
    public boolean hasKeysAhead() {
      return around("look for keys ahead of the " + what, load::hasKeysAhead);
    }

    @Override
    public Optional<TableScan> tail() {
      return around("tail of the " + what, load::tail);
    }

    @Override
    public Optional<Bookmark> start() {
      requireAlive();
      return load.start();
    }

    @Override
    public Map<String, Bookmark> starts() {
      requireAlive();
      return load.starts();
    }

    @Override
    public void close() {
      closing("close of the " + what, load::close);
    }
  }

  private final class Reader implements BatchReader {
    private final BatchReader reader;
    private final String what;

    Reader(BatchReader reader, String what) {
      this.reader = reader;
      this.what = what;
    }

    @Override
    public Optional<SourceBatch> next() {
      return around("next of " + what, reader::next);
    }

    @Override
    public Optional<String> endPosition() {
      requireAlive();
      return reader.endPosition();
    }

    @Override
    public List<String> notes() {
      requireAlive();
      return reader.notes();
    }

    @Override
    public long received() {
      return reader.received();
    }

    @Override
    public void cancel() {
      reader.cancel();
    }

    @Override
    public void close() {
      closing("close of " + what, reader::close);
    }
  }

  private final class Sink implements RecordSink {
    private final RecordSink sink;

    Sink(RecordSink sink) {
      this.sink = sink;
    }

    @Override
    public void write(RecordBatch batch) throws Exception {
      sinkAction("write of " + batch.table(), () -> sink.write(batch));
    }

    @Override
    public void open(TableLoad load) throws Exception {
      sinkAction("sink's open of " + load.table().id(), () -> sink.open(load));
    }

    @Override
    public void flush(TableId table) throws Exception {
      sinkAction("flush of " + table, () -> sink.flush(table));
    }

    @Override
    public void complete(TableLoad load) throws Exception {
      sinkAction("complete of " + load.table().id(), () -> sink.complete(load));
    }

    @Override
    public Progress progress(TableId table) throws Exception {
      return around("progress of " + table, () -> alive(() -> sink.progress(table)));
    }

    private void sinkAction(String what, Action<Exception> action) throws Exception {
      aroundAction(
          what,
          () ->
              alive(
                  () -> {
                    action.run();
                    return what;
                  }));
    }

    private <T> T alive(Call<T, Exception> call) throws Exception {
      sinkCalls.readLock().lock();
      try {
        requireAlive();
        return call.run();
      } finally {
        sinkCalls.readLock().unlock();
      }
    }

    @Override
    public Durability durability() {
      return sink.durability();
    }

    @Override
    public boolean concurrent() {
      return sink.concurrent();
    }
  }

  private final class Lease implements StateLease {
    private final StateLease lease;

    Lease(StateLease lease) {
      this.lease = lease;
    }

    @Override
    public long fencingToken() {
      return lease.fencingToken();
    }

    @Override
    public void save(String name, String content) {
      aroundAction("save of " + name, () -> lease.save(name, content));
    }

    @Override
    public void delete(String name) {
      aroundAction("delete of " + name, () -> lease.delete(name));
    }

    @Override
    public void renew() {
      requireAlive();
      lease.renew();
    }

    @Override
    public void close() {
      closing("close of the lease", lease::close);
    }
  }
}
