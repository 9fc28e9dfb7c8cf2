package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.jdbc.load.ScanSql;
import dev.bobbin.dialect.jdbc.load.SqlText;
import dev.bobbin.record.ColumnVector;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.state.Bookmark;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The statements of scans as MySQL and MariaDB write them. */
enum MySqlScanSql implements ScanSql {
  INSTANCE;

  private static final String ALIAS = "`t`";
  private static final SqlText NO_ROW = new SqlText("FALSE", List.of());

  /** The quoted reference to a column of the table, whatever the names of the results are. */
  @Override
  public String reference(String column) {
    return ALIAS + "." + MySqlSql.identifier(column);
  }

  @Override
  public String text(ColumnVector keys, int row) {
    return KeyText.of(keys, row);
  }

  @Override
  public SqlText operand(Column column, String text) {
    return KeyText.operand(column.type(), text);
  }

  @Override
  public SqlText select(
      Table table,
      SqlText mark,
      @Nullable String indexOrNull,
      SqlText condition,
      String orderBy,
      boolean one) {
    String columns =
        table.columns().stream().map(SelectedColumn::expression).collect(Collectors.joining(", "));
    List<Object> parameters = new ArrayList<>(mark.parameters());
    parameters.addAll(condition.parameters());
    return new SqlText(
        "SELECT "
            + columns
            + (mark.isEmpty() ? "" : ", " + mark.text())
            + from(table, indexOrNull)
            + condition.where()
            + orderBy
            + (one ? " LIMIT 1" : ""),
        parameters);
  }

  /** The FROM clause. */
  static String from(Table table, @Nullable String indexOrNull) {
    return " FROM "
        + MySqlSql.table(table.id())
        + " AS "
        + ALIAS
        + (indexOrNull == null ? "" : " FORCE INDEX (" + MySqlSql.identifier(indexOrNull) + ")");
  }

  @Override
  public SqlText noRow() {
    return NO_ROW;
  }

  @Override
  public Optional<SqlText> dayAhead(Column key) {
    return KeyBounds.dayAhead(key.type()).map(limit -> new SqlText(limit, List.of()));
  }

  @Override
  public SqlText start(Column key, Bookmark bookmark, Overlap overlap) {
    return KeyBounds.start(bookmark, overlap);
  }
}
