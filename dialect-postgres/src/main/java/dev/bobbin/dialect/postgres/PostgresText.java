package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Interval;
import dev.bobbin.record.ColumnVector;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.Objects;

/**
 * Writes values as PostgreSQL's own output functions do, with DateStyle ISO, IntervalStyle postgres
 * and TimeZone UTC.
 */
final class PostgresText {

  private static final long MICROS = 1_000_000;
  private static final int NANOS_PER_MICRO = 1000;

  private PostgresText() {}

  /**
   * The text of a value that is not NULL in the source.
   *
   * @throws IllegalArgumentException if it is NULL, or of a type without a text of its own here:
   *     arrays
   */
  static String of(ColumnVector values, int row) {
    String original = values.original(row).orElse(null);
    if (original != null) {
      return original;
    }
    if (values.isNull(row)) {
      throw new IllegalArgumentException(values + " is NULL in row " + row);
    }
    DataType type = values.column().type();
    if (type instanceof DataType.Bool) {
      return values.getBoolean(row) ? "t" : "f";
    } else if (type instanceof DataType.Int) {
      return Long.toString(values.getLong(row));
    } else if (type instanceof DataType.Decimal) {
      return present(values.getDecimal(row)).toPlainString();
    } else if (type instanceof DataType.Float number) {
      return number.bits() == 32
          ? real((float) values.getDouble(row))
          : real(values.getDouble(row));
    } else if (type instanceof DataType.Bytes) {
      return "\\x" + HexFormat.of().formatHex(present(values.getBytes(row)));
    } else if (type instanceof DataType.Date) {
      LocalDate date = present(values.getDate(row));
      return date(date) + era(date);
    } else if (type instanceof DataType.Time) {
      return time(values.getTicks(row));
    } else if (type instanceof DataType.OffsetTime) {
      OffsetTime time = present(values.getOffsetTime(row));
      return time(time.toLocalTime().toNanoOfDay() / NANOS_PER_MICRO)
          + offset(time.getOffset().getTotalSeconds());
    } else if (type instanceof DataType.Timestamp) {
      return timestamp(present(values.getTimestamp(row)), "");
    } else if (type instanceof DataType.Instant) {
      return timestamp(
          LocalDateTime.ofInstant(present(values.getInstant(row)), ZoneOffset.UTC), "+00");
    } else if (type instanceof DataType.Interval) {
      return interval(present(values.getInterval(row)));
    } else if (type instanceof DataType.Uuid) {
      return present(values.getUuid(row)).toString();
    } else if (type.isTextual()) {
      return present(values.getString(row));
    }
    throw new IllegalArgumentException("no text of " + type);
  }

  private static <T> T present(@org.jspecify.annotations.Nullable T value) {
    return Objects.requireNonNull(value);
  }

  private static String date(LocalDate date) {
    int year = date.getYear() > 0 ? date.getYear() : 1 - date.getYear();
    return padded(year, 4)
        + '-'
        + padded(date.getMonthValue(), 2)
        + '-'
        + padded(date.getDayOfMonth(), 2);
  }

  private static String era(LocalDate date) {
    return date.getYear() > 0 ? "" : " BC";
  }

  private static String timestamp(LocalDateTime time, String zone) {
    return date(time.toLocalDate())
        + ' '
        + time(time.toLocalTime().toNanoOfDay() / NANOS_PER_MICRO)
        + zone
        + era(time.toLocalDate());
  }

  /** A time of day, of microseconds since midnight; midnight at its end is 24:00:00. */
  static String time(long micros) {
    long seconds = micros / MICROS;
    return padded(seconds / 3600, 2)
        + ':'
        + padded(seconds / 60 % 60, 2)
        + ':'
        + padded(seconds % 60, 2)
        + fraction(micros % MICROS);
  }

  private static String fraction(long micros) {
    if (micros == 0) {
      return "";
    }
    String digits = padded(micros, 6);
    int end = digits.length();
    while (digits.charAt(end - 1) == '0') {
      end--;
    }
    return '.' + digits.substring(0, end);
  }

  /** An offset of seconds east of UTC, as short as it can be. */
  static String offset(int seconds) {
    int size = Math.abs(seconds);
    String text = (seconds < 0 ? "-" : "+") + padded(size / 3600, 2);
    if (size % 3600 != 0) {
      text += ':' + padded(size / 60 % 60, 2);
    }
    if (size % 60 != 0) {
      text += ':' + padded(size % 60, 2);
    }
    return text;
  }

  private static String padded(long number, int width) {
    String digits = Long.toString(number);
    return digits.length() >= width ? digits : "0".repeat(width - digits.length()) + digits;
  }

  /** Each part with its own sign (EncodeInterval in datetime.c). */
  private static String interval(Interval value) {
    StringBuilder text = new StringBuilder();
    boolean negative = part(text, value.months() / 12, "year", false);
    negative = part(text, value.months() % 12, "mon", negative);
    negative = part(text, value.days(), "day", negative);
    if (text.length() > 0 && value.micros() == 0) {
      return text.toString();
    }
    if (text.length() > 0) {
      text.append(' ');
    }
    if (value.micros() < 0) {
      text.append('-');
    } else if (negative) {
      text.append('+');
    }
    if (value.micros() == Long.MIN_VALUE) {
      return text.append("2562047788:00:54.775808").toString();
    }
    return text.append(time(Math.abs(value.micros()))).toString();
  }

  private static boolean part(StringBuilder text, int number, String unit, boolean negative) {
    if (number == 0) {
      return negative;
    }
    if (text.length() > 0) {
      text.append(' ');
    }
    if (negative && number > 0) {
      text.append('+');
    }
    text.append(number).append(' ').append(unit).append(number == 1 ? "" : "s");
    return number < 0;
  }

  private static String real(double number) {
    return Double.isFinite(number) ? shortest(Double.toString(number), 15) : special(number);
  }

  private static String real(float number) {
    return Float.isFinite(number) ? shortest(Float.toString(number), 6) : special(number);
  }

  private static String special(double number) {
    return Double.isNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
  }

  /** PostgreSQL's choice between the plain and the exponential form (d2s.c), since 12. */
  private static String shortest(String java, int plainBelow) {
    String sign = java.startsWith("-") ? "-" : "";
    BigDecimal value = new BigDecimal(java).abs();
    if (value.signum() == 0) {
      return sign + '0';
    }
    value = value.stripTrailingZeros();
    String digits = value.unscaledValue().toString();
    int exponent = digits.length() - 1 - value.scale();
    if (exponent >= -4 && exponent < plainBelow) {
      return sign + value.toPlainString();
    }
    String fraction = digits.length() > 1 ? '.' + digits.substring(1) : "";
    return sign
        + digits.charAt(0)
        + fraction
        + (exponent < 0 ? "e-" : "e+")
        + padded(Math.abs(exponent), 2);
  }
}
