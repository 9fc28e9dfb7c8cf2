package dev.bobbin.dialect.jdbc.load;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.state.Bookmark;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How one database's SQL writes the statements of scans. */
public interface ScanSql extends KeySql {

  /**
   * A statement over the columns of a table.
   *
   * @param table the table with just the columns to read
   * @param mark a number that each row ends with; empty for none
   * @param indexOrNull the index to read by; null to leave that to the server
   * @param condition which rows; empty for all
   * @param orderBy what {@link #orderBy} gave; empty for no order
   * @param one whether one row is enough
   */
  SqlText select(
      Table table,
      SqlText mark,
      @Nullable String indexOrNull,
      SqlText condition,
      String orderBy,
      boolean one);

  /** The condition of no row. */
  SqlText noRow();

  /**
   * The server's now and a day, for keys that are times; of those without a zone in the zone that
   * is latest. Empty for other keys.
   */
  Optional<SqlText> dayAhead(Column key);

  /**
   * Which keys a scan may give at all, beside those that are NULL: where the database tells from
   * where on rows may still be missing. None is left out unless overridden.
   *
   * @return a condition; empty for all keys
   */
  default SqlText settled(Column key) {
    return SqlText.NOTHING;
  }

  /**
   * Where to begin: the bookmark less the overlap, no lower than the type goes.
   *
   * @throws dev.bobbin.error.ConfigurationException if the overlap does not fit the type of the key
   */
  SqlText start(Column key, Bookmark bookmark, Overlap overlap);

  /** The ORDER BY clause. */
  default String orderBy(List<Column> columns, boolean descending) {
    return columns.stream()
        .map(column -> reference(column.name()) + (descending ? " DESC" : ""))
        .collect(Collectors.joining(", ", " ORDER BY ", ""));
  }
}
