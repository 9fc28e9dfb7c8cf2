package dev.bobbin.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A table copied by the product's own client. What is timed is the whole process. */
record ClientCase(String name, Client client, Source source, Work work) implements Case {

  private static final int MEMORY_MILLIS = 20;

  @Override
  public Measurement run() throws IOException, InterruptedException {
    long begin = System.nanoTime();
    Process process = client.copying(source, work.table()).start();
    Long resident = null;
    while (!process.waitFor(MEMORY_MILLIS, TimeUnit.MILLISECONDS)) {
      resident = later(resident, ResidentMemory.peak(Long.toString(process.pid())));
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    String said = said(process).strip();
    if (process.exitValue() != 0 || !client.hasCopied(said, work.rows())) {
      throw new IllegalStateException(client + " has not copied " + work.rows() + " rows: " + said);
    }
    return new Measurement(seconds, work.rows(), null, resident);
  }

  private static String said(Process process) throws IOException {
    byte[] output = process.getInputStream().readAllBytes();
    byte[] errors = process.getErrorStream().readAllBytes();
    return new String(output, StandardCharsets.UTF_8) + new String(errors, StandardCharsets.UTF_8);
  }

  private static @Nullable Long later(@Nullable Long before, @Nullable Long now) {
    return now == null ? before : now;
  }
}
