package dev.bobbin.record;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.TableId;
import java.util.List;

/**
 * Builds batches of one table, one after the other. For authors of dialects: append one value to
 * every {@link #column(int)}, call {@link #endRow(long)}, and {@link #finish()} when {@link
 * #isFull()}. Not thread-safe.
 */
public final class BatchBuilder {

  private static final int FIRST_MEASURE = 16;

  private final TableId table;
  private final Layout layout;
  private final ColumnBuilder[] columns;
  private final long maxBytes;
  private final int maxRows;
  private int rows;
  private long bytes;
  private int nextMeasure = FIRST_MEASURE;

  /**
   * A builder.
   *
   * @param table the table that the rows are of
   * @param columns the columns in the order of the rows' values
   * @param ticksPerSecond the resolution of times, a power of ten up to 10^9; times of the source
   *     are exact in it
   * @param maxBytes the size that makes a batch full
   * @param maxRows the number of rows that makes a batch full
   */
  public BatchBuilder(
      TableId table, List<Column> columns, long ticksPerSecond, long maxBytes, int maxRows) {
    this.table = table;
    this.layout = new Layout(table, columns);
    this.columns = new ColumnBuilder[columns.size()];
    for (int i = 0; i < this.columns.length; i++) {
      this.columns[i] = ColumnBuilder.of(columns.get(i), ticksPerSecond);
    }
    this.maxBytes = maxBytes;
    this.maxRows = maxRows;
  }

  /** The builder of a column. */
  public ColumnBuilder column(int index) {
    return columns[index];
  }

  /**
   * Ends a row.
   *
   * @param sourceBytes the size of the row as the source sent it, by which fullness is judged
   *     between exact measurements
   */
  public void endRow(long sourceBytes) {
    rows++;
    bytes += sourceBytes;
    if (rows == nextMeasure) {
      bytes = measure();
      nextMeasure = rows + Math.max(FIRST_MEASURE, rows / 4);
    }
  }

  /** The rows appended so far. */
  public int rows() {
    return rows;
  }

  /** Whether the batch has reached its size. */
  public boolean isFull() {
    return rows >= maxRows || bytes >= maxBytes;
  }

  private long measure() {
    long sum = 0;
    for (ColumnBuilder column : columns) {
      sum += column.bytes();
    }
    return sum;
  }

  /** The batch of the rows appended so far; the builder then begins the next one. */
  public RecordBatch finish() {
    long size = measure();
    ColumnVector[] vectors = new ColumnVector[columns.length];
    for (int i = 0; i < vectors.length; i++) {
      if (columns[i].size() != rows) {
        throw new IllegalStateException(
            "column "
                + columns[i].column().name()
                + " has "
                + columns[i].size()
                + " values for "
                + rows
                + " rows");
      }
      vectors[i] = columns[i].finish();
    }
    RecordBatch batch = new RecordBatch(table, layout, vectors, rows, size, null);
    rows = 0;
    bytes = 0;
    nextMeasure = FIRST_MEASURE;
    return batch;
  }
}
