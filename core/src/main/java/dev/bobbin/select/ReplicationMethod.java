package dev.bobbin.select;

import java.io.Serializable;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;

/** How a table is copied. */
public sealed interface ReplicationMethod extends Serializable {

  /** Every run reads the whole table. */
  record FullTable() implements ReplicationMethod {
    @Override
    public String toString() {
      return "full table";
    }
  }

  /**
   * Every run reads the rows whose replication key is at or above the bookmark, in the key's order.
   *
   * @param key the column that grows when a row is made or changed
   * @param overlap how far below the bookmark each run reads again, for commits that come late
   * @param nullKeys what becomes of rows whose key is NULL
   */
  record Incremental(String key, Overlap overlap, NullKeys nullKeys) implements ReplicationMethod {
    /** Checks that nothing is missing. */
    public Incremental {
      Objects.requireNonNull(key);
      Objects.requireNonNull(overlap);
      Objects.requireNonNull(nullKeys);
    }

    @Override
    public String toString() {
      return "incremental by " + key;
    }
  }

  /** How far below the bookmark an incremental run begins to read. */
  sealed interface Overlap extends Serializable {

    /**
     * As far as commonly needed, where it costs no repeats: an hour for keys that are times, and
     * 10,000 for whole and decimal numbers, of tables whose source can tell rows that were
     * committed late from rows that the last run has seen. None elsewhere. The plan says which.
     */
    record Usual() implements Overlap {
      /** The width for keys that are times. */
      public static final Duration TIME = Duration.ofHours(1);

      /** The width for keys that are whole or decimal numbers. */
      public static final long COUNT = 10_000;

      @Override
      public String toString() {
        return "as usual";
      }
    }

    /** Not below it at all. */
    record None() implements Overlap {
      @Override
      public String toString() {
        return "none";
      }
    }

    /**
     * A length of time, for keys that are times.
     *
     * @param width not negative
     */
    record Time(Duration width) implements Overlap {
      /** Checks the width. */
      public Time {
        if (width.isNegative() || width.isZero()) {
          throw new IllegalArgumentException("an overlap is longer than nothing: " + width);
        }
      }

      /** For example {@code 5m} or {@code 1h30m}. */
      @Override
      public String toString() {
        return width.toString().substring("PT".length()).toLowerCase(Locale.ROOT);
      }
    }

    /**
     * A difference of numbers, for keys that are numbers.
     *
     * @param width positive
     */
    record Count(long width) implements Overlap {
      /** Checks the width. */
      public Count {
        if (width <= 0) {
          throw new IllegalArgumentException("an overlap is more than nothing: " + width);
        }
      }

      @Override
      public String toString() {
        return String.format(Locale.ROOT, "%,d", width);
      }
    }
  }

  /** What becomes of rows whose replication key is NULL. */
  enum NullKeys {
    /** Every run delivers them all: nothing is lost, at the cost of repeats. The default. */
    EVERY_RUN,
    /** Only the first run delivers them. */
    FIRST_RUN,
    /** The table fails when there is one. */
    FAIL
  }
}
