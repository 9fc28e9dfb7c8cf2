package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.record.ColumnBuilder;
import java.util.Locale;

/**
 * Decodes the values of one column from the binary form that their send function writes, into the
 * column's builder. NULLs do not come here.
 *
 * <p>Each subclass feeds one kind of builder, so that the call in it has one target.
 */
abstract sealed class ValueDecoder {

  private static final int EPOCH_DAYS = 10_957; // 1970-01-01 to 2000-01-01
  private static final long EPOCH_SECONDS = EPOCH_DAYS * 86_400L;
  private static final long MICROS = 1_000_000;
  private static final long MICROS_PER_DAY = 86_400 * MICROS;
  private static final int MAX_OFFSET = 18 * 3600; // java.time.ZoneOffset
  private static final String INFINITY = "infinity";
  private static final String MINUS_INFINITY = "-infinity";

  final ColumnBuilder to;

  private ValueDecoder(ColumnBuilder to) {
    this.to = to;
  }

  /**
   * The decoder of a column; {@link SelectedColumn} is the other half.
   *
   * @param to the column's builder, in ticks of microseconds
   * @param validateUtf8 whether texts may be invalid UTF-8
   */
  static ValueDecoder of(ColumnBuilder to, boolean validateUtf8) {
    Column column = to.column();
    if (validateUtf8 && column.type().isTextual()) {
      return new OfText(to, 0, false, true);
    }
    String nativeType = SelectedColumn.withoutModifier(column.nativeType());
    return ofType(to, column.type(), nativeType, validateUtf8);
  }

  private static ValueDecoder ofType(
      ColumnBuilder to, DataType type, String nativeType, boolean validateUtf8) {
    if (type instanceof DataType.Bool) {
      return new OfBool(to);
    } else if (type instanceof DataType.Int number) {
      return number.bits() == 16
          ? new OfInt2(to)
          : number.bits() == 64 ? new OfInt8(to) : number.signed() ? new OfInt4(to) : new OfOid(to);
    } else if (type instanceof DataType.Decimal) {
      return new OfNumeric(to);
    } else if (type instanceof DataType.Float number) {
      return number.bits() == 32 ? new OfFloat4(to) : new OfFloat8(to);
    } else if (type instanceof DataType.Date) {
      return new OfDate(to);
    } else if (type instanceof DataType.Time) {
      return new OfTime(to);
    } else if (type instanceof DataType.OffsetTime) {
      return new OfTimetz(to);
    } else if (type instanceof DataType.Timestamp || type instanceof DataType.Instant) {
      return new OfTimestamp(to);
    } else if (type instanceof DataType.Interval) {
      return new OfInterval(to);
    } else if (type instanceof DataType.Uuid) {
      return new OfUuid(to);
    } else if (type instanceof DataType.Array array) {
      String of = nativeType.endsWith("[]") ? nativeType.substring(0, nativeType.length() - 2) : "";
      ValueDecoder element = ofType(to.element(), array.element(), of, validateUtf8);
      return new OfArray(to, element, of, validateUtf8);
    }
    int prefix = type instanceof DataType.Json && nativeType.equals("jsonb") ? 1 : 0;
    boolean inet = type instanceof DataType.Other && nativeType.equals("inet");
    if (type instanceof DataType.Bytes || (prefix == 0 && !inet && !validateUtf8)) {
      return new OfBytes(to);
    }
    return new OfText(to, prefix, inet, validateUtf8);
  }

  /** Appends the value of {@code length} bytes at {@code at}, which lie within {@code from}. */
  abstract void decode(byte[] from, int at, int length);

  final void require(boolean fits, int length) {
    if (!fits) {
      throw new MalformedTupleException(
          "a value of " + length + " bytes is no " + to.column().nativeType());
    }
  }

  private static final class OfBool extends ValueDecoder {
    OfBool(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(byte[] from, int at, int length) {
      require(length == 1, length);
      to.appendBoolean(from[at] != 0);
    }
  }

  private static final class OfInt2 extends ValueDecoder {
    OfInt2(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(byte[] from, int at, int length) {
      require(length == 2, length);
      to.appendInt(BigEndian.int2(from, at));
    }
  }

  private static final class OfInt4 extends ValueDecoder {
    OfInt4(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(byte[] from, int at, int length) {
      require(length == 4, length);
      to.appendInt(BigEndian.int4(from, at));
    }
  }

  private static final class OfInt8 extends ValueDecoder {
    OfInt8(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(byte[] from, int at, int length) {
      require(length == 8, length);
      to.appendLong(BigEndian.int8(from, at));
    }
  }

  private static final class OfOid extends ValueDecoder {
    OfOid(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(byte[] from, int at, int length) {
      require(length == 4, length);
      to.appendLong(Integer.toUnsignedLong(BigEndian.int4(from, at)));
    }
  }

  private static final class OfFloat4 extends ValueDecoder {
    OfFloat4(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(byte[] from, int at, int length) {
      require(length == 4, length);
      to.appendFloat(Float.intBitsToFloat(BigEndian.int4(from, at)));
    }
  }

  private static final class OfFloat8 extends ValueDecoder {
    OfFloat8(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(byte[] from, int at, int length) {
      require(length == 8, length);
      to.appendDouble(Double.longBitsToDouble(BigEndian.int8(from, at)));
    }
  }

  /** Days since 2000-01-01; the two ends of the int are the infinities (date.h). */
  private static final class OfDate extends ValueDecoder {
    OfDate(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(byte[] from, int at, int length) {
      require(length == 4, length);
      int days = BigEndian.int4(from, at);
      if (days == Integer.MAX_VALUE || days == Integer.MIN_VALUE) {
        to.appendUnrepresentable(days < 0 ? MINUS_INFINITY : INFINITY);
      } else {
        to.appendInt(Math.addExact(days, EPOCH_DAYS));
      }
    }
  }

  private static final class OfTime extends ValueDecoder {
    OfTime(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(byte[] from, int at, int length) {
      require(length == 8, length);
      long micros = BigEndian.int8(from, at);
      if (micros == MICROS_PER_DAY) {
        to.appendUnrepresentable("24:00:00");
      } else {
        require(micros >= 0 && micros < MICROS_PER_DAY, length);
        to.appendLong(micros);
      }
    }
  }

  /** The local time in microseconds, and the seconds <em>west</em> of UTC (date.h). */
  private static final class OfTimetz extends ValueDecoder {
    OfTimetz(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(byte[] from, int at, int length) {
      require(length == 12, length);
      long micros = BigEndian.int8(from, at);
      int offset = -BigEndian.int4(from, at + 8);
      require(micros >= 0 && micros <= MICROS_PER_DAY, length);
      if (micros == MICROS_PER_DAY || offset < -MAX_OFFSET || offset > MAX_OFFSET) {
        to.appendUnrepresentable(PostgresText.time(micros) + PostgresText.offset(offset));
      } else {
        to.appendPair(micros, offset);
      }
    }
  }

  /** Microseconds since 2000-01-01; the two ends of the long are the infinities (timestamp.h). */
  private static final class OfTimestamp extends ValueDecoder {
    OfTimestamp(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(byte[] from, int at, int length) {
      require(length == 8, length);
      long micros = BigEndian.int8(from, at);
      if (micros <= Long.MAX_VALUE - EPOCH_SECONDS * MICROS && micros != Long.MIN_VALUE) {
        to.appendLong(micros + EPOCH_SECONDS * MICROS);
      } else if (micros == Long.MAX_VALUE || micros == Long.MIN_VALUE) {
        to.appendUnrepresentable(micros < 0 ? MINUS_INFINITY : INFINITY);
      } else {
        to.appendFarTicks(micros / MICROS + EPOCH_SECONDS, micros % MICROS);
      }
    }
  }

  /** Microseconds, days, months; since 17 all at their ends are the infinities (timestamp.h). */
  private static final class OfInterval extends ValueDecoder {
    OfInterval(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(byte[] from, int at, int length) {
      require(length == 16, length);
      long micros = BigEndian.int8(from, at);
      int days = BigEndian.int4(from, at + 8);
      int months = BigEndian.int4(from, at + 12);
      if (micros == Long.MAX_VALUE && days == Integer.MAX_VALUE && months == Integer.MAX_VALUE) {
        to.appendUnrepresentable(INFINITY);
      } else if (micros == Long.MIN_VALUE
          && days == Integer.MIN_VALUE
          && months == Integer.MIN_VALUE) {
        to.appendUnrepresentable(MINUS_INFINITY);
      } else {
        to.appendPair(micros, ((long) months << 32) | (days & 0xffff_ffffL));
      }
    }
  }

  private static final class OfUuid extends ValueDecoder {
    OfUuid(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(byte[] from, int at, int length) {
      require(length == 16, length);
      to.appendPair(BigEndian.int8(from, at), BigEndian.int8(from, at + 8));
    }
  }

  /** Bytes, and texts that the server has checked to be in UTF-8. */
  private static final class OfBytes extends ValueDecoder {
    OfBytes(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(byte[] from, int at, int length) {
      to.appendBytes(from, at, length);
    }
  }

  /** Texts with something to look at. */
  private static final class OfText extends ValueDecoder {
    private final int prefix;
    private final boolean inet;
    private final boolean validateUtf8;

    /**
     * @param prefix how many bytes come before the text: jsonb's version
     * @param inet whether a full netmask is cut off, which inet's cast to text adds
     */
    OfText(ColumnBuilder to, int prefix, boolean inet, boolean validateUtf8) {
      super(to);
      this.prefix = prefix;
      this.inet = inet;
      this.validateUtf8 = validateUtf8;
    }

    @Override
    void decode(byte[] from, int at, int length) {
      require(length >= prefix && (prefix == 0 || from[at] == 1), length);
      int start = at + prefix;
      int size = length - prefix;
      if (inet) {
        size -= fullNetmask(from, start, size);
      }
      if (validateUtf8 && !Utf8.isValid(from, start, size)) {
        to.appendUnrepresentable(Utf8.escaped(from, start, size));
      } else {
        to.appendBytes(from, start, size);
      }
    }

    private static int fullNetmask(byte[] from, int at, int length) {
      String text = new String(from, at, length, java.nio.charset.StandardCharsets.US_ASCII);
      String full = text.indexOf(':') < 0 ? "/32" : "/128";
      return text.endsWith(full) ? full.length() : 0;
    }
  }

  /**
   * Numbers in digits of base 10000, the first of which counts 10000^weight, and the decimal digits
   * to show after the point, which are part of the value as Bobbin delivers it (numeric.c).
   */
  private static final class OfNumeric extends ValueDecoder {
    OfNumeric(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(byte[] from, int at, int length) {
      require(length >= NumericDigits.HEADER, length);
      int count = BigEndian.int2(from, at);
      int weight = BigEndian.int2(from, at + 2);
      int sign = BigEndian.int2(from, at + 4) & 0xffff;
      int scale = BigEndian.int2(from, at + 6);
      if (sign != NumericDigits.POSITIVE && sign != NumericDigits.NEGATIVE) {
        to.appendUnrepresentable(NumericDigits.special(sign));
        return;
      }
      require(count >= 0 && scale >= 0 && length == NumericDigits.HEADER + 2 * count, length);
      int digits = at + NumericDigits.HEADER;
      // The power of ten that the last digit of base 10000 has to be multiplied by.
      int shift = 4 * (weight - count + 1) + scale;
      long unscaled = NumericDigits.small(from, digits, count, shift);
      if (unscaled >= 0) {
        to.appendDecimal(sign == NumericDigits.POSITIVE ? unscaled : -unscaled, scale);
      } else {
        to.appendDecimal(
            NumericDigits.large(from, digits, count, shift, scale, sign == NumericDigits.NEGATIVE));
      }
    }
  }

  /**
   * Arrays: the number of dimensions, a flag, the element's type; of each dimension the size and
   * the lower bound; the elements with their lengths (arrayfuncs.c).
   *
   * <p>An array whose bounds do not begin at 1 has its own text beside it. One that holds an
   * element that the Java type cannot hold is as a whole not held: NULL, with its text.
   */
  private static final class OfArray extends ValueDecoder {
    private static final int MAX_DIMENSIONS = 6;
    private static final int[][] SHORT_LISTS = new int[64][];

    static {
      for (int i = 0; i < SHORT_LISTS.length; i++) {
        SHORT_LISTS[i] = new int[] {i};
      }
    }

    private final ValueDecoder element;
    private final String elementType;
    private final boolean validateUtf8;

    OfArray(ColumnBuilder to, ValueDecoder element, String elementType, boolean validateUtf8) {
      super(to);
      this.element = element;
      this.elementType = elementType;
      this.validateUtf8 = validateUtf8;
    }

    @Override
    void decode(byte[] from, int at, int length) {
      require(length >= 12, length);
      int dimensions = BigEndian.int4(from, at);
      require(dimensions >= 0 && dimensions <= MAX_DIMENSIONS, length);
      int next = at + 12;
      require(8 * dimensions <= length - 12, length);
      if (dimensions == 0) {
        to.appendArray();
        return;
      }
      int[] sizes = dimensions == 1 ? null : new int[dimensions];
      long count = 1;
      boolean plain = true;
      for (int i = 0; i < dimensions; i++) {
        int size = BigEndian.int4(from, next);
        require(size >= 0, length);
        plain &= BigEndian.int4(from, next + 4) == 1;
        count *= size;
        require(count <= length, length);
        if (sizes == null) {
          sizes = size < SHORT_LISTS.length ? SHORT_LISTS[size] : new int[] {size};
        } else {
          sizes[i] = size;
        }
        next += 8;
      }
      int unrepresentable = element.to.unrepresentableCount();
      int end = elements(element, from, next, at + length, (int) count);
      require(end == at + length, length);
      if (element.to.unrepresentableCount() != unrepresentable) {
        to.appendUnrepresentable(text(from, at, (int) count, dimensions));
      } else if (sizes != null) {
        to.appendArray(sizes);
        if (!plain) {
          to.original(text(from, at, (int) count, dimensions));
        }
      }
    }

    private int elements(ValueDecoder decoder, byte[] from, int first, int end, int count) {
      int next = first;
      for (int i = 0; i < count; i++) {
        require(end - next >= 4, end - next);
        int length = BigEndian.int4(from, next);
        next += 4;
        if (length == -1) {
          decoder.to.appendNull();
        } else {
          require(length >= 0 && length <= end - next, length);
          decoder.decode(from, next, length);
          next += length;
        }
      }
      return next;
    }

    private String text(byte[] from, int at, int count, int dimensions) {
      int[] sizes = new int[dimensions];
      int[] lowers = new int[dimensions];
      for (int i = 0; i < dimensions; i++) {
        sizes[i] = BigEndian.int4(from, at + 12 + 8 * i);
        lowers[i] = BigEndian.int4(from, at + 16 + 8 * i);
      }
      ArrayText text = new ArrayText(element.to.column().type(), elementType);
      ColumnBuilder again = text.builder();
      int first = at + 12 + 8 * dimensions;
      ValueDecoder decoder = ofType(again, again.column().type(), elementType, validateUtf8);
      int unused = elements(decoder, from, first, from.length, count);
      return text.of(sizes, lowers, count);
    }
  }

  @Override
  public final String toString() {
    return getClass().getSimpleName().toLowerCase(Locale.ROOT) + " into " + to.column().name();
  }
}
