package dev.bobbin.internal;

import dev.bobbin.error.BobbinException;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceLoad;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The scans of one load, read side by side by whichever hands are free. The first failure ends them
 * all; a hand that cannot open a scan while others read leaves it to them. Used once.
 */
final class SliceJob implements Crew.Job {

  private static final Logger LOG = LoggerFactory.getLogger(SliceJob.class);

  private final SourceLoad load;
  private final int readers;
  private final TableDelivery delivery;
  private final TableRun.Shared shared;
  private final Cancellation cancellation;
  private final Deque<TableScan> left;
  private final AtomicInteger room;
  private int reading;
  private @Nullable Throwable failure;

  /**
   * The scans of that load.
   *
   * @param readers how many of them may be read at the same time
   */
  SliceJob(SourceLoad load, int readers, TableDelivery delivery, TableRun.Shared shared) {
    this.load = load;
    this.readers = readers;
    this.delivery = delivery;
    this.shared = shared;
    this.cancellation = shared.cancellation().part();
    List<TableScan> scans = load.scans();
    this.left = new ArrayDeque<>(scans);
    this.room = SliceRows.room(delivery.state().checkpoints(scans));
  }

  /** Reads all scans; throws what the first of them failed with, once all have ended. */
  void run() {
    try {
      shared.crew().share(this);
    } finally {
      shared.cancellation().remove(cancellation);
    }
    Throwable failed;
    synchronized (this) {
      failed = failure;
    }
    if (failed instanceof Error error) {
      throw error;
    }
    if (failed instanceof RuntimeException exception) {
      throw exception;
    }
    shared.stopIfCancelled(cancellation);
  }

  @Override
  public synchronized boolean hasMore() {
    return failure == null && !left.isEmpty() && reading < readers;
  }

  @Override
  public void hurry() {
    shared.cancellation().request();
  }

  @Override
  public boolean step() {
    TableScan scan;
    synchronized (this) {
      if (!hasMore()) {
        return false;
      }
      scan = left.removeFirst();
      reading++;
    }
    boolean more = true;
    try {
      BatchReader reader = openUnlessOthersRead(scan);
      if (reader == null) {
        more = false;
      } else {
        run(scan, reader);
      }
    } catch (RuntimeException | Error e) {
      fail(e);
    } finally {
      synchronized (this) {
        reading--;
      }
    }
    return more;
  }

  private void run(TableScan scan, BatchReader reader) {
    try (ScanRun run = new ScanRun(scan, reader, delivery, shared, cancellation, room)) {
      try {
        run.run();
      } catch (RuntimeException | Error e) {
        fail(e); // before the reader is closed: others fail meanwhile for want of what it had
      }
    }
  }

  private @Nullable BatchReader openUnlessOthersRead(TableScan scan) {
    try {
      shared.stopIfCancelled(cancellation);
      return load.open(scan);
    } catch (BobbinException e) {
      shared.stopIfCancelled(cancellation); // what follows from another's failure is none
      synchronized (this) {
        if (reading > 1 && failure == null && !cancellation.isRequested()) {
          left.addFirst(scan);
          LOG.debug("{} is left to the readers that are there: {}", scan.name(), e.getMessage());
          return null;
        }
      }
      throw e;
    }
  }

  private void fail(Throwable thrown) {
    Throwable cause = thrown;
    if (thrown instanceof SinkGate.InterruptedSink) {
      Thread.currentThread().interrupt();
      cause = new Cancellation.Cancelled();
    }
    if (Thread.currentThread().isInterrupted()) {
      shared.cancellation().request();
    }
    synchronized (this) {
      // Who is told to stop can be here before the one whose failure is the reason.
      if (failure == null || failure instanceof Cancellation.Cancelled) {
        failure = cause;
      }
    }
    cancellation.request();
  }
}
