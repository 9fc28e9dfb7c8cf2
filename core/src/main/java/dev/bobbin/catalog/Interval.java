package dev.bobbin.catalog;

import java.io.Serializable;

/**
 * A length of time whose parts are not convertible into each other: a month has 28 to 31 days, a
 * day 23 to 25 hours.
 *
 * @param months may be negative
 * @param days may be negative
 * @param micros microseconds; may be negative and more than a day
 */
public record Interval(int months, int days, long micros) implements Serializable {

  /** ISO 8601, each part with its own sign, for example {@code P14M3DT0.5S}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("P");
    if (months != 0) {
      text.append(months).append('M');
    }
    if (days != 0) {
      text.append(days).append('D');
    }
    if (micros != 0) {
      text.append('T')
          .append(java.math.BigDecimal.valueOf(micros, 6).stripTrailingZeros().toPlainString())
          .append('S');
    }
    return text.length() == 1 ? "PT0S" : text.toString();
  }
}
