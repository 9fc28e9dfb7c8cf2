package dev.bobbin.record;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One value in a BSON document: its type, and where it lies. It is decoded when it is asked for.
 */
final class BsonValue {

  /** Of binary data: a UUID whose bytes are in the order of RFC 4122. */
  static final int UUID_SUBTYPE = 4;

  /** Of binary data: one that has its length once more inside (BSON's old default). */
  private static final int OLD_SUBTYPE = 2;

  final BsonBytes bytes;
  final BsonType type;
  final int at;
  final int end;

  BsonValue(BsonBytes bytes, BsonType type, int at, int end) {
    this.bytes = bytes;
    this.type = type;
    this.at = at;
    this.end = end;
  }

  /**
   * The value of that name in this document, the first one where there are several; in this array
   * the one of that number, counted from 0.
   *
   * @return null where there is none, and in what is neither document nor array
   */
  @Nullable BsonValue child(byte[] name) {
    if (type == BsonType.OBJECT) {
      BsonElements elements = elements();
      while (elements.next()) {
        if (elements.isNamed(name)) {
          return elements.value();
        }
      }
    } else if (type == BsonType.ARRAY) {
      int number = DocumentPath.number(name);
      BsonElements elements = elements();
      for (int i = 0; i <= number && elements.next(); i++) {
        if (i == number) {
          return elements.value();
        }
      }
    }
    return null;
  }

  /** The elements of this document or array. */
  BsonElements elements() {
    return new BsonElements(bytes, at, end);
  }

  double float64() {
    return Double.longBitsToDouble(bytes.int64(at));
  }

  boolean isNumber() {
    return switch (type) {
      case DOUBLE, INT, LONG, DECIMAL -> true;
      default -> false;
    };
  }

  /**
   * This number as a long.
   *
   * @throws ArithmeticException if it is not the same as one
   */
  long toLong() {
    return switch (type) {
      case INT -> bytes.int32(at);
      case LONG -> bytes.int64(at);
      case DOUBLE -> {
        double number = float64();
        // 2^63 itself would be cut down to the largest long
        if ((long) number != number || number == 0x1p63 || isMinusZero(number)) {
          throw new ArithmeticException();
        }
        yield (long) number;
      }
      default -> toDecimal().longValueExact();
    };
  }

  /**
   * This number as a double.
   *
   * @throws ArithmeticException if it is not the same as one
   */
  double toDouble() {
    return switch (type) {
      case INT -> bytes.int32(at);
      case LONG -> {
        long number = bytes.int64(at);
        if ((long) (double) number != number || number == Long.MAX_VALUE) {
          throw new ArithmeticException();
        }
        yield number;
      }
      case DOUBLE -> float64();
      default -> {
        Double number = decimal().toDouble();
        if (number == null) {
          throw new ArithmeticException();
        }
        yield number;
      }
    };
  }

  /**
   * This number as a decimal.
   *
   * @throws ArithmeticException if it is not the same as one
   */
  BigDecimal toDecimal() {
    return switch (type) {
      case INT -> BigDecimal.valueOf(bytes.int32(at));
      case LONG -> BigDecimal.valueOf(bytes.int64(at));
      case DOUBLE -> {
        double number = float64();
        if (!Double.isFinite(number) || number != Math.rint(number) || isMinusZero(number)) {
          throw new ArithmeticException();
        }
        yield new BigDecimal(number);
      }
      default -> {
        BigDecimal number = decimal().toBigDecimal();
        if (number == null) {
          throw new ArithmeticException();
        }
        yield number;
      }
    };
  }

  private static boolean isMinusZero(double number) {
    return number == 0 && 1 / number < 0;
  }

  boolean bool() {
    byte value = bytes.array[at];
    if (value != 0 && value != 1) {
      throw bytes.malformed("a bool that is neither 0 nor 1", at);
    }
    return value == 1;
  }

  Instant date() {
    return Instant.ofEpochMilli(bytes.int64(at));
  }

  BsonDecimal decimal() {
    return new BsonDecimal(bytes.int64(at + 8), bytes.int64(at));
  }

  /** Of an ObjectId, which can be part of a value. */
  String objectId(int from) {
    return HexFormat.of().formatHex(bytes.array, from, from + 12);
  }

  /** Of a string, code or symbol. */
  String string() {
    return bytes.string(at);
  }

  /** Of binary data. */
  int subtype() {
    return bytes.array[at + 4] & 0xff;
  }

  /** Where the data of binary data begins. */
  int dataAt() {
    if (subtype() != OLD_SUBTYPE) {
      return at + 5;
    }
    if (end - at < 9 || bytes.int32(at + 5) != end - at - 9) {
      throw bytes.malformed("binary data whose two lengths do not agree", at);
    }
    return at + 9;
  }

  byte[] data() {
    return Arrays.copyOfRange(bytes.array, dataAt(), end);
  }

  boolean isUuid() {
    return type == BsonType.BINARY && subtype() == UUID_SUBTYPE && end - at == 5 + 16;
  }

  UUID uuid() {
    return new UUID(
        Long.reverseBytes(bytes.int64(at + 5)), Long.reverseBytes(bytes.int64(at + 13)));
  }

  /** Of code with a scope: where the scope begins; it ends where the value does. */
  int scopeAt() {
    int scope = bytes.stringEnd(at + 4, end);
    bytes.documentLimit(scope, end);
    return scope;
  }

  Document document() {
    return new Document(bytes, at, end);
  }

  /**
   * The canonical Java value, which {@link Document#get} describes.
   *
   * @param depth of this value's own document or array
   */
  @Nullable Object toJava(int depth) {
    return switch (type) {
      case NULL -> null;
      case DOUBLE -> float64();
      case STRING -> string();
      case OBJECT -> document();
      case ARRAY -> list(depth + 1);
      case BINARY -> isUuid() ? uuid() : data();
      case OBJECT_ID -> objectId(at);
      case BOOL -> bool();
      case DATE -> date();
      case INT -> bytes.int32(at);
      case LONG -> bytes.int64(at);
      case DECIMAL -> {
        BigDecimal decimal = decimal().toBigDecimal();
        yield decimal != null ? decimal : ExtendedJson.canonical(this);
      }
      case UNDEFINED,
          REGEX,
          DB_POINTER,
          CODE,
          SYMBOL,
          CODE_WITH_SCOPE,
          TIMESTAMP,
          MIN_KEY,
          MAX_KEY ->
          ExtendedJson.canonical(this);
    };
  }

  /**
   * The elements of this array.
   *
   * @param depth of this array
   */
  List<@Nullable Object> list(int depth) {
    requireDepth(depth);
    List<@Nullable Object> list = new ArrayList<>();
    BsonElements elements = elements();
    while (elements.next()) {
      list.add(elements.value().toJava(depth));
    }
    return Collections.unmodifiableList(list);
  }

  /** Refuses a document or array that lies too deep. */
  void requireDepth(int depth) {
    if (depth > BsonBytes.MAX_DEPTH) {
      throw bytes.malformed("documents nested deeper than " + BsonBytes.MAX_DEPTH, at);
    }
  }
}
