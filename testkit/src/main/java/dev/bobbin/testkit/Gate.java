package dev.bobbin.testkit;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * A gate that a reader or a sink comes to and waits at until the test opens it. It stays open.
 *
 * <p>Thread-safe. Waiting gives up after a minute, so that a test that is wrong fails and does not
 * hang.
 */
public final class Gate {

  private static final long PATIENCE_SECONDS = 60;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private boolean open;
  private boolean reached;

  /** A closed gate. */
  public Gate() {}

  /** Lets everyone through who waits or will come. */
  public void open() {
    lock.lock();
    try {
      open = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until someone has come to the gate. */
  public void awaitReached() {
    waitUntil(() -> reached, "nobody came to the gate", true);
  }

  /** Comes to the gate and waits until it is open. */
  public void pass() {
    pass(() -> false);
  }

  /**
   * Comes to the gate and waits until it is open or there is no more use in waiting.
   *
   * @param stop looked at whenever {@link #nudge()} is called
   */
  void pass(BooleanSupplier stop) {
    lock.lock();
    try {
      reached = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    waitUntil(() -> open || stop.getAsBoolean(), "nobody opened the gate", false);
  }

  /** Makes those who wait look again whether there is still use in it. */
  void nudge() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void waitUntil(BooleanSupplier done, String otherwise, boolean failOnInterrupt) {
    lock.lock();
    try {
      long left = TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (!done.getAsBoolean()) {
        if (left <= 0) {
          throw new AssertionError(otherwise + " within " + PATIENCE_SECONDS + " s");
        }
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      if (failOnInterrupt) {
        throw new AssertionError("interrupted while waiting at the gate", e);
      }
      throw new Interrupted(e);
    } finally {
      lock.unlock();
    }
  }

  /** Says that whoever waited at the gate was interrupted; its interrupt flag is set. */
  public static final class Interrupted extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Interrupted(InterruptedException cause) {
      super("interrupted while waiting at a gate", cause);
    }
  }
}
