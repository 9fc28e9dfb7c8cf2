package dev.bobbin.dialect.jdbc;

import dev.bobbin.error.SourceException;
import dev.bobbin.plan.TableScan;
import dev.bobbin.record.BatchBuilder;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceBatch;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Reads a scan row by row from a {@link Cursor}. */
public final class CursorReader implements BatchReader {

  private final Cursor cursor;
  private final CursorPlan plan;
  private final OpenScan scan;
  private boolean open;
  private boolean waiting;

  /**
   * A reader; it sends nothing before the first {@link #next()}.
   *
   * @param cursor lent until the reader is closed
   * @param scan what to read
   * @param plan what is made of the rows
   * @param limits how much at a time
   * @param ticksPerSecond the resolution of the source's times
   * @param failures makes of a driver's failure one without row values
   * @param orderRemedy what to do where rows do not come in the order of their key, in a sentence
   */
  public CursorReader(
      Cursor cursor,
      TableScan scan,
      CursorPlan plan,
      ReadLimits limits,
      long ticksPerSecond,
      Function<SQLException, SourceException> failures,
      String orderRemedy) {
    this.cursor = cursor;
    this.plan = plan;
    this.scan =
        new OpenScan(
            cursor,
            scan,
            limits,
            ticksPerSecond,
            plan.bookmarks(),
            plan.tellsRecent(),
            failures,
            orderRemedy);
  }

  @Override
  public Optional<SourceBatch> next() {
    return scan.next(this::read);
  }

  private Optional<SourceBatch> read() throws SQLException {
    BatchBuilder batch = scan.batch();
    if (!open) {
      cursor.open(scan.columns());
      open = true;
    }
    boolean marked = plan.marked();
    while (waiting || cursor.next()) {
      long size = cursor.size();
      if (!waiting) {
        scan.receive(size);
        scan.checkSize(size);
        if (scan.mustWait(size)) {
          waiting = true;
          return Optional.of(scan.finish(plan.positions()));
        }
      }
      waiting = false;
      cursor.append();
      if (marked) {
        scan.mark(cursor.mark());
      }
      batch.endRow(size);
      if (batch.isFull()) {
        cursor.release();
        return Optional.of(scan.finish(plan.positions()));
      }
    }
    cursor.release();
    return scan.finishLast(plan.positions());
  }

  @Override
  public Optional<String> endPosition() {
    return Optional.ofNullable(plan.endPositionOrNull());
  }

  @Override
  public List<String> notes() {
    return plan.notes();
  }

  @Override
  public long received() {
    return scan.received();
  }

  @Override
  public void cancel() {
    scan.cancel();
  }

  @Override
  public void close() {
    scan.close();
  }
}
