package dev.bobbin.ssh;

import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Subject;
import java.util.function.Consumer;

/**
 * Where the opening of a session stands, for somebody who wants to know. Confined to the thread
 * that opens.
 */
final class Steps {

  private final Consumer<Finding> findings;
  private Subject current = Subject.NAME;

  Steps(Consumer<Finding> findings) {
    this.findings = findings;
  }

  static Steps unheard() {
    return new Steps(finding -> {});
  }

  void begin(Subject subject) {
    current = subject;
  }

  void passed(String seen) {
    findings.accept(Finding.pass(current, seen));
  }

  /** What was under way last. */
  Subject current() {
    return current;
  }
}
