package dev.bobbin.catalog;

import java.io.Serializable;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;

/**
 * The type of a column in Bobbin's own terms, the same for all sources. Each type has one canonical
 * Java value, which {@link #javaType()} names.
 *
 * <p>{@code toString()} is a short text such as {@code int(64)} or {@code array(text)} that {@link
 * #parse} reads back.
 */
public sealed interface DataType extends Serializable {

  /** The class of this type's canonical Java value. */
  Class<?> javaType();

  /** True or false. */
  record Bool() implements DataType {
    @Override
    public Class<?> javaType() {
      return Boolean.class;
    }

    @Override
    public String toString() {
      return "bool";
    }
  }

  /**
   * A whole number. Its canonical value is a {@link Long}; of an unsigned 64-bit number a {@link
   * java.math.BigInteger}.
   *
   * @param bits 8, 16, 32 or 64
   * @param signed whether it can be negative
   */
  record Int(int bits, boolean signed) implements DataType {
    /** Checks the width. */
    public Int {
      if (bits != 8 && bits != 16 && bits != 32 && bits != 64) {
        throw new IllegalArgumentException("bits must be 8, 16, 32 or 64, not " + bits);
      }
    }

    @Override
    public Class<?> javaType() {
      return bits == 64 && !signed ? java.math.BigInteger.class : Long.class;
    }

    @Override
    public String toString() {
      return (signed ? "int(" : "uint(") + bits + ")";
    }
  }

  /**
   * An exact decimal number.
   *
   * @param precision the number of digits, or 0 where the type sets no limit
   * @param scale the digits after the point; may be negative; 0 where the type sets no limit
   */
  record Decimal(int precision, int scale) implements DataType {
    /** A decimal without limits of its own. */
    public static final Decimal UNBOUNDED = new Decimal(0, 0);

    /** Whether the type sets no limit. */
    public boolean unbounded() {
      return precision == 0;
    }

    @Override
    public Class<?> javaType() {
      return BigDecimal.class;
    }

    @Override
    public String toString() {
      return unbounded() ? "decimal" : "decimal(" + precision + "," + scale + ")";
    }
  }

  /**
   * A binary floating point number. Its canonical value is a {@link Float} or a {@link Double}.
   *
   * @param bits 32 or 64
   */
  @SuppressWarnings("JavaLangClash") // the field's own word; always written DataType.Float
  record Float(int bits) implements DataType {
    /** Checks the width. */
    public Float {
      if (bits != 32 && bits != 64) {
        throw new IllegalArgumentException("bits must be 32 or 64, not " + bits);
      }
    }

    @Override
    public Class<?> javaType() {
      return bits == 32 ? java.lang.Float.class : Double.class;
    }

    @Override
    public String toString() {
      return "float(" + bits + ")";
    }
  }

  /** Characters. */
  record Text() implements DataType {
    @Override
    public Class<?> javaType() {
      return String.class;
    }

    @Override
    public String toString() {
      return "text";
    }
  }

  /** Bytes. */
  record Bytes() implements DataType {
    @Override
    public Class<?> javaType() {
      return byte[].class;
    }

    @Override
    public String toString() {
      return "bytes";
    }
  }

  /** A calendar date. */
  record Date() implements DataType {
    @Override
    public Class<?> javaType() {
      return LocalDate.class;
    }

    @Override
    public String toString() {
      return "date";
    }
  }

  /** A time of day without an offset. */
  record Time() implements DataType {
    @Override
    public Class<?> javaType() {
      return LocalTime.class;
    }

    @Override
    public String toString() {
      return "time";
    }
  }

  /** A time of day with an offset from UTC. */
  record OffsetTime() implements DataType {
    @Override
    public Class<?> javaType() {
      return java.time.OffsetTime.class;
    }

    @Override
    public String toString() {
      return "offset_time";
    }
  }

  /** A date and time without a zone; no zone is ever added to it. */
  record Timestamp() implements DataType {
    @Override
    public Class<?> javaType() {
      return LocalDateTime.class;
    }

    @Override
    public String toString() {
      return "timestamp";
    }
  }

  /** A point in time. */
  record Instant() implements DataType {
    @Override
    public Class<?> javaType() {
      return java.time.Instant.class;
    }

    @Override
    public String toString() {
      return "instant";
    }
  }

  /** A date and time with its own offset from UTC, which is kept. */
  record OffsetTimestamp() implements DataType {
    @Override
    public Class<?> javaType() {
      return OffsetDateTime.class;
    }

    @Override
    public String toString() {
      return "offset_timestamp";
    }
  }

  /** A length of time in months, days and fractions of a day. */
  record Interval() implements DataType {
    @Override
    public Class<?> javaType() {
      return dev.bobbin.catalog.Interval.class;
    }

    @Override
    public String toString() {
      return "interval";
    }
  }

  /** A universally unique identifier. */
  record Uuid() implements DataType {
    @Override
    public Class<?> javaType() {
      return UUID.class;
    }

    @Override
    public String toString() {
      return "uuid";
    }
  }

  /** JSON, as the source's own text. */
  record Json() implements DataType {
    @Override
    public Class<?> javaType() {
      return String.class;
    }

    @Override
    public String toString() {
      return "json";
    }
  }

  /**
   * A list of values, nested where the source's array has several dimensions. NULL elements are
   * kept.
   *
   * @param element the type of the innermost elements
   */
  record Array(DataType element) implements DataType {
    @Override
    public Class<?> javaType() {
      return List.class;
    }

    @Override
    public String toString() {
      return "array(" + element + ")";
    }
  }

  /** A document (BSON), kept as the source's bytes. */
  record Document() implements DataType {
    @Override
    public Class<?> javaType() {
      return byte[].class;
    }

    @Override
    public String toString() {
      return "document";
    }
  }

  /**
   * A type that Bobbin has no form of its own for, delivered as the source's text.
   *
   * @param nativeType the source's name of the type
   */
  record Other(String nativeType) implements DataType {
    @Override
    public Class<?> javaType() {
      return String.class;
    }

    @Override
    public String toString() {
      return "other(" + nativeType + ")";
    }
  }

  /** Whether values are text in UTF-8: {@link Text}, {@link Json} and {@link Other}. */
  default boolean isTextual() {
    return this instanceof Text || this instanceof Json || this instanceof Other;
  }

  /**
   * Whether values are a number or a time, which alone may be shown of a bookmark in plans and logs
   * (texts can be e-mail addresses or names).
   */
  default boolean isNumberOrTime() {
    return this instanceof Int
        || this instanceof Decimal
        || this instanceof Float
        || isTemporal()
        || this instanceof Time
        || this instanceof OffsetTime
        || this instanceof Interval;
  }

  /** Whether values are points on the calendar, which can lie in the future. */
  default boolean isTemporal() {
    return this instanceof Date
        || this instanceof Timestamp
        || this instanceof Instant
        || this instanceof OffsetTimestamp;
  }

  /**
   * Reads what {@code toString()} wrote.
   *
   * @throws IllegalArgumentException if the text names no type
   */
  static DataType parse(String text) {
    int open = text.indexOf('(');
    String name = open < 0 ? text : text.substring(0, open);
    String inner = open < 0 ? "" : text.substring(open + 1, text.length() - 1);
    return switch (name) {
      case "bool" -> new Bool();
      case "int" -> new Int(Integer.parseInt(inner), true);
      case "uint" -> new Int(Integer.parseInt(inner), false);
      case "decimal" -> {
        int comma = inner.indexOf(',');
        yield comma < 0
            ? Decimal.UNBOUNDED
            : new Decimal(
                Integer.parseInt(inner.substring(0, comma)),
                Integer.parseInt(inner.substring(comma + 1)));
      }
      case "float" -> new Float(Integer.parseInt(inner));
      case "text" -> new Text();
      case "bytes" -> new Bytes();
      case "date" -> new Date();
      case "time" -> new Time();
      case "offset_time" -> new OffsetTime();
      case "timestamp" -> new Timestamp();
      case "instant" -> new Instant();
      case "offset_timestamp" -> new OffsetTimestamp();
      case "interval" -> new Interval();
      case "uuid" -> new Uuid();
      case "json" -> new Json();
      case "array" -> new Array(parse(inner));
      case "document" -> new Document();
      case "other" -> new Other(inner);
      default -> throw new IllegalArgumentException("not a data type: " + text);
    };
  }
}
