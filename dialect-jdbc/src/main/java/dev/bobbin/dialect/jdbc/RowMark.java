package dev.bobbin.dialect.jdbc;

/**
 * The bits of the number that a statement adds to each row, so that the database alone compares
 * keys.
 */
public final class RowMark {

  /** The row's key is at or below the bookmark. */
  public static final int UP_TO_BOOKMARK = 1;

  /** The row's key is later than the server's now and a day. */
  public static final int AHEAD = 2;

  /** The next scan by key reads the row again although it may not have changed. */
  public static final int RECENT = 4;

  private RowMark() {}
}
