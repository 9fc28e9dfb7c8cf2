package dev.bobbin.dialect.sqlserver;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.dialect.jdbc.OverlapWidth;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.state.Bookmark;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Values that replication keys are compared with, as {@link KeyText} writes them. They are reckoned
 * here and not by the server, which could use no index for what it has to reckon row by row; what
 * they are compared with is still the server's affair.
 */
final class KeyBounds {

  private static final Duration LONGEST = Duration.ofDays(3_652_500); // more than all of its years

  /** What has no zone is taken as the time of whichever zone is latest: UTC+14. */
  private static final Duration DAY_OF_ANY_ZONE = Duration.ofHours(38);

  /** So that rounding to 1/300 of a second raises nothing. */
  private static final Duration TICK = Duration.ofMillis(4);

  private static final LocalDate FIRST_DAY = LocalDate.of(1, 1, 1);
  private static final LocalDate FIRST_DATETIME = LocalDate.of(1753, 1, 1);
  private static final LocalDate FIRST_SMALLDATETIME = LocalDate.of(1900, 1, 1);
  private static final LocalDateTime LAST_SMALLDATETIME = LocalDateTime.of(2079, 6, 6, 23, 59);
  private static final int ROWVERSION_BYTES = 8;

  private KeyBounds() {}

  /**
   * The server's now and a day, for keys that are times.
   *
   * @param now the server's, in UTC
   */
  static Optional<String> dayAhead(Column key, LocalDateTime now) {
    LocalDateTime naive = now.plus(DAY_OF_ANY_ZONE);
    DataType type = key.type();
    if (type instanceof DataType.Date) {
      return Optional.of(KeyText.date(naive.toLocalDate()));
    } else if (type instanceof DataType.OffsetTimestamp) {
      return Optional.of(KeyText.offsetDateTime(now.plusDays(1).atOffset(ZoneOffset.UTC)));
    } else if (type instanceof DataType.Timestamp) {
      boolean small = key.nativeType().equals("smalldatetime");
      return Optional.of(
          KeyText.dateTime(
              small && naive.isAfter(LAST_SMALLDATETIME) ? LAST_SMALLDATETIME : naive));
    }
    return Optional.empty();
  }

  /**
   * Where to begin: the bookmark less the overlap, no lower than the type goes.
   *
   * @throws dev.bobbin.error.ConfigurationException if the overlap does not fit the type of the key
   */
  static String start(Bookmark bookmark, Overlap overlap) {
    if (overlap instanceof Overlap.Time time) {
      return byTime(bookmark, time.width().compareTo(LONGEST) > 0 ? LONGEST : time.width());
    } else if (overlap instanceof Overlap.Count count) {
      return byCount(bookmark, BigInteger.valueOf(count.width()));
    }
    return bookmark.value();
  }

  private static String byTime(Bookmark bookmark, Duration width) {
    DataType type = bookmark.type();
    String value = bookmark.value();
    TypeName name = TypeName.parse(bookmark.nativeType());
    if (type instanceof DataType.Date) {
      LocalDate from = KeyText.date(value).minusDays(OverlapWidth.days(width));
      return KeyText.date(from.isBefore(FIRST_DAY) ? FIRST_DAY : from);
    } else if (type instanceof DataType.Timestamp) {
      LocalDateTime at = KeyText.dateTime(value).minus(width);
      return KeyText.dateTime(
          switch (name.base()) {
            case "datetime" -> notBefore(FIRST_DATETIME, at.minus(TICK));
            case "smalldatetime" ->
                notBefore(FIRST_SMALLDATETIME, at).truncatedTo(ChronoUnit.MINUTES);
            default -> floor(notBefore(FIRST_DAY, at), name);
          });
    } else if (type instanceof DataType.OffsetTimestamp) {
      OffsetDateTime at = KeyText.offsetDateTime(value).minus(width);
      OffsetDateTime first = OffsetDateTime.of(FIRST_DAY, LocalTime.MIN, ZoneOffset.UTC);
      return KeyText.offsetDateTime(
          at.isBefore(first) ? first : at.with(floor(at.toLocalDateTime(), name)));
    }
    throw OverlapWidth.noTime(bookmark);
  }

  private static LocalDateTime notBefore(LocalDate first, LocalDateTime time) {
    return time.toLocalDate().isBefore(first) ? first.atStartOfDay() : time;
  }

  /** Down to the digits that the type has behind the second: binding it would round to them. */
  private static LocalDateTime floor(LocalDateTime time, TypeName type) {
    int unit = 1;
    for (int digits = Math.max(0, type.first()); digits < 9; digits++) {
      unit *= 10;
    }
    return time.minusNanos(time.toLocalTime().toNanoOfDay() % unit);
  }

  private static String byCount(Bookmark bookmark, BigInteger width) {
    DataType type = bookmark.type();
    String value = bookmark.value();
    if (type instanceof DataType.Int number) {
      BigInteger lowest =
          number.signed() ? BigInteger.ONE.shiftLeft(number.bits() - 1).negate() : BigInteger.ZERO;
      return new BigInteger(value).subtract(width).max(lowest).toString();
    } else if (type instanceof DataType.Decimal decimal) {
      BigInteger most =
          BigInteger.TEN.pow(Math.max(1, decimal.precision())).subtract(BigInteger.ONE);
      BigDecimal lowest = new BigDecimal(most.negate(), decimal.scale());
      return new BigDecimal(value).subtract(new BigDecimal(width)).max(lowest).toPlainString();
    } else if (type instanceof DataType.Float number) {
      double from = Double.parseDouble(value) - width.doubleValue();
      return number.bits() == 32
          ? Float.toString(Math.max(-Float.MAX_VALUE, Math.nextDown((float) from)))
          : Double.toString(from);
    } else if (bookmark.nativeType().equals("rowversion")) {
      BigInteger from = new BigInteger(value, 16).subtract(width).max(BigInteger.ZERO);
      byte[] digits = from.toByteArray();
      byte[] bytes = new byte[ROWVERSION_BYTES];
      int count = Math.min(ROWVERSION_BYTES, digits.length);
      System.arraycopy(digits, digits.length - count, bytes, ROWVERSION_BYTES - count, count);
      return HexFormat.of().formatHex(bytes);
    }
    throw OverlapWidth.noNumber(bookmark);
  }
}
