package dev.bobbin.internal;

import dev.bobbin.catalog.Column;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.state.Checkpoint;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One scan: reads, drops what was delivered before, hands over. Used by one thread. */
final class ScanRun implements AutoCloseable {

  private final TableScan scan;
  private final TableDelivery delivery;
  private final TableRun.Shared shared;
  private final Cancellation cancellation;
  private final BatchReader source;
  private final ReadAhead reader;
  private final @Nullable SeenRows seen;
  private final @Nullable SliceRows sliceRows;

  /**
   * The run of a scan that is no slice of a load.
   *
   * @param source the open scan; closed with this
   * @param cancellation ends it
   */
  ScanRun(
      TableScan scan,
      BatchReader source,
      TableDelivery delivery,
      TableRun.Shared shared,
      Cancellation cancellation) {
    this(scan, source, delivery, shared, cancellation, null);
  }

  /**
   * The run of a scan.
   *
   * @param source the open scan; closed with this
   * @param cancellation ends it
   * @param room how many more rows its load may keep to recognise them; null of what is no slice
   */
  ScanRun(
      TableScan scan,
      BatchReader source,
      TableDelivery delivery,
      TableRun.Shared shared,
      Cancellation cancellation,
      @Nullable AtomicInteger room) {
    this.scan = scan;
    this.source = source;
    this.delivery = delivery;
    this.shared = shared;
    this.cancellation = cancellation;
    Checkpoint last = delivery.state().checkpoint(scan.name()).orElse(null);
    sliceRows = room == null ? null : new SliceRows(digests(), last, room);
    if (scan.range() instanceof ScanRange.FromBookmark range) {
      Column key = scan.table().column(range.key()).orElseThrow();
      seen =
          new SeenRows(
              digests(), last, range, scan.table().columns().indexOf(key), key.keySupport());
    } else {
      seen = null;
    }
    reader =
        new ReadAhead(
            source,
            shared.executor(),
            shared.budget(),
            shared.settings().source().batchBytes(),
            cancellation,
            shared.stallWatch());
    source.notes().forEach(delivery::note);
  }

  private RowDigests digests() {
    return new RowDigests(shared.state().digestKey(), scan.table(), delivery.plan().identity());
  }

  /** Reads and delivers all rows, and remembers the end. */
  void run() {
    try {
      while (step()) {
        shared.stopIfCancelled(cancellation);
      }
    } catch (Cancellation.Cancelled e) {
      delivery.flush();
      throw e;
    }
    delivery.flush();
    Checkpoint last = delivery.state().checkpoint(scan.name()).orElse(null);
    if (last == null || sliceRows != null) {
      last = checkpoint(sliceRows == null ? List.of() : sliceRows.entries(), true);
    } else if (seen != null && seen.metAny()) {
      // Now it is known that no more rows at the bookmark come. Where the source showed none, as
      // a replica does that lags behind, what was delivered before still is.
      last = checkpoint(seen.seenByWholeScan(), true);
    }
    delivery.finish(last.at(source.endPosition().orElse(null)));
  }

  /** Reads all rows only to know them again: the checkpoint of a scan that had delivered them. */
  Checkpoint recognise() {
    SeenRows rows = Objects.requireNonNull(seen);
    while (true) {
      ReadAhead.Charged charged = next();
      try {
        if (charged.batch().isEmpty()) {
          return checkpoint(rows.seenByWholeScan(), true).at(source.endPosition().orElse(null));
        }
        RecordBatch unused = rows.accept(charged.batch().get());
      } finally {
        reader.release(charged);
      }
      shared.stopIfCancelled(cancellation);
    }
  }

  private Checkpoint checkpoint(List<String> seenRows, boolean finished) {
    return new Checkpoint(
        delivery.plan().table(),
        delivery.state().loadId(),
        scan.name(),
        seen == null ? null : seen.bookmark(),
        seenRows,
        finished);
  }

  /** Reads and delivers a batch; nothing refers to it afterwards, so that its memory is free. */
  private boolean step() {
    ReadAhead.Charged charged = next();
    try {
      if (charged.batch().isEmpty()) {
        return false;
      }
      if (charged.bytes() <= shared.settings().source().batchBytes()) {
        reader.start(); // but never a second huge row beside one
      }
      deliver(charged.batch().get());
      return true;
    } finally {
      reader.release(charged);
    }
  }

  private ReadAhead.Charged next() {
    while (true) {
      try {
        ReadAhead.Charged charged = reader.next(delivery.untilFlush());
        if (charged != null) {
          return charged;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException e) {
        shared.stopIfCancelled(cancellation); // a cancelled reader may fail in any way
        throw e;
      }
      shared.stopIfCancelled(cancellation);
      delivery.flushIfDue();
    }
  }

  private void deliver(SourceBatch batch) {
    if (batch.ahead() > 0 && scan.range() instanceof ScanRange.FromBookmark range) {
      delivery.warnOfKeysAhead(range.key());
    }
    RecordBatch rows = seen == null ? batch.rows() : seen.accept(batch);
    if (rows.rowCount() == 0) {
      return;
    }
    delivery.checkNullKeys(scan.range(), rows);
    if (sliceRows != null) {
      sliceRows.add(batch);
    }
    String position = seen == null ? batch.positionOrNull() : seen.position();
    boolean finished =
        delivery.state().checkpoint(scan.name()).filter(Checkpoint::finished).isPresent();
    delivery.deliver(
        rows, checkpoint(seenRows(batch), finished).at(position), seen != null || position != null);
  }

  private List<String> seenRows(SourceBatch batch) {
    return seen != null
        ? seen.seen(batch.last())
        : sliceRows != null ? sliceRows.entries() : List.of();
  }

  @Override
  public void close() {
    reader.close();
  }
}
