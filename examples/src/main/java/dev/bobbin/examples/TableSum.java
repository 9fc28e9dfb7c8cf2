package dev.bobbin.examples;

import java.math.BigInteger;

/**
 * What tells whether two tables hold the same rows.
 *
 * @param rows how many there are
 * @param distinct how many different identities they have
 * @param sum a sum of digests of their values
 */
record TableSum(long rows, long distinct, BigInteger sum) {}
