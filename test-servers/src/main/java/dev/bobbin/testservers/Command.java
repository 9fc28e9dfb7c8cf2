package dev.bobbin.testservers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.List;

/** A short external command that has ended: its exit code and all that it printed. */
record Command(int exitCode, String output) {

  /** Runs to the end with {@code input} as its stdin. */
  static Command run(List<String> command, String input) throws IOException {
    Process process = plain(command).redirectErrorStream(true).start();
    try {
      try (OutputStream stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(UTF_8));
      } catch (IOException endedWithoutReading) {
        // its exit code says more
      }
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      return new Command(process.waitFor(), output);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("Interrupted while running " + command.get(0));
    } finally {
      process.destroyForcibly();
    }
  }

  /** Like {@link #run}, but an exit code other than 0 throws with the command's output. */
  static void require(List<String> command, String input) throws IOException {
    Command done = run(command, input);
    if (done.exitCode != 0) {
      throw new IOException(
          String.join(" ", command) + " ended with " + done.exitCode + ":\n" + done.output);
    }
  }

  /** A process builder whose environment holds nothing that changes how a database behaves. */
  static ProcessBuilder plain(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder
        .environment()
        .keySet()
        .removeIf(
            name ->
                name.startsWith("PG")
                    || name.startsWith("MYSQL")
                    || name.startsWith("MARIADB")
                    || name.startsWith("FERRETDB")
                    || name.startsWith("LC_")
                    || name.equals("LANG")
                    || name.equals("TZ"));
    builder.environment().put("LC_ALL", "C");
    return builder;
  }
}
