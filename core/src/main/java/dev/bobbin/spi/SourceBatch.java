package dev.bobbin.spi;

import dev.bobbin.record.RecordBatch;
import dev.bobbin.state.Bookmark;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A batch and what its source says about the replication keys in it.
 *
 * @param rows at least one
 * @param bookmarkOrNull of a scan by key, the key of the last row that is not {@code ahead}; null
 *     where there is none
 * @param upToBookmark of a scan that began at a bookmark, how many of the first rows have a key at
 *     or below it, compared by the source
 * @param ahead how many of the last rows have a key later than the source's now and a day; they
 *     never move the bookmark
 * @param last whether it is known already that no more rows come
 */
public record SourceBatch(
    RecordBatch rows,
    @Nullable Bookmark bookmarkOrNull,
    int upToBookmark,
    int ahead,
    boolean last) {

  /** Checks that nothing is missing. */
  public SourceBatch {
    Objects.requireNonNull(rows);
  }

  /** A batch of a scan that is not by key. */
  public static SourceBatch of(RecordBatch rows) {
    return new SourceBatch(rows, null, 0, 0, false);
  }

  /** The key of the last row that is not ahead; empty where there is none. */
  public Optional<Bookmark> bookmark() {
    return Optional.ofNullable(bookmarkOrNull);
  }
}
