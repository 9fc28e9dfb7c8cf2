package dev.bobbin.testservers;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** What is still open when the JVM ends normally, closed then in reverse order. */
final class AtExit {
  private static final Deque<AutoCloseable> OPEN = new ArrayDeque<>();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(AtExit::closeAll, "bobbin-test-servers-exit"));
  }

  private AtExit() {}

  static void close(AutoCloseable resource) {
    synchronized (OPEN) {
      OPEN.push(resource);
    }
  }

  static void forget(AutoCloseable resource) {
    synchronized (OPEN) {
      OPEN.removeIf(open -> open == resource);
    }
  }

  private static void closeAll() {
    List<AutoCloseable> all;
    synchronized (OPEN) {
      all = new ArrayList<>(OPEN);
    }
    for (AutoCloseable resource : all) {
      try {
        resource.close();
      } catch (Exception e) {
        System.err.println("[test-servers] could not close at exit: " + e);
      }
    }
  }
}
