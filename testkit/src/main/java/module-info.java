/**
 * What the author of a dialect, a sink or a state store tests it with: contract tests, an in-memory
 * source, collecting and failing sinks, and crashes at any step.
 */
module dev.bobbin.testkit {
  exports dev.bobbin.testkit;

  requires transitive dev.bobbin.core;
  requires transitive org.junit.jupiter.api;
  requires static transitive org.jspecify;
}
