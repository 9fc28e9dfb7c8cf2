package dev.bobbin.dialect.mongo;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The turns that are under way in one session. Thread-safe. */
final class Turns {

  @SuppressWarnings("ThreadLocalUsage") // of this session alone: nothing in Bobbin is static
  private final ThreadLocal<Turn> current = new ThreadLocal<>();

  private final Set<Turn> running = new HashSet<>();
  private boolean cancelled;

  /** The turn of the calling thread; null for a thread of the driver's own. */
  @Nullable Turn current() {
    return current.get();
  }

  /** Does something with the server in that turn. */
  <T> T take(Turn turn, Supplier<T> work) {
    Turn before = current.get();
    synchronized (this) {
      running.add(turn);
      if (cancelled) {
        turn.cancel();
      }
    }
    current.set(turn);
    try {
      return work.get();
    } finally {
      if (before == null) {
        current.remove();
      } else {
        current.set(before);
      }
      synchronized (this) {
        running.remove(turn);
      }
    }
  }

  /**
   * Ends something with the server, for which the driver takes locks: it would give up half-way in
   * a thread that was interrupted, which stays so.
   */
  void end(Turn turn, Runnable work) {
    boolean interrupted = Thread.interrupted();
    try {
      take(
          turn,
          () -> {
            work.run();
            return true;
          });
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Ends all that wait for the server, and all that come later. */
  void cancel() {
    List<Turn> all;
    synchronized (this) {
      cancelled = true;
      all = new ArrayList<>(running);
    }
    all.forEach(Turn::cancel);
  }
}
