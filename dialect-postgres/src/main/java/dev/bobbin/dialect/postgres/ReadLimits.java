package dev.bobbin.dialect.postgres;

/**
 * How much a reader takes at a time.
 *
 * @param batchBytes the size at which a batch is closed
 * @param batchRows the number of rows at which a batch is closed
 * @param maxRowBytes the size of a row, as the server sends it, above which the scan fails
 */
record ReadLimits(long batchBytes, int batchRows, long maxRowBytes) {

  ReadLimits {
    if (batchBytes <= 0 || batchRows <= 0 || maxRowBytes <= 0) {
      throw new IllegalArgumentException(
          "limits must be positive: " + batchBytes + ", " + batchRows + ", " + maxRowBytes);
    }
  }
}
