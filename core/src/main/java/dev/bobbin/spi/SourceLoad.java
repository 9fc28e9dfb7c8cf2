package dev.bobbin.spi;

import dev.bobbin.plan.TableScan;
import dev.bobbin.state.Bookmark;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One table that is being read from its beginning, cut into scans.
 *
 * <p>Either all scans see one snapshot. Then, together and with what was read before the load was
 * interrupted, they give every row of the snapshot: each row once, or again where it changed since
 * it was read before the interruption. Such a load of an incremental table has a {@link #tail()}.
 *
 * <p>Or, where the source's connections cannot share a snapshot, each scan sees one of its own,
 * taken when it is opened and not older than the load. Then the scans give every row that is in the
 * table from the load's beginning to its end, and whose place in the cut does not change: each
 * once, as it was at some moment of the load; a row that an interrupted load has passed is not read
 * again when it goes on. What has changed since it was read has a key at or above the load's {@link
 * #start()}, so far as keys only grow, and comes with the first scan by key after the load; of what
 * the load has read of these rows the runner keeps digests, with the position of the scan that read
 * them, and so knows those again that have not changed.
 *
 * <p>While the load is open the table can be neither dropped nor rewritten nor emptied behind its
 * back: where a source has no lock for that, the scan fails.
 *
 * <p>Thread-safe: several scans can be open at the same time, each used by one thread at a time.
 */
public interface SourceLoad extends AutoCloseable {

  /**
   * What is left to read, in the order in which one reader would read it; each with a name of its
   * own and, in its range, the position that it begins at. Of a load that goes on, all its scans
   * are there again: one that had come to its end gives what changed since, or nothing where each
   * sees a snapshot of its own. Empty for an empty table.
   */
  List<TableScan> scans();

  /**
   * Why the load could not go on from the request's positions, as a sentence; then {@link #scans()}
   * are those of a load from the beginning. Empty for a new load and for one that goes on.
   */
  Optional<String> restarted();

  /**
   * Begins one of the scans, on a connection of its own or one that an earlier scan is done with.
   *
   * @throws dev.bobbin.error.SourceException on every failure
   */
  BatchReader open(TableScan scan);

  /**
   * Of an incremental table, where all scans see one snapshot, the scan by key that stands for what
   * this load has read: from the greatest key of the snapshot that is not ahead of the source's
   * clock, less the overlap, with the rows that the first scan after the load will read again
   * although they may not have changed. They are read to be recognised, and not delivered. Asked
   * for, and opened, once all scans have been read; empty for a full table, and where each scan
   * sees a snapshot of its own.
   *
   * @throws dev.bobbin.error.SourceException on every failure
   */
  Optional<TableScan> tail();

  /**
   * Of an incremental table, where each scan sees a snapshot of its own, where the first scan by
   * key after the load begins: the greatest key, not ahead of the source's clock, that was
   * committed before the first scan of the load was opened. It is kept in the positions, and the
   * same when a load goes on; with another replication key than before the load begins again. The
   * scans mark the rows that the scan from there, less the overlap, reads again ({@link
   * SourceBatch#recentOrNull()}).
   *
   * <p>Empty for a full table, where all scans see one snapshot, and where no row had such a key:
   * the first scan by key then begins at the lowest one.
   */
  default Optional<Bookmark> start() {
    return Optional.empty();
  }

  /**
   * The same as {@link #start()} where keys have {@linkplain SourceSession#keyFamilies families}:
   * by family, the greatest key of each that had one.
   */
  default Map<String, Bookmark> starts() {
    return start().map(bookmark -> Map.of("", bookmark)).orElse(Map.of());
  }

  /**
   * Of an incremental table, whether rows of the load have a key later than the source's now and a
   * day, which the load delivers like all others and the bookmark passes by. Asked for once all
   * scans have been read; false for a full table.
   *
   * @throws dev.bobbin.error.SourceException on every failure
   */
  boolean hasKeysAhead();

  /** Ends the load and its snapshots. Closing twice does nothing. */
  @Override
  void close();
}
