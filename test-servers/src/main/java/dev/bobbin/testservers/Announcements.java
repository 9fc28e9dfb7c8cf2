package dev.bobbin.testservers;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The lines that tell which servers this JVM's tests run on, one for each engine and version. */
final class Announcements {
  private static final Set<String> MADE = ConcurrentHashMap.newKeySet();

  private Announcements() {}

  static void once(String server, String line) {
    if (MADE.add(server)) {
      System.out.println("[test-servers] " + line);
    }
  }
}
