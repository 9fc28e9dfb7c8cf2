package dev.bobbin.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Random;
import org.bson.types.Decimal128;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BsonDecimalTest {

  private static BsonDecimal of(Decimal128 decimal) {
    return new BsonDecimal(decimal.getHigh(), decimal.getLow());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "-0",
        "0E+3",
        "-0E-6176",
        "1",
        "-1",
        "0.1",
        "1.10",
        "0.000001",
        "1E-7",
        "1E+1",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "1234567890123456789012345678901234",
        "-0.1234567890123456789012345678901234",
        "9.999999999999999999999999999999999E+6144",
        "-9.999999999999999999999999999999999E+6144",
        "1E-6176",
        "NaN",
        "Infinity",
        "-Infinity"
      })
  void hasTheTextOfTheSpecificationAndTheSameNumber(String text) {
    BsonDecimal decimal = of(Decimal128.parse(text));
    assertThat(decimal.toString()).isEqualTo(Decimal128.parse(text).toString());
    boolean inJava = !text.contains("N") && !text.contains("I") && !text.startsWith("-0E");
    assertThat(decimal.toBigDecimal())
        .isEqualTo(inJava && !text.equals("-0") ? new BigDecimal(text) : null);
  }

  @Test
  void agreesWithMongosOwnOnRandomBits() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 30_000; i++) {
      long high = random.nextLong();
      long low = random.nextLong() >>> random.nextInt(64);
      if (random.nextBoolean()) {
        high &= 0xfffe000000000000L; // few digits
      }
      Decimal128 theirs = Decimal128.fromIEEE754BIDEncoding(high, low);
      BsonDecimal ours = new BsonDecimal(high, low);
      String as = "seed " + seed + ": " + Long.toHexString(high) + " " + Long.toHexString(low);
      assertThat(ours.isNaN()).as(as).isEqualTo(theirs.isNaN());
      assertThat(ours.isInfinite()).as(as).isEqualTo(theirs.isInfinite() && !theirs.isNaN());
      assertThat(ours.isNegative()).as(as).isEqualTo(theirs.isNegative());
      if (theirs.isNaN() || theirs.isInfinite()) {
        assertThat(ours.toBigDecimal()).as(as).isNull();
        assertThat(ours.toString()).as(as).isEqualTo(theirs.toString());
        continue;
      }
      BigDecimal positive =
          Decimal128.fromIEEE754BIDEncoding(high & Long.MAX_VALUE, low).bigDecimalValue();
      boolean beyond34Digits = positive.precision() > 34;
      BigDecimal expected = beyond34Digits ? BigDecimal.valueOf(0, positive.scale()) : positive;
      expected = high < 0 ? expected.negate() : expected;
      boolean minusZero = high < 0 && expected.signum() == 0;
      assertThat(ours.toBigDecimal()).as(as).isEqualTo(minusZero ? null : expected);
      assertThat(ours.toString()).as(as).isEqualTo((minusZero ? "-" : "") + expected);
      if (!beyond34Digits) {
        assertThat(ours.toString()).as(as).isEqualTo(theirs.toString());
      }
    }
  }

  @Test
  void readsSignificandsOfMoreThan34DigitsAsZeroAsTheStandardSays() {
    // 10^34 with the exponent of 10^0, and the form whose significands begin at 2^113
    assertThat(new BsonDecimal(0x3041ed09bead87c0L, 0x378d8e6400000000L).toString()).isEqualTo("0");
    assertThat(new BsonDecimal(0x6c10000000000000L, 1).toString()).isEqualTo("0");
    assertThat(new BsonDecimal(0x3041ed09bead87c0L, 0x378d8e63ffffffffL).toString())
        .isEqualTo("9".repeat(34));
  }

  @Test
  void isADoubleOnlyWhereNothingIsLost() {
    assertThat(of(Decimal128.parse("0.5")).toDouble()).isEqualTo(0.5);
    assertThat(of(Decimal128.parse("-0")).toDouble()).isEqualTo(-0.0);
    assertThat(of(Decimal128.parse("NaN")).toDouble()).isNaN();
    assertThat(of(Decimal128.parse("-Infinity")).toDouble()).isEqualTo(Double.NEGATIVE_INFINITY);
    for (String text : new String[] {"0.1", "1E+400", "1E-400", "9007199254740993"}) {
      assertThat(of(Decimal128.parse(text)).toDouble()).as(text).isNull();
    }
  }
}
