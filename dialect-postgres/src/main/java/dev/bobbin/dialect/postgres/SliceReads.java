package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.postgres.CopyPass.End;
import dev.bobbin.dialect.postgres.CopyPass.Positions;
import dev.bobbin.record.RecordBatch;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes the statements and positions of one slice.
 *
 * @param table with the columns to read
 * @param leaves by their oid, the tables that its rows are in
 * @param statement makes statements
 * @param resumable whether batches need a position
 * @param begun the position that the scan begins at
 * @param now when it is read
 */
record SliceReads(
    Table table,
    Map<Long, Leaf> leaves,
    CopyStatement statement,
    boolean resumable,
    SlicePosition begun,
    ReadPoint now) {

  /** Rows that the snapshot of the position may not have shown; they do not move the position. */
  CopyPass again(String source, String condition) {
    String unseen = begun.point().snapshot().mayNotShow(CopyStatement.ROW);
    return new CopyPass(
        statement.of(
            source, "", " WHERE " + (condition.isEmpty() ? "" : condition + " AND ") + unseen),
        statement.plainEnd(),
        resumable ? Positions.always(begun.toString()) : Positions.none());
  }

  /** Rows that have not been read, which end with their place where that is the position. */
  CopyPass rest(String source, String condition, String order, boolean place, Read read) {
    return new CopyPass(
        statement.of(
            source,
            resumable && place ? CopyStatement.ROW + ".ctid" : "",
            (condition.isEmpty() ? "" : " WHERE " + condition) + order),
        resumable && place ? End.PLACE : statement.plainEnd(),
        resumable
            ? (rows, block, offset) ->
                new SlicePosition(now, read.upTo(rows, block, offset)).toString()
            : Positions.none());
  }

  /** What has been read of a slice behind a batch. */
  interface Read {
    /** The slice, read up to the last row of a batch. */
    Slice upTo(RecordBatch rows, long block, int offset);
  }

  /** The quoted source of a leaf's rows. */
  String source(long leaf) {
    Leaf found = leaves.get(leaf);
    if (found == null) {
      throw new IllegalArgumentException("the slice is not one of this load");
    }
    return found.source();
  }

  /** The plan of the scan. */
  CopyPlan plan(@Nullable Column key, List<String> notes) {
    boolean again = !now.sawTheSameAs(begun.point());
    String done = resumable ? new SlicePosition(now, begun.slice().done()).toString() : null;
    return new CopyPlan(
        // Rows come in the order in which they lie only from one process that begins at the front.
        CopyStatement.settings(key)
            + "; SET LOCAL synchronize_seqscans = off; SET LOCAL enable_seqscan = on"
            + "; SET LOCAL enable_tidscan = on"
            + "; SET LOCAL max_parallel_workers_per_gather = 0",
        begun.slice().passes(this, again),
        false,
        done,
        done,
        notes);
  }
}
