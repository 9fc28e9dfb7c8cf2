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
   * The rows of one slice of a load, in no order of their values, from a position on.
   *
   * @param position which slice, and how far of it has been read, in the words of the source that
   *     cut it
   */
  record Slice(String position) implements ScanRange {
    /** Checks that nothing is missing. */
    public Slice {
      Objects.requireNonNull(position);
    }
  }

  /**
   * The rows whose replication key is not NULL and, where there is a bookmark, at or above it less
   * the overlap; in the order of the key, compared by the source alone. Where there is a position,
   * rows that the last scan has seen may be left out.
   */
  final class FromBookmark implements ScanRange {
    private static final long serialVersionUID = 1L;
    private final String key;
    private final @Nullable Bookmark bookmark;
    private final Overlap overlap;
    private final @Nullable String position;

    /**
     * A range.
     *
     * @param key the replication key
     * @param bookmark where to begin; null for the lowest key
     * @param overlap how far below the bookmark to begin
     */
    public FromBookmark(String key, @Nullable Bookmark bookmark, Overlap overlap) {
      this(key, bookmark, overlap, null);
    }

    /**
     * A range that leaves out what the last scan has seen, so far as the source can tell.
     *
     * @param key the replication key
     * @param bookmark where to begin; null for the lowest key
     * @param overlap how far below the bookmark to begin
     * @param position what the last scan has seen, in the source's own words; null for nothing
     */
    public FromBookmark(
        String key, @Nullable Bookmark bookmark, Overlap overlap, @Nullable String position) {
      this.key = Objects.requireNonNull(key);
      this.bookmark = bookmark;
      this.overlap = Objects.requireNonNull(overlap);
      this.position = position;
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

    /** What the last scan has seen, in the source's own words; empty for nothing. */
    public Optional<String> position() {
      return Optional.ofNullable(position);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof FromBookmark that
          && key.equals(that.key)
          && Objects.equals(bookmark, that.bookmark)
          && overlap.equals(that.overlap)
          && Objects.equals(position, that.position);
    }

    @Override
    public int hashCode() {
      return Objects.hash(key, bookmark, overlap, position);
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
