package dev.bobbin.dialect.mongo;

import dev.bobbin.record.DocumentPath;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.select.ReplicationMethod.Overlap;
import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.Map;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * Tells which documents of a load the first scans by key after it read again. What is told too
 * often costs a digest, and nothing is lost by it: so here, and only here, keys are compared in
 * Java, and those that the server may compare otherwise are told in any case.
 */
final class KeyMarks {

  private final DocumentPath path;
  private final Map<Family, BsonValue> from = new EnumMap<>(Family.class);

  /**
   * Marks.
   *
   * @param starts by the name of the family, where the first scan begins
   */
  KeyMarks(Incremental method, Map<String, String> starts) {
    this.path = DocumentColumns.path(method.key());
    Overlap overlap = method.overlap();
    starts.forEach(
        (name, text) ->
            Family.parse(name)
                .ifPresent(
                    family ->
                        from.put(
                            family, KeyScan.lessOverlap(KeyText.parse(text), family, overlap))));
  }

  boolean isReadAgain(BsonSlice slice) {
    String type = slice.document().typeOf(path);
    if (type == null || type.equals("null")) {
      return false;
    }
    Family family = Family.ofAlias(type).orElse(null);
    if (family == null) {
      return type.equals("array"); // its elements may be keys
    }
    BsonValue start = from.get(family);
    BsonDocument document = slice.raw();
    BsonValue value = KeyScan.value(document, path);
    return start == null || value == null || !isBelow(value, start);
  }

  /** Whether the server certainly sorts a value below another one of its family. */
  private static boolean isBelow(BsonValue value, BsonValue start) {
    if (value.isDateTime()) {
      return value.asDateTime().getValue() < start.asDateTime().getValue();
    }
    if (value.isObjectId()) {
      return value.asObjectId().compareTo(start.asObjectId()) < 0;
    }
    if (value.isTimestamp()) {
      return value.asTimestamp().compareTo(start.asTimestamp()) < 0;
    }
    if (value.isBoolean()) {
      return value.asBoolean().compareTo(start.asBoolean()) < 0;
    }
    BigDecimal number = decimal(value);
    BigDecimal bound = decimal(start);
    return number != null && bound != null && number.compareTo(bound) < 0;
  }

  /** A number that has one; null for others, and for texts, whose order a collation settles. */
  private static @Nullable BigDecimal decimal(BsonValue value) {
    if (value.isInt32() || value.isInt64()) {
      return BigDecimal.valueOf(value.asNumber().longValue());
    }
    if (value.isDouble() && Double.isFinite(value.asDouble().getValue())) {
      return new BigDecimal(value.asDouble().getValue());
    }
    if (value.isDecimal128()) {
      try {
        return value.asDecimal128().getValue().bigDecimalValue();
      } catch (ArithmeticException infiniteOrMinusZero) {
        return null;
      }
    }
    return null;
  }
}
