package dev.bobbin.record;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes the values of one column for the batch that is being built, one append per row. For authors
 * of dialects; which appender fits which type is said at each. Not thread-safe.
 *
 * @see BatchBuilder
 */
public abstract sealed class ColumnBuilder {

  final Column column;
  int size;
  long @Nullable [] nulls;
  @Nullable Map<Integer, String> originals;
  int unrepresentable;
  // Batches of one table are alike: the next one's arrays are made as large as the last one's, and
  // not before its first value.
  private int expected = 64;

  private ColumnBuilder(Column column) {
    this.column = column;
  }

  static ColumnBuilder of(Column column, long ticksPerSecond) {
    DataType type = column.type();
    if (type instanceof DataType.Bool) {
      return new OfBoolean(column);
    } else if (type instanceof DataType.Int number) {
      return number.bits() < 32 || (number.bits() == 32 && number.signed())
          ? new OfInt(column)
          : new OfLong(column, ticksPerSecond);
    } else if (type instanceof DataType.Date) {
      return new OfInt(column);
    } else if (type instanceof DataType.Decimal) {
      return new OfDecimal(column);
    } else if (type instanceof DataType.Float number) {
      return number.bits() == 32 ? new OfFloat(column) : new OfDouble(column);
    } else if (type instanceof DataType.Time
        || type instanceof DataType.Timestamp
        || type instanceof DataType.Instant) {
      return new OfLong(column, ticksPerSecond);
    } else if (type instanceof DataType.OffsetTime
        || type instanceof DataType.OffsetTimestamp
        || type instanceof DataType.Interval
        || type instanceof DataType.Uuid) {
      return new OfPair(column, ticksPerSecond);
    } else if (type instanceof DataType.Array array) {
      return new OfArray(column, of(Column.of(column.name(), array.element(), ""), ticksPerSecond));
    }
    return type instanceof DataType.Document ? new OfDocuments(column) : new OfBytes(column);
  }

  /** The column. */
  public final Column column() {
    return column;
  }

  /** The rows appended so far. */
  public final int size() {
    return size;
  }

  /** How many values of the batch so far the Java type could not hold. */
  public final int unrepresentableCount() {
    return unrepresentable;
  }

  /** NULL. Fits every type. */
  public final void appendNull() {
    int row = size;
    int word = row >> 6;
    long[] bits = nulls;
    if (bits == null) {
      bits = new long[Math.max(word + 1, 16)];
    } else if (word >= bits.length) {
      bits = Arrays.copyOf(bits, Math.max(word + 1, bits.length * 2));
    }
    bits[word] |= 1L << row;
    nulls = bits;
    appendPlaceholder();
  }

  /**
   * A value that the Java type cannot hold: NULL with the source's own text beside it. Fits every
   * type.
   *
   * @param original the source's text
   */
  public final void appendUnrepresentable(String original) {
    appendNull();
    unrepresentable++;
    original(original);
  }

  /**
   * Puts the source's own text beside the value appended last, which the Java type holds only in
   * part.
   */
  public final void original(String text) {
    if (originals == null) {
      originals = new HashMap<>();
    }
    originals.put(size - 1, text);
  }

  /** For {@link DataType.Bool}. */
  public void appendBoolean(boolean value) {
    throw wrongType();
  }

  /**
   * For {@link DataType.Int} of up to 32 bits that fit a signed int, and {@link DataType.Date} as
   * days since 1970-01-01.
   */
  public void appendInt(int value) {
    throw wrongType();
  }

  /**
   * For {@link DataType.Int} of every width, unsigned 64-bit as the same bits; for {@link
   * DataType.Time} as ticks since midnight, {@link DataType.Timestamp} and {@link DataType.Instant}
   * as ticks since 1970-01-01T00:00 (UTC).
   */
  public void appendLong(long value) {
    throw wrongType();
  }

  /**
   * For {@link DataType.Timestamp} and {@link DataType.Instant}: a time so far from 1970 that its
   * ticks do not fit a long.
   *
   * @param seconds since 1970-01-01T00:00 (UTC)
   * @param ticks in the second, not negative
   */
  public void appendFarTicks(long seconds, long ticks) {
    throw wrongType();
  }

  /** For {@link DataType.Float} of 32 bits. */
  public void appendFloat(float value) {
    throw wrongType();
  }

  /** For {@link DataType.Float} of 64 bits. */
  public void appendDouble(double value) {
    throw wrongType();
  }

  /** For {@link DataType.Decimal}: {@code unscaled / 10^scale}. */
  public void appendDecimal(long unscaled, int scale) {
    throw wrongType();
  }

  /** For {@link DataType.Decimal}. */
  public void appendDecimal(BigDecimal value) {
    throw wrongType();
  }

  /**
   * For {@link DataType.Text}, {@link DataType.Json} and {@link DataType.Other} in UTF-8, {@link
   * DataType.Bytes} and {@link DataType.Document}. The bytes are copied.
   */
  public void appendBytes(byte[] from, int offset, int length) {
    throw wrongType();
  }

  /**
   * For {@link DataType.Document}. The bytes are not copied: they must never change, and the whole
   * array stays in memory as long as the batch does.
   */
  public void appendShared(byte[] from, int offset, int length) {
    throw wrongType();
  }

  /**
   * For {@link DataType.Uuid} the high and the low 64 bits; for {@link DataType.OffsetTime} and
   * {@link DataType.OffsetTimestamp} the ticks (of the local time of day; since 1970 in UTC) and
   * the offset in seconds east; for {@link DataType.Interval} the microseconds, and the months in
   * the high and the days in the low 32 bits.
   */
  public void appendPair(long first, long second) {
    throw wrongType();
  }

  /** For {@link DataType.Array}: where the elements of the next array are appended. */
  public ColumnBuilder element() {
    throw wrongType();
  }

  /**
   * For {@link DataType.Array}: ends the array whose elements were appended to {@link #element()}
   * in row-major order.
   *
   * @param dimensions the size of each dimension, outermost first; empty for an empty array
   */
  public void appendArray(int... dimensions) {
    throw wrongType();
  }

  private IllegalStateException wrongType() {
    return new IllegalStateException(
        "this appender does not fit column " + column.name() + " of type " + column.type());
  }

  abstract void appendPlaceholder();

  abstract long bytes();

  abstract ColumnVector finish();

  final ColumnVector.Head head() {
    return new ColumnVector.Head(
        column, size, nulls, originals == null ? Map.of() : originals, unrepresentable);
  }

  /** Makes the builder ready for the next batch; the arrays went with the last one. */
  final void reset() {
    expected = Math.max(64, size + (size >> 4));
    size = 0;
    nulls = null;
    originals = null;
    unrepresentable = 0;
  }

  final int grown(int capacity) {
    return capacity == 0 ? expected : capacity + (capacity >> 1);
  }

  static final class OfBoolean extends ColumnBuilder {
    private boolean[] values = {};

    OfBoolean(Column column) {
      super(column);
    }

    @Override
    public void appendBoolean(boolean value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, grown(size));
      }
      values[size++] = value;
    }

    @Override
    void appendPlaceholder() {
      appendBoolean(false);
    }

    @Override
    long bytes() {
      return size;
    }

    @Override
    ColumnVector finish() {
      ColumnVector vector = new ColumnVector.OfBoolean(head(), values);
      values = new boolean[0];
      reset();
      return vector;
    }
  }

  static final class OfInt extends ColumnBuilder {
    private int[] values = {};

    OfInt(Column column) {
      super(column);
    }

    @Override
    public void appendInt(int value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, grown(size));
      }
      values[size++] = value;
    }

    @Override
    public void appendLong(long value) {
      appendInt(Math.toIntExact(value));
    }

    @Override
    void appendPlaceholder() {
      appendInt(0);
    }

    @Override
    long bytes() {
      return 4L * size;
    }

    @Override
    ColumnVector finish() {
      ColumnVector vector = new ColumnVector.OfInt(head(), values);
      values = new int[0];
      reset();
      return vector;
    }
  }

  static final class OfLong extends ColumnBuilder {
    private final long ticksPerSecond;
    private long[] values = {};
    private Map<Integer, Long> farSeconds = Map.of();

    OfLong(Column column, long ticksPerSecond) {
      super(column);
      this.ticksPerSecond = ticksPerSecond;
    }

    @Override
    public void appendLong(long value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, grown(size));
      }
      values[size++] = value;
    }

    @Override
    public void appendFarTicks(long seconds, long ticks) {
      if (farSeconds.isEmpty()) {
        farSeconds = new HashMap<>();
      }
      farSeconds.put(size, seconds);
      appendLong(ticks);
    }

    @Override
    void appendPlaceholder() {
      appendLong(0);
    }

    @Override
    long bytes() {
      return 8L * size;
    }

    @Override
    ColumnVector finish() {
      ColumnVector vector = new ColumnVector.OfLong(head(), values, farSeconds, ticksPerSecond);
      values = new long[0];
      farSeconds = Map.of();
      reset();
      return vector;
    }
  }

  static final class OfFloat extends ColumnBuilder {
    private float[] values = {};

    OfFloat(Column column) {
      super(column);
    }

    @Override
    public void appendFloat(float value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, grown(size));
      }
      values[size++] = value;
    }

    @Override
    void appendPlaceholder() {
      appendFloat(0);
    }

    @Override
    long bytes() {
      return 4L * size;
    }

    @Override
    ColumnVector finish() {
      ColumnVector vector = new ColumnVector.OfFloat(head(), values);
      values = new float[0];
      reset();
      return vector;
    }
  }

  static final class OfDouble extends ColumnBuilder {
    private double[] values = {};

    OfDouble(Column column) {
      super(column);
    }

    @Override
    public void appendDouble(double value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, grown(size));
      }
      values[size++] = value;
    }

    @Override
    void appendPlaceholder() {
      appendDouble(0);
    }

    @Override
    long bytes() {
      return 8L * size;
    }

    @Override
    ColumnVector finish() {
      ColumnVector vector = new ColumnVector.OfDouble(head(), values);
      values = new double[0];
      reset();
      return vector;
    }
  }

  static final class OfBytes extends ColumnBuilder {
    private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;
    private static final int MAX_EXPECTED = 16 << 20;
    private byte[] arena = {};
    private int[] ends = {};
    private int expectedBytes = 256;

    OfBytes(Column column) {
      super(column);
    }

    @Override
    public void appendBytes(byte[] from, int offset, int length) {
      int start = size == 0 ? 0 : ends[size - 1];
      if (length > arena.length - start) {
        grow(start, length);
      }
      System.arraycopy(from, offset, arena, start, length);
      end(start + length);
    }

    private void grow(int used, int more) {
      long wanted = (long) used + more;
      if (wanted > MAX_ARRAY) {
        throw new IllegalStateException(
            "column " + column.name() + " holds more than 2 GiB in one batch");
      }
      long grown = used == 0 ? expectedBytes : (long) arena.length + (arena.length >> 1);
      // A value that is large beside the arena gets just what it needs: doubling would double the
      // memory that one huge value costs.
      arena = Arrays.copyOf(arena, (int) Math.min(MAX_ARRAY, Math.max(wanted, grown)));
    }

    private void end(int at) {
      if (size == ends.length) {
        ends = Arrays.copyOf(ends, grown(size));
      }
      ends[size++] = at;
    }

    @Override
    void appendPlaceholder() {
      end(size == 0 ? 0 : ends[size - 1]);
    }

    @Override
    long bytes() {
      return 4L * size + (size == 0 ? 0 : ends[size - 1]);
    }

    @Override
    ColumnVector finish() {
      int used = size == 0 ? 0 : ends[size - 1];
      ColumnVector vector = new ColumnVector.OfBytes(head(), arena, ends);
      arena = new byte[0];
      ends = new int[0];
      expectedBytes = Math.max(256, Math.min(used + (used >> 4), MAX_EXPECTED));
      reset();
      return vector;
    }
  }

  static final class OfDocuments extends ColumnBuilder {
    private static final byte[] NONE = {};
    private byte[][] arrays = {};
    private int[] starts = {};
    private int[] ends = {};
    private long used;

    OfDocuments(Column column) {
      super(column);
    }

    @Override
    public void appendBytes(byte[] from, int offset, int length) {
      appendShared(Arrays.copyOfRange(from, offset, offset + length), 0, length);
    }

    @Override
    public void appendShared(byte[] from, int offset, int length) {
      if (size == arrays.length) {
        arrays = Arrays.copyOf(arrays, grown(size));
        starts = Arrays.copyOf(starts, arrays.length);
        ends = Arrays.copyOf(ends, arrays.length);
      }
      arrays[size] = from;
      starts[size] = offset;
      ends[size++] = offset + length;
      used += length;
    }

    @Override
    void appendPlaceholder() {
      appendShared(NONE, 0, 0);
    }

    @Override
    long bytes() {
      return 16L * size + used;
    }

    @Override
    ColumnVector finish() {
      ColumnVector vector = new ColumnVector.OfDocuments(head(), arrays, starts, ends);
      arrays = new byte[0][];
      starts = new int[0];
      ends = new int[0];
      used = 0;
      reset();
      return vector;
    }
  }

  static final class OfDecimal extends ColumnBuilder {
    private static final int MAX_DIGITS = 18;
    private long[] unscaled = {};
    private short[] scales = {};
    private Map<Integer, BigDecimal> large = new HashMap<>();
    private long largeBytes;

    OfDecimal(Column column) {
      super(column);
    }

    @Override
    public void appendDecimal(long value, int scale) {
      if (scale != (short) scale) {
        large(BigDecimal.valueOf(value, scale));
        return;
      }
      if (size == unscaled.length) {
        unscaled = Arrays.copyOf(unscaled, grown(size));
        scales = Arrays.copyOf(scales, unscaled.length);
      }
      unscaled[size] = value;
      scales[size++] = (short) scale;
    }

    @Override
    public void appendDecimal(BigDecimal value) {
      if (value.precision() <= MAX_DIGITS && value.scale() == (short) value.scale()) {
        appendDecimal(value.unscaledValue().longValueExact(), value.scale());
      } else {
        large(value);
      }
    }

    private void large(BigDecimal value) {
      large.put(size, value);
      largeBytes += 96 + value.unscaledValue().bitLength() / 8;
      appendDecimal(0, 0);
    }

    @Override
    void appendPlaceholder() {
      appendDecimal(0, 0);
    }

    @Override
    long bytes() {
      return 10L * size + largeBytes;
    }

    @Override
    ColumnVector finish() {
      ColumnVector vector = new ColumnVector.OfDecimal(head(), unscaled, scales, large);
      unscaled = new long[0];
      scales = new short[0];
      large = new HashMap<>();
      largeBytes = 0;
      reset();
      return vector;
    }
  }

  static final class OfPair extends ColumnBuilder {
    private final long ticksPerSecond;
    private long[] first = {};
    private long[] second = {};

    OfPair(Column column, long ticksPerSecond) {
      super(column);
      this.ticksPerSecond = ticksPerSecond;
    }

    @Override
    public void appendPair(long a, long b) {
      if (size == first.length) {
        first = Arrays.copyOf(first, grown(size));
        second = Arrays.copyOf(second, first.length);
      }
      first[size] = a;
      second[size++] = b;
    }

    @Override
    void appendPlaceholder() {
      appendPair(0, 0);
    }

    @Override
    long bytes() {
      return 16L * size;
    }

    @Override
    ColumnVector finish() {
      ColumnVector vector = new ColumnVector.OfPair(head(), first, second, ticksPerSecond);
      first = new long[0];
      second = new long[0];
      reset();
      return vector;
    }
  }

  static final class OfArray extends ColumnBuilder {
    private static final int[] EMPTY = {};
    private final ColumnBuilder elements;
    private int[] ends = {};
    private int[][] dimensions = {};

    OfArray(Column column, ColumnBuilder elements) {
      super(column);
      this.elements = elements;
    }

    @Override
    public ColumnBuilder element() {
      return elements;
    }

    @Override
    public void appendArray(int... sizes) {
      if (size == ends.length) {
        ends = Arrays.copyOf(ends, grown(size));
        dimensions = Arrays.copyOf(dimensions, ends.length);
      }
      dimensions[size] = sizes.length == 0 ? EMPTY : sizes;
      ends[size++] = elements.size();
    }

    @Override
    void appendPlaceholder() {
      appendArray(EMPTY);
    }

    @Override
    long bytes() {
      return 28L * size + elements.bytes();
    }

    @Override
    ColumnVector finish() {
      ColumnVector vector = new ColumnVector.OfArray(head(), elements.finish(), ends, dimensions);
      ends = new int[0];
      dimensions = new int[0][];
      reset();
      return vector;
    }
  }
}
