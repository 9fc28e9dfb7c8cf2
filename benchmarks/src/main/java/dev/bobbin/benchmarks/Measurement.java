package dev.bobbin.benchmarks;

import org.jspecify.annotations.Nullable;

/**
 * What one case did in one round.
 *
 * @param seconds how long it took
 * @param rows how many rows it read
 * @param peakHeap bytes; null where there is no JVM
 * @param peakResident bytes; null where the system does not say
 */
record Measurement(
    double seconds, long rows, @Nullable Long peakHeap, @Nullable Long peakResident) {

  private static final String MARK = "measured";

  /** Whether this is a line that {@link #toLine} made. */
  static boolean isLine(String line) {
    return line.startsWith(MARK + " ");
  }

  static Measurement parse(String line) {
    String[] parts = line.split(" ", -1);
    return new Measurement(
        Double.parseDouble(parts[1]),
        Long.parseLong(parts[2]),
        Long.valueOf(parts[3]),
        parts[4].equals("-") ? null : Long.valueOf(parts[4]));
  }

  String toLine() {
    return String.join(
        " ",
        MARK,
        Double.toString(seconds),
        Long.toString(rows),
        Long.toString(peakHeap == null ? 0 : peakHeap),
        peakResident == null ? "-" : Long.toString(peakResident));
  }
}
