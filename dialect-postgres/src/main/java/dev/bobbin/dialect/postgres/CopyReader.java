package dev.bobbin.dialect.postgres;

import dev.bobbin.error.SourceException;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceBatch;
import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Function;

/** Reads a scan by COPY in binary format. */
final class CopyReader implements BatchReader {

  /**
   * A reader; it sends nothing before the first {@link #next()}.
   *
   * @param connection lent until the reader is closed
   * @param scan what to read
   * @param limits how much at a time
   * @param validateUtf8 whether texts may be invalid UTF-8, as in a database in SQL_ASCII
   * @param failures makes of a driver's failure one without row values
   */
  @SuppressWarnings("UnusedVariable")
  CopyReader(
      ScanConnection connection,
      TableScan scan,
      ReadLimits limits,
      boolean validateUtf8,
      Function<SQLException, SourceException> failures) {}

  @Override
  public Optional<SourceBatch> next() {
    throw new UnsupportedOperationException("on its way");
  }

  @Override
  public long received() {
    return 0;
  }

  @Override
  public void cancel() {}

  @Override
  public void close() {}
}
