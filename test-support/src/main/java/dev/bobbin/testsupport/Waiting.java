package dev.bobbin.testsupport;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waiting for what happens on other threads or on a server. */
public final class Waiting {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration PAUSE = Duration.ofMillis(5);

  private Waiting() {}

  /** Waits until that holds; fails after a minute. */
  public static void until(String what, Callable<Boolean> condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (!condition.call()) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError("not within a minute: " + what);
        }
        Thread.sleep(PAUSE.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting: " + what, e);
    } catch (Exception e) {
      throw new AssertionError(what, e);
    }
  }
}
