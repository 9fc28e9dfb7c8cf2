package dev.bobbin.benchmarks;

import dev.bobbin.catalog.DataType;
import dev.bobbin.record.ColumnVector;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.sink.RecordSink;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;

/**
 * A sink that keeps nothing but reads every value through the columns' vectors: of texts and bytes
 * every byte. Thread-safe.
 */
final class CountingSink implements RecordSink {

  private final LongAdder rows = new LongAdder();
  private final LongAdder sum = new LongAdder();

  @Override
  public boolean concurrent() {
    return true;
  }

  @Override
  public void write(RecordBatch batch) {
    long total = 0;
    for (int i = 0; i < batch.columns().size(); i++) {
      total += sum(batch.column(i));
    }
    rows.add(batch.rowCount());
    sum.add(total);
  }

  Copied copied() {
    return new Copied(rows.sum(), sum.sum());
  }

  /** A loop for each kind, so that the calls in it have one or two targets. */
  private static long sum(ColumnVector vector) {
    DataType type = vector.column().type();
    if (type instanceof DataType.Bool) {
      return ofBooleans(vector);
    } else if (type instanceof DataType.Int) {
      return ofLongs(vector);
    } else if (type instanceof DataType.Float) {
      return ofDoubles(vector);
    } else if (type instanceof DataType.Decimal) {
      return ofDecimals(vector);
    } else if (type instanceof DataType.Uuid) {
      return ofUuids(vector);
    } else if (type instanceof DataType.Date
        || type instanceof DataType.Time
        || type instanceof DataType.Timestamp
        || type instanceof DataType.Instant) {
      return ofTicks(vector);
    } else if (type.isTextual() || type instanceof DataType.Bytes) {
      return ofBytes(vector);
    }
    return ofObjects(vector);
  }

  private static long ofBooleans(ColumnVector vector) {
    long total = 0;
    for (int row = 0; row < vector.size(); row++) {
      if (!vector.isNull(row) && vector.getBoolean(row)) {
        total++;
      }
    }
    return total;
  }

  private static long ofLongs(ColumnVector vector) {
    long total = 0;
    for (int row = 0; row < vector.size(); row++) {
      if (!vector.isNull(row)) {
        total += vector.getLong(row);
      }
    }
    return total;
  }

  private static long ofTicks(ColumnVector vector) {
    long total = 0;
    for (int row = 0; row < vector.size(); row++) {
      if (!vector.isNull(row)) {
        total += vector.getTicks(row);
      }
    }
    return total;
  }

  private static long ofDoubles(ColumnVector vector) {
    long total = 0;
    for (int row = 0; row < vector.size(); row++) {
      if (!vector.isNull(row)) {
        total += Double.doubleToRawLongBits(vector.getDouble(row));
      }
    }
    return total;
  }

  private static long ofDecimals(ColumnVector vector) {
    long total = 0;
    for (int row = 0; row < vector.size(); row++) {
      BigDecimal value = vector.getDecimal(row);
      if (value != null) {
        total += value.scale() + (long) value.signum();
      }
    }
    return total;
  }

  private static long ofUuids(ColumnVector vector) {
    long total = 0;
    for (int row = 0; row < vector.size(); row++) {
      UUID value = vector.getUuid(row);
      if (value != null) {
        total += value.getMostSignificantBits() + value.getLeastSignificantBits();
      }
    }
    return total;
  }

  /** Eight bytes at a time; the buffer of a NULL is empty. */
  private static long ofBytes(ColumnVector vector) {
    long total = 0;
    for (int row = 0; row < vector.size(); row++) {
      ByteBuffer bytes = vector.buffer(row);
      int length = bytes.remaining();
      int at = 0;
      for (; at <= length - Long.BYTES; at += Long.BYTES) {
        total += bytes.getLong(at);
      }
      for (; at < length; at++) {
        total += bytes.get(at);
      }
    }
    return total;
  }

  private static long ofObjects(ColumnVector vector) {
    long total = 0;
    for (int row = 0; row < vector.size(); row++) {
      total += Objects.hashCode(vector.get(row));
    }
    return total;
  }
}
