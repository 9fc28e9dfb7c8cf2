package dev.bobbin.internal;

import dev.bobbin.catalog.TableId;
import dev.bobbin.error.SinkException;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.sink.Durability;
import dev.bobbin.sink.Progress;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.sink.TableLoad;
import java.util.concurrent.locks.ReentrantLock;

/** The host's sink, one call at a time unless it is concurrent, its exceptions told apart. */
public final class SinkGate {

  private final RecordSink sink;
  private final boolean concurrent;
  private final Durability durability;
  private final ReentrantLock turn = new ReentrantLock(true);

  /** A gate to that sink. */
  public SinkGate(RecordSink sink) {
    this.sink = sink;
    this.concurrent = sink.concurrent();
    this.durability = sink.durability();
  }

  /** The thread was interrupted while the sink worked. */
  static final class InterruptedSink extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InterruptedSink(InterruptedException cause) {
      super("interrupted", cause);
    }
  }

  private interface Call<T> {
    T run() throws Exception;
  }

  Durability durability() {
    return durability;
  }

  Progress progress(TableId table) {
    return call("progress", table, () -> sink.progress(table));
  }

  void open(TableLoad load) {
    run("open", load.table().id(), () -> sink.open(load));
  }

  void write(RecordBatch batch) {
    run("write", batch.table(), () -> sink.write(batch));
  }

  void flush(TableId table) {
    run("flush", table, () -> sink.flush(table));
  }

  void complete(TableLoad load) {
    run("complete", load.table().id(), () -> sink.complete(load));
  }

  private interface Action {
    void run() throws Exception;
  }

  private void run(String method, TableId table, Action action) {
    Object unused =
        call(
            method,
            table,
            () -> {
              action.run();
              return table;
            });
  }

  private <T> T call(String method, TableId table, Call<T> call) {
    if (!concurrent) {
      turn.lock();
    }
    try {
      return call.run();
    } catch (SinkException e) {
      throw e;
    } catch (InterruptedException e) {
      throw new InterruptedSink(e);
    } catch (Exception e) {
      throw new SinkException(
          "The sink failed in "
              + method
              + "(…) for table "
              + table
              + " with "
              + e.getClass().getName()
              + "; the table's bookmark is where it was before.",
          "See the cause. A failure that is likely to pass is thrown as"
              + " SinkException.retryable(…), and then retried.",
          e);
    } finally {
      if (!concurrent) {
        turn.unlock();
      }
    }
  }
}
