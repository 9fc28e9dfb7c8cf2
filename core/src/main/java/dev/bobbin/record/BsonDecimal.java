package dev.bobbin.record;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A decimal of 128 bits, as IEEE 754-2008 (3.5.2) encodes its significand as one binary number.
 *
 * @param high the sign, the exponent and the upper bits of the significand
 * @param low the lower bits of the significand
 */
record BsonDecimal(long high, long low) {

  private static final int BIAS = 6176;
  private static final BigInteger MAX_SIGNIFICAND = BigInteger.TEN.pow(34).subtract(BigInteger.ONE);

  boolean isNaN() {
    return (high >>> 58 & 0x1f) == 0x1f;
  }

  boolean isInfinite() {
    return (high >>> 58 & 0x1f) == 0x1e;
  }

  boolean isNegative() {
    return high < 0;
  }

  /** The number; null for NaN, the infinities and minus zero, which no BigDecimal is. */
  @Nullable BigDecimal toBigDecimal() {
    if (isNaN() || isInfinite()) {
      return null;
    }
    BigDecimal magnitude = magnitude();
    if (!isNegative()) {
      return magnitude;
    }
    return magnitude.signum() == 0 ? null : magnitude.negate();
  }

  private BigDecimal magnitude() {
    if ((high >>> 61 & 3) == 3) {
      // The other form's significands begin at 2^113, which is more than 34 digits hold: they stand
      // for zero.
      return BigDecimal.valueOf(0, BIAS - (int) (high >>> 47 & 0x3fff));
    }
    int scale = BIAS - (int) (high >>> 49 & 0x3fff);
    long upper = high & 0x1ffffffffffffL;
    if (upper == 0 && low >= 0) {
      return BigDecimal.valueOf(low, scale);
    }
    byte[] bytes = ByteBuffer.allocate(16).putLong(upper).putLong(low).array();
    BigInteger significand = new BigInteger(bytes);
    return significand.compareTo(MAX_SIGNIFICAND) > 0
        ? BigDecimal.valueOf(0, scale)
        : new BigDecimal(significand, scale);
  }

  /** The nearest double where it is the same number (NaN and infinities too), else null. */
  @Nullable Double toDouble() {
    if (isNaN()) {
      return Double.NaN;
    }
    double sign = isNegative() ? -1 : 1;
    if (isInfinite()) {
      return sign * Double.POSITIVE_INFINITY;
    }
    BigDecimal magnitude = magnitude();
    double nearest = magnitude.doubleValue();
    return Double.isFinite(nearest) && new BigDecimal(nearest).compareTo(magnitude) == 0
        ? sign * nearest
        : null;
  }

  /** The text that extended JSON has for it; that of a number is BigDecimal's. */
  @Override
  public String toString() {
    if (isNaN()) {
      return "NaN";
    }
    String text = isInfinite() ? "Infinity" : magnitude().toString();
    return isNegative() ? "-" + text : text;
  }
}
