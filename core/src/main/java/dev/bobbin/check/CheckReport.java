package dev.bobbin.check;

import dev.bobbin.check.Finding.Result;
import dev.bobbin.error.ConfigurationException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What was found when the way to a source, and the tables of a selection, were tried. Immutable.
 *
 * @param source the source in a few words
 * @param findings in the order in which things were looked at; after something that nothing goes on
 *     without, such as a refused login, the rest is missing
 */
public record CheckReport(String source, List<Finding> findings) {

  private static final int WIDTH = 100;

  /** Copies the list. */
  public CheckReport {
    Objects.requireNonNull(source);
    findings = List.copyOf(findings);
  }

  /** Whether nothing failed; there may be warnings. */
  public boolean isPassed() {
    return failures().isEmpty();
  }

  /** What does not work. */
  public List<Finding> failures() {
    return of(Result.FAILURE);
  }

  /** What works, but should be known. */
  public List<Finding> warnings() {
    return of(Result.WARNING);
  }

  private List<Finding> of(Result result) {
    return findings.stream().filter(f -> f.result() == result).toList();
  }

  /**
   * Throws if something failed.
   *
   * @throws ConfigurationException that names every failure and every remedy
   */
  public void throwIfFailed() {
    List<Finding> failures = failures();
    if (!failures.isEmpty()) {
      throw new ConfigurationException(
          "The check of "
              + source
              + " failed. "
              + failures.stream().map(Finding::seen).collect(Collectors.joining(" ")),
          failures.stream().map(Finding::remedy).distinct().collect(Collectors.joining(" ")));
    }
  }

  /** For a terminal: a line for each finding, what to do below it, and the sum. */
  public String describe() {
    int width = findings.stream().mapToInt(f -> f.subject().toString().length()).max().orElse(0);
    StringBuilder text = new StringBuilder("Check of ").append(source).append('\n');
    for (Finding finding : findings) {
      String head =
          String.format(
              Locale.ROOT, "  %-4s  %-" + width + "s  ", mark(finding.result()), finding.subject());
      wrap(text, head, finding.seen());
      if (!finding.remedy().isEmpty()) {
        wrap(text, " ".repeat(head.length() - 3) + "-> ", finding.remedy());
      }
    }
    text.append(
        isPassed()
            ? "passed"
            : "FAILED: " + failures().size() + " of " + findings.size() + " findings");
    int warnings = warnings().size();
    if (warnings > 0) {
      text.append(", ").append(warnings).append(warnings == 1 ? " warning" : " warnings");
    }
    return text.append('\n').toString();
  }

  private static String mark(Result result) {
    return switch (result) {
      case PASS -> "ok";
      case WARNING -> "warn";
      case FAILURE -> "FAIL";
    };
  }

  /** Words below each other; statements, which are lines of their own, are left whole. */
  private static void wrap(StringBuilder text, String head, String words) {
    String indent = " ".repeat(head.length());
    String start = head;
    for (String line : words.split("\n", -1)) {
      StringBuilder row = new StringBuilder(start);
      boolean empty = true;
      for (String word : line.split(" ", -1)) {
        if (!empty && !line.endsWith(";") && row.length() + 1 + word.length() > WIDTH) {
          text.append(row).append('\n');
          row = new StringBuilder(indent);
          empty = true;
        }
        row.append(empty ? "" : " ").append(word);
        empty = false;
      }
      text.append(row).append('\n');
      start = indent;
    }
  }
}
