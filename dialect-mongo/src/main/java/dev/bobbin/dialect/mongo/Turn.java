package dev.bobbin.dialect.mongo;

import java.io.IOException;
import java.net.SocketTimeoutException;
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

  /** What must come within the patience, at least, of an answer that is not whole. */
  private static final int LEAST_BYTES = 1024;

  private final Duration patience;
  private final AtomicLong received = new AtomicLong();
  private @Nullable DriverSocket using;
  private boolean cancelled;
  private long due;
  private long got;

  /**
   * A turn that has not begun.
   *
   * @param patience how long to wait for an answer to begin, for each kibibyte of it, and for its
   *     end; zero for as long as it takes
   */
  Turn(Duration patience) {
    this.patience = patience;
  }

  /** Begins to wait for an answer. */
  synchronized void await() {
    due = System.nanoTime() + patience.toNanos();
    got = 0;
  }

  /**
   * How long to wait for the next bytes, in milliseconds; zero for as long as it takes.
   *
   * @throws SocketTimeoutException if too few came in time
   */
  synchronized int patienceMillis() throws SocketTimeoutException {
    if (patience.isZero()) {
      return 0;
    }
    long left = (due - System.nanoTime()) / 1_000_000;
    if (left <= 0) {
      throw new SocketTimeoutException("no answer in time");
    }
    return (int) Math.min(Integer.MAX_VALUE, left);
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

  void receive(int bytes) {
    received.addAndGet(bytes);
    synchronized (this) {
      got += bytes;
      if (got >= LEAST_BYTES) {
        await();
      }
    }
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
