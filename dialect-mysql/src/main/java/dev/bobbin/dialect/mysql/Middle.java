package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.DataType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Guesses of a value about halfway between two keys. They only say where to look: the server finds
 * the key that is there, and compares it.
 */
final class Middle {

  private static final int DEEPEST = 8;
  private static final String DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";

  /** A date, a time of day, or both; zero and partial dates are none that have a middle. */
  private static final Pattern TIME =
      Pattern.compile("(-?)([0-9]{2,3}):([0-9]{2}):([0-9]{2})(?:\\.([0-9]{1,6}))?");

  private Middle() {}

  /**
   * A value above one key and not above another.
   *
   * @param low as {@link KeyText} writes it
   * @param high likewise
   * @return empty where there is none, or none that can be guessed
   */
  static Optional<String> of(DataType type, String low, String high) {
    try {
      if (type instanceof DataType.Int || type instanceof DataType.Bool) {
        return number(new BigInteger(low), new BigInteger(high)).map(BigInteger::toString);
      } else if (type instanceof DataType.Decimal decimal) {
        return decimal(new BigDecimal(low), new BigDecimal(high), Math.max(0, decimal.scale()));
      } else if (type instanceof DataType.Date) {
        return Instants.date(low, high);
      } else if (type instanceof DataType.Timestamp || type instanceof DataType.Instant) {
        return Instants.dateTime(low, high);
      } else if (type instanceof DataType.Time) {
        return time(low, high);
      } else if (type instanceof DataType.Bytes) {
        return bytes(HexFormat.of().parseHex(low), HexFormat.of().parseHex(high));
      } else if (type instanceof DataType.Text) {
        return text(low, high);
      }
      return Optional.empty();
    } catch (DateTimeException | IllegalArgumentException e) {
      return Optional.empty(); // such as a zero date
    }
  }

  /** Above the low one, at most the high one. */
  static Optional<BigInteger> number(BigInteger low, BigInteger high) {
    BigInteger middle = low.add(high).add(BigInteger.ONE).shiftRight(1);
    return middle.compareTo(low) > 0 && middle.compareTo(high) <= 0
        ? Optional.of(middle)
        : Optional.empty();
  }

  private static Optional<String> decimal(BigDecimal low, BigDecimal high, int scale) {
    BigInteger from = low.setScale(scale, RoundingMode.FLOOR).unscaledValue();
    BigInteger to = high.setScale(scale, RoundingMode.FLOOR).unscaledValue();
    return number(from, to).map(value -> new BigDecimal(value, scale).toPlainString());
  }

  private static Optional<String> time(String low, String high) {
    return number(micros(low), micros(high)).map(Middle::time);
  }

  private static BigInteger micros(String time) {
    Matcher parts = TIME.matcher(time);
    if (!parts.matches()) {
      throw new IllegalArgumentException("no time");
    }
    String fraction = parts.group(5) == null ? "" : parts.group(5);
    long seconds =
        Long.parseLong(parts.group(2)) * 3600
            + Long.parseLong(parts.group(3)) * 60
            + Long.parseLong(parts.group(4));
    long micros = seconds * 1_000_000 + Long.parseLong((fraction + "000000").substring(0, 6));
    return BigInteger.valueOf(parts.group(1).isEmpty() ? micros : -micros);
  }

  private static String time(BigInteger value) {
    long micros = value.abs().longValueExact();
    long seconds = micros / 1_000_000;
    return String.format(
        Locale.ROOT,
        "%s%02d:%02d:%02d.%06d",
        value.signum() < 0 ? "-" : "",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        micros % 1_000_000);
  }

  /** As fractions in base 256, of so many digits as it takes to tell them apart. */
  private static Optional<String> bytes(byte[] low, byte[] high) {
    int length = Arrays.mismatch(low, high) + DEEPEST;
    BigInteger from = new BigInteger(1, Arrays.copyOf(low, length));
    BigInteger to = new BigInteger(1, Arrays.copyOf(high, length));
    return number(from, to)
        .map(
            middle -> {
              byte[] digits = middle.toByteArray();
              byte[] value = new byte[length];
              int count = Math.min(length, digits.length);
              System.arraycopy(digits, digits.length - count, value, length - count, count);
              return HexFormat.of().formatHex(value);
            });
  }

  /**
   * As fractions in base 36, since all collations have digits before letters. Other characters have
   * no place that is known.
   */
  private static Optional<String> text(String low, String high) {
    int common = 0;
    while (common < Math.min(low.length(), high.length())
        && low.charAt(common) == high.charAt(common)) {
      common++;
    }
    boolean upper =
        (common < high.length() && Character.isUpperCase(high.charAt(common)))
            || (common < low.length() && Character.isUpperCase(low.charAt(common)));
    int shared = common;
    return number(fraction(low, common), fraction(high, common))
        .map(
            middle -> {
              StringBuilder digits = new StringBuilder();
              BigInteger rest = middle;
              for (int i = 0; i < DEEPEST; i++) {
                BigInteger[] parts = rest.divideAndRemainder(BigInteger.valueOf(DIGITS.length()));
                digits.insert(0, DIGITS.charAt(parts[1].intValue()));
                rest = parts[0];
              }
              String tail = upper ? digits.toString().toUpperCase(Locale.ROOT) : digits.toString();
              return high.substring(0, shared) + tail;
            });
  }

  private static BigInteger fraction(String text, int from) {
    BigInteger value = BigInteger.ZERO;
    boolean known = true;
    for (int i = from; i < from + DEEPEST; i++) {
      int digit = i < text.length() ? DIGITS.indexOf(Character.toLowerCase(text.charAt(i))) : 0;
      if (digit < 0 && i == from) {
        throw new IllegalArgumentException("no digit or letter");
      }
      known = known && digit >= 0;
      value = value.multiply(BigInteger.valueOf(DIGITS.length()));
      value = value.add(BigInteger.valueOf(known ? digit : 0));
    }
    return value;
  }

  /** Middles of dates. */
  private static final class Instants {

    static Optional<String> date(String low, String high) {
      return number(day(low), day(high))
          .map(day -> LocalDate.ofEpochDay(day.longValueExact()).toString());
    }

    private static BigInteger day(String date) {
      return BigInteger.valueOf(LocalDate.parse(date).toEpochDay());
    }

    static Optional<String> dateTime(String low, String high) {
      return number(micros(low), micros(high))
          .map(
              micros -> {
                BigInteger[] parts = micros.divideAndRemainder(BigInteger.valueOf(1_000_000));
                long seconds = parts[0].longValueExact();
                long rest = parts[1].longValueExact();
                if (rest < 0) {
                  seconds--;
                  rest += 1_000_000;
                }
                return KeyText.dateTime(
                    LocalDateTime.ofEpochSecond(seconds, (int) rest * 1000, ZoneOffset.UTC));
              });
    }

    private static BigInteger micros(String text) {
      LocalDateTime time = LocalDateTime.parse(text.replace(' ', 'T'));
      LocalDateTime epoch = LocalDateTime.of(1970, 1, 1, 0, 0);
      return BigInteger.valueOf(ChronoUnit.MICROS.between(epoch, time));
    }
  }
}
