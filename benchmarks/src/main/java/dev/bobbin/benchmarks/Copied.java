package dev.bobbin.benchmarks;

/**
 * What a peer has read.
 *
 * @param rows the number of rows
 * @param sum a number that depends on every value, so that no reading can be left out
 */
record Copied(long rows, long sum) {}
