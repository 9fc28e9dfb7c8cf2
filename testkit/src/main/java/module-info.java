/** Contract tests for dialects, sinks, state stores and tunnels. */
module dev.bobbin.testkit {
  // exports dev.bobbin.testkit; (not before its first class)

  requires transitive dev.bobbin.core;
  requires transitive org.junit.jupiter.api;

// exports dev.bobbin.testkit;
}
