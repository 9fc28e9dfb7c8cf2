package dev.bobbin.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What the rounds of one case come to. Ratios are to the first case of the benchmark: of the
 * medians, and the least and greatest of those within a round.
 *
 * @param name of the case
 * @param peakHeapMb of all rounds; null where there is none
 * @param peakResidentMb of all rounds; null where it is not known
 */
record Result(
    String name,
    double medianSeconds,
    double rowsPerSecond,
    double ratio,
    double ratioMin,
    double ratioMax,
    @Nullable Double peakHeapMb,
    @Nullable Double peakResidentMb) {

  private static final double MB = 1 << 20;

  /** Of all cases, in their order. */
  static List<Result> of(Map<String, List<Measurement>> measurements) {
    List<Measurement> first = measurements.values().iterator().next();
    List<Result> results = new ArrayList<>();
    measurements.forEach((name, rounds) -> results.add(of(name, rounds, first)));
    return results;
  }

  private static Result of(String name, List<Measurement> rounds, List<Measurement> first) {
    double median = median(rounds);
    double least = Double.MAX_VALUE;
    double greatest = 0;
    for (int i = 0; i < rounds.size(); i++) {
      double ratio = rounds.get(i).seconds() / first.get(i).seconds();
      least = Math.min(least, ratio);
      greatest = Math.max(greatest, ratio);
    }
    return new Result(
        name,
        median,
        rounds.get(0).rows() / median,
        median / median(first),
        least,
        greatest,
        greatest(rounds.stream().map(Measurement::peakHeap).toList()),
        greatest(rounds.stream().map(Measurement::peakResident).toList()));
  }

  static double median(List<Measurement> rounds) {
    double[] sorted = rounds.stream().mapToDouble(Measurement::seconds).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static @Nullable Double greatest(List<@Nullable Long> bytes) {
    OptionalLong most = bytes.stream().filter(Objects::nonNull).mapToLong(Long::longValue).max();
    return most.isPresent() ? most.getAsLong() / MB : null;
  }
}
