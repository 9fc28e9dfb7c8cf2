package dev.bobbin.ssh.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The threads and sockets of this process at some moment. */
record Leftovers(Set<Thread> threads, long sockets) {

  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(20);

  static Leftovers now() {
    return new Leftovers(Thread.getAllStackTraces().keySet(), countSockets());
  }

  private static long countSockets() {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.filter(Leftovers::isSocket).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isSocket(Path file) {
    try {
      return Files.readSymbolicLink(file).toString().startsWith("socket:");
    } catch (IOException gone) {
      return false;
    }
  }

  /** No thread of Bobbin's, of the pool's or of the SSH library's, and no socket, is more. */
  void assertNoMore() {
    long end = System.nanoTime() + PATIENCE;
    while ((!newThreads().isEmpty() || countSockets() > sockets) && System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    assertThat(newThreads()).isEmpty();
    assertThat(countSockets()).as("sockets").isLessThanOrEqualTo(sockets);
  }

  private Set<String> newThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !threads.contains(thread))
        .map(Thread::getName)
        .filter(name -> name.matches("(?i).*(bobbin|sshj|keep-?alive|heartbeat|hikari|reader).*"))
        .collect(Collectors.toSet());
  }
}
