package dev.bobbin.examples;

import java.math.BigInteger;
import java.util.Locale;

/**
 * What tells whether two tables hold the same rows.
 *
 * @param rows how many there are, each in its latest version
 * @param distinct how many different identities they have
 * @param sum a sum of digests of their values
 */
record TableSum(long rows, long distinct, BigInteger sum) {

  /** For example {@code 300,050 rows, checksum 24ab0f}. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%,d rows, checksum %x", rows, sum);
  }
}
