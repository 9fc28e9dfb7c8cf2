package dev.bobbin.dialect.jdbc;

/** Into how many scans a load is cut. */
public final class LoadParts {

  private static final long WHOLE_BYTES = 16L << 20;
  private static final int PER_READER = 4;

  private LoadParts() {}

  /**
   * How many scans there are to be: some for each reader, so that all have work to the end, but
   * none that is small.
   *
   * @param bytes the table's size
   * @param readers how many read at the same time
   */
  public static int count(long bytes, int readers) {
    return count(bytes, readers, WHOLE_BYTES);
  }

  /**
   * The same where the size from which a table is cut is another one; no scan is smaller than half
   * of it.
   *
   * @param bytes the table's size
   * @param readers how many read at the same time
   * @param whole the size below which a table is read in one
   */
  public static int count(long bytes, int readers, long whole) {
    return readers == 1 || bytes < whole
        ? 1
        : (int) Math.min((long) readers * PER_READER, bytes / Math.max(1, whole / 2));
  }
}
