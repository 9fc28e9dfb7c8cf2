package dev.bobbin.spi;

import dev.bobbin.plan.TableScan;
import dev.bobbin.state.Bookmark;
import java.util.List;
import java.util.Optional;

/**
 * One table that is being read from its beginning, cut into scans.
 *
 * <p>Either all scans see one snapshot. Then, together and with what was read before the load was
 * interrupted, they give every row of the snapshot: each row once, or again where it changed since
 * it was read before the interruption. Such a load of an incremental table has a {@link #tail()}.
 *
 * <p>Or, where the source's connections cannot share a snapshot, each scan sees one of its own,
 * which is not older than the load. Then the scans give every row that stays in its range while the
 * load is read, each row once, as it was at some moment of the load; a row that an interrupted load
 * has passed is not read again when it goes on. Such a load of an incremental table has a {@link
 * #start()} instead.
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
   * are there again: one that had come to its end gives what changed since. Empty for an empty
   * table.
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
   * for, and opened, once all scans have been read; empty for a full table, and where there is a
   * {@link #start()}.
   *
   * @throws dev.bobbin.error.SourceException on every failure
   */
  Optional<TableScan> tail();

  /**
   * Of an incremental table, where each scan sees a snapshot of its own, where the first scan by
   * key after the load begins: the greatest key, not ahead of the source's clock, that the table
   * had before the first scan of the load was opened; a load that goes on has kept it. The scans
   * mark the rows that the scan from there, less the overlap, will read again although they may not
   * have changed ({@link SourceBatch#recentOrNull()}); the runner recognises these. Empty for a
   * full table, where all scans see one snapshot, and where no row has such a key.
   */
  default Optional<Bookmark> start() {
    return Optional.empty();
  }

  /**
   * Of an incremental table, whether rows of the snapshot have a key later than the source's now
   * and a day, which the load delivers like all others and the bookmark passes by. Asked for once
   * all scans have been read; false for a full table.
   *
   * @throws dev.bobbin.error.SourceException on every failure
   */
  boolean hasKeysAhead();

  /** Ends the load and its snapshot. Closing twice does nothing. */
  @Override
  void close();
}
