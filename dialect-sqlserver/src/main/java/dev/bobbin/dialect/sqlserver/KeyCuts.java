package dev.bobbin.dialect.sqlserver;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.jdbc.CursorPlan;
import dev.bobbin.dialect.jdbc.load.KeyRange;
import dev.bobbin.dialect.jdbc.load.LoadKey;
import dev.bobbin.dialect.jdbc.load.ScanQuery;
import dev.bobbin.dialect.jdbc.load.SqlText;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.record.ColumnVector;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceBatch;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where a table is cut into ranges of about as many rows each: at keys that the server counts off
 * in its own order, of a sample of the pages where there are many rows.
 */
final class KeyCuts {

  /** So many rows are counted in a second or so; of more a sample is. */
  private static final long MOST_COUNTED = 4_000_000;

  private static final double PERCENT = 100;
  private static final double FINEST = 0.01;

  private final Table table;
  private final Table keys;
  private final List<Column> columns;
  private final TSqlScans scans;
  private final TableOpening opening;
  private final ReadTransaction transaction;

  KeyCuts(LoadKey key, TSqlScans scans, TableOpening opening, ReadTransaction transaction) {
    Table table = opening.table();
    this.table = table;
    this.keys =
        table.withColumns(key.columns().stream().map(Column::name).collect(Collectors.toSet()));
    this.columns = key.columns();
    this.scans = scans;
    this.opening = opening;
    this.transaction = transaction;
  }

  /** Whether there is a row. */
  boolean hasRows() {
    SqlText any = scans.select(keys, SqlText.NOTHING, null, SqlText.NOTHING, "", true);
    return !read(any).isEmpty();
  }

  /** How many rows there are, where no statistics tell. */
  long count() throws SQLException {
    long[] rows = {0};
    StructureSync.query(
        transaction,
        new SqlText("SELECT COUNT_BIG(*)" + scans.from(table, null), List.of()),
        row -> rows[0] = row.getLong(1));
    return rows[0];
  }

  /**
   * The ranges, in order; the first one is open below, and the last one above.
   *
   * @param rows about how many there are
   * @param parts about how many ranges there are to be
   */
  List<KeyRange> ranges(long rows, int parts) {
    double percent =
        rows <= MOST_COUNTED || scans.kind().babelfish()
            ? PERCENT
            : Math.max(FINEST, PERCENT * MOST_COUNTED / rows / 10);
    long step = Math.max(1, (long) (rows * (percent / PERCENT) / parts));
    List<KeyRange> ranges = new ArrayList<>();
    List<String> from = List.of();
    for (List<String> cut : read(scans.everyNth(keys, columns, step, percent))) {
      ranges.add(new KeyRange(from, cut));
      from = cut;
    }
    ranges.add(new KeyRange(from, List.of()));
    return ranges;
  }

  private List<List<String>> read(SqlText sql) {
    CursorPlan plan = new CursorPlan(false, scans::bookmark, rows -> null, false, null, List.of());
    TableScan scan = new TableScan(keys, TableScan.ALL, new ScanRange.WholeTable());
    List<List<String>> found = new ArrayList<>();
    try (BatchReader reader = opening.glance(transaction, scan, new ScanQuery(sql, plan))) {
      for (Optional<SourceBatch> next = reader.next(); next.isPresent(); next = reader.next()) {
        RecordBatch rows = next.get().rows();
        for (int row = 0; row < rows.rowCount(); row++) {
          found.add(key(rows, row));
        }
      }
    }
    return found;
  }

  private List<String> key(RecordBatch rows, int row) {
    List<String> key = new ArrayList<>();
    for (Column column : columns) {
      ColumnVector values = rows.column(column.name());
      key.add(scans.text(values, row));
    }
    return key;
  }
}
