package dev.bobbin.dialect.mongo;

import java.util.BitSet;
import java.util.List;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** One range of a load that is being read. Used by one thread. */
final class SliceScan {

  private final RangePosition begun;
  private final @Nullable KeyMarks marks;
  private BitSet recent = new BitSet();

  /**
   * A range that is read on.
   *
   * @param from where
   * @param marks of an incremental table
   */
  SliceScan(RangePosition from, @Nullable KeyMarks marks) {
    this.begun = from;
    this.marks = marks;
  }

  List<Stage> stages(TypeQueries types) {
    return begun.done() ? List.of() : List.of(begun.range().from(begun.last(), types));
  }

  /** Takes a document that becomes a row of the batch. */
  void take(BsonSlice slice, int row) {
    if (marks != null && marks.isReadAgain(slice)) {
      recent.set(row);
    }
  }

  /** The position behind a document; the beginning where the range has no order. */
  String behind(BsonSlice last) {
    BsonValue id = begun.range().family() == null ? null : last.get(DocumentColumns.ID);
    return (id == null ? begun : begun.behind(id)).toString();
  }

  /** The rows of the batch that are read again; null where nobody asks. */
  @Nullable BitSet recent() {
    if (marks == null) {
      return null;
    }
    BitSet rows = recent;
    recent = new BitSet();
    return rows;
  }

  /** The position behind the last document. */
  String done() {
    return begun.asDone().toString();
  }
}
