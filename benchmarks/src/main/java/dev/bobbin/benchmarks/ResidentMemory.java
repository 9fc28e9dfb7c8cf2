package dev.bobbin.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The most memory that a process has held, as Linux counts it (VmHWM: high water mark). */
final class ResidentMemory {

  private ResidentMemory() {}

  /**
   * The peak so far in bytes; null on other systems and of a process that is gone.
   *
   * @param process a process id, or "self"
   */
  static @Nullable Long peak(String process) {
    Path status = Path.of("/proc", process, "status");
    try {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith("VmHWM:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
    } catch (IOException e) {
      // not Linux, or gone
    }
    return null;
  }
}
