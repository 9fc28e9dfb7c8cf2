package dev.bobbin.dialect.sqlserver;

import dev.bobbin.catalog.DataType;
import dev.bobbin.dialect.jdbc.MalformedDataException;
import dev.bobbin.record.ColumnBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.Calendar;
import java.util.GregorianCalendar;
import java.util.Locale;
import java.util.Set;
import java.util.TimeZone;
import microsoft.sql.DateTimeOffset;
import microsoft.sql.Vector;
import org.jspecify.annotations.Nullable;

/**
 * Takes the values of one column from the driver's result, row by row: first {@link #read}, which
 * tells how large the value is, then {@link #append}, which hands it over.
 *
 * <p>Values come by the driver's getters that lose nothing: times not by those of {@code
 * java.sql.Timestamp}, which know a zone, and what may be large as a stream, of which no more is
 * taken than a row may have.
 */
abstract sealed class ValueReader {

  /** The resolution of the server's times. */
  static final long TICKS_PER_SECOND = 10_000_000;

  private static final int NANOS_PER_TICK = 100;
  private static final Set<Integer> WHOLE_NUMBERS =
      Set.of(Types.TINYINT, Types.SMALLINT, Types.INTEGER, Types.BIGINT);
  private static final Set<Integer> DECIMALS =
      Set.of(
          Types.DECIMAL, Types.NUMERIC, microsoft.sql.Types.MONEY, microsoft.sql.Types.SMALLMONEY);
  private static final Set<Integer> TEXTS =
      Set.of(
          Types.CHAR,
          Types.VARCHAR,
          Types.LONGVARCHAR,
          Types.NCHAR,
          Types.NVARCHAR,
          Types.LONGNVARCHAR);
  private static final Set<Integer> BYTES =
      Set.of(Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY);
  private static final Set<Integer> DATE_TIMES =
      Set.of(Types.TIMESTAMP, microsoft.sql.Types.DATETIME, microsoft.sql.Types.SMALLDATETIME);

  final ColumnBuilder to;
  final int index;
  boolean isNull;

  private ValueReader(ColumnBuilder to, int index) {
    this.to = to;
    this.index = index;
  }

  /**
   * The reader of a column; {@link SelectedColumn} is the other half.
   *
   * @param to the column's builder, in ticks of 100 ns
   * @param index of its first value in the result
   * @param result what the server says of the values that it sends
   * @param most the size at which a value is too large for its row
   * @throws MalformedDataException if such values cannot be of the column's type
   */
  static ValueReader of(ColumnBuilder to, int index, ResultSetMetaData result, long most)
      throws SQLException {
    DataType type = to.column().type();
    TypeName name = TypeName.parse(to.column().nativeType());
    int sent = result.getColumnType(index);
    if (type instanceof DataType.Bool) {
      require(to, sent == Types.BIT);
      return new OfBit(to, index);
    } else if (type instanceof DataType.Int) {
      require(to, WHOLE_NUMBERS.contains(sent));
      return new OfInt(to, index);
    } else if (type instanceof DataType.Decimal) {
      require(to, DECIMALS.contains(sent));
      return new OfDecimal(to, index);
    } else if (type instanceof DataType.Float number) {
      require(to, sent == Types.REAL || (number.bits() == 64 && isDouble(sent)));
      return number.bits() == 32 ? new OfReal(to, index) : new OfDouble(to, index);
    } else if (type instanceof DataType.Date) {
      require(to, sent == Types.DATE);
      return new OfDate(to, index);
    } else if (type instanceof DataType.Time) {
      require(to, sent == Types.TIME);
      return new OfTime(to, index);
    } else if (type instanceof DataType.Timestamp) {
      require(to, DATE_TIMES.contains(sent));
      return new OfDateTime(to, index);
    } else if (type instanceof DataType.OffsetTimestamp) {
      require(to, sent == microsoft.sql.Types.DATETIMEOFFSET);
      return new OfDateTimeOffset(to, index);
    } else if (type instanceof DataType.Uuid) {
      require(to, sent == microsoft.sql.Types.GUID || sent == Types.CHAR);
      return new OfGuid(to, index);
    } else if (type instanceof DataType.Array) {
      return new OfVector(to, index);
    } else if (type instanceof DataType.Bytes) {
      require(to, BYTES.contains(sent));
      return switch (name.base()) {
        case "geometry", "geography" -> new OfShape(to, index, most);
        default -> new OfBytes(to, index, name.isLarge(), most);
      };
    }
    require(to, TEXTS.contains(sent));
    return name.base().equals("sql_variant") && !name.foreign()
        ? new OfVariant(to, index, most)
        : new OfText(to, index, name, most);
  }

  private static boolean isDouble(int sent) {
    return sent == Types.DOUBLE || sent == Types.FLOAT;
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

  MalformedDataException malformed() {
    return new MalformedDataException("a value is no " + to.column().nativeType());
  }

  /** How many values of the result it takes. */
  int width() {
    return 1;
  }

  /**
   * Takes the next row's value.
   *
   * @return its size in bytes, about as the server sent it; more than a row may have if it is that
   */
  abstract long read(ResultSet row) throws SQLException;

  /** Hands over what was read. */
  final void append() {
    if (isNull) {
      to.appendNull();
    } else {
      appendValue();
    }
  }

  abstract void appendValue();

  /** Lets go of the memory that a large value took. */
  void release() {}

  private static final class OfBit extends ValueReader {
    private boolean value;

    OfBit(ColumnBuilder to, int index) {
      super(to, index);
    }

    @Override
    long read(ResultSet row) throws SQLException {
      value = row.getBoolean(index);
      isNull = row.wasNull();
      return 1;
    }

    @Override
    void appendValue() {
      to.appendBoolean(value);
    }
  }

  private static final class OfInt extends ValueReader {
    private long value;

    OfInt(ColumnBuilder to, int index) {
      super(to, index);
    }

    @Override
    long read(ResultSet row) throws SQLException {
      value = row.getLong(index);
      isNull = row.wasNull();
      return 8;
    }

    @Override
    void appendValue() {
      to.appendLong(value);
    }
  }

  private static final class OfReal extends ValueReader {
    private float value;

    OfReal(ColumnBuilder to, int index) {
      super(to, index);
    }

    @Override
    long read(ResultSet row) throws SQLException {
      value = row.getFloat(index);
      isNull = row.wasNull();
      return 4;
    }

    @Override
    void appendValue() {
      to.appendFloat(value);
    }
  }

  private static final class OfDouble extends ValueReader {
    private double value;

    OfDouble(ColumnBuilder to, int index) {
      super(to, index);
    }

    @Override
    long read(ResultSet row) throws SQLException {
      value = row.getDouble(index);
      isNull = row.wasNull();
      return 8;
    }

    @Override
    void appendValue() {
      to.appendDouble(value);
    }
  }

  private static final class OfDecimal extends ValueReader {
    private BigDecimal value = BigDecimal.ZERO;

    OfDecimal(ColumnBuilder to, int index) {
      super(to, index);
    }

    @Override
    long read(ResultSet row) throws SQLException {
      BigDecimal read = row.getBigDecimal(index);
      isNull = read == null;
      value = read == null ? BigDecimal.ZERO : read;
      return 17;
    }

    @Override
    void appendValue() {
      to.appendDecimal(value);
    }
  }

  /** Points on the calendar and of the day. */
  private abstract static sealed class OfLocal extends ValueReader {
    private static final LocalDateTime NONE = LocalDateTime.MIN;
    LocalDateTime value = NONE;

    OfLocal(ColumnBuilder to, int index) {
      super(to, index);
    }

    @Override
    long read(ResultSet row) throws SQLException {
      LocalDateTime read = row.getObject(index, LocalDateTime.class);
      isNull = read == null;
      value = read == null ? NONE : read;
      return 8;
    }
  }

  private static final class OfDate extends OfLocal {
    OfDate(ColumnBuilder to, int index) {
      super(to, index);
    }

    @Override
    void appendValue() {
      to.appendInt(Math.toIntExact(value.toLocalDate().toEpochDay()));
    }
  }

  private static final class OfTime extends OfLocal {
    OfTime(ColumnBuilder to, int index) {
      super(to, index);
    }

    @Override
    void appendValue() {
      to.appendLong(value.toLocalTime().toNanoOfDay() / NANOS_PER_TICK);
    }
  }

  private static final class OfDateTime extends OfLocal {
    private static final long TICKS_PER_DAY = 86_400 * TICKS_PER_SECOND;

    OfDateTime(ColumnBuilder to, int index) {
      super(to, index);
    }

    @Override
    void appendValue() {
      to.appendLong(
          value.toLocalDate().toEpochDay() * TICKS_PER_DAY
              + value.toLocalTime().toNanoOfDay() / NANOS_PER_TICK);
    }
  }

  private static final class OfDateTimeOffset extends ValueReader {
    private static final long MILLIS = 1000;
    private static final long SECONDS_PER_MINUTE = 60;
    private static final long MILLIS_PER_DAY = 86_400_000;
    private static final long FIRST_GREGORIAN = -12_219_292_800_000L; // 1582-10-15
    private long ticks;
    private long offset;

    OfDateTimeOffset(ColumnBuilder to, int index) {
      super(to, index);
    }

    @Override
    long read(ResultSet row) throws SQLException {
      DateTimeOffset read = row.getObject(index, DateTimeOffset.class);
      isNull = read == null;
      if (read != null) {
        Timestamp instant = read.getTimestamp(); // whose milliseconds and nanoseconds know no zone
        long seconds = Math.floorDiv(gregorian(instant.getTime()), MILLIS);
        ticks = seconds * TICKS_PER_SECOND + instant.getNanos() / NANOS_PER_TICK;
        offset = read.getMinutesOffset() * SECONDS_PER_MINUTE;
      }
      return 10;
    }

    /**
     * The milliseconds by the server's calendar, which is Gregorian for all times. The driver makes
     * those of the Julian calendar for dates before 1582, with the same year, month and day.
     */
    private static long gregorian(long millis) {
      if (millis >= FIRST_GREGORIAN) {
        return millis;
      }
      GregorianCalendar fields = new GregorianCalendar(TimeZone.getTimeZone("UTC"), Locale.ROOT);
      fields.setTimeInMillis(millis);
      LocalDate day =
          LocalDate.of(
              fields.get(Calendar.YEAR),
              fields.get(Calendar.MONTH) + 1,
              fields.get(Calendar.DAY_OF_MONTH));
      return day.toEpochDay() * MILLIS_PER_DAY + Math.floorMod(millis, MILLIS_PER_DAY);
    }

    @Override
    void appendValue() {
      to.appendPair(ticks, offset);
    }
  }

  /** Sixteen bytes, of which the first three groups have the lowest byte first. */
  private static final class OfGuid extends ValueReader {
    private long high;
    private long low;

    OfGuid(ColumnBuilder to, int index) {
      super(to, index);
    }

    @Override
    long read(ResultSet row) throws SQLException {
      byte[] read = row.getBytes(index);
      isNull = read == null;
      if (read != null) {
        if (read.length != 16) {
          throw malformed();
        }
        high =
            (long) (read[3] & 0xff) << 56
                | (long) (read[2] & 0xff) << 48
                | (long) (read[1] & 0xff) << 40
                | (long) (read[0] & 0xff) << 32
                | (long) (read[5] & 0xff) << 24
                | (long) (read[4] & 0xff) << 16
                | (long) (read[7] & 0xff) << 8
                | (read[6] & 0xff);
        low = 0;
        for (int i = 8; i < 16; i++) {
          low = low << 8 | (read[i] & 0xff);
        }
      }
      return 16;
    }

    @Override
    void appendValue() {
      to.appendPair(high, low);
    }
  }

  private static sealed class OfText extends OfLarge {
    private static final int CHUNK = 8192;
    private final Utf8Text text;
    private final boolean large;
    private char[] chunk = {};

    OfText(ColumnBuilder to, int index, TypeName name, long most) {
      super(to, index, most);
      this.text = new Utf8Text(name.isOfCodePage() || name.base().equals("text"));
      this.large = name.isLarge();
    }

    @Override
    long read(ResultSet row) throws SQLException {
      text.begin();
      if (large) {
        try (Reader reader = row.getCharacterStream(index)) {
          isNull = reader == null;
          if (reader != null && !take(reader)) {
            return most + 1;
          }
        } catch (IOException e) {
          throw failure(e);
        }
      } else {
        String read = row.getString(index);
        isNull = read == null;
        if (read != null) {
          text.append(read);
        }
      }
      text.end();
      return text.length();
    }

    private boolean take(Reader reader) throws IOException {
      if (chunk.length == 0) {
        chunk = new char[CHUNK];
      }
      for (int n = reader.read(chunk); n >= 0; n = reader.read(chunk)) {
        text.append(chunk, n);
        if (text.length() > most) {
          return false;
        }
      }
      return true;
    }

    @Override
    void appendValue() {
      if (text.isExact()) {
        to.appendBytes(text.bytes(), 0, text.length());
      } else {
        to.appendUnrepresentable(text.original());
      }
    }

    @Override
    void release() {
      text.release();
    }
  }

  /** The text of a value of any type; the name of that type stands beside it. */
  private static final class OfVariant extends OfText {
    private String baseType = "";

    OfVariant(ColumnBuilder to, int index, long most) {
      super(to, index, TypeName.parse("nvarchar(max)"), most);
    }

    @Override
    int width() {
      return 2;
    }

    @Override
    long read(ResultSet row) throws SQLException {
      long size = super.read(row);
      if (size <= most && !isNull) {
        baseType = String.valueOf(row.getString(index + 1)).toLowerCase(Locale.ROOT);
      }
      return size;
    }

    @Override
    void appendValue() {
      super.appendValue();
      to.original(baseType);
    }
  }

  private static sealed class OfBytes extends OfLarge {
    private static final int LARGE = 1 << 20;
    private final boolean large;
    byte[] bytes = {};
    int length;

    OfBytes(ColumnBuilder to, int index, boolean large, long most) {
      super(to, index, most);
      this.large = large;
    }

    @Override
    long read(ResultSet row) throws SQLException {
      length = 0;
      if (large) {
        try (InputStream stream = row.getBinaryStream(index)) {
          isNull = stream == null;
          if (stream != null && !take(stream)) {
            return most + 1;
          }
        } catch (IOException e) {
          throw failure(e);
        }
      } else {
        byte[] read = row.getBytes(index);
        isNull = read == null;
        if (read != null) {
          bytes = read;
          length = read.length;
        }
      }
      return length;
    }

    private boolean take(InputStream stream) throws IOException {
      if (bytes.length == 0) {
        bytes = new byte[8192];
      }
      for (int n = stream.read(bytes, 0, bytes.length); n >= 0; ) {
        length += n;
        if (length > most) {
          return false;
        }
        if (length == bytes.length) {
          bytes = Arrays.copyOf(bytes, grown(length));
        }
        n = stream.read(bytes, length, bytes.length - length);
      }
      return true;
    }

    private static int grown(int size) {
      return (int) Math.min(Integer.MAX_VALUE - 8L, 2L * size);
    }

    @Override
    void appendValue() {
      to.appendBytes(bytes, 0, length);
    }

    @Override
    void release() {
      if (bytes.length > LARGE) {
        bytes = new byte[0];
      }
    }
  }

  /**
   * Shapes: well-known binary with the lowest byte first, and the SRID, which becomes part of it as
   * in EWKB, PostGIS's extension: behind the kind of the shape, and a flag says so. Without an SRID
   * they are plain WKB.
   */
  private static final class OfShape extends OfBytes {
    private static final int HAS_SRID = 0x20;
    private static final int HEADER = 5;
    private int srid;

    OfShape(ColumnBuilder to, int index, long most) {
      super(to, index, true, most);
    }

    @Override
    int width() {
      return 2;
    }

    @Override
    long read(ResultSet row) throws SQLException {
      long size = super.read(row);
      if (size <= most && !isNull) {
        srid = row.getInt(index + 1);
      }
      return size;
    }

    @Override
    void appendValue() {
      if (srid == 0) {
        super.appendValue();
        return;
      }
      if (length < HEADER || bytes[0] != 1) {
        throw malformed();
      }
      byte[] extended = new byte[length + 4];
      System.arraycopy(bytes, 0, extended, 0, HEADER);
      System.arraycopy(bytes, HEADER, extended, HEADER + 4, length - HEADER);
      extended[HEADER - 1] |= HAS_SRID;
      for (int i = 0; i < 4; i++) {
        extended[HEADER + i] = (byte) (srid >> (8 * i));
      }
      to.appendBytes(extended, 0, extended.length);
    }
  }

  /** Floats, which the driver knows the form of. */
  private static final class OfVector extends ValueReader {
    private @Nullable Object[] value = {};

    OfVector(ColumnBuilder to, int index) {
      super(to, index);
    }

    @Override
    long read(ResultSet row) throws SQLException {
      Vector read = row.getObject(index, Vector.class);
      Object[] data = read == null ? null : read.getData();
      isNull = data == null;
      value = data == null ? new Object[0] : data;
      return 4L * value.length;
    }

    @Override
    void appendValue() {
      ColumnBuilder elements = to.element();
      for (Object each : value) {
        if (!(each instanceof Float number)) {
          throw malformed();
        }
        elements.appendFloat(number);
      }
      if (value.length == 0) {
        to.appendArray();
      } else {
        to.appendArray(value.length);
      }
    }
  }

  /** Of values that may be larger than a row may have. */
  private abstract static sealed class OfLarge extends ValueReader {
    final long most;

    OfLarge(ColumnBuilder to, int index, long most) {
      super(to, index);
      this.most = Math.min(most, Integer.MAX_VALUE - 16);
    }

    /** What the driver says when a stream breaks. */
    static SQLException failure(IOException e) {
      return e.getCause() instanceof SQLException cause
          ? cause
          : new SQLException("the connection broke", "08006", e);
    }
  }
}
