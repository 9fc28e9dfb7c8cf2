package dev.bobbin.internal;

import dev.bobbin.record.UnrepresentableValues;
import dev.bobbin.spi.SourceSettings;
import java.time.Clock;
import java.time.Duration;

/**
 * How a replicator runs, whatever the source.
 *
 * @param id the replicator's id
 * @param name the name that the id was made from
 * @param source what the session gets
 * @param budget the bytes over all batches
 * @param maxRetries how often in a row a table is tried again
 * @param firstPause the pause before the first retry
 * @param longestPause the longest pause
 * @param stallTimeout how long a source may be silent
 * @param unrepresentable what becomes of values that the Java type cannot hold
 * @param resetUnfitting whether a checkpoint that no longer fits is reset by itself
 * @param clock for the times in the report
 */
public record RunSettings(
    String id,
    String name,
    SourceSettings source,
    long budget,
    int maxRetries,
    Duration firstPause,
    Duration longestPause,
    Duration stallTimeout,
    UnrepresentableValues unrepresentable,
    boolean resetUnfitting,
    Clock clock) {

  /**
   * The pause before the n-th retry: doubled each time, and a random part of it so that many do not
   * come back at once.
   */
  public Duration pause(int retry) {
    long longest =
        Math.min(
            longestPause.toMillis(), firstPause.toMillis() << Math.min(20, Math.max(0, retry - 1)));
    return Duration.ofMillis(
        longest / 2 + java.util.concurrent.ThreadLocalRandom.current().nextLong(longest / 2 + 1));
  }
}
