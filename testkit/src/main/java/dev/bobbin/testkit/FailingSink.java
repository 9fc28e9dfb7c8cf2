package dev.bobbin.testkit;

import dev.bobbin.catalog.TableId;
import dev.bobbin.error.SinkException;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.sink.Durability;
import dev.bobbin.sink.Progress;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.sink.TableLoad;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A sink in front of another one that lets something happen at the n-th call of a kind: a failure,
 * a wait at a gate, a change of the source. Calls are counted over all tables. Thread-safe.
 *
 * <pre>{@code
 * FailingSink sink = new FailingSink(target);
 * sink.before(Call.WRITE, 3, FailingSink.deadlock());      // not written
 * sink.after(Call.WRITE, 5, FailingSink.deadlock());       // written, but the runner cannot know
 * sink.before(Call.FLUSH, 1, gate::pass);
 * }</pre>
 */
public final class FailingSink implements RecordSink {

  /** The calls of a sink. */
  public enum Call {
    /** {@link RecordSink#progress}. */
    PROGRESS,
    /** {@link RecordSink#open}. */
    OPEN,
    /** {@link RecordSink#write}. */
    WRITE,
    /** {@link RecordSink#flush}. */
    FLUSH,
    /** {@link RecordSink#complete}. */
    COMPLETE
  }

  /** What happens at a call. */
  @FunctionalInterface
  public interface Action {
    /** Returns for the call to go on; throws for it to fail. */
    void happen() throws Exception;
  }

  private record Happening(Call call, boolean before, int from, int to, Action action) {}

  private final RecordSink sink;
  private final Map<Call, Integer> calls = new EnumMap<>(Call.class);
  private final List<Happening> happenings = new ArrayList<>();

  /** A sink that lets nothing happen yet. */
  public FailingSink(RecordSink sink) {
    this.sink = sink;
  }

  /** Lets something happen before the n-th call, from 1, is handed on. */
  public FailingSink before(Call call, int n, Action action) {
    return add(new Happening(call, true, n, n, action));
  }

  /** Lets something happen when the n-th call, from 1, has been handed on and has returned. */
  public FailingSink after(Call call, int n, Action action) {
    return add(new Happening(call, false, n, n, action));
  }

  /** Lets something happen before every call from the n-th on. */
  public FailingSink from(Call call, int n, Action action) {
    return add(new Happening(call, true, n, Integer.MAX_VALUE, action));
  }

  private synchronized FailingSink add(Happening happening) {
    happenings.add(happening);
    return this;
  }

  /** A failure that the sink says is likely to pass. */
  public static Action deadlock() {
    return () -> {
      throw SinkException.retryable("The sink was told to fail for a while.", null);
    };
  }

  /** A failure that does not pass: a checked exception that only the sink knows. */
  public static Action diskFull() {
    return () -> {
      throw new java.io.IOException("the sink was told that its disk is full");
    };
  }

  /** A failure that is an {@link Error}. */
  public static Action error() {
    return () -> {
      throw new StackOverflowError("the sink was told to fail with an error");
    };
  }

  /** How often a call came. */
  public synchronized int count(Call call) {
    return calls.getOrDefault(call, 0);
  }

  private interface Body<T> {
    T run() throws Exception;
  }

  private <T> T call(Call call, Body<T> body) throws Exception {
    int n;
    List<Happening> due;
    synchronized (this) {
      n = calls.merge(call, 1, Integer::sum);
      due =
          happenings.stream()
              .filter(h -> h.call() == call && n >= h.from() && n <= h.to())
              .toList();
    }
    for (Happening happening : due) {
      if (happening.before()) {
        happening.action().happen();
      }
    }
    T result = body.run();
    for (Happening happening : due) {
      if (!happening.before()) {
        happening.action().happen();
      }
    }
    return result;
  }

  private void action(Call call, Action action) throws Exception {
    call(
        call,
        () -> {
          action.happen();
          return call;
        });
  }

  @Override
  public Progress progress(TableId table) throws Exception {
    return call(Call.PROGRESS, () -> sink.progress(table));
  }

  @Override
  public void open(TableLoad load) throws Exception {
    action(Call.OPEN, () -> sink.open(load));
  }

  @Override
  public void write(RecordBatch batch) throws Exception {
    action(Call.WRITE, () -> sink.write(batch));
  }

  @Override
  public void flush(TableId table) throws Exception {
    action(Call.FLUSH, () -> sink.flush(table));
  }

  @Override
  public void complete(TableLoad load) throws Exception {
    action(Call.COMPLETE, () -> sink.complete(load));
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
