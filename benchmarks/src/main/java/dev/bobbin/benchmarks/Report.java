package dev.bobbin.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The results of a benchmark as a table for people and as JSON for programs. */
record Report(List<Result> results) {

  private static final String HEAD =
      """
      | case | seconds | rows/s | ratio | min–max | peak heap MB | peak RSS MB |
      |---|---|---|---|---|---|---|
      """;

  /** A table in Markdown. */
  String table() {
    StringBuilder table = new StringBuilder(HEAD);
    for (Result result : results) {
      table.append(
          String.format(
              Locale.ROOT,
              "| %s | %.3f | %,.0f | %.2f | %.2f–%.2f | %s | %s |%n",
              result.name(),
              result.medianSeconds(),
              result.rowsPerSecond(),
              result.ratio(),
              result.ratioMin(),
              result.ratioMax(),
              whole(result.peakHeapMb()),
              whole(result.peakResidentMb())));
    }
    return table.toString();
  }

  private static String whole(@Nullable Double number) {
    return number == null ? "" : String.format(Locale.ROOT, "%.0f", number);
  }

  /** An array with an object per case. */
  String json() {
    return results.stream()
        .map(Report::json)
        .collect(Collectors.joining(",\n  ", "[\n  ", "\n]\n"));
  }

  private static String json(Result result) {
    return String.format(
        Locale.ROOT,
        "{\"case\": \"%s\", \"median_seconds\": %.6f, \"rows_per_second\": %.1f, \"ratio\": %.4f,"
            + " \"ratio_min\": %.4f, \"ratio_max\": %.4f, \"peak_heap_mb\": %s,"
            + " \"peak_rss_mb\": %s}",
        result.name(),
        result.medianSeconds(),
        result.rowsPerSecond(),
        result.ratio(),
        result.ratioMin(),
        result.ratioMax(),
        tenths(result.peakHeapMb()),
        tenths(result.peakResidentMb()));
  }

  private static String tenths(@Nullable Double number) {
    return number == null ? "null" : String.format(Locale.ROOT, "%.1f", number);
  }

  void write(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.writeString(file, json());
  }
}
