package dev.bobbin.dialect.jdbc;

import dev.bobbin.error.ConfigurationException;
import dev.bobbin.state.Bookmark;
import java.time.Duration;

/** The width of an overlap in the units of databases, never less than it is. */
public final class OverlapWidth {

  private static final Duration MICRO = Duration.ofNanos(1000);

  private OverlapWidth() {}

  /** In days. */
  public static long days(Duration width) {
    long days = width.toDays();
    return width.minusDays(days).isZero() ? days : days + 1;
  }

  /** In microseconds. */
  public static long micros(Duration width) {
    return width.plus(MICRO).minusNanos(1).dividedBy(MICRO);
  }

  /** The refusal of a length of time below a key that is none. */
  public static ConfigurationException noTime(Bookmark bookmark) {
    return mismatch(bookmark, "a length of time", "a number, or none");
  }

  /** The refusal of a number below a key that is none. */
  public static ConfigurationException noNumber(Bookmark bookmark) {
    return mismatch(bookmark, "a number", "a length of time, or none");
  }

  private static ConfigurationException mismatch(Bookmark bookmark, String what, String remedy) {
    return new ConfigurationException(
        "The overlap of the replication key "
            + bookmark.column()
            + " is "
            + what
            + ", which does not fit its type "
            + bookmark.nativeType()
            + ".",
        "Make the overlap " + remedy + '.');
  }
}
