package dev.bobbin.dialect.jdbc;

import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Subject;
import java.time.Duration;
import java.time.Instant;

/** How a server's clock stands beside this machine's. */
public final class ServerClock {

  private static final Duration TOLERATED = Duration.ofSeconds(60);

  private ServerClock() {}

  /**
   * What is to be said of a server's clock.
   *
   * @param asked this machine's time before the server was asked
   * @param told the server's
   * @param answered this machine's time when the answer had come
   * @param zone a sentence on the server's time zone
   */
  public static Finding finding(Instant asked, Instant told, Instant answered, String zone) {
    Instant here = asked.plus(Duration.between(asked, answered).dividedBy(2));
    Duration ahead = Duration.between(here, told);
    Duration apart = ahead.abs();
    if (apart.compareTo(TOLERATED) <= 0) {
      return Finding.pass(
          Subject.CLOCK,
          "The server's clock agrees with this machine's"
              + (apart.toSeconds() < 1 ? "" : " to " + apart.toSeconds() + " s")
              + ". "
              + zone);
    }
    return Finding.warning(
        Subject.CLOCK,
        "The server's clock is "
            + words(apart)
            + (ahead.isNegative() ? " behind" : " ahead of")
            + " this machine's. "
            + zone,
        "Set the one that is wrong. Bookmarks are the database's own values, whatever the clocks"
            + " say; the times in reports are this machine's.");
  }

  private static String words(Duration apart) {
    long days = apart.toDays();
    if (days > 0) {
      return days + " d " + apart.toHoursPart() + " h";
    }
    return apart.toHours() > 0
        ? apart.toHours() + " h " + apart.toMinutesPart() + " min"
        : apart.toMinutes() + " min " + apart.toSecondsPart() + " s";
  }
}
