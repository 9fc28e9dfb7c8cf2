package dev.bobbin.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The least that a client can do with rows: psql copies a table in the binary format to /dev/null.
 * What is timed is the whole process.
 */
record PsqlCase(String name, Source source, Work work) implements Case {

  private static final int MEMORY_MILLIS = 20;

  /** What the installed psql says of its version; empty if there is none. */
  static Optional<String> version() {
    try {
      Process process = new ProcessBuilder("psql", "--version").redirectErrorStream(true).start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? Optional.of(text.strip()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  @Override
  public Measurement run() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("psql", "--no-psqlrc", "--no-password"));
    command.addAll(List.of("--host=" + source.host(), "--port=" + source.port()));
    command.addAll(List.of("--username=" + source.user(), "--dbname=" + source.database()));
    command.add("--command=\\copy " + work.table() + " to '/dev/null' (format binary)");
    long begin = System.nanoTime();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    Long resident = null;
    while (!process.waitFor(MEMORY_MILLIS, TimeUnit.MILLISECONDS)) {
      resident = later(resident, ResidentMemory.peak(Long.toString(process.pid())));
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!said.strip().equals("COPY " + work.rows())) {
      throw new IllegalStateException("psql has not copied " + work.rows() + " rows: " + said);
    }
    return new Measurement(seconds, work.rows(), null, resident);
  }

  private static @Nullable Long later(@Nullable Long before, @Nullable Long now) {
    return now == null ? before : now;
  }
}
