package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.DataType;
import dev.bobbin.dialect.jdbc.OverlapWidth;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.state.Bookmark;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** Constants that replication keys are compared with. */
final class KeyBounds {

  private static final long MICROS_PER_SECOND = 1_000_000;
  // The first times that PostgreSQL has (manual, 8.5).
  private static final String FIRST_TIME = "'4714-11-24 00:00:00+00 BC'";
  private static final String FIRST_DATE = "'4714-11-24 BC'::date";
  // 9.3 reads at most an int of hours, which is 245,000 years.
  private static final long LONGEST_SECONDS = 7_500_000_000_000L;
  private static final long LONGEST_DAYS = 2_145_000_000L;

  private KeyBounds() {}

  /** The server's now and a day, for keys that are times. */
  static Optional<String> dayAhead(DataType type) {
    String naive = "(now() AT TIME ZONE 'UTC') + '38 hours'::interval";
    if (type instanceof DataType.Instant) {
      return Optional.of("now() + '24 hours'::interval");
    } else if (type instanceof DataType.Timestamp) {
      return Optional.of(naive);
    } else if (type instanceof DataType.Date) {
      return Optional.of('(' + naive + ")::date");
    }
    return Optional.empty();
  }

  /** The bookmark as a constant of the key's type. */
  static String literal(Bookmark bookmark) {
    // Text in money's own form depends on lc_monetary.
    String through = bookmark.type() instanceof DataType.Decimal ? "::numeric" : "";
    return PostgresSql.literal(bookmark.value()) + through + "::" + bookmark.nativeType();
  }

  /** Where to begin: the bookmark less the overlap, no lower than the type goes. */
  static String start(Bookmark bookmark, Overlap overlap) {
    if (overlap instanceof Overlap.Time time) {
      return startByTime(bookmark, time.width());
    } else if (overlap instanceof Overlap.Count count) {
      return startByCount(bookmark, count.width());
    }
    return literal(bookmark);
  }

  private static String startByTime(Bookmark bookmark, Duration width) {
    DataType type = bookmark.type();
    String literal = literal(bookmark);
    if (type instanceof DataType.Date) {
      long days = Math.min(LONGEST_DAYS, OverlapWidth.days(width));
      return orFirst(literal, FIRST_DATE, Long.toString(days), "'-infinity'::date");
    }
    String name =
        type instanceof DataType.Instant
            ? "timestamptz"
            : type instanceof DataType.Timestamp ? "timestamp" : "";
    if (name.isEmpty()) {
      throw OverlapWidth.noTime(bookmark);
    }
    if (width.toSeconds() >= LONGEST_SECONDS) {
      return "'-infinity'::" + name;
    }
    long micros = OverlapWidth.micros(width);
    return orFirst(
        literal + "::" + name,
        FIRST_TIME + "::" + name,
        "'" + hours(micros) + "'::interval",
        "'-infinity'::" + name);
  }

  /** An interval without days, which would be longer or shorter where the clock is changed. */
  private static String hours(long micros) {
    long seconds = micros / MICROS_PER_SECOND;
    return String.format(
        Locale.ROOT,
        "%d:%02d:%02d.%06d",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        micros % MICROS_PER_SECOND);
  }

  private static String orFirst(String literal, String first, String width, String lowest) {
    return "(CASE WHEN "
        + literal
        + " < "
        + first
        + " + "
        + width
        + " THEN "
        + lowest
        + " ELSE "
        + literal
        + " - "
        + width
        + " END)";
  }

  private static String startByCount(Bookmark bookmark, long width) {
    DataType type = bookmark.type();
    String value = PostgresSql.literal(bookmark.value());
    if (type instanceof DataType.Int number) {
      // In numeric, where nothing overflows; then of the key's type again, for the index.
      String name = !number.signed() ? "int8::oid" : "int" + number.bits() / 8;
      String lowest = number.signed() ? "-" + BigInteger.ONE.shiftLeft(number.bits() - 1) : "0";
      return "GREATEST(" + value + "::numeric - " + width + ", " + lowest + "::numeric)::" + name;
    } else if (type instanceof DataType.Decimal) {
      String start = '(' + value + "::numeric - " + width + ')';
      // Of numeric without the modifiers, which could refuse what lies below the bookmark.
      return bookmark.nativeType().equals("money") ? start + "::money" : start;
    } else if (type instanceof DataType.Float number) {
      return '(' + value + "::float" + number.bits() / 8 + "::float8 - " + width + "::float8)";
    }
    throw OverlapWidth.noNumber(bookmark);
  }
}
