package dev.bobbin.ssh;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A moment until which something is waited for.
 *
 * @param nanos in terms of {@link System#nanoTime}
 */
record Deadline(long nanos) {

  static Deadline in(Duration duration) {
    return new Deadline(System.nanoTime() + duration.toNanos());
  }

  boolean isOver() {
    return nanos - System.nanoTime() <= 0;
  }

  /** At least 1, since 0 means for ever to sockets. */
  int millis() {
    long left = TimeUnit.NANOSECONDS.toMillis(nanos - System.nanoTime());
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, left));
  }
}
