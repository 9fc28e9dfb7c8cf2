package dev.bobbin.internal;

import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceBatch;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one batch ahead while the sink writes the last, where memory and threads allow it.
 *
 * <p>The read is a task that the executor runs if it has a thread, and the table's own thread if
 * not: a small executor makes it slower, never stuck. Used by one thread, apart from the task.
 */
final class ReadAhead implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ReadAhead.class);

  /** How long the executor gets to begin a read before the table's own thread does it. */
  private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(5);

  private final BatchReader reader;
  private final Executor executor;
  private final MemoryBudget budget;
  private final long batchBytes;
  private final Cancellation cancellation;
  private final StallWatch stallWatch;
  private final StallWatch.Watched watched;
  private @Nullable FutureTask<Charged> ahead;
  private boolean ended;
  private volatile boolean begun;
  private final AtomicReference<@Nullable FutureTask<Charged>> box = new AtomicReference<>();
  private final AtomicBoolean queued = new AtomicBoolean();

  /**
   * A batch, and what it takes of the budget until {@link #release}.
   *
   * @param batch empty at the end of the scan
   * @param bytes to give back
   */
  record Charged(Optional<SourceBatch> batch, long bytes) {}

  ReadAhead(
      BatchReader reader,
      Executor executor,
      MemoryBudget budget,
      long batchBytes,
      Cancellation cancellation,
      StallWatch stallWatch) {
    this.reader = reader;
    this.executor = executor;
    this.budget = budget;
    this.batchBytes = batchBytes;
    this.cancellation = cancellation;
    this.stallWatch = stallWatch;
    this.watched = stallWatch.watch(reader);
    cancellation.add(reader);
  }

  /** Begins to read the next batch in the background, if that takes no memory from others. */
  void start() {
    if (ahead == null && !ended && budget.tryAcquire(batchBytes)) {
      FutureTask<Charged> unused = submit();
    }
  }

  private FutureTask<Charged> submit() {
    begun = false;
    FutureTask<Charged> task = new FutureTask<>(this::read);
    ahead = task;
    box.set(task);
    // One entry in the executor's queue at most, which holds no batch: an executor without a free
    // thread would otherwise keep every batch that the table's own thread read instead.
    if (queued.compareAndSet(false, true)) {
      try {
        executor.execute(this::runBoxed);
      } catch (RejectedExecutionException e) {
        queued.set(false);
        LOG.debug("No thread to read ahead: the table's own thread will read");
      }
    }
    return task;
  }

  private void runBoxed() {
    queued.set(false);
    FutureTask<Charged> task = box.get();
    if (task != null) {
      task.run();
    }
  }

  private void consumed() {
    ahead = null;
    box.set(null);
  }

  /**
   * The next batch.
   *
   * @param nanos how long to wait
   * @return null if it is not there yet
   */
  @Nullable Charged next(long nanos) throws InterruptedException {
    FutureTask<Charged> task = ahead;
    if (task == null) {
      if (!budget.acquire(batchBytes, cancellation)) {
        throw new Cancellation.Cancelled();
      }
      task = submit();
    }
    try {
      Charged charged;
      try {
        charged = task.get(Math.min(nanos, PATIENCE), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        if (!begun) {
          task.run(); // does nothing if the executor's thread begins at this moment
        }
        charged = task.get(nanos, TimeUnit.NANOSECONDS);
      }
      consumed();
      ended = charged.batch().isEmpty();
      return charged;
    } catch (TimeoutException e) {
      return null;
    } catch (ExecutionException e) {
      consumed();
      ended = true;
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private Charged read() {
    begun = true;
    long held = batchBytes;
    stallWatch.begin(watched);
    try {
      Optional<SourceBatch> batch = reader.next();
      long bytes = batch.map(b -> b.rows().byteSize()).orElse(0L);
      budget.adjust(held, bytes);
      held = bytes;
      return new Charged(batch, bytes);
    } catch (Throwable e) {
      budget.release(held);
      throw stallWatch.explain(watched, e);
    } finally {
      stallWatch.end(watched);
    }
  }

  void release(Charged charged) {
    budget.release(charged.bytes());
  }

  @Override
  public void close() {
    FutureTask<Charged> unfinished = ahead;
    if (unfinished != null) {
      consumed();
      reader.cancel();
      unfinished.run();
      boolean interrupted = false;
      while (true) {
        try {
          release(unfinished.get());
          break;
        } catch (ExecutionException e) {
          break; // it was cancelled, and its failure is of no interest
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    cancellation.remove(reader);
    stallWatch.end(watched);
    reader.close();
  }
}
