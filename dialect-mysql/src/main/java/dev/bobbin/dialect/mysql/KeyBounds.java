package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.DataType;
import dev.bobbin.dialect.jdbc.OverlapWidth;
import dev.bobbin.dialect.jdbc.load.SqlText;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.state.Bookmark;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What replication keys are compared with. */
final class KeyBounds {

  private static final Duration LONGEST = Duration.ofDays(3_652_500); // more than all of its years
  private static final int DIGITS = 65;
  private static final String FIRST_TIME = "CAST('0000-00-00 00:00:00' AS DATETIME(6))";
  private static final String FIRST_DATE = "CAST('0000-00-00' AS DATE)";

  private KeyBounds() {}

  /**
   * The server's now and a day, for keys that are times; of those without a zone in the zone that
   * is latest. The session's zone is UTC.
   */
  static Optional<String> dayAhead(DataType type) {
    String naive = "UTC_TIMESTAMP(6) + INTERVAL 38 HOUR";
    if (type instanceof DataType.Instant) {
      return Optional.of("NOW(6) + INTERVAL 24 HOUR");
    } else if (type instanceof DataType.Timestamp) {
      return Optional.of(naive);
    } else if (type instanceof DataType.Date) {
      return Optional.of("CAST(" + naive + " AS DATE)");
    }
    return Optional.empty();
  }

  /**
   * Where to begin: the bookmark less the overlap, no lower than the type goes.
   *
   * @throws ConfigurationException if the overlap does not fit the type of the key
   */
  static SqlText start(Bookmark bookmark, Overlap overlap) {
    SqlText value = KeyText.operand(bookmark.type(), bookmark.value());
    if (overlap instanceof Overlap.Time time) {
      return startByTime(bookmark, value, time.width());
    } else if (overlap instanceof Overlap.Count count) {
      return startByCount(bookmark, value, count.width());
    }
    return value;
  }

  private static SqlText startByTime(Bookmark bookmark, SqlText value, Duration width) {
    DataType type = bookmark.type();
    Duration within = width.compareTo(LONGEST) > 0 ? LONGEST : width;
    // Subtracting gives NULL below the first time there is, and from dates that are none.
    if (type instanceof DataType.Date) {
      long days = OverlapWidth.days(within);
      return orFirst(value, " - INTERVAL ? DAY", days, FIRST_DATE);
    }
    if (type instanceof DataType.Timestamp || type instanceof DataType.Instant) {
      long micros = OverlapWidth.micros(within);
      return orFirst(value, " - INTERVAL ? MICROSECOND", micros, FIRST_TIME);
    }
    throw OverlapWidth.noTime(bookmark);
  }

  private static SqlText orFirst(SqlText value, String minus, long width, String first) {
    return new SqlText(
        "COALESCE(" + value.text() + minus + ", " + first + ")",
        List.of(value.parameters().get(0), width));
  }

  private static SqlText startByCount(Bookmark bookmark, SqlText value, long width) {
    DataType type = bookmark.type();
    if (type instanceof DataType.Int number) {
      // In decimals, where nothing overflows; then as a whole number again.
      return new SqlText(
          "CAST(GREATEST(CAST(? AS DECIMAL("
              + DIGITS
              + ",0)) - ?, "
              + KeyText.lowest(number)
              + (number.signed() ? ") AS SIGNED)" : ") AS UNSIGNED)"),
          List.of(bookmark.value(), width));
    } else if (type instanceof DataType.Decimal || type instanceof DataType.Float) {
      return new SqlText("(" + value.text() + " - ?)", List.of(value.parameters().get(0), width));
    }
    throw OverlapWidth.noNumber(bookmark);
  }
}
