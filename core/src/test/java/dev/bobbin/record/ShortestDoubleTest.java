package dev.bobbin.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShortestDoubleTest {

  @ParameterizedTest
  @CsvSource({
    "0.0, 0.0",
    "-0.0, -0.0",
    "1, 1.0",
    "-1.5, -1.5",
    "100, 100.0",
    "1e7, 1.0E7",
    "9999999, 9999999.0",
    "12345678.9, 1.23456789E7",
    "0.001, 0.001",
    "0.00099, 9.9E-4",
    "0.1, 0.1",
    "2e23, 2.0E23",
    "2e-3, 0.002",
    "1.1, 1.1",
    "2.2250738585072014E-308, 2.2250738585072014E-308",
    "1.7976931348623157E308, 1.7976931348623157E308",
    "4.9E-324, 4.9E-324",
    "0.30000000000000004, 0.30000000000000004",
    "9007199254740993, 9.007199254740992E15",
    "5.0E-322, 5.0E-322",
    "2.0E-321, 2.0E-321"
  })
  void writesTheFewestDigits(double number, String text) {
    assertThat(ShortestDouble.text(number)).isEqualTo(text);
    assertThat(ShortestDouble.shortest(number)).isEqualTo(text);
  }

  @Test
  void readsBackAndNoTextWithFewerDigitsDoes() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      double number = Double.longBitsToDouble(random.nextLong());
      if (i % 3 == 0) {
        number = random.nextInt() / 1000.0 * Math.pow(10, random.nextInt(40) - 20);
      } else if (i % 50 == 1) {
        number = Double.longBitsToDouble(random.nextLong() >>> (12 + random.nextInt(52)));
      }
      if (!Double.isFinite(number) || number == 0) {
        continue;
      }
      String text = ShortestDouble.shortest(number);
      String as = "seed " + seed + ": " + Double.toHexString(number) + " as " + text;
      assertThat(Double.parseDouble(text)).as(as).isEqualTo(number);
      BigDecimal exact = new BigDecimal(number);
      int digits = new BigDecimal(text).stripTrailingZeros().precision();
      for (java.math.RoundingMode mode :
          new java.math.RoundingMode[] {java.math.RoundingMode.UP, java.math.RoundingMode.DOWN}) {
        if (digits > 2) {
          BigDecimal shorter = exact.round(new java.math.MathContext(digits - 1, mode));
          assertThat(shorter.doubleValue()).as(as).isNotEqualTo(number);
        }
      }
      if (Runtime.version().feature() >= 19) {
        assertThat(text).as(as).isEqualTo(Double.toString(number));
      }
    }
  }
}
