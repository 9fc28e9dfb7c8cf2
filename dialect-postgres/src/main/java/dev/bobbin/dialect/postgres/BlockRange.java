package dev.bobbin.dialect.postgres;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Some blocks of one leaf.
 *
 * @param leaf its oid
 * @param fileNode the number of its file
 * @param from the first block
 * @param to one above the last block; {@link #OPEN} for all that follow, however many come
 */
record BlockRange(long leaf, long fileNode, long from, long to) {

  /** The end of a range without one. */
  static final long OPEN = Long.MAX_VALUE;

  /** The form of its text. */
  static final Pattern FORM =
      Pattern.compile("(\\d{1,10})\\.(\\d{1,10})\\.(\\d{1,10})-(\\d{1,10})?");

  BlockRange {
    if (from < 0 || from >= to) {
      throw new IllegalArgumentException("no range of blocks: " + from + " to " + to);
    }
  }

  /** Of a text that matched {@link #FORM}. */
  static BlockRange of(Matcher text) {
    return new BlockRange(
        Long.parseLong(text.group(1)),
        Long.parseLong(text.group(2)),
        Long.parseLong(text.group(3)),
        text.group(4) == null ? OPEN : Long.parseLong(text.group(4)));
  }

  /** Whether a row is in it. */
  boolean contains(RowPlace row) {
    return row.leaf() == leaf && row.block() >= from && row.block() < to;
  }

  /** The condition that holds for the rows in it; empty where it is the whole leaf. */
  String condition(String row) {
    if (from == 0 && to == OPEN) {
      return ""; // a sequential scan is quicker than one of a range
    }
    String first = row + ".ctid >= '(" + from + ",0)'::tid";
    return to == OPEN ? first : first + " AND " + row + ".ctid < '(" + to + ",0)'::tid";
  }

  /** The condition that holds for the rows in it behind one of them. */
  String conditionBehind(RowPlace read, String row) {
    String first = row + ".ctid > " + read.literal();
    return to == OPEN ? first : first + " AND " + row + ".ctid < '(" + to + ",0)'::tid";
  }

  /** The condition that holds for the rows in it up to one of them, which is included. */
  String conditionUpTo(RowPlace read, String row) {
    return row + ".ctid >= '(" + from + ",0)'::tid AND " + row + ".ctid <= " + read.literal();
  }

  @Override
  public String toString() {
    return leaf + "." + fileNode + '.' + from + '-' + (to == OPEN ? "" : to);
  }
}
