package dev.bobbin.dialect.postgres;

import java.math.BigDecimal;
import java.math.BigInteger;

/** The digits of a numeric in base 10000, two bytes each (numeric.c, numeric_send). */
final class NumericDigits {

  /** The bytes before the digits: their number, the weight, the sign, the scale. */
  static final int HEADER = 8;

  static final int POSITIVE = 0x0000;
  static final int NEGATIVE = 0x4000;
  private static final int NAN = 0xc000;
  private static final int INFINITY = 0xd000;
  private static final int MINUS_INFINITY = 0xf000;

  private static final int BASE = 10_000;
  private static final long LARGEST = 999_999_999_999_999_999L; // 18 digits
  private static final int DIGITS_PER_LONG = 4; // of base 10000, so that a fifth could be added
  private static final long[] POWERS = new long[19];

  static {
    POWERS[0] = 1;
    for (int i = 1; i < POWERS.length; i++) {
      POWERS[i] = POWERS[i - 1] * 10;
    }
  }

  private NumericDigits() {}

  /** The text of a number that is none. */
  static String special(int sign) {
    return switch (sign) {
      case NAN -> "NaN";
      case INFINITY -> "Infinity";
      case MINUS_INFINITY -> "-Infinity";
      default -> throw new MalformedTupleException("a numeric has an unknown sign");
    };
  }

  /**
   * The absolute unscaled value where it has at most 18 digits, else -1.
   *
   * @param shift the power of ten to multiply the digits by
   */
  static long small(byte[] from, int at, int count, int shift) {
    if (count == 0) {
      return 0;
    }
    if (count > 5 || shift > 18 || shift < -3) {
      return -1;
    }
    long value = 0;
    int last = shift < 0 ? count - 1 : count;
    for (int i = 0; i < last; i++) {
      value = value * BASE + digit(from, at + 2 * i);
      if (value > LARGEST / BASE && i + 1 < last) {
        return -1;
      }
    }
    if (shift >= 0) {
      return value <= LARGEST / POWERS[shift] ? value * POWERS[shift] : -1;
    }
    // The last digit shows fewer than four decimals: take it without those that do not show, which
    // are zeros.
    long power = POWERS[4 + shift];
    int digit = digit(from, at + 2 * last);
    int hidden = (int) POWERS[-shift];
    if (digit % hidden != 0 || value > (LARGEST - BASE) / power) {
      return -1;
    }
    return value * power + digit / hidden;
  }

  /** The value, whatever its size. */
  static BigDecimal large(byte[] from, int at, int count, int shift, int scale, boolean negative) {
    BigInteger digits = digits(from, at, count);
    BigDecimal value = new BigDecimal(negative ? digits.negate() : digits, scale - shift);
    // Exact: only zeros are added or taken. Were there others, they would be kept.
    return value.scale() <= scale || value.stripTrailingZeros().scale() <= scale
        ? value.setScale(scale)
        : value;
  }

  private static BigInteger digits(byte[] from, int at, int count) {
    if (count <= DIGITS_PER_LONG) {
      long value = 0;
      for (int i = 0; i < count; i++) {
        value = value * BASE + digit(from, at + 2 * i);
      }
      return BigInteger.valueOf(value);
    }
    // In halves, since multiplying large numbers of the same size is fast.
    int low = count / 2;
    BigInteger head = digits(from, at, count - low);
    BigInteger tail = digits(from, at + 2 * (count - low), low);
    return head.multiply(power(low)).add(tail);
  }

  private static BigInteger power(int digits) {
    return 4 * digits < POWERS.length
        ? BigInteger.valueOf(POWERS[4 * digits])
        : BigInteger.TEN.pow(4 * digits);
  }

  private static int digit(byte[] from, int at) {
    int digit = BigEndian.int2(from, at);
    if (digit < 0 || digit >= BASE) {
      throw new MalformedTupleException("a numeric holds a digit that is none");
    }
    return digit;
  }
}
