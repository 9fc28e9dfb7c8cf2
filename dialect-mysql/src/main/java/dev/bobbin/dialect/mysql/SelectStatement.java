package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The SELECT over the columns of a table, which statements of scans are made from. */
final class SelectStatement {

  private static final String ALIAS = "`t`";

  /** No condition, no mark. */
  static final SqlText NOTHING = new SqlText("", List.of());

  private final Table table;

  SelectStatement(Table table) {
    this.table = table;
  }

  /** The quoted reference to a column of the table, whatever the names of the results are. */
  static String reference(String column) {
    return ALIAS + "." + MySqlSql.identifier(column);
  }

  /**
   * The statement.
   *
   * @param mark a number that each row ends with; empty for none
   * @param indexOrNull the index to read by; null to leave that to the server
   * @param condition which rows; empty for all
   * @param end what follows the condition
   */
  SqlText of(SqlText mark, @Nullable String indexOrNull, SqlText condition, String end) {
    String columns =
        table.columns().stream().map(SelectedColumn::expression).collect(Collectors.joining(", "));
    List<Object> parameters = new ArrayList<>(mark.parameters());
    parameters.addAll(condition.parameters());
    return new SqlText(
        "SELECT "
            + columns
            + (mark.text().isEmpty() ? "" : ", " + mark.text())
            + from(table, indexOrNull)
            + (condition.text().isEmpty() ? "" : " WHERE " + condition.text())
            + end,
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

  /** The ORDER BY clause. */
  static String orderBy(List<Column> columns, String direction) {
    return columns.stream()
        .map(column -> reference(column.name()) + direction)
        .collect(Collectors.joining(", ", " ORDER BY ", ""));
  }

  /**
   * Marks of rows.
   *
   * @param mark the bits of the rows for which the condition is true
   */
  static SqlText when(SqlText condition, int mark) {
    return new SqlText(
        "CASE WHEN " + condition.text() + " THEN " + mark + " ELSE 0 END", condition.parameters());
  }

  /** The sum of marks; empty where there is none. */
  static SqlText sum(List<SqlText> marks) {
    List<Object> parameters = new ArrayList<>();
    marks.forEach(mark -> parameters.addAll(mark.parameters()));
    return new SqlText(
        marks.stream().map(SqlText::text).collect(Collectors.joining(" + ")), parameters);
  }

  /** A column compared with something. */
  static SqlText compare(Column column, String operator, SqlText other) {
    return new SqlText(
        reference(column.name()) + " " + operator + " " + other.text(), other.parameters());
  }
}
