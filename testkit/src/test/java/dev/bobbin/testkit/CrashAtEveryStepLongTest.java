package dev.bobbin.testkit;

import org.junit.jupiter.api.Tag;

/** The same with every step, also where scans are read side by side. */
@Tag("long")
class CrashAtEveryStepLongTest extends CrashAtEveryStepTest {

  @Override
  int stride(Setting setting, int steps) {
    return 1;
  }
}
