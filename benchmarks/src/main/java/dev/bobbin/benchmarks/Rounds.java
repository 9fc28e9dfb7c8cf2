package dev.bobbin.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The measurements of some cases, interleaved: in each round every case runs once, so that what
 * slows the machine for a while slows them all. A first round is not counted.
 */
final class Rounds {

  private Rounds() {}

  /** For each case's name, in the order given, a measurement per round. */
  static Map<String, List<Measurement>> run(List<? extends Case> cases, int rounds)
      throws Exception {
    Map<String, List<Measurement>> all = new LinkedHashMap<>();
    for (int round = 0; round <= rounds; round++) {
      for (Case one : cases) {
        Measurement measured = one.run();
        System.out.printf(
            Locale.ROOT,
            "  %-9s %-20s %9.3f s%n",
            round == 0 ? "warm-up" : "round " + round,
            one.name(),
            measured.seconds());
        if (round > 0) {
          all.computeIfAbsent(one.name(), name -> new ArrayList<>()).add(measured);
        }
      }
    }
    return all;
  }
}
