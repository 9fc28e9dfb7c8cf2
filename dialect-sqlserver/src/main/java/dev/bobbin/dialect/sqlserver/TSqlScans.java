package dev.bobbin.dialect.sqlserver;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.jdbc.load.ScanSql;
import dev.bobbin.dialect.jdbc.load.SqlText;
import dev.bobbin.record.ColumnVector;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.state.Bookmark;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The statements of scans of one table, as T-SQL writes them, at one moment of the server's.
 *
 * @param kind what the server is
 * @param now the server's time in UTC
 * @param collations by the names of columns, the collations of texts in a code page
 * @param activeOrNull the lowest rowversion that may still be committed, as {@link KeyText} writes
 *     it; null where the server does not tell
 * @param inMemory whether the table is memory-optimized
 */
record TSqlScans(
    ServerKind kind,
    LocalDateTime now,
    Map<String, String> collations,
    @Nullable String activeOrNull,
    boolean inMemory)
    implements ScanSql {

  private static final String ALIAS = "[t]";
  private static final SqlText NO_ROW = new SqlText("1 = 0", List.of());

  /** The quoted reference to a column of the table. */
  @Override
  public String reference(String column) {
    return referenceTo(column);
  }

  static String referenceTo(String column) {
    return ALIAS + "." + TSql.identifier(column);
  }

  @Override
  public String text(ColumnVector keys, int row) {
    return KeyText.of(keys, row);
  }

  @Override
  public SqlText operand(Column column, String text) {
    // In Babelfish every varchar is in UTF-8.
    String collation = kind.babelfish() ? "" : collations.getOrDefault(column.name(), "");
    return KeyText.operand(column, collation, text);
  }

  /** Of {@code a > 1 OR (a = 1 AND b > 2)} alone the optimizers make no range. */
  @Override
  public boolean saysFirstColumn() {
    return true;
  }

  @Override
  public SqlText select(
      Table table,
      SqlText mark,
      @Nullable String indexOrNull,
      SqlText condition,
      String orderBy,
      boolean one) {
    List<String> values = new ArrayList<>();
    for (Column column : table.columns()) {
      values.addAll(SelectedColumn.expressions(column, kind));
    }
    if (!mark.isEmpty()) {
      values.add(mark.text());
    }
    List<Object> parameters = new ArrayList<>(mark.parameters());
    parameters.addAll(condition.parameters());
    return new SqlText(
        "SELECT "
            + (one ? "TOP (1) " : "")
            + String.join(", ", values)
            + from(table, indexOrNull)
            + condition.where()
            + orderBy,
        parameters);
  }

  /**
   * The FROM clause. Babelfish has no hints that name an index, nor has a view; of memory-optimized
   * tables a transaction sees a snapshot where that is said for each.
   */
  String from(Table table, @Nullable String indexOrNull) {
    List<String> hints = new ArrayList<>();
    if (inMemory) {
      hints.add("SNAPSHOT");
    }
    if (indexOrNull != null && !kind.babelfish() && table.kind() != Table.Kind.VIEW) {
      hints.add("INDEX (" + TSql.identifier(indexOrNull) + ")");
    }
    return " FROM "
        + TSql.table(table.id())
        + " AS "
        + ALIAS
        + (hints.isEmpty() ? "" : " WITH (" + String.join(", ", hints) + ")");
  }

  /**
   * The statement of keys that are some rows apart, as the server orders them.
   *
   * @param table with just the columns of the key
   * @param percent of which part of the table's pages; 100 for all
   */
  SqlText everyNth(Table table, List<Column> key, long rows, double percent) {
    String columns =
        key.stream().map(c -> TSql.identifier(c.name())).collect(Collectors.joining(", "));
    String sample =
        percent >= 100 || kind.babelfish() || inMemory
            ? ""
            : " TABLESAMPLE SYSTEM (" + Double.toString(percent) + " PERCENT)";
    return new SqlText(
        "SELECT "
            + columns
            + " FROM (SELECT "
            + columns
            + ", ROW_NUMBER() OVER (ORDER BY "
            + columns
            + ") AS [bobbin n] FROM "
            + TSql.table(table.id())
            + sample
            + ") AS "
            + ALIAS
            + " WHERE [bobbin n] % ? = 0 ORDER BY [bobbin n]",
        List.of(Parameter.number(rows)));
  }

  @Override
  public SqlText noRow() {
    return NO_ROW;
  }

  @Override
  public Optional<SqlText> dayAhead(Column key) {
    return KeyBounds.dayAhead(key, now).map(limit -> operand(key, limit));
  }

  /**
   * Of a rowversion: below those that may still be committed, since one that is read above them is
   * not read again.
   */
  @Override
  public SqlText settled(Column key) {
    return activeOrNull == null || !key.nativeType().equals("rowversion")
        ? SqlText.NOTHING
        : compare(key, "<", operand(key, activeOrNull));
  }

  @Override
  public SqlText start(Column key, Bookmark bookmark, Overlap overlap) {
    return operand(key, KeyBounds.start(bookmark, overlap));
  }
}
