package dev.bobbin.dialect.postgres;

import dev.bobbin.record.ColumnVector;
import dev.bobbin.state.Bookmark;

/** Makes bookmarks of keys as PostgreSQL's own text. */
final class BookmarkText {

  private BookmarkText() {}

  /** The key of a row that is not NULL in the source. */
  static Bookmark of(ColumnVector keys, int row) {
    throw new UnsupportedOperationException("on its way");
  }
}
