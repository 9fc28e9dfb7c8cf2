package dev.bobbin.dialect.jdbc.load;

import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;

/**
 * Reads the table of one load, for as long as that is open: each scan on a connection and in a
 * snapshot of its own. Thread-safe.
 */
public interface LoadReaders extends AutoCloseable {

  /**
   * Begins to read.
   *
   * @param scan which rows, for messages and for the columns
   * @param query its statement
   * @param alone whether nobody else reads of the load
   * @throws dev.bobbin.error.SourceException on every failure, such as a table that is no longer
   *     the one that the load began with
   */
  BatchReader read(TableScan scan, ScanQuery query, boolean alone);

  /** Ends what still reads, too. Closing twice does nothing. */
  @Override
  void close();
}
