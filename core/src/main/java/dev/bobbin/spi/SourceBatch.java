package dev.bobbin.spi;

import dev.bobbin.record.RecordBatch;
import dev.bobbin.state.Bookmark;
import java.util.BitSet;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A batch and what its source says about where the scan stands after it.
 *
 * @param rows at least one
 * @param bookmarkOrNull of a scan by key, the key of the last row that is not {@code ahead}; null
 *     where there is none
 * @param upToBookmark of a scan that began at a bookmark, how many of the first rows have a key at
 *     or below it, compared by the source
 * @param ahead how many of the last rows have a key later than the source's now and a day; they
 *     never move the bookmark
 * @param last whether it is known already that no more rows come
 * @param positionOrNull where a scan that is interrupted behind this batch goes on, in the source's
 *     own words; null where the bookmark says it all, or nothing does
 * @param recentOrNull the rows that the next scan by key reads again although they may not have
 *     changed, once this scan has ended; null where the source cannot tell, which means, of a scan
 *     by key, all rows from the overlap on. Of a slice of an incremental table whose load has no
 *     {@linkplain SourceLoad#tail() tail}, the rows whose key is at or above the load's {@link
 *     SourceLoad#start()} less the overlap, those ahead of the clock among them, and without a
 *     start all rows whose key is not NULL: what is marked and need not be costs a digest, what is
 *     not marked and is read again is delivered twice; null means none. Of other slices null. Not
 *     changed after it was handed over
 */
public record SourceBatch(
    RecordBatch rows,
    @Nullable Bookmark bookmarkOrNull,
    int upToBookmark,
    int ahead,
    boolean last,
    @Nullable String positionOrNull,
    @Nullable BitSet recentOrNull) {

  /** Checks that nothing is missing. */
  public SourceBatch {
    Objects.requireNonNull(rows);
  }

  /** A batch of a scan that is not by key, and cannot go on behind it. */
  public static SourceBatch of(RecordBatch rows) {
    return new SourceBatch(rows, null, 0, 0, false, null, null);
  }

  /**
   * A batch of a scan that is not by key, and goes on from there if it is interrupted behind it.
   */
  public static SourceBatch of(RecordBatch rows, String position) {
    return new SourceBatch(rows, null, 0, 0, false, Objects.requireNonNull(position), null);
  }

  /** The key of the last row that is not ahead; empty where there is none. */
  public Optional<Bookmark> bookmark() {
    return Optional.ofNullable(bookmarkOrNull);
  }

  /** Where a scan that is interrupted behind this batch goes on, in the source's own words. */
  public Optional<String> position() {
    return Optional.ofNullable(positionOrNull);
  }
}
