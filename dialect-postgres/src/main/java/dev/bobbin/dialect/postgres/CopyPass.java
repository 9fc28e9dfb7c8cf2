package dev.bobbin.dialect.postgres;

import dev.bobbin.record.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * One of the COPY statements that a scan consists of.
 *
 * @param sql the statement
 * @param end what each of its rows ends with
 * @param positions the position behind a batch whose last row is of this statement
 */
record CopyPass(String sql, End end, Positions positions) {

  /** What a row ends with that is no column of the table. */
  enum End {
    /** Nothing. */
    NONE(0),
    /** An int2 that is of no meaning, as a SELECT needs an expression. */
    FILLER(2),
    /** An int2 that {@link CopyQuery} describes. */
    MARK(2),
    /** The row's ctid: a block as int4 and an offset as int2, both unsigned. */
    PLACE(6);

    private final int length;

    End(int length) {
      this.length = length;
    }

    /** Its size in bytes; 0 where there is none. */
    int length() {
      return length;
    }
  }

  /** Where a scan goes on that is interrupted behind a batch. */
  interface Positions {

    /**
     * The position in text; null where there is none.
     *
     * @param rows the batch
     * @param block the block of its last row, where rows end with their place
     * @param offset the offset of its last row
     */
    @Nullable String behind(RecordBatch rows, long block, int offset);

    /** No position. */
    static Positions none() {
      return (rows, block, offset) -> null;
    }

    /** The same position behind every batch. */
    static Positions always(String position) {
      return (rows, block, offset) -> position;
    }
  }
}
