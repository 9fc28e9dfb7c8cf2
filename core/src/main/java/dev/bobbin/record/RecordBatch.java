package dev.bobbin.record;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.TableId;
import dev.bobbin.state.Checkpoint;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;

/**
 * Some rows of one table, a vector per column, and the checkpoint that holds once they are durable.
 *
 * <p>Iterating gives a {@link Record} per row; {@link #column(String)} gives the vector. A batch is
 * immutable, belongs to the sink once it is handed over, and may be read by several threads. Texts,
 * bytes and documents lie in it as the source sent them, and are decoded when they are asked for.
 */
public final class RecordBatch implements Iterable<Record> {

  private final TableId table;
  private final Layout layout;
  private final ColumnVector[] vectors;
  private final int rowCount;
  private final long byteSize;
  private final @Nullable Checkpoint checkpoint;

  RecordBatch(
      TableId table,
      Layout layout,
      ColumnVector[] vectors,
      int rowCount,
      long byteSize,
      @Nullable Checkpoint checkpoint) {
    this.table = table;
    this.layout = layout;
    this.vectors = vectors;
    this.rowCount = rowCount;
    this.byteSize = byteSize;
    this.checkpoint = checkpoint;
  }

  /** The table. */
  public TableId table() {
    return table;
  }

  /** The columns, in the order of the vectors. */
  public List<Column> columns() {
    return layout.columns;
  }

  /** The number of rows; at least 1 in a batch that a sink gets. */
  public int rowCount() {
    return rowCount;
  }

  /** The size of the values in bytes, as it counts against the memory budget. */
  public long byteSize() {
    return byteSize;
  }

  /**
   * The vector of a column.
   *
   * @throws IllegalArgumentException if there is no such column; the message lists those there are
   */
  public ColumnVector column(String name) {
    return vectors[layout.position(name)];
  }

  /** The vector of a column, by its place in {@link #columns()}. */
  public ColumnVector column(int index) {
    return vectors[index];
  }

  /** A view of a row. */
  public Record row(int row) {
    if (row < 0 || row >= rowCount) {
      throw new IndexOutOfBoundsException("row " + row + " of " + rowCount);
    }
    return new Record(layout, vectors, row);
  }

  /**
   * What is to be remembered once this batch is durable: a sink that writes to a transactional
   * store can commit {@link Checkpoint#toJson()} with the rows and give it back from {@code
   * progress}.
   *
   * @throws IllegalStateException on a batch that has not been handed to a sink yet
   */
  public Checkpoint checkpoint() {
    if (checkpoint == null) {
      throw new IllegalStateException("this batch has no checkpoint yet");
    }
    return checkpoint;
  }

  /** The same rows with the checkpoint that they complete. Made by the runner. */
  public RecordBatch completing(Checkpoint checkpoint) {
    return new RecordBatch(table, layout, vectors, rowCount, byteSize, checkpoint);
  }

  /** The rows that are not in the set, in the same order. Made by the runner. */
  public RecordBatch without(BitSet rows) {
    if (rows.isEmpty()) {
      return this;
    }
    int[] rest = new int[rowCount - rows.cardinality()];
    int count = 0;
    for (int row = rows.nextClearBit(0); row < rowCount; row = rows.nextClearBit(row + 1)) {
      rest[count++] = row;
    }
    ColumnVector[] kept = new ColumnVector[vectors.length];
    for (int i = 0; i < kept.length; i++) {
      kept[i] = vectors[i].keep(rest);
    }
    return new RecordBatch(table, layout, kept, count, byteSize * count / rowCount, checkpoint);
  }

  /** Whether two rows have the same value in a column, byte for byte; NULL is the same as NULL. */
  public boolean sameValue(int column, int rowA, int rowB) {
    ColumnVector vector = vectors[column];
    boolean absent = vector.nullAt(rowA);
    if (absent || vector.nullAt(rowB)) {
      return absent == vector.nullAt(rowB) && vector.original(rowA).equals(vector.original(rowB));
    }
    return vector.sameValue(rowA, rowB);
  }

  /**
   * A digest of all values of a row: different rows have different digests, equal rows equal ones.
   *
   * @param row the row
   * @param mac initialised; left ready for the next use
   * @return as many bytes as the algorithm gives
   */
  public byte[] digest(int row, Mac mac) {
    ByteBuffer scratch = ByteBuffer.allocate(8);
    for (ColumnVector vector : vectors) {
      vector.feed(row, mac, scratch);
    }
    return mac.doFinal();
  }

  /**
   * A digest of some values of a row.
   *
   * @param row the row
   * @param columns by their places in {@link #columns()}
   * @param mac initialised; left ready for the next use
   * @return as many bytes as the algorithm gives
   */
  public byte[] digest(int row, int[] columns, Mac mac) {
    ByteBuffer scratch = ByteBuffer.allocate(8);
    for (int column : columns) {
      vectors[column].feed(row, mac, scratch);
    }
    return mac.doFinal();
  }

  @Override
  public Iterator<Record> iterator() {
    return new Iterator<>() {
      private int next;

      @Override
      public boolean hasNext() {
        return next < rowCount;
      }

      @Override
      public Record next() {
        if (next >= rowCount) {
          throw new NoSuchElementException();
        }
        return new Record(layout, vectors, next++);
      }
    };
  }

  /** Table and sizes; no values. */
  @Override
  public String toString() {
    return "batch of " + table + ": " + rowCount + " rows, " + byteSize + " bytes";
  }
}
