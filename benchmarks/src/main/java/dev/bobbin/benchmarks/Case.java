package dev.bobbin.benchmarks;

/** One of the ways of doing the same that a benchmark compares; each run is a new process. */
interface Case {

  /** The name in tables and files. */
  String name();

  /** Does it once. */
  Measurement run() throws Exception;
}
