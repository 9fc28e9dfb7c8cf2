package dev.bobbin.benchmarks;

/**
 * A way of reading tables inside a JVM that is compared with others. It connects, reads all rows
 * and touches every value in the form that it is natural for it to give.
 */
@FunctionalInterface
interface Peer {

  /**
   * Reads a table once.
   *
   * @param rows how many rows the table has, for a peer that does not see the end by itself
   */
  Copied copy(Source source, String table, long rows) throws Exception;
}
