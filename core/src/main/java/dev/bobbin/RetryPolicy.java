package dev.bobbin;

import java.time.Duration;
import java.util.Objects;

/**
 * How often, and after which pauses, a table is tried again after a failure that is likely to pass.
 * The pause doubles each time up to the longest, with a random part. Retries count from the last
 * saved checkpoint: progress starts the count anew.
 *
 * @param maxRetries retries in a row; 0 for none
 * @param firstPause before the first retry; positive
 * @param longestPause not shorter than the first
 */
public record RetryPolicy(int maxRetries, Duration firstPause, Duration longestPause) {

  /** Five retries, after about 1, 2, 4, 8 and 16 seconds. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(5, Duration.ofSeconds(1), Duration.ofSeconds(30));

  /** No retry. */
  public static final RetryPolicy NONE =
      new RetryPolicy(0, Duration.ofMillis(1), Duration.ofMillis(1));

  /** Checks the numbers. */
  public RetryPolicy {
    Objects.requireNonNull(firstPause);
    Objects.requireNonNull(longestPause);
    if (maxRetries < 0 || firstPause.toMillis() < 1 || longestPause.compareTo(firstPause) < 0) {
      throw new IllegalArgumentException(
          "retries: " + maxRetries + ", pauses from " + firstPause + " to " + longestPause);
    }
  }
}
