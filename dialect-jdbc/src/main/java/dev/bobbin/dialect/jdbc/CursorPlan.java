package dev.bobbin.dialect.jdbc;

import dev.bobbin.record.ColumnVector;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.state.Bookmark;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link CursorReader} makes of the rows of a scan.
 *
 * @param marked whether each row ends with a {@linkplain RowMark mark} that is no column of the
 *     table
 * @param bookmarks makes the bookmark of a key; of a scan by key
 * @param positions says where a scan goes on that is interrupted behind a batch
 * @param tellsRecent whether the mark says which rows the next scan by key reads again
 * @param endPositionOrNull where the next scan begins; null where the bookmark says it all, or
 *     nothing does
 * @param notes what a person should know of how the scan is read
 */
public record CursorPlan(
    boolean marked,
    Bookmarks bookmarks,
    Positions positions,
    boolean tellsRecent,
    @Nullable String endPositionOrNull,
    List<String> notes) {

  /** Makes bookmarks. */
  @FunctionalInterface
  public interface Bookmarks {
    /**
     * The bookmark of a row's key, which is not NULL in the source.
     *
     * @throws dev.bobbin.error.SourceException if no bookmark can hold it
     */
    Bookmark of(ColumnVector keys, int row);
  }

  /** Says where a scan goes on. */
  @FunctionalInterface
  public interface Positions {
    /** The position behind the last row of a batch; null for none. */
    @Nullable String behind(RecordBatch rows);
  }

  /** Checks that nothing is missing. */
  public CursorPlan {
    Objects.requireNonNull(bookmarks);
    Objects.requireNonNull(positions);
    notes = List.copyOf(notes);
  }
}
