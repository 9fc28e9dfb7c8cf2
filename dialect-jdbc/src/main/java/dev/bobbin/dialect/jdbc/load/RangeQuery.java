package dev.bobbin.dialect.jdbc.load;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.jdbc.CursorPlan;
import dev.bobbin.dialect.jdbc.RowMark;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.state.Bookmark;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The query of one range of a load, in the order of the key.
 *
 * <p>Of an incremental table each row ends with {@link RowMark#RECENT} if the scan by key that
 * follows the load reads it again.
 */
final class RangeQuery {

  private final LoadRequest request;
  private final LoadKey key;
  private final @Nullable Bookmark startOrNull;
  private final ScanSql sql;

  /**
   * The queries of a load.
   *
   * @param key by which it is cut
   * @param startOrNull where the first scan by key begins; null for the lowest key
   * @param sql how the database writes them
   */
  RangeQuery(LoadRequest request, LoadKey key, @Nullable Bookmark startOrNull, ScanSql sql) {
    this.request = request;
    this.key = key;
    this.startOrNull = startOrNull;
    this.sql = sql;
  }

  /** The query of what is left of a range. */
  ScanQuery of(RangePosition position) {
    Table table = request.table();
    SqlText mark = mark();
    SqlText where =
        position.finished()
            ? sql.noRow()
            : position.range().condition(key.columns(), position.last(), sql);
    SqlText statement =
        sql.select(table, mark, key.index(), where, sql.orderBy(key.columns(), false), false);
    boolean marked = !mark.isEmpty();
    return new ScanQuery(
        statement,
        new CursorPlan(
            marked,
            sql::bookmark,
            rows -> request.resumable() ? position.upTo(last(rows)).toString() : null,
            marked,
            request.resumable() ? position.done().toString() : null,
            List.of()));
  }

  private SqlText mark() {
    Bookmark start = startOrNull;
    Incremental method = request.incrementalOrNull();
    if (method == null) {
      return SqlText.NOTHING;
    }
    Column column = request.table().column(method.key()).orElseThrow();
    return SqlText.when(
        start == null
            ? new SqlText(sql.reference(column.name()) + " IS NOT NULL", List.of())
            : sql.compare(column, ">=", sql.start(column, start, method.overlap())),
        RowMark.RECENT);
  }

  private List<String> last(RecordBatch rows) {
    List<Column> columns = request.table().columns();
    List<String> last = new ArrayList<>();
    for (Column column : key.columns()) {
      last.add(sql.text(rows.column(columns.indexOf(column)), rows.rowCount() - 1));
    }
    return last;
  }
}
