package dev.bobbin.record;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Interval;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A view of one row of a batch. Each getter does what the one of the same name does in {@link
 * ColumnVector}, and takes the column by name or by its place in {@link RecordBatch#columns()}.
 *
 * <p>Immutable; valid as long as its batch, which it keeps in memory.
 */
@SuppressWarnings("JavaLangClash") // the field's own word; import it by name
public final class Record {

  private final Layout layout;
  private final ColumnVector[] vectors;
  private final int row;

  Record(Layout layout, ColumnVector[] vectors, int row) {
    this.layout = layout;
    this.vectors = vectors;
    this.row = row;
  }

  /** The columns, in order. */
  public List<Column> columns() {
    return layout.columns;
  }

  private ColumnVector vector(String column) {
    return vectors[layout.position(column)];
  }

  private ColumnVector vector(int column) {
    return vectors[column];
  }

  /** See {@link ColumnVector#isNull}. */
  public boolean isNull(String column) {
    return vector(column).isNull(row);
  }

  /** See {@link ColumnVector#isNull}. */
  public boolean isNull(int column) {
    return vector(column).isNull(row);
  }

  /** See {@link ColumnVector#original}. */
  public Optional<String> original(String column) {
    return vector(column).original(row);
  }

  /** See {@link ColumnVector#original}. */
  public Optional<String> original(int column) {
    return vector(column).original(row);
  }

  /** See {@link ColumnVector#getBoolean}. */
  public boolean getBoolean(String column) {
    return vector(column).getBoolean(row);
  }

  /** See {@link ColumnVector#getBoolean}. */
  public boolean getBoolean(int column) {
    return vector(column).getBoolean(row);
  }

  /** See {@link ColumnVector#getLong}. */
  public long getLong(String column) {
    return vector(column).getLong(row);
  }

  /** See {@link ColumnVector#getLong}. */
  public long getLong(int column) {
    return vector(column).getLong(row);
  }

  /** See {@link ColumnVector#getDouble}. */
  public double getDouble(String column) {
    return vector(column).getDouble(row);
  }

  /** See {@link ColumnVector#getDouble}. */
  public double getDouble(int column) {
    return vector(column).getDouble(row);
  }

  /** See {@link ColumnVector#getDecimal}. */
  public @Nullable BigDecimal getDecimal(String column) {
    return vector(column).getDecimal(row);
  }

  /** See {@link ColumnVector#getDecimal}. */
  public @Nullable BigDecimal getDecimal(int column) {
    return vector(column).getDecimal(row);
  }

  /** See {@link ColumnVector#getString}. */
  public @Nullable String getString(String column) {
    return vector(column).getString(row);
  }

  /** See {@link ColumnVector#getString}. */
  public @Nullable String getString(int column) {
    return vector(column).getString(row);
  }

  /** See {@link ColumnVector#getBytes}. */
  public byte @Nullable [] getBytes(String column) {
    return vector(column).getBytes(row);
  }

  /** See {@link ColumnVector#getBytes}. */
  public byte @Nullable [] getBytes(int column) {
    return vector(column).getBytes(row);
  }

  /** See {@link ColumnVector#getDate}. */
  public @Nullable LocalDate getDate(String column) {
    return vector(column).getDate(row);
  }

  /** See {@link ColumnVector#getDate}. */
  public @Nullable LocalDate getDate(int column) {
    return vector(column).getDate(row);
  }

  /** See {@link ColumnVector#getTime}. */
  public @Nullable LocalTime getTime(String column) {
    return vector(column).getTime(row);
  }

  /** See {@link ColumnVector#getTime}. */
  public @Nullable LocalTime getTime(int column) {
    return vector(column).getTime(row);
  }

  /** See {@link ColumnVector#getOffsetTime}. */
  public @Nullable OffsetTime getOffsetTime(String column) {
    return vector(column).getOffsetTime(row);
  }

  /** See {@link ColumnVector#getOffsetTime}. */
  public @Nullable OffsetTime getOffsetTime(int column) {
    return vector(column).getOffsetTime(row);
  }

  /** See {@link ColumnVector#getTimestamp}. */
  public @Nullable LocalDateTime getTimestamp(String column) {
    return vector(column).getTimestamp(row);
  }

  /** See {@link ColumnVector#getTimestamp}. */
  public @Nullable LocalDateTime getTimestamp(int column) {
    return vector(column).getTimestamp(row);
  }

  /** See {@link ColumnVector#getInstant}. */
  public @Nullable Instant getInstant(String column) {
    return vector(column).getInstant(row);
  }

  /** See {@link ColumnVector#getInstant}. */
  public @Nullable Instant getInstant(int column) {
    return vector(column).getInstant(row);
  }

  /** See {@link ColumnVector#getOffsetTimestamp}. */
  public @Nullable OffsetDateTime getOffsetTimestamp(String column) {
    return vector(column).getOffsetTimestamp(row);
  }

  /** See {@link ColumnVector#getOffsetTimestamp}. */
  public @Nullable OffsetDateTime getOffsetTimestamp(int column) {
    return vector(column).getOffsetTimestamp(row);
  }

  /** See {@link ColumnVector#getInterval}. */
  public @Nullable Interval getInterval(String column) {
    return vector(column).getInterval(row);
  }

  /** See {@link ColumnVector#getInterval}. */
  public @Nullable Interval getInterval(int column) {
    return vector(column).getInterval(row);
  }

  /** See {@link ColumnVector#getUuid}. */
  public @Nullable UUID getUuid(String column) {
    return vector(column).getUuid(row);
  }

  /** See {@link ColumnVector#getUuid}. */
  public @Nullable UUID getUuid(int column) {
    return vector(column).getUuid(row);
  }

  /** See {@link ColumnVector#getList}. */
  public @Nullable List<@Nullable Object> getList(String column) {
    return vector(column).getList(row);
  }

  /** See {@link ColumnVector#getList}. */
  public @Nullable List<@Nullable Object> getList(int column) {
    return vector(column).getList(row);
  }

  /** See {@link ColumnVector#getDocument}. */
  public @Nullable Document getDocument(String column) {
    return vector(column).getDocument(row);
  }

  /** See {@link ColumnVector#getDocument}. */
  public @Nullable Document getDocument(int column) {
    return vector(column).getDocument(row);
  }

  /** See {@link ColumnVector#get}. */
  public @Nullable Object get(String column) {
    return vector(column).get(row);
  }

  /** See {@link ColumnVector#get}. */
  public @Nullable Object get(int column) {
    return vector(column).get(row);
  }

  /** The table and the row's number; no values. */
  @Override
  public String toString() {
    return "row " + row + " of a batch of " + layout.table();
  }
}
