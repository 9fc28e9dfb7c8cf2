package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.postgres.CopyPass.End;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The COPY statements that read the columns of one table. */
final class CopyStatement {

  /** The quoted name of the row in conditions. */
  static final String ROW = "bobbin_row";

  private final Table table;
  private final boolean anyBytes;

  /**
   * Statements.
   *
   * @param table with the columns to read
   * @param anyBytes whether texts can be any bytes, as in a database in SQL_ASCII
   */
  CopyStatement(Table table, boolean anyBytes) {
    this.table = table;
    this.anyBytes = anyBytes;
  }

  /** The quoted reference to a column of the row. */
  static String reference(String column) {
    return ROW + '.' + PostgresSql.identifier(column);
  }

  /** The table itself as the source of a SELECT. */
  String source() {
    return PostgresSql.table(table.id());
  }

  /**
   * What rows end with where they need no mark: a SELECT without an expression fails before 9.4.
   */
  End plainEnd() {
    return table.columns().isEmpty() ? End.FILLER : End.NONE;
  }

  /**
   * The statement.
   *
   * @param source what to read
   * @param last an expression that each row ends with; empty for none
   * @param rest the conditions and the order, with a space before
   */
  String of(String source, String last, String rest) {
    List<String> expressions = new ArrayList<>();
    for (Column column : table.columns()) {
      expressions.add(SelectedColumn.expression(column, reference(column.name()), anyBytes));
    }
    if (!last.isEmpty()) {
      expressions.add(last);
    } else if (expressions.isEmpty()) {
      expressions.add("0::int2");
    }
    return "COPY (SELECT "
        + String.join(", ", expressions)
        + " FROM "
        + source
        + " AS "
        + ROW
        + rest
        + ") TO STDOUT (FORMAT binary)";
  }

  /**
   * SET LOCAL commands that a statement needs in its transaction. The search path holds the schema
   * of the key's type, without which comparisons with constants would not find an extension's
   * operators and fall back to those of text; the rest fixes how values that come as text are
   * written.
   *
   * @param key the column that is compared; null for none
   */
  static String settings(@Nullable Column key) {
    String path = "pg_catalog";
    if (key != null) {
      List<String> type = PostgresSql.typeName(key.nativeType());
      if (type.size() == 2) {
        path += ", " + PostgresSql.identifier(type.get(0));
      }
    }
    return "SET LOCAL search_path = "
        + path
        + "; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres'"
        + "; SET LOCAL TimeZone = 'UTC'; SET LOCAL extra_float_digits = 3"
        + "; SET LOCAL bytea_output = 'hex'; SET LOCAL xmlbinary = 'base64'";
  }
}
