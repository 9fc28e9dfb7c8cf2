package dev.bobbin.plan;

import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.state.Bookmark;
import java.io.Serializable;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which rows of a table a scan reads. */
public sealed interface ScanRange extends Serializable {

  /** All rows, in no order. */
  record WholeTable() implements ScanRange {}

  /**
   * The rows whose replication key is not NULL and, where there is a bookmark, at or above it less
   * the overlap; in the order of the key, compared by the source alone.
   */
  final class FromBookmark implements ScanRange {
    private static final long serialVersionUID = 1L;
    private final String key;
    private final @Nullable Bookmark bookmark;
    private final Overlap overlap;

    /**
     * A range.
     *
     * @param key the replication key
     * @param bookmark where to begin; null for the lowest key
     * @param overlap how far below the bookmark to begin
     */
    public FromBookmark(String key, @Nullable Bookmark bookmark, Overlap overlap) {
      this.key = Objects.requireNonNull(key);
      this.bookmark = bookmark;
      this.overlap = Objects.requireNonNull(overlap);
    }

    /** The replication key. */
    public String key() {
      return key;
    }

    /** Where to begin; empty for the lowest key. */
    public Optional<Bookmark> bookmark() {
      return Optional.ofNullable(bookmark);
    }

    /** How far below the bookmark to begin. */
    public Overlap overlap() {
      return overlap;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof FromBookmark that
          && key.equals(that.key)
          && Objects.equals(bookmark, that.bookmark)
          && overlap.equals(that.overlap);
    }

    @Override
    public int hashCode() {
      return Objects.hash(key, bookmark, overlap);
    }

    @Override
    public String toString() {
      return "from " + (bookmark == null ? "the lowest " + key : bookmark.toString());
    }
  }

  /**
   * The rows whose replication key is NULL, in no order.
   *
   * @param key the replication key
   */
  record NullKeyRows(String key) implements ScanRange {}
}
