package dev.bobbin.dialect.jdbc;

import java.util.BitSet;

/**
 * Counts the {@linkplain RowMark marks} of the rows of a scan by key: those up to the bookmark can
 * only be the first of all rows, and those ahead only the last.
 */
final class RowMarks {

  private boolean pastBookmark;
  private boolean reachedAhead;
  private int upToBookmark;
  private int ahead;
  private BitSet recent = new BitSet();

  /**
   * Counts a row.
   *
   * @param mark its mark
   * @param row its index in the batch
   * @return false if it cannot come after the rows before it
   */
  boolean count(int mark, int row) {
    if ((mark & RowMark.UP_TO_BOOKMARK) == 0) {
      pastBookmark = true;
    } else if (pastBookmark) {
      return false;
    } else {
      upToBookmark++;
    }
    if ((mark & RowMark.AHEAD) != 0) {
      reachedAhead = true;
      ahead++;
    } else if (reachedAhead) {
      return false;
    }
    if ((mark & RowMark.RECENT) != 0) {
      recent.set(row);
    }
    return true;
  }

  /** How many rows of the batch have a key at or below the bookmark. */
  int upToBookmark() {
    return upToBookmark;
  }

  /** How many rows of the batch have a key that is ahead. */
  int ahead() {
    return ahead;
  }

  /** The rows of the batch that the next scan reads again. */
  BitSet recent() {
    return recent;
  }

  /** Begins the next batch. */
  void nextBatch() {
    upToBookmark = 0;
    ahead = 0;
    recent = new BitSet();
  }
}
