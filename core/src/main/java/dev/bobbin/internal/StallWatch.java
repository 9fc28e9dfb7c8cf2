package dev.bobbin.internal;

import dev.bobbin.error.SourceException;
import dev.bobbin.spi.BatchReader;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Ends scans whose source has gone silent: while a read waits, at least {@link #LEAST_BYTES} must
 * arrive in every stall timeout. Time that the sink takes does not count. Thread-safe.
 */
public final class StallWatch {

  /** What is less than this in a stall timeout is not progress (a byte now and then). */
  static final long LEAST_BYTES = 1024;

  private final Duration timeout;
  private final Set<Watched> reading = ConcurrentHashMap.newKeySet();

  /** A watch with that timeout. */
  public StallWatch(Duration timeout) {
    this.timeout = timeout;
  }

  /** A reader under watch. */
  static final class Watched {
    private final BatchReader reader;
    private volatile long since;
    private volatile long receivedThen;
    private volatile boolean stalled;

    Watched(BatchReader reader) {
      this.reader = reader;
    }
  }

  Watched watch(BatchReader reader) {
    return new Watched(reader);
  }

  void begin(Watched watched) {
    watched.receivedThen = watched.reader.received();
    watched.since = System.nanoTime();
    reading.add(watched);
  }

  void end(Watched watched) {
    reading.remove(watched);
  }

  /** Looks at all readers; called now and then. */
  public void check() {
    long now = System.nanoTime();
    for (Watched watched : List.copyOf(reading)) {
      long received = watched.reader.received();
      if (received - watched.receivedThen >= LEAST_BYTES) {
        watched.receivedThen = received;
        watched.since = now;
      } else if (now - watched.since >= timeout.toNanos()) {
        watched.stalled = true;
        reading.remove(watched);
        watched.reader.cancel();
      }
    }
  }

  /** The failure to report for a read that failed. */
  RuntimeException explain(Watched watched, Throwable failure) {
    if (watched.stalled && failure instanceof Exception) {
      return new SourceException(
          SourceException.Kind.TRANSIENT,
          "The source sent less than "
              + LEAST_BYTES
              + " bytes in "
              + timeout
              + "; the connection was given up.",
          "If the query needs that long before its first row (an unindexed key, a slow view), raise"
              + " stallTimeout(…); otherwise look at the network between here and the source.",
          failure);
    }
    if (failure instanceof RuntimeException e) {
      return e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
    return new IllegalStateException(failure);
  }
}
