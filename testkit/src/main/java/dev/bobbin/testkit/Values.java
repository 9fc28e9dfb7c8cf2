package dev.bobbin.testkit;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Interval;
import dev.bobbin.record.ColumnBuilder;
import dev.bobbin.record.Record;
import dev.bobbin.select.ReplicationMethod.Overlap;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAccessor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the in-memory source knows of values: their form in batches, as text, and their order. */
final class Values {

  /** Times are exact to the microsecond. */
  static final long TICKS_PER_SECOND = 1_000_000;

  private static final long NANOS_PER_TICK = 1_000_000_000L / TICKS_PER_SECOND;

  private Values() {}

  /**
   * A value in the form in which it is kept and compared.
   *
   * @throws IllegalArgumentException if the column cannot hold it
   */
  static @Nullable Object normal(Column column, @Nullable Object value) {
    if (value == null) {
      if (!column.nullable()) {
        throw new IllegalArgumentException("column " + column.name() + " is NOT NULL");
      }
      return null;
    }
    if (value instanceof Unrepresentable) {
      return value;
    }
    DataType type = column.type();
    Object normal = value;
    if (type instanceof DataType.Int && (value instanceof Integer || value instanceof Short)) {
      normal = ((Number) value).longValue();
    }
    if (type.javaType() == BigInteger.class && normal instanceof Long number) {
      normal = BigInteger.valueOf(number);
    }
    if (value instanceof byte[] bytes) {
      return ByteBuffer.wrap(bytes.clone()).asReadOnlyBuffer();
    }
    if (value instanceof ByteBuffer && type.javaType() == byte[].class) {
      return value;
    }
    if (!type.javaType().isInstance(normal)) {
      throw new IllegalArgumentException(
          "column "
              + column.name()
              + " of type "
              + type
              + " takes a "
              + type.javaType().getSimpleName()
              + ", not a "
              + value.getClass().getSimpleName());
    }
    int nanos =
        normal instanceof TemporalAccessor time && time.isSupported(ChronoField.NANO_OF_SECOND)
            ? time.get(ChronoField.NANO_OF_SECOND)
            : 0;
    if (nanos % NANOS_PER_TICK != 0) {
      throw new IllegalArgumentException(
          "column " + column.name() + " keeps microseconds; truncate the value");
    }
    return normal;
  }

  /** A delivered row in the form in which the in-memory source keeps rows. */
  static Map<String, @Nullable Object> row(List<Column> columns, Record record) {
    Map<String, @Nullable Object> row = new LinkedHashMap<>();
    for (int i = 0; i < columns.size(); i++) {
      Object value = record.get(i);
      if (value == null && record.original(i).isPresent()) {
        value = new Unrepresentable(record.original(i).get());
      } else if (value instanceof byte[] bytes) {
        value = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
      }
      row.put(columns.get(i).name(), value);
    }
    return Collections.unmodifiableMap(row);
  }

  /**
   * Appends a value.
   *
   * @return its size in bytes
   */
  static int append(ColumnBuilder to, DataType type, @Nullable Object value) {
    if (value == null) {
      to.appendNull();
      return 1;
    }
    if (value instanceof Unrepresentable original) {
      to.appendUnrepresentable(original.text());
      return original.text().length();
    }
    if (type instanceof DataType.Bool) {
      to.appendBoolean((Boolean) value);
      return 1;
    } else if (type instanceof DataType.Int) {
      to.appendLong(((Number) value).longValue());
      return 8;
    } else if (type instanceof DataType.Decimal) {
      to.appendDecimal((BigDecimal) value);
      return ((BigDecimal) value).precision();
    } else if (type instanceof DataType.Float number) {
      if (number.bits() == 32) {
        to.appendFloat((Float) value);
      } else {
        to.appendDouble((Double) value);
      }
      return 8;
    } else if (type.isTextual()) {
      return bytes(to, ((String) value).getBytes(StandardCharsets.UTF_8));
    } else if (value instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return bytes(to, bytes);
    } else if (value instanceof LocalDate date) {
      to.appendInt(Math.toIntExact(date.toEpochDay()));
      return 4;
    } else if (value instanceof LocalTime time) {
      to.appendLong(time.toNanoOfDay() / NANOS_PER_TICK);
      return 8;
    } else if (value instanceof LocalDateTime time) {
      to.appendLong(ticks(time.toInstant(ZoneOffset.UTC)));
      return 8;
    } else if (value instanceof Instant time) {
      to.appendLong(ticks(time));
      return 8;
    } else if (value instanceof OffsetTime time) {
      to.appendPair(
          time.toLocalTime().toNanoOfDay() / NANOS_PER_TICK, time.getOffset().getTotalSeconds());
      return 12;
    } else if (value instanceof OffsetDateTime time) {
      to.appendPair(ticks(time.toInstant()), time.getOffset().getTotalSeconds());
      return 12;
    } else if (value instanceof Interval interval) {
      to.appendPair(
          interval.micros(), ((long) interval.months() << 32) | (interval.days() & 0xffffffffL));
      return 16;
    } else if (value instanceof UUID uuid) {
      to.appendPair(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
      return 16;
    } else if (type instanceof DataType.Array array && value instanceof List<?> list) {
      List<Integer> dimensions = new ArrayList<>();
      int size = appendElements(to.element(), array.element(), list, 0, dimensions);
      to.appendArray(
          list.isEmpty() ? new int[0] : dimensions.stream().mapToInt(Integer::intValue).toArray());
      return size;
    }
    throw new IllegalArgumentException("no form for " + type);
  }

  private static int appendElements(
      ColumnBuilder to, DataType type, List<?> list, int depth, List<Integer> dimensions) {
    if (dimensions.size() == depth) {
      dimensions.add(list.size());
    }
    int size = 0;
    for (Object element : list) {
      size +=
          element instanceof List<?> inner
              ? appendElements(to, type, inner, depth + 1, dimensions)
              : append(to, type, element);
    }
    return size;
  }

  private static int bytes(ColumnBuilder to, byte[] bytes) {
    to.appendBytes(bytes, 0, bytes.length);
    return bytes.length;
  }

  private static long ticks(Instant time) {
    return Math.addExact(
        Math.multiplyExact(time.getEpochSecond(), TICKS_PER_SECOND),
        time.getNano() / NANOS_PER_TICK);
  }

  /** The source's own text of a key. */
  static String text(Object value) {
    if (value instanceof Unrepresentable original) {
      return original.text();
    } else if (value instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return HexFormat.of().formatHex(bytes);
    }
    return value.toString();
  }

  /**
   * The key that a text stands for.
   *
   * @throws RuntimeException if it is none of that type
   */
  static Object parse(DataType type, String text) {
    if (text.equals("infinity") || text.equals("-infinity")) {
      if (type.isTemporal()) {
        return new Unrepresentable(text);
      }
    }
    if (type instanceof DataType.Bool) {
      return Boolean.valueOf(text);
    } else if (type instanceof DataType.Int) {
      return type.javaType() == Long.class ? (Object) Long.valueOf(text) : new BigInteger(text);
    } else if (type instanceof DataType.Decimal) {
      return new BigDecimal(text);
    } else if (type instanceof DataType.Float number) {
      return number.bits() == 32 ? (Object) Float.valueOf(text) : Double.valueOf(text);
    } else if (type.isTextual()) {
      return text;
    } else if (type instanceof DataType.Bytes) {
      return ByteBuffer.wrap(HexFormat.of().parseHex(text)).asReadOnlyBuffer();
    } else if (type instanceof DataType.Date) {
      return LocalDate.parse(text);
    } else if (type instanceof DataType.Time) {
      return LocalTime.parse(text);
    } else if (type instanceof DataType.OffsetTime) {
      return OffsetTime.parse(text);
    } else if (type instanceof DataType.Timestamp) {
      return LocalDateTime.parse(text);
    } else if (type instanceof DataType.Instant) {
      return Instant.parse(text);
    } else if (type instanceof DataType.OffsetTimestamp) {
      return OffsetDateTime.parse(text);
    } else if (type instanceof DataType.Uuid) {
      return UUID.fromString(text);
    }
    throw new IllegalArgumentException("no key is of type " + type);
  }

  /** The order of keys: infinity above, minus infinity below everything, else as given. */
  static Comparator<Object> order(Comparator<Object> values) {
    return (a, b) -> {
      int left = infinity(a);
      int right = infinity(b);
      return left != 0 || right != 0 ? Integer.compare(left, right) : values.compare(a, b);
    };
  }

  private static int infinity(Object value) {
    return value instanceof Unrepresentable original ? original.text().startsWith("-") ? -1 : 1 : 0;
  }

  /** The order of values that say it themselves. */
  @SuppressWarnings("unchecked")
  static int natural(Object a, Object b) {
    if (a instanceof ByteBuffer left && b instanceof ByteBuffer right) {
      return text(left).compareTo(text(right));
    }
    return ((Comparable<Object>) a).compareTo(b);
  }

  /** A key less the overlap. */
  static Object less(Object key, Overlap overlap) {
    if (key instanceof Unrepresentable || overlap instanceof Overlap.None) {
      return key;
    }
    if (overlap instanceof Overlap.Count count) {
      if (key instanceof Long number) {
        return number < Long.MIN_VALUE + count.width() ? Long.MIN_VALUE : number - count.width();
      } else if (key instanceof BigInteger number) {
        return number.subtract(BigInteger.valueOf(count.width()));
      } else if (key instanceof BigDecimal number) {
        return number.subtract(BigDecimal.valueOf(count.width()));
      } else if (key instanceof Double number) {
        return number - count.width();
      } else if (key instanceof Float number) {
        return number - count.width();
      }
    } else if (overlap instanceof Overlap.Time time) {
      Duration width = time.width();
      if (key instanceof Instant t) {
        return t.minus(width);
      } else if (key instanceof LocalDateTime t) {
        return t.minus(width);
      } else if (key instanceof OffsetDateTime t) {
        return t.minus(width);
      } else if (key instanceof LocalDate date) {
        return date.minusDays(width.plusDays(1).minusNanos(1).toDays());
      }
    }
    throw new IllegalArgumentException("no overlap of " + overlap + " fits the key");
  }

  /** The latest key that is not ahead of the source's clock; null where the type is no time. */
  static @Nullable Object horizon(DataType type, Clock clock) {
    Instant limit = clock.instant().plus(Duration.ofDays(1)).truncatedTo(ChronoUnit.MICROS);
    OffsetDateTime utc = limit.atOffset(ZoneOffset.UTC);
    if (type instanceof DataType.Instant) {
      return limit;
    } else if (type instanceof DataType.Timestamp) {
      return utc.toLocalDateTime();
    } else if (type instanceof DataType.OffsetTimestamp) {
      return utc;
    } else if (type instanceof DataType.Date) {
      return utc.toLocalDate();
    }
    return null;
  }
}
