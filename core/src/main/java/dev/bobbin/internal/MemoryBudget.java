package dev.bobbin.internal;

/**
 * The bytes that batches may take over all tables and scans of a replicator. Thread-safe.
 *
 * <p>A scan that holds nothing waits for its share; one that already holds a batch only tries, so
 * that waiting scans never hold what the others wait for.
 */
public final class MemoryBudget {

  private final long total;
  private long taken;
  private int waiting;

  /** A budget of that many bytes. */
  public MemoryBudget(long total) {
    this.total = total;
  }

  /** Waits until the bytes are free, or nothing else is taken; false once cancelled. */
  synchronized boolean acquire(long bytes, Cancellation cancellation) {
    waiting++;
    try {
      while (taken > 0 && taken + bytes > total) {
        if (cancellation.isRequested()) {
          return false;
        }
        wait(100);
      }
      taken += bytes;
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      cancellation.request();
      return false;
    } finally {
      waiting--;
    }
  }

  /** Takes the bytes if they are free and nobody waits for some, who would starve. */
  synchronized boolean tryAcquire(long bytes) {
    if (waiting > 0 || taken + bytes > total) {
      return false;
    }
    taken += bytes;
    return true;
  }

  /** Replaces a reservation by what it turned out to be. */
  synchronized void adjust(long reserved, long actual) {
    taken += actual - reserved;
    notifyAll();
  }

  void release(long bytes) {
    adjust(bytes, 0);
  }
}
