package dev.bobbin.benchmarks;

import dev.bobbin.testservers.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A case in a JVM of its own.
 *
 * @param peer what it runs: see {@link Peers}
 * @param flags of the JVM
 * @param folder where it may write
 */
record JvmCase(String name, String peer, List<String> flags, Source source, Work work, Path folder)
    implements Case {

  private static final Duration PATIENCE = Duration.ofMinutes(30);

  @Override
  public Measurement run() {
    ChildJvm.Builder child =
        ChildJvm.of(Child.class)
            .jvmFlags(flags.toArray(String[]::new))
            .arguments(peer)
            .arguments(source.arguments().toArray(String[]::new))
            .arguments(work.arguments().toArray(String[]::new))
            .folder(folder);
    try (ChildJvm running = child.start()) {
      Measurement measured = Measurement.parse(running.awaitLine(Measurement::isLine, PATIENCE));
      running.awaitExit(PATIENCE);
      return measured;
    }
  }
}
