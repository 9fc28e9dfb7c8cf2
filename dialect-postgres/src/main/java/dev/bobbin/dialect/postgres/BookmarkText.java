package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Column;
import dev.bobbin.error.SourceException;
import dev.bobbin.record.ColumnVector;
import dev.bobbin.state.Bookmark;

/**
 * Makes bookmarks of keys as PostgreSQL's own text: read as the key's type, it is equal to the key.
 */
final class BookmarkText {

  private BookmarkText() {}

  /**
   * The key of a row that is not NULL in the source.
   *
   * @throws SourceException if the key is text that is not valid UTF-8, which no bookmark holds
   */
  static Bookmark of(ColumnVector keys, int row) {
    Column column = keys.column();
    if (column.type().isTextual() && keys.isNull(row)) {
      throw new SourceException(
          SourceException.Kind.PERMANENT,
          "The replication key " + column.name() + " holds bytes that are not valid UTF-8.",
          "Mend the values in the database, or choose another replication key.",
          null);
    }
    return new Bookmark(
        column.name(), column.type(), column.nativeType(), PostgresText.of(keys, row));
  }
}
