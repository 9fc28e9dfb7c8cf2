package dev.bobbin.dialect.mysql;

import dev.bobbin.dialect.jdbc.MalformedDataException;
import dev.bobbin.record.ColumnBuilder;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/** Decimal numbers as the server sends them: a sign, digits, a point, digits, in ASCII. */
final class DecimalText {

  private static final int MAX_DIGITS = 18;

  private DecimalText() {}

  /** Appends the number that the bytes are; the digits behind the point are its scale. */
  static void append(byte[] from, int at, int length, ColumnBuilder to) {
    int end = at + length;
    int next = at;
    boolean negative = next < end && from[next] == '-';
    if (negative) {
      next++;
    }
    while (next < end && from[next] == '0') {
      next++; // of ZEROFILL
    }
    long unscaled = 0;
    int digits = 0;
    int point = end;
    for (int i = next; i < end; i++) {
      int digit = from[i] - '0';
      if (digit >= 0 && digit <= 9) {
        if (++digits <= MAX_DIGITS) {
          unscaled = unscaled * 10 + digit;
        }
      } else if (from[i] == '.' && point == end) {
        point = i;
      } else {
        throw new MalformedDataException("a decimal holds what is no digit");
      }
    }
    int scale = point == end ? 0 : end - point - 1;
    if (digits <= MAX_DIGITS) {
      to.appendDecimal(negative ? -unscaled : unscaled, scale);
    } else {
      to.appendDecimal(new BigDecimal(unscaled(from, next, end, negative), scale));
    }
  }

  private static BigInteger unscaled(byte[] from, int at, int end, boolean negative) {
    String digits = new String(from, at, end - at, StandardCharsets.US_ASCII).replace(".", "");
    BigInteger number = new BigInteger(digits);
    return negative ? number.negate() : number;
  }
}
