package dev.bobbin.record;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Interval;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;

/**
 * The values of one column in one batch. Rows are numbered from 0.
 *
 * <p>The getters for primitives read an array; the others make their object when they are called. A
 * getter that does not fit the column's {@link DataType} throws {@link IllegalStateException} and
 * names the ones that do. Asking a primitive getter for a row that is NULL throws too; the others
 * return null for it.
 *
 * <p>A value that the Java type cannot hold (infinity in a timestamp, NaN in a numeric) is NULL
 * here with the source's own text beside it: {@link #original(int)}.
 *
 * <p>Immutable and thread-safe.
 */
public abstract sealed class ColumnVector {

  final Column column;
  final int size;
  final long @Nullable [] nulls;
  private final Map<Integer, String> originals;
  private final int unrepresentable;

  /**
   * What every vector has.
   *
   * @param column the column
   * @param size the number of rows
   * @param nulls a bit for each row; null where no row is NULL
   * @param originals the source's own text, by row
   * @param unrepresentable the rows that are NULL only because the Java type cannot hold them
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Head(
      Column column,
      int size,
      long @Nullable [] nulls,
      Map<Integer, String> originals,
      int unrepresentable) {}

  private ColumnVector(Head head) {
    column = head.column();
    size = head.size();
    nulls = head.nulls();
    originals = head.originals();
    unrepresentable = head.unrepresentable();
  }

  /** The column. */
  public final Column column() {
    return column;
  }

  /** The number of rows. */
  public final int size() {
    return size;
  }

  /** Whether the row's value is NULL, or one that the Java type cannot hold. */
  public final boolean isNull(int row) {
    checkRow(row);
    return nullAt(row);
  }

  final boolean nullAt(int row) {
    return nulls != null && (nulls[row >> 6] & (1L << row)) != 0;
  }

  private void checkRow(int row) {
    if (row < 0 || row >= size) {
      throw new IndexOutOfBoundsException("row " + row + " of " + size);
    }
  }

  /**
   * The source's own text of a value that the Java type cannot hold, or holds only in part (the
   * bounds of an array that does not begin at 1).
   */
  public final Optional<String> original(int row) {
    return Optional.ofNullable(originals.get(row));
  }

  /** How many values of this vector are NULL only because the Java type cannot hold them. */
  public final int unrepresentableCount() {
    return unrepresentable;
  }

  /** Of {@link DataType.Bool}. */
  public boolean getBoolean(int row) {
    throw wrongType("getBoolean");
  }

  /** Of {@link DataType.Int}; of an unsigned 64-bit number the same 64 bits. */
  public long getLong(int row) {
    throw wrongType("getLong");
  }

  /** Of {@link DataType.Float}. */
  public double getDouble(int row) {
    throw wrongType("getDouble");
  }

  /** Of {@link DataType.Decimal} and {@link DataType.Int}. */
  public @Nullable BigDecimal getDecimal(int row) {
    throw wrongType("getDecimal");
  }

  /** Of {@link DataType.Text}, {@link DataType.Json} and {@link DataType.Other}. */
  public @Nullable String getString(int row) {
    throw wrongType("getString");
  }

  /**
   * A copy of the bytes: of {@link DataType.Bytes} and {@link DataType.Document} the value, of
   * texts their UTF-8.
   */
  public byte @Nullable [] getBytes(int row) {
    throw wrongType("getBytes");
  }

  /** A read-only view of what {@link #getBytes} copies; empty for NULL. */
  public ByteBuffer buffer(int row) {
    throw wrongType("buffer");
  }

  /** Of {@link DataType.Date}. */
  public @Nullable LocalDate getDate(int row) {
    throw wrongType("getDate");
  }

  /** Of {@link DataType.Time}. */
  public @Nullable LocalTime getTime(int row) {
    throw wrongType("getTime");
  }

  /** Of {@link DataType.OffsetTime}. */
  public @Nullable OffsetTime getOffsetTime(int row) {
    throw wrongType("getOffsetTime");
  }

  /** Of {@link DataType.Timestamp}. */
  public @Nullable LocalDateTime getTimestamp(int row) {
    throw wrongType("getTimestamp");
  }

  /** Of {@link DataType.Instant}. */
  public @Nullable Instant getInstant(int row) {
    throw wrongType("getInstant");
  }

  /** Of {@link DataType.OffsetTimestamp}. */
  public @Nullable OffsetDateTime getOffsetTimestamp(int row) {
    throw wrongType("getOffsetTimestamp");
  }

  /**
   * Of {@link DataType.Date} the days since 1970-01-01; of {@link DataType.Time} the ticks since
   * midnight; of {@link DataType.Timestamp} the ticks since 1970-01-01T00:00; of {@link
   * DataType.Instant} the same in UTC. No object is made.
   *
   * @throws ArithmeticException if the ticks do not fit a long, as in the year 294276 in
   *     microseconds; the getter of the type holds such a time too
   * @see #ticksPerSecond()
   */
  public long getTicks(int row) {
    throw wrongType("getTicks");
  }

  /** How many ticks of {@link #getTicks} make a second; a power of ten. Not of dates. */
  public long ticksPerSecond() {
    throw wrongType("ticksPerSecond");
  }

  /** Of {@link DataType.Interval}. */
  public @Nullable Interval getInterval(int row) {
    throw wrongType("getInterval");
  }

  /** Of {@link DataType.Uuid}. */
  public @Nullable UUID getUuid(int row) {
    throw wrongType("getUuid");
  }

  /** Of {@link DataType.Array}; elements may be null and, in nested arrays, lists. Unmodifiable. */
  public @Nullable List<@Nullable Object> getList(int row) {
    throw wrongType("getList");
  }

  /** Of {@link DataType.Document}: a view of the bytes that {@link #getBytes} copies. */
  public @Nullable Document getDocument(int row) {
    throw wrongType("getDocument");
  }

  /** The canonical Java value ({@link DataType#javaType()}), or null. */
  public abstract @Nullable Object get(int row);

  abstract boolean sameValue(int a, int b);

  /** Feeds a row's value to a digest, in a form in which different values differ. */
  final void feed(int row, Mac mac, ByteBuffer scratch) {
    if (nullAt(row)) {
      String original = originals.get(row);
      mac.update((byte) 0);
      if (original != null) {
        mac.update(original.getBytes(StandardCharsets.UTF_8));
      }
      mac.update((byte) 0);
    } else {
      mac.update((byte) 1);
      feedValue(row, mac, scratch);
    }
  }

  abstract void feedValue(int row, Mac mac, ByteBuffer scratch);

  static void feedLong(long value, Mac mac, ByteBuffer scratch) {
    scratch.clear().putLong(value).flip();
    mac.update(scratch);
  }

  /** A vector of just these rows, in this order. */
  abstract ColumnVector keep(int[] rows);

  final Head headOf(int[] rows) {
    long[] keptNulls = null;
    Map<Integer, String> keptOriginals = new HashMap<>();
    int keptUnrepresentable = 0;
    for (int i = 0; i < rows.length; i++) {
      String original = originals.get(rows[i]);
      if (original != null) {
        keptOriginals.put(i, original);
      }
      if (nullAt(rows[i])) {
        keptNulls = keptNulls == null ? new long[(rows.length >> 6) + 1] : keptNulls;
        keptNulls[i >> 6] |= 1L << i;
        keptUnrepresentable += original == null ? 0 : 1;
      }
    }
    return new Head(column, rows.length, keptNulls, keptOriginals, keptUnrepresentable);
  }

  private static <T> Map<Integer, T> gather(Map<Integer, T> values, int[] rows) {
    if (values.isEmpty()) {
      return Map.of();
    }
    Map<Integer, T> kept = new HashMap<>();
    for (int i = 0; i < rows.length; i++) {
      T value = values.get(rows[i]);
      if (value != null) {
        kept.put(i, value);
      }
    }
    return kept;
  }

  private static long[] gather(long[] values, int[] rows) {
    long[] kept = new long[rows.length];
    for (int i = 0; i < rows.length; i++) {
      kept[i] = values[rows[i]];
    }
    return kept;
  }

  final void requireValue(int row) {
    checkRow(row);
    if (nullAt(row)) {
      throw new IllegalStateException(
          "column " + column.name() + " is NULL in row " + row + "; ask isNull first");
    }
  }

  final boolean absent(int row) {
    checkRow(row);
    return nullAt(row);
  }

  private IllegalStateException wrongType(String getter) {
    return new IllegalStateException(
        getter
            + " does not fit column "
            + column.name()
            + " of type "
            + column.type()
            + "; use get(…), which returns a "
            + column.type().javaType().getSimpleName()
            + ", or the getter of that type");
  }

  @Override
  public String toString() {
    return column.name() + " " + column.type() + ", " + size + " rows";
  }

  static final class OfBoolean extends ColumnVector {
    private final boolean[] values;

    OfBoolean(Head head, boolean[] values) {
      super(head);
      this.values = values;
    }

    @Override
    public boolean getBoolean(int row) {
      requireValue(row);
      return values[row];
    }

    @Override
    public @Nullable Object get(int row) {
      return absent(row) ? null : values[row];
    }

    @Override
    boolean sameValue(int a, int b) {
      return values[a] == values[b];
    }

    @Override
    void feedValue(int row, Mac mac, ByteBuffer scratch) {
      mac.update((byte) (values[row] ? 1 : 0));
    }

    @Override
    ColumnVector keep(int[] rows) {
      boolean[] kept = new boolean[rows.length];
      for (int i = 0; i < rows.length; i++) {
        kept[i] = values[rows[i]];
      }
      return new OfBoolean(headOf(rows), kept);
    }
  }

  /** Whole numbers that fit an int, and dates as days since 1970. */
  static final class OfInt extends ColumnVector {
    private final int[] values;
    private final boolean date;

    OfInt(Head head, int[] values) {
      super(head);
      this.values = values;
      this.date = head.column().type() instanceof DataType.Date;
    }

    @Override
    public long getLong(int row) {
      if (date) {
        return super.getLong(row);
      }
      requireValue(row);
      return values[row];
    }

    @Override
    public @Nullable BigDecimal getDecimal(int row) {
      return date ? super.getDecimal(row) : absent(row) ? null : BigDecimal.valueOf(values[row]);
    }

    @Override
    public @Nullable LocalDate getDate(int row) {
      return !date ? super.getDate(row) : absent(row) ? null : LocalDate.ofEpochDay(values[row]);
    }

    @Override
    public long getTicks(int row) {
      if (!date) {
        return super.getTicks(row);
      }
      requireValue(row);
      return values[row];
    }

    @Override
    public @Nullable Object get(int row) {
      if (absent(row)) {
        return null;
      }
      return date ? (Object) LocalDate.ofEpochDay(values[row]) : (Object) (long) values[row];
    }

    @Override
    boolean sameValue(int a, int b) {
      return values[a] == values[b];
    }

    @Override
    void feedValue(int row, Mac mac, ByteBuffer scratch) {
      feedLong(values[row], mac, scratch);
    }

    @Override
    ColumnVector keep(int[] rows) {
      int[] kept = new int[rows.length];
      for (int i = 0; i < rows.length; i++) {
        kept[i] = values[rows[i]];
      }
      return new OfInt(headOf(rows), kept);
    }
  }

  /** Whole numbers, and times as ticks. */
  static final class OfLong extends ColumnVector {
    private final long[] values;
    private final Map<Integer, Long> farSeconds;
    private final long ticksPerSecond;

    /**
     * @param farSeconds the seconds of the rows whose ticks do not fit a long; {@code values} then
     *     holds the ticks in the second
     */
    OfLong(Head head, long[] values, Map<Integer, Long> farSeconds, long ticksPerSecond) {
      super(head);
      this.values = values;
      this.farSeconds = farSeconds;
      this.ticksPerSecond = ticksPerSecond;
    }

    @Override
    public long getLong(int row) {
      if (!(column.type() instanceof DataType.Int)) {
        return super.getLong(row);
      }
      requireValue(row);
      return values[row];
    }

    @Override
    public @Nullable BigDecimal getDecimal(int row) {
      if (column.type() instanceof DataType.Int type) {
        if (absent(row)) {
          return null;
        }
        return type.bits() == 64 && !type.signed()
            ? new BigDecimal(unsigned(values[row]))
            : BigDecimal.valueOf(values[row]);
      }
      return super.getDecimal(row);
    }

    @Override
    public long getTicks(int row) {
      if (column.type() instanceof DataType.Int) {
        return super.getTicks(row);
      }
      requireValue(row);
      if (isFar(row)) {
        throw new ArithmeticException(
            "column " + column.name() + " is too far from 1970 for ticks in row " + row);
      }
      return values[row];
    }

    @Override
    public long ticksPerSecond() {
      return column.type() instanceof DataType.Int ? super.ticksPerSecond() : ticksPerSecond;
    }

    @Override
    public @Nullable LocalTime getTime(int row) {
      if (!(column.type() instanceof DataType.Time)) {
        return super.getTime(row);
      }
      return absent(row) ? null : LocalTime.ofNanoOfDay(values[row] * (NANOS / ticksPerSecond));
    }

    @Override
    public @Nullable LocalDateTime getTimestamp(int row) {
      if (!(column.type() instanceof DataType.Timestamp)) {
        return super.getTimestamp(row);
      }
      return absent(row)
          ? null
          : LocalDateTime.ofEpochSecond(seconds(row), nanos(row), ZoneOffset.UTC);
    }

    @Override
    public @Nullable Instant getInstant(int row) {
      if (!(column.type() instanceof DataType.Instant)) {
        return super.getInstant(row);
      }
      return absent(row) ? null : Instant.ofEpochSecond(seconds(row), nanos(row));
    }

    private boolean isFar(int row) {
      return !farSeconds.isEmpty() && farSeconds.containsKey(row);
    }

    private long seconds(int row) {
      Long far = farSeconds.isEmpty() ? null : farSeconds.get(row);
      return far != null ? far : Math.floorDiv(values[row], ticksPerSecond);
    }

    private int nanos(int row) {
      return (int) (Math.floorMod(values[row], ticksPerSecond) * (NANOS / ticksPerSecond));
    }

    @Override
    public @Nullable Object get(int row) {
      if (absent(row)) {
        return null;
      }
      DataType type = column.type();
      if (type instanceof DataType.Int number) {
        return number.bits() == 64 && !number.signed()
            ? unsigned(values[row])
            : (Object) values[row];
      }
      return type instanceof DataType.Instant
          ? getInstant(row)
          : type instanceof DataType.Timestamp ? getTimestamp(row) : getTime(row);
    }

    private static BigInteger unsigned(long bits) {
      return new BigInteger(Long.toUnsignedString(bits));
    }

    @Override
    boolean sameValue(int a, int b) {
      return values[a] == values[b]
          && (farSeconds.isEmpty() || Objects.equals(farSeconds.get(a), farSeconds.get(b)));
    }

    @Override
    void feedValue(int row, Mac mac, ByteBuffer scratch) {
      feedLong(values[row], mac, scratch);
      if (isFar(row)) {
        feedLong(seconds(row), mac, scratch);
      }
    }

    @Override
    ColumnVector keep(int[] rows) {
      return new OfLong(
          headOf(rows), gather(values, rows), gather(farSeconds, rows), ticksPerSecond);
    }
  }

  private static final long NANOS = 1_000_000_000L;

  static final class OfFloat extends ColumnVector {
    private final float[] values;

    OfFloat(Head head, float[] values) {
      super(head);
      this.values = values;
    }

    @Override
    public double getDouble(int row) {
      requireValue(row);
      return values[row];
    }

    @Override
    public @Nullable Object get(int row) {
      return absent(row) ? null : values[row];
    }

    @Override
    boolean sameValue(int a, int b) {
      return Float.compare(values[a], values[b]) == 0;
    }

    @Override
    void feedValue(int row, Mac mac, ByteBuffer scratch) {
      feedLong(Float.floatToRawIntBits(values[row]), mac, scratch);
    }

    @Override
    ColumnVector keep(int[] rows) {
      float[] kept = new float[rows.length];
      for (int i = 0; i < rows.length; i++) {
        kept[i] = values[rows[i]];
      }
      return new OfFloat(headOf(rows), kept);
    }
  }

  static final class OfDouble extends ColumnVector {
    private final double[] values;

    OfDouble(Head head, double[] values) {
      super(head);
      this.values = values;
    }

    @Override
    public double getDouble(int row) {
      requireValue(row);
      return values[row];
    }

    @Override
    public @Nullable Object get(int row) {
      return absent(row) ? null : values[row];
    }

    @Override
    boolean sameValue(int a, int b) {
      return Double.compare(values[a], values[b]) == 0;
    }

    @Override
    void feedValue(int row, Mac mac, ByteBuffer scratch) {
      feedLong(Double.doubleToRawLongBits(values[row]), mac, scratch);
    }

    @Override
    ColumnVector keep(int[] rows) {
      double[] kept = new double[rows.length];
      for (int i = 0; i < rows.length; i++) {
        kept[i] = values[rows[i]];
      }
      return new OfDouble(headOf(rows), kept);
    }
  }

  /** Texts, bytes and documents: all values of the vector in one array. */
  static final class OfBytes extends ColumnVector {
    private final byte[] arena;
    private final ByteBuffer readOnly;
    private final int[] ends;
    private final boolean textual;

    OfBytes(Head head, byte[] arena, int[] ends) {
      super(head);
      this.arena = arena;
      this.readOnly = ByteBuffer.wrap(arena).asReadOnlyBuffer();
      this.ends = ends;
      this.textual = head.column().type().isTextual();
    }

    private int start(int row) {
      return row == 0 ? 0 : ends[row - 1];
    }

    @Override
    public @Nullable String getString(int row) {
      if (!textual) {
        return super.getString(row);
      }
      if (absent(row)) {
        return null;
      }
      int start = start(row);
      return new String(arena, start, ends[row] - start, StandardCharsets.UTF_8);
    }

    @Override
    public byte @Nullable [] getBytes(int row) {
      return absent(row) ? null : Arrays.copyOfRange(arena, start(row), ends[row]);
    }

    @Override
    public ByteBuffer buffer(int row) {
      requireRow(row);
      int start = start(row);
      return readOnly.slice(start, ends[row] - start);
    }

    private void requireRow(int row) {
      boolean unused = isNull(row);
    }

    @Override
    public @Nullable Object get(int row) {
      return textual ? getString(row) : getBytes(row);
    }

    @Override
    boolean sameValue(int a, int b) {
      return Arrays.equals(arena, start(a), ends[a], arena, start(b), ends[b]);
    }

    @Override
    void feedValue(int row, Mac mac, ByteBuffer scratch) {
      int length = ends[row] - start(row);
      feedLong(length, mac, scratch);
      mac.update(arena, start(row), length);
    }

    @Override
    ColumnVector keep(int[] rows) {
      int[] keptEnds = new int[rows.length];
      int length = 0;
      for (int i = 0; i < rows.length; i++) {
        length += ends[rows[i]] - start(rows[i]);
        keptEnds[i] = length;
      }
      byte[] kept = new byte[length];
      for (int i = 0; i < rows.length; i++) {
        int start = start(rows[i]);
        System.arraycopy(arena, start, kept, i == 0 ? 0 : keptEnds[i - 1], ends[rows[i]] - start);
      }
      return new OfBytes(headOf(rows), kept, keptEnds);
    }
  }

  /** Documents, each where it lies: in an array with others, or in one of its own. */
  static final class OfDocuments extends ColumnVector {
    private final byte[][] arrays;
    private final int[] starts;
    private final int[] ends;

    OfDocuments(Head head, byte[][] arrays, int[] starts, int[] ends) {
      super(head);
      this.arrays = arrays;
      this.starts = starts;
      this.ends = ends;
    }

    private int length(int row) {
      return ends[row] - starts[row];
    }

    @Override
    public byte @Nullable [] getBytes(int row) {
      return absent(row) ? null : Arrays.copyOfRange(arrays[row], starts[row], ends[row]);
    }

    @Override
    public @Nullable Document getDocument(int row) {
      return absent(row) ? null : Document.of(arrays[row], starts[row], length(row));
    }

    @Override
    public ByteBuffer buffer(int row) {
      boolean unused = isNull(row); // which refuses a row that there is not
      return ByteBuffer.wrap(arrays[row], starts[row], length(row)).slice().asReadOnlyBuffer();
    }

    @Override
    public @Nullable Object get(int row) {
      return getBytes(row);
    }

    @Override
    boolean sameValue(int a, int b) {
      return Arrays.equals(arrays[a], starts[a], ends[a], arrays[b], starts[b], ends[b]);
    }

    @Override
    void feedValue(int row, Mac mac, ByteBuffer scratch) {
      feedLong(length(row), mac, scratch);
      mac.update(arrays[row], starts[row], length(row));
    }

    /** Copies, so that the arrays of rows that are not kept go. */
    @Override
    ColumnVector keep(int[] rows) {
      byte[][] kept = new byte[rows.length][];
      int[] keptEnds = new int[rows.length];
      for (int i = 0; i < rows.length; i++) {
        kept[i] = Arrays.copyOfRange(arrays[rows[i]], starts[rows[i]], ends[rows[i]]);
        keptEnds[i] = kept[i].length;
      }
      return new OfDocuments(headOf(rows), kept, new int[rows.length], keptEnds);
    }
  }

  /** Decimals: a long and a scale each; the few that need more stand beside it. */
  static final class OfDecimal extends ColumnVector {
    private final long[] unscaled;
    private final short[] scales;
    private final Map<Integer, BigDecimal> large;

    OfDecimal(Head head, long[] unscaled, short[] scales, Map<Integer, BigDecimal> large) {
      super(head);
      this.unscaled = unscaled;
      this.scales = scales;
      this.large = large;
    }

    @Override
    public @Nullable BigDecimal getDecimal(int row) {
      return absent(row) ? null : value(row);
    }

    private BigDecimal value(int row) {
      BigDecimal big = large.isEmpty() ? null : large.get(row);
      return big != null ? big : BigDecimal.valueOf(unscaled[row], scales[row]);
    }

    @Override
    public @Nullable Object get(int row) {
      return getDecimal(row);
    }

    @Override
    boolean sameValue(int a, int b) {
      return value(a).compareTo(value(b)) == 0;
    }

    @Override
    void feedValue(int row, Mac mac, ByteBuffer scratch) {
      BigDecimal value = value(row);
      byte[] bytes = value.unscaledValue().toByteArray();
      feedLong(value.scale(), mac, scratch);
      feedLong(bytes.length, mac, scratch);
      mac.update(bytes);
    }

    @Override
    ColumnVector keep(int[] rows) {
      short[] keptScales = new short[rows.length];
      for (int i = 0; i < rows.length; i++) {
        keptScales[i] = scales[rows[i]];
      }
      return new OfDecimal(headOf(rows), gather(unscaled, rows), keptScales, gather(large, rows));
    }
  }

  /** Two longs each: UUIDs, times with an offset, intervals. */
  static final class OfPair extends ColumnVector {
    private final long[] first;
    private final long[] second;
    private final long ticksPerSecond;

    OfPair(Head head, long[] first, long[] second, long ticksPerSecond) {
      super(head);
      this.first = first;
      this.second = second;
      this.ticksPerSecond = ticksPerSecond;
    }

    @Override
    public @Nullable UUID getUuid(int row) {
      if (!(column.type() instanceof DataType.Uuid)) {
        return super.getUuid(row);
      }
      return absent(row) ? null : new UUID(first[row], second[row]);
    }

    @Override
    public @Nullable OffsetTime getOffsetTime(int row) {
      if (!(column.type() instanceof DataType.OffsetTime)) {
        return super.getOffsetTime(row);
      }
      return absent(row)
          ? null
          : LocalTime.ofNanoOfDay(first[row] * (NANOS / ticksPerSecond))
              .atOffset(ZoneOffset.ofTotalSeconds((int) second[row]));
    }

    @Override
    public @Nullable OffsetDateTime getOffsetTimestamp(int row) {
      if (!(column.type() instanceof DataType.OffsetTimestamp)) {
        return super.getOffsetTimestamp(row);
      }
      if (absent(row)) {
        return null;
      }
      return Instant.ofEpochSecond(
              Math.floorDiv(first[row], ticksPerSecond),
              Math.floorMod(first[row], ticksPerSecond) * (NANOS / ticksPerSecond))
          .atOffset(ZoneOffset.ofTotalSeconds((int) second[row]));
    }

    @Override
    public @Nullable Interval getInterval(int row) {
      if (!(column.type() instanceof DataType.Interval)) {
        return super.getInterval(row);
      }
      return absent(row)
          ? null
          : new Interval((int) (second[row] >> 32), (int) second[row], first[row]);
    }

    @Override
    public @Nullable Object get(int row) {
      DataType type = column.type();
      return type instanceof DataType.Uuid
          ? getUuid(row)
          : type instanceof DataType.OffsetTime
              ? getOffsetTime(row)
              : type instanceof DataType.Interval ? getInterval(row) : getOffsetTimestamp(row);
    }

    @Override
    boolean sameValue(int a, int b) {
      return first[a] == first[b] && second[a] == second[b];
    }

    @Override
    void feedValue(int row, Mac mac, ByteBuffer scratch) {
      feedLong(first[row], mac, scratch);
      feedLong(second[row], mac, scratch);
    }

    @Override
    ColumnVector keep(int[] rows) {
      return new OfPair(headOf(rows), gather(first, rows), gather(second, rows), ticksPerSecond);
    }
  }

  /** Arrays: the elements of all rows in one vector, in row-major order. */
  static final class OfArray extends ColumnVector {
    private final ColumnVector elements;
    private final int[] ends;
    private final int[][] dimensions;

    OfArray(Head head, ColumnVector elements, int[] ends, int[][] dimensions) {
      super(head);
      this.elements = elements;
      this.ends = ends;
      this.dimensions = dimensions;
    }

    private int start(int row) {
      return row == 0 ? 0 : ends[row - 1];
    }

    @Override
    public @Nullable List<@Nullable Object> getList(int row) {
      if (absent(row)) {
        return null;
      }
      return list(dimensions[row], 0, new int[] {start(row)});
    }

    private List<@Nullable Object> list(int[] sizes, int depth, int[] at) {
      int count = sizes.length == 0 ? 0 : sizes[depth];
      List<@Nullable Object> list = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        list.add(depth == sizes.length - 1 ? elements.get(at[0]++) : list(sizes, depth + 1, at));
      }
      return java.util.Collections.unmodifiableList(list);
    }

    @Override
    public @Nullable Object get(int row) {
      return getList(row);
    }

    @Override
    boolean sameValue(int a, int b) {
      int length = ends[a] - start(a);
      if (length != ends[b] - start(b) || !Arrays.equals(dimensions[a], dimensions[b])) {
        return false;
      }
      for (int i = 0; i < length; i++) {
        int left = start(a) + i;
        int right = start(b) + i;
        if (elements.nullAt(left) != elements.nullAt(right)
            || (!elements.nullAt(left) && !elements.sameValue(left, right))) {
          return false;
        }
      }
      return true;
    }

    @Override
    void feedValue(int row, Mac mac, ByteBuffer scratch) {
      original(row).ifPresent(text -> mac.update(text.getBytes(StandardCharsets.UTF_8)));
      feedLong(dimensions[row].length, mac, scratch);
      for (int size : dimensions[row]) {
        feedLong(size, mac, scratch);
      }
      for (int i = start(row); i < ends[row]; i++) {
        elements.feed(i, mac, scratch);
      }
    }

    @Override
    ColumnVector keep(int[] rows) {
      int[] keptEnds = new int[rows.length];
      int[][] keptDimensions = new int[rows.length][];
      int length = 0;
      for (int i = 0; i < rows.length; i++) {
        length += ends[rows[i]] - start(rows[i]);
        keptEnds[i] = length;
        keptDimensions[i] = dimensions[rows[i]];
      }
      int[] members = new int[length];
      int at = 0;
      for (int row : rows) {
        for (int member = start(row); member < ends[row]; member++) {
          members[at++] = member;
        }
      }
      return new OfArray(headOf(rows), elements.keep(members), keptEnds, keptDimensions);
    }
  }
}
