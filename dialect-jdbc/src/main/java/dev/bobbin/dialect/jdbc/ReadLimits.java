package dev.bobbin.dialect.jdbc;

/**
 * How much a reader takes at a time.
 *
 * @param batchBytes the size at which a batch is closed
 * @param batchRows the number of rows at which a batch is closed
 * @param maxRowBytes the size of a row, as the server sends it, above which the scan fails
 */
public record ReadLimits(long batchBytes, int batchRows, long maxRowBytes) {

  /** Checks that the limits are positive. */
  public ReadLimits {
    if (batchBytes <= 0 || batchRows <= 0 || maxRowBytes <= 0) {
      throw new IllegalArgumentException(
          "limits must be positive: " + batchBytes + ", " + batchRows + ", " + maxRowBytes);
    }
  }
}
