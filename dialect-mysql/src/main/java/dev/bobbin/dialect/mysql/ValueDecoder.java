package dev.bobbin.dialect.mysql;

import static com.mysql.cj.MysqlType.FIELD_TYPE_BIT;
import static com.mysql.cj.MysqlType.FIELD_TYPE_DATE;
import static com.mysql.cj.MysqlType.FIELD_TYPE_DATETIME;
import static com.mysql.cj.MysqlType.FIELD_TYPE_DECIMAL;
import static com.mysql.cj.MysqlType.FIELD_TYPE_DOUBLE;
import static com.mysql.cj.MysqlType.FIELD_TYPE_FLOAT;
import static com.mysql.cj.MysqlType.FIELD_TYPE_GEOMETRY;
import static com.mysql.cj.MysqlType.FIELD_TYPE_INT24;
import static com.mysql.cj.MysqlType.FIELD_TYPE_LONG;
import static com.mysql.cj.MysqlType.FIELD_TYPE_LONGLONG;
import static com.mysql.cj.MysqlType.FIELD_TYPE_NEWDECIMAL;
import static com.mysql.cj.MysqlType.FIELD_TYPE_NULL;
import static com.mysql.cj.MysqlType.FIELD_TYPE_SHORT;
import static com.mysql.cj.MysqlType.FIELD_TYPE_TIME;
import static com.mysql.cj.MysqlType.FIELD_TYPE_TIMESTAMP;
import static com.mysql.cj.MysqlType.FIELD_TYPE_TINY;
import static com.mysql.cj.MysqlType.FIELD_TYPE_YEAR;

import com.mysql.cj.result.Field;
import dev.bobbin.catalog.DataType;
import dev.bobbin.dialect.jdbc.MalformedDataException;
import dev.bobbin.record.ColumnBuilder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.UUID;

/**
 * Decodes the values of one column from the binary protocol ("Binary Protocol Value") into the
 * column's builder. NULLs do not come here.
 *
 * <p>Each subclass feeds one kind of builder, so that the call in it has one target.
 */
abstract sealed class ValueDecoder {

  private static final long MICROS = 1_000_000;
  private static final int MAX_DECIMALS = 6;

  final ColumnBuilder to;

  private ValueDecoder(ColumnBuilder to) {
    this.to = to;
  }

  /**
   * The decoder of a column; {@link SelectedColumn} is the other half.
   *
   * @param to the column's builder, in ticks of microseconds
   * @param field what the server says about the values that it sends, which need not be the
   *     column's type: a view's number can be wider than the catalog says
   * @throws MalformedDataException if such values cannot be of the column's type
   */
  static ValueDecoder of(ColumnBuilder to, Field field) {
    DataType type = to.column().type();
    int sent = field.getMysqlTypeId();
    if (sent == FIELD_TYPE_NULL) {
      return new OfNothing(to);
    } else if (type instanceof DataType.Bool) {
      return sent == FIELD_TYPE_BIT ? new OfBit(to) : new OfBool(to, wholeNumber(to, field));
    } else if (type instanceof DataType.Int) {
      return sent == FIELD_TYPE_BIT ? new OfBits(to) : new OfInt(to, wholeNumber(to, field));
    } else if (type instanceof DataType.Float number) {
      require(to, sent == FIELD_TYPE_FLOAT || (number.bits() == 64 && sent == FIELD_TYPE_DOUBLE));
      return number.bits() == 32
          ? new OfFloat(to)
          : sent == FIELD_TYPE_FLOAT ? new OfWidened(to) : new OfDouble(to);
    } else if (type instanceof DataType.Decimal) {
      require(to, sent == FIELD_TYPE_NEWDECIMAL || sent == FIELD_TYPE_DECIMAL);
      return new OfDecimal(to);
    } else if (type instanceof DataType.Date) {
      require(to, isCalendar(sent));
      return new OfDate(to);
    } else if (type instanceof DataType.Timestamp || type instanceof DataType.Instant) {
      require(to, isCalendar(sent));
      return new OfTimestamp(to, decimals(field));
    } else if (type instanceof DataType.Time) {
      require(to, sent == FIELD_TYPE_TIME);
      return new OfTime(to, decimals(field));
    }
    // Everything that is left comes with its length before it.
    require(to, !WholeNumber.isOne(sent) && sent != FIELD_TYPE_FLOAT && sent != FIELD_TYPE_DOUBLE);
    require(to, !isCalendar(sent) && sent != FIELD_TYPE_TIME);
    if (type instanceof DataType.Uuid) {
      return new OfUuid(to);
    } else if (type instanceof DataType.Array) {
      return new OfVector(to);
    }
    return type instanceof DataType.Bytes && sent == FIELD_TYPE_GEOMETRY
        ? new OfGeometry(to)
        : new OfBytes(to);
  }

  /** Appends the value at which the row stands, and moves on to the next one. */
  abstract void decode(BinaryRow row);

  private static boolean isCalendar(int sent) {
    return sent == FIELD_TYPE_DATE || sent == FIELD_TYPE_DATETIME || sent == FIELD_TYPE_TIMESTAMP;
  }

  /** The digits that the server shows of a second; 31 stands for as many as there are. */
  private static int decimals(Field field) {
    return Math.min(field.getDecimals(), MAX_DECIMALS);
  }

  private static WholeNumber wholeNumber(ColumnBuilder to, Field field) {
    require(to, WholeNumber.isOne(field.getMysqlTypeId()));
    return WholeNumber.of(field);
  }

  private static void require(ColumnBuilder to, boolean fits) {
    if (!fits) {
      throw new MalformedDataException(
          "the values of column "
              + to.column().name()
              + " are no longer sent as "
              + to.column().nativeType());
    }
  }

  private MalformedDataException wrongLength(int length) {
    return new MalformedDataException(
        "a value of " + length + " bytes is no " + to.column().nativeType());
  }

  /** How a whole number is sent. */
  enum WholeNumber {
    /** In one byte, from -128. */
    INT1 {
      @Override
      long read(BinaryRow row) {
        return row.int1();
      }
    },
    /** In one byte, from 0. */
    UINT1 {
      @Override
      long read(BinaryRow row) {
        return row.int1() & 0xff;
      }
    },
    /** In two bytes, from -32768. */
    INT2 {
      @Override
      long read(BinaryRow row) {
        return row.int2();
      }
    },
    /** In two bytes, from 0. */
    UINT2 {
      @Override
      long read(BinaryRow row) {
        return row.int2() & 0xffff;
      }
    },
    /** In four bytes, from -2^31. */
    INT4 {
      @Override
      long read(BinaryRow row) {
        return row.int4();
      }
    },
    /** In four bytes, from 0. */
    UINT4 {
      @Override
      long read(BinaryRow row) {
        return row.int4() & 0xffff_ffffL;
      }
    },
    /** In eight bytes, with a sign or without. */
    INT8 {
      @Override
      long read(BinaryRow row) {
        return row.int8();
      }
    };

    /** The number at which the row stands; of eight bytes without a sign the same bits. */
    abstract long read(BinaryRow row);

    static boolean isOne(int sent) {
      return switch (sent) {
        case FIELD_TYPE_TINY,
            FIELD_TYPE_SHORT,
            FIELD_TYPE_YEAR,
            FIELD_TYPE_INT24,
            FIELD_TYPE_LONG,
            FIELD_TYPE_LONGLONG ->
            true;
        default -> false;
      };
    }

    static WholeNumber of(Field field) {
      boolean unsigned = field.isUnsigned();
      return switch (field.getMysqlTypeId()) {
        case FIELD_TYPE_TINY -> unsigned ? UINT1 : INT1;
        case FIELD_TYPE_SHORT, FIELD_TYPE_YEAR -> unsigned ? UINT2 : INT2;
        case FIELD_TYPE_INT24, FIELD_TYPE_LONG -> unsigned ? UINT4 : INT4;
        case FIELD_TYPE_LONGLONG -> INT8;
        default -> throw new MalformedDataException("a number is not sent as one");
      };
    }
  }

  /** Of columns that are always NULL, as a view's can be. */
  private static final class OfNothing extends ValueDecoder {
    OfNothing(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(BinaryRow row) {
      throw new MalformedDataException("a value is sent of a column that has none");
    }
  }

  private static final class OfInt extends ValueDecoder {
    private final WholeNumber number;

    OfInt(ColumnBuilder to, WholeNumber number) {
      super(to);
      this.number = number;
    }

    @Override
    void decode(BinaryRow row) {
      to.appendLong(number.read(row));
    }
  }

  /** Numbers as truth values: the number itself stands beside what is neither 0 nor 1. */
  private static final class OfBool extends ValueDecoder {
    private final WholeNumber number;

    OfBool(ColumnBuilder to, WholeNumber number) {
      super(to);
      this.number = number;
    }

    @Override
    void decode(BinaryRow row) {
      long value = number.read(row);
      to.appendBoolean(value != 0);
      if (value != 0 && value != 1) {
        to.original(Long.toString(value));
      }
    }
  }

  private static final class OfBit extends ValueDecoder {
    OfBit(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(BinaryRow row) {
      int length = row.valueLength();
      if (length != 1) {
        throw super.wrongLength(length);
      }
      to.appendBoolean(row.int1() != 0);
    }
  }

  /** Up to 64 bits, the highest first. */
  private static final class OfBits extends ValueDecoder {
    OfBits(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(BinaryRow row) {
      int length = row.valueLength();
      if (length > 8) {
        throw super.wrongLength(length);
      }
      long bits = 0;
      for (int i = 0; i < length; i++) {
        bits = bits << 8 | (row.int1() & 0xff);
      }
      to.appendLong(bits);
    }
  }

  private static final class OfFloat extends ValueDecoder {
    OfFloat(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(BinaryRow row) {
      to.appendFloat(Float.intBitsToFloat(row.int4()));
    }
  }

  private static final class OfWidened extends ValueDecoder {
    OfWidened(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(BinaryRow row) {
      to.appendDouble(Float.intBitsToFloat(row.int4()));
    }
  }

  private static final class OfDouble extends ValueDecoder {
    OfDouble(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(BinaryRow row) {
      to.appendDouble(Double.longBitsToDouble(row.int8()));
    }
  }

  private static final class OfDecimal extends ValueDecoder {
    OfDecimal(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(BinaryRow row) {
      int length = row.valueLength();
      DecimalText.append(row.bytes(), row.skip(length), length, to);
    }
  }

  /** Year, month, day; nothing for the zero date. */
  private static final class OfDate extends ValueDecoder {
    OfDate(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(BinaryRow row) {
      int length = row.valueLength();
      if (length != 0 && length != 4) {
        throw super.wrongLength(length);
      }
      int year = length == 0 ? 0 : row.int2() & 0xffff;
      int month = length == 0 ? 0 : row.int1();
      int day = length == 0 ? 0 : row.int1();
      if (Calendar.has(year, month, day)) {
        to.appendInt(Calendar.epochDay(year, month, day));
      } else {
        to.appendUnrepresentable(MySqlText.date(year, month, day));
      }
    }
  }

  /** Year, month, day, hour, minute, second, microseconds; without what is zero at its end. */
  private static final class OfTimestamp extends ValueDecoder {
    private final int decimals;

    OfTimestamp(ColumnBuilder to, int decimals) {
      super(to);
      this.decimals = decimals;
    }

    @Override
    void decode(BinaryRow row) {
      int length = row.valueLength();
      if (length != 0 && length != 4 && length != 7 && length != 11) {
        throw super.wrongLength(length);
      }
      byte[] from = row.bytes();
      int at = row.skip(length);
      int year = length == 0 ? 0 : BinaryRow.int2(from, at) & 0xffff;
      int month = length == 0 ? 0 : from[at + 2];
      int day = length == 0 ? 0 : from[at + 3];
      int hour = length < 7 ? 0 : from[at + 4];
      int minute = length < 7 ? 0 : from[at + 5];
      int second = length < 7 ? 0 : from[at + 6];
      int micros = length < 11 ? 0 : BinaryRow.int4(from, at + 7);
      if (Calendar.has(year, month, day)) {
        long seconds =
            Calendar.epochDay(year, month, day) * 86_400L + hour * 3600L + minute * 60L + second;
        to.appendLong(seconds * MICROS + micros);
      } else {
        to.appendUnrepresentable(
            MySqlText.date(year, month, day)
                + ' '
                + MySqlText.time(false, hour, minute, second, micros, decimals));
      }
    }
  }

  /** A sign, days, hours, minutes, seconds, microseconds; without what is zero at its end. */
  private static final class OfTime extends ValueDecoder {
    private final int decimals;

    OfTime(ColumnBuilder to, int decimals) {
      super(to);
      this.decimals = decimals;
    }

    @Override
    void decode(BinaryRow row) {
      int length = row.valueLength();
      if (length != 0 && length != 8 && length != 12) {
        throw super.wrongLength(length);
      }
      boolean negative = length != 0 && row.int1() != 0;
      int hours = length == 0 ? 0 : Math.addExact(Math.multiplyExact(24, row.int4()), row.int1());
      int minutes = length == 0 ? 0 : row.int1();
      int seconds = length == 0 ? 0 : row.int1();
      int micros = length < 12 ? 0 : row.int4();
      if (negative || hours >= 24) {
        to.appendUnrepresentable(
            MySqlText.time(negative, hours, minutes, seconds, micros, decimals));
      } else {
        to.appendLong((hours * 3600L + minutes * 60L + seconds) * MICROS + micros);
      }
    }
  }

  /** Bytes, and texts that the server has converted to UTF-8. */
  private static final class OfBytes extends ValueDecoder {
    OfBytes(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(BinaryRow row) {
      int length = row.valueLength();
      to.appendBytes(row.bytes(), row.skip(length), length);
    }
  }

  /** The text of a UUID, which MariaDB sends. */
  private static final class OfUuid extends ValueDecoder {
    OfUuid(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(BinaryRow row) {
      int length = row.valueLength();
      int at = row.skip(length);
      if (length != 36) {
        throw super.wrongLength(length);
      }
      try {
        UUID value =
            UUID.fromString(new String(row.bytes(), at, length, StandardCharsets.US_ASCII));
        to.appendPair(value.getMostSignificantBits(), value.getLeastSignificantBits());
      } catch (IllegalArgumentException e) {
        throw super.wrongLength(length);
      }
    }
  }

  /** Floats, one behind the other. */
  private static final class OfVector extends ValueDecoder {
    OfVector(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(BinaryRow row) {
      int length = row.valueLength();
      if (length % 4 != 0) {
        throw super.wrongLength(length);
      }
      ColumnBuilder elements = to.element();
      for (int i = 0; i < length; i += 4) {
        elements.appendFloat(Float.intBitsToFloat(row.int4()));
      }
      if (length == 0) {
        to.appendArray();
      } else {
        to.appendArray(length / 4);
      }
    }
  }

  /**
   * Shapes: the SRID and then the shape as well-known binary, with the lowest byte first. They
   * become EWKB, PostGIS's extension, in which the SRID stands behind the kind of the shape and a
   * flag says so; without an SRID they are plain WKB. The coordinates stay in the order that they
   * are stored in, the longitude first, whatever order the SRID defines.
   */
  private static final class OfGeometry extends ValueDecoder {
    private static final int HAS_SRID = 0x2000_0000;
    private static final int HEADER = 9;

    OfGeometry(ColumnBuilder to) {
      super(to);
    }

    @Override
    void decode(BinaryRow row) {
      int length = row.valueLength();
      int at = row.skip(length);
      byte[] bytes = row.bytes();
      if (length < HEADER || bytes[at + 4] != 1) {
        throw super.wrongLength(length);
      }
      int srid = BinaryRow.int4(bytes, at);
      if (srid == 0) {
        to.appendBytes(bytes, at + 4, length - 4);
        return;
      }
      int kind = BinaryRow.int4(bytes, at + 5);
      bytes[at] = 1;
      BinaryRow.int4(bytes, at + 1, kind | HAS_SRID);
      BinaryRow.int4(bytes, at + 5, srid);
      to.appendBytes(bytes, at, length);
    }
  }

  @Override
  public final String toString() {
    return getClass().getSimpleName().toLowerCase(Locale.ROOT) + " into " + to.column().name();
  }
}
