package dev.bobbin.dialect.mongo;

import dev.bobbin.error.StateException;
import dev.bobbin.state.Bookmark;
import java.math.BigDecimal;
import org.bson.BsonDateTime;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt64;
import org.bson.BsonValue;
import org.bson.json.JsonMode;
import org.bson.json.JsonWriterSettings;
import org.bson.types.Decimal128;

/** Values of keys as texts, exact: MongoDB Extended JSON, version 2. */
final class KeyText {

  private static final JsonWriterSettings CANONICAL =
      JsonWriterSettings.builder().outputMode(JsonMode.EXTENDED).build();

  /** Dates read better in this form; from 1970 to 9999 it is exact to the millisecond. */
  private static final JsonWriterSettings RELAXED =
      JsonWriterSettings.builder().outputMode(JsonMode.RELAXED).build();

  private static final String NAME = "v";
  private static final String BEFORE = "{\"" + NAME + "\": ";
  private static final String AFTER = "}";

  private KeyText() {}

  static String of(BsonValue value) {
    String wrapped = new BsonDocument(NAME, value).toJson(value.isDateTime() ? RELAXED : CANONICAL);
    return wrapped.substring(BEFORE.length(), wrapped.length() - AFTER.length());
  }

  /**
   * Reads a value.
   *
   * @throws StateException if the text is none
   */
  static BsonValue parse(String text) {
    try {
      BsonValue value = BsonDocument.parse(BEFORE + text + AFTER).get(NAME);
      if (value != null) {
        return value;
      }
    } catch (RuntimeException e) {
      throw damaged(); // the driver's message can quote the text
    }
    throw damaged();
  }

  private static StateException damaged() {
    return new StateException(
        "A key in the saved state is damaged. Nothing has been read.",
        "Restore the state from a backup, or reset the table, which then begins a new load.",
        null);
  }

  /** The bookmark of a value of a family. */
  static Bookmark bookmark(String column, Family family, BsonValue value) {
    return new Bookmark(column, family.type(), family.text(), of(value));
  }

  /** A number less another one, of a type that holds it exactly. */
  static BsonValue less(BsonValue number, long width) {
    if (number.isInt32() || number.isInt64()) {
      long now = number.asNumber().longValue();
      return new BsonInt64(now < Long.MIN_VALUE + width ? Long.MIN_VALUE : now - width);
    }
    if (number.isDouble()) {
      return new BsonDouble(number.asDouble().getValue() - width);
    }
    Decimal128 decimal = number.asDecimal128().getValue();
    if (decimal.isInfinite() || decimal.isNaN()) {
      return number;
    }
    BigDecimal less = decimal.bigDecimalValue().subtract(BigDecimal.valueOf(width));
    try {
      return new BsonDecimal128(new Decimal128(less));
    } catch (NumberFormatException moreDigitsThanThereAre) {
      return new BsonDouble(less.doubleValue());
    }
  }

  /** A date less a length of time. */
  static BsonValue less(BsonValue date, java.time.Duration width) {
    long now = date.asDateTime().getValue();
    long millis = width.toMillis();
    return new BsonDateTime(now < Long.MIN_VALUE + millis ? Long.MIN_VALUE : now - millis);
  }
}
