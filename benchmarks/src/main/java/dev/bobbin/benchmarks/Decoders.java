package dev.bobbin.benchmarks;

import dev.bobbin.dialect.postgres.DecoderBenchmark;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** The micro-benchmark of the decoders: its seconds are those of a million rows. */
final class Decoders {

  static final String NAME = "decoders";
  private static final long MILLION = 1_000_000;

  private Decoders() {}

  /** For each type, a measurement per iteration. */
  static Map<String, List<Measurement>> run(int rounds) throws RunnerException {
    Map<String, List<Measurement>> all = new LinkedHashMap<>();
    for (RunResult result :
        new Runner(
                new OptionsBuilder()
                    .include(DecoderBenchmark.class.getName())
                    .param("kind", DecoderBenchmark.kinds().toArray(String[]::new))
                    .forks(1)
                    .warmupIterations(3)
                    .warmupTime(TimeValue.seconds(1))
                    .measurementIterations(rounds)
                    .measurementTime(TimeValue.seconds(1))
                    .build())
            .run()) {
      all.put("decode-" + result.getParams().getParam("kind"), measurements(result));
    }
    return all;
  }

  private static List<Measurement> measurements(RunResult result) {
    return result.getBenchmarkResults().iterator().next().getIterationResults().stream()
        .map(iteration -> iteration.getPrimaryResult().getScore())
        .map(micros -> micros / 1e6 * MILLION / DecoderBenchmark.ROWS)
        .map(seconds -> new Measurement(seconds, MILLION, null, null))
        .toList();
  }
}
