package dev.bobbin.ssh;

import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Subject;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Where the opening of a session stands, for somebody who wants to know. Confined to the thread
 * that opens.
 */
final class Steps {

  private final Consumer<Finding> findings;
  private final Set<Subject> told = EnumSet.noneOf(Subject.class);
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

  /** Tells that what is under way went well; once, though it may have taken several connections. */
  void passed(String seen) {
    if (told.add(current)) {
      findings.accept(Finding.pass(current, seen));
    }
  }

  /** What was under way last. */
  Subject current() {
    return current;
  }
}
