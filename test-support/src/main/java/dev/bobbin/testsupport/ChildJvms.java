package dev.bobbin.testsupport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.testservers.ChildJvm;
import java.time.Duration;

/** What tests expect of the JVMs that they start. */
public final class ChildJvms {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private ChildJvms() {}

  /** Waits for its end; where that is a failure, fails with what it said of it. */
  public static void awaitSuccess(ChildJvm child) {
    int exit = child.awaitExit(PATIENCE);
    assertThat(exit).as("%s", String.join("\n", child.errors())).isZero();
  }
}
