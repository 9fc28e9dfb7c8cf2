package dev.bobbin.dialect.jdbc;

/** Into how many scans a load is cut. */
public final class LoadParts {

  private static final long WHOLE_BYTES = 16L << 20;
  private static final long LEAST_BYTES = 8L << 20;
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
    return readers == 1 || bytes < WHOLE_BYTES
        ? 1
        : (int) Math.min((long) readers * PER_READER, bytes / LEAST_BYTES);
  }
}
