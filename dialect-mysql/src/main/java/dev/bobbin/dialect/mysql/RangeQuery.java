package dev.bobbin.dialect.mysql;

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

  private static final SqlText NO_ROW = new SqlText("FALSE", List.of());

  private final LoadRequest request;
  private final LoadKey key;
  private final @Nullable Bookmark startOrNull;

  /**
   * The queries of a load.
   *
   * @param key by which it is cut
   * @param startOrNull where the first scan by key begins; null for the lowest key
   */
  RangeQuery(LoadRequest request, LoadKey key, @Nullable Bookmark startOrNull) {
    this.request = request;
    this.key = key;
    this.startOrNull = startOrNull;
  }

  /** The query of what is left of a range. */
  ScanQuery of(RangePosition position) {
    Table table = request.table();
    SqlText mark = mark();
    SqlText where =
        position.finished() ? NO_ROW : position.range().condition(key.columns(), position.last());
    SqlText sql =
        new SelectStatement(table)
            .of(mark, key.index(), where, SelectStatement.orderBy(key.columns(), ""));
    boolean marked = !mark.text().isEmpty();
    return new ScanQuery(
        sql,
        new CursorPlan(
            marked,
            KeyText::bookmark,
            rows -> request.resumable() ? position.upTo(last(rows)).toString() : null,
            marked,
            request.resumable() ? position.done().toString() : null,
            List.of()));
  }

  private SqlText mark() {
    Bookmark start = startOrNull;
    Incremental method = request.incrementalOrNull();
    if (method == null) {
      return SelectStatement.NOTHING;
    }
    Column column = request.table().column(method.key()).orElseThrow();
    return SelectStatement.when(
        start == null
            ? new SqlText(SelectStatement.reference(column.name()) + " IS NOT NULL", List.of())
            : SelectStatement.compare(column, ">=", KeyBounds.start(start, method.overlap())),
        RowMark.RECENT);
  }

  private List<String> last(RecordBatch rows) {
    List<Column> columns = request.table().columns();
    List<String> last = new ArrayList<>();
    for (Column column : key.columns()) {
      last.add(KeyText.of(rows.column(columns.indexOf(column)), rows.rowCount() - 1));
    }
    return last;
  }
}
