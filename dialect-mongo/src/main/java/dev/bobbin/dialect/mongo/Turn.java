package dev.bobbin.dialect.mongo;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What one thread does with the server at a time: how long it waits, what it receives, and how
 * another thread ends it. MongoDB's driver shares connections between threads and offers no way to
 * interrupt one that waits, so each socket asks whose turn it is.
 *
 * <p>Thread-safe.
 */
final class Turn {

  private final Duration patience;
  private final AtomicLong received = new AtomicLong();
  private @Nullable DriverSocket using;
  private boolean cancelled;

  /**
   * A turn that has not begun.
   *
   * @param patience how long to wait for bytes of an answer; zero for as long as it takes
   */
  Turn(Duration patience) {
    this.patience = patience;
  }

  int patienceMillis() {
    return (int) Math.min(Integer.MAX_VALUE, patience.toMillis());
  }

  synchronized void enter(DriverSocket socket) throws IOException {
    if (cancelled) {
      throw new IOException("cancelled");
    }
    using = socket;
  }

  synchronized void leave() {
    using = null;
  }

  void receive(long bytes) {
    received.addAndGet(bytes);
  }

  /** The bytes received so far. */
  long received() {
    return received.get();
  }

  /** Ends the turn: what waits for the server fails at once, and so does all that follows. */
  void cancel() {
    DriverSocket socket;
    synchronized (this) {
      cancelled = true;
      socket = using;
    }
    if (socket != null) {
      socket.abort();
    }
  }

  synchronized boolean isCancelled() {
    return cancelled;
  }
}
