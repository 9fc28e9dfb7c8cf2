package dev.bobbin.record;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * The text of a double: {@link Double#toString}, with the fewest digits that read back as the same
 * number.
 */
final class ShortestDouble {

  /** From JDK 19 on {@link Double#toString} is what is wanted (JDK-4511638). */
  private static final boolean JDK_IS_EXACT = Runtime.version().feature() >= 19;

  /** So many digits are never ambiguous: a text of these that reads back is the shortest. */
  private static final int SAFE_DIGITS = 15;

  private static final int FEWEST_DIGITS = 2;

  private ShortestDouble() {}

  /** The text of a finite number. */
  static String text(double number) {
    return JDK_IS_EXACT ? Double.toString(number) : shortest(number);
  }

  /** What {@link #text} does where the JDK does not. */
  static String shortest(double number) {
    String text = Double.toString(number);
    boolean subnormal = Math.abs(number) < Double.MIN_NORMAL;
    if (number == 0 || (!subnormal && text.length() <= SAFE_DIGITS + 1)) {
      return text;
    }
    double magnitude = Math.abs(number);
    BigDecimal full = new BigDecimal(number < 0 ? text.substring(1) : text);
    for (int digits = subnormal ? FEWEST_DIGITS : SAFE_DIGITS;
        digits < full.precision();
        digits++) {
      BigDecimal shorter = shortened(full, digits, magnitude);
      if (shorter != null) {
        return (number < 0 ? "-" : "") + inJavasForm(shorter.stripTrailingZeros());
      }
    }
    return text;
  }

  /**
   * What of so many digits reads back as the same number, the nearest where there are two; null if
   * there is none. Whatever does lies next to what does with more digits.
   */
  private static @Nullable BigDecimal shortened(BigDecimal text, int digits, double number) {
    BigDecimal below = text.round(new MathContext(digits, RoundingMode.DOWN));
    BigDecimal above = text.round(new MathContext(digits, RoundingMode.UP));
    boolean belowReadsBack = below.doubleValue() == number;
    if (above.doubleValue() != number) {
      return belowReadsBack ? below : null;
    }
    return belowReadsBack && isNearer(below, above, number) ? below : above;
  }

  private static boolean isNearer(BigDecimal below, BigDecimal above, double number) {
    BigDecimal exact = new BigDecimal(number);
    return exact.subtract(below).compareTo(above.subtract(exact)) < 0;
  }

  private static String inJavasForm(BigDecimal number) {
    String digits = number.unscaledValue().toString();
    int exponent = digits.length() - number.scale() - 1;
    if (exponent >= -3 && exponent < 7) {
      String plain = number.toPlainString();
      return number.scale() > 0 ? plain : plain + ".0";
    }
    return digits.charAt(0)
        + "."
        + (digits.length() == 1 ? "0" : digits.substring(1))
        + "E"
        + exponent;
  }
}
