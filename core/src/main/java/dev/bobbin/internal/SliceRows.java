package dev.bobbin.internal;

import dev.bobbin.record.RecordBatch;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.state.Checkpoint;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The rows that a slice of a load has delivered and that the first scan by key after the load reads
 * again, by their digests.
 *
 * <p>They stand in the slice's own checkpoint, and so are remembered with its position or not at
 * all: what a slice delivered behind the position from which it goes on is read again, and its
 * digest with it. When the load is whole, {@link #ofLoad} puts them together. Used by one thread at
 * a time.
 */
final class SliceRows {

  private final RowDigests digests;
  private final AtomicInteger room;
  private List<String> entries;

  /**
   * The rows of a slice.
   *
   * @param from how far the slice had come; null for not at all
   * @param room how many more rows may be kept of the load, which its slices share: what lies
   *     beyond is delivered again
   */
  SliceRows(RowDigests digests, @Nullable Checkpoint from, AtomicInteger room) {
    this.digests = digests;
    this.room = room;
    this.entries = from == null ? List.of() : from.seen();
  }

  /**
   * How many more rows may be kept of a load.
   *
   * @param checkpoints of its slices
   */
  static AtomicInteger room(Collection<Checkpoint> checkpoints) {
    int kept = checkpoints.stream().mapToInt(checkpoint -> checkpoint.seen().size()).sum();
    return new AtomicInteger(Math.max(0, SeenRows.MAX_OVERLAP - kept));
  }

  /**
   * What the first scan by key after a load knows. None of the rows of which several share an
   * identity: one of them was delivered last, and which one nobody knows.
   *
   * @param checkpoints of its slices
   */
  static List<String> ofLoad(Collection<Checkpoint> checkpoints) {
    KnownRows rows = new KnownRows();
    for (Checkpoint checkpoint : checkpoints) {
      for (String entry : checkpoint.seen()) {
        rows.add(entry.substring(SeenRows.ANYWHERE.length()));
      }
    }
    rows.forgetAmbiguous();
    return rows.entries(SeenRows.MAX_OVERLAP).stream()
        .map(entry -> SeenRows.ANYWHERE + entry)
        .sorted()
        .toList();
  }

  /** Takes a batch as delivered. */
  void add(SourceBatch batch) {
    BitSet recent = batch.recentOrNull();
    if (recent == null || recent.isEmpty()) {
      return;
    }
    RecordBatch rows = batch.rows();
    List<String> all = new ArrayList<>(entries);
    for (int row = recent.nextSetBit(0); row >= 0; row = recent.nextSetBit(row + 1)) {
      if (room.getAndUpdate(left -> Math.max(0, left - 1)) == 0) {
        break;
      }
      all.add(SeenRows.ANYWHERE + digests.entry(rows, row, digests.ofRow(rows, row)));
    }
    Collections.sort(all); // the same rows make the same checkpoint, in whatever order they came
    entries = List.copyOf(all);
  }

  /** The digests for the slice's checkpoint. */
  List<String> entries() {
    return entries;
  }
}
