package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.Column;
import dev.bobbin.dialect.mysql.KeyText.Operand;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows whose key lies between two bounds, as the server orders keys. A bound is the text of each of
 * the key's first columns; an empty one leaves the range open on its side.
 *
 * @param from at or above which keys are
 * @param below below which keys are
 */
record KeyRange(List<String> from, List<String> below) {

  /** All keys. */
  static final KeyRange ALL = new KeyRange(List.of(), List.of());

  KeyRange {
    from = List.copyOf(from);
    below = List.copyOf(below);
  }

  /** The condition that a key is in the range; empty where all are. */
  SqlText condition(List<Column> key) {
    return condition(key, List.of());
  }

  /**
   * The condition that a key is in the range, and above another.
   *
   * @param key the columns of the key
   * @param last a key of the range; empty for none
   */
  SqlText condition(List<Column> key, List<String> last) {
    List<Object> parameters = new ArrayList<>();
    List<String> conditions = new ArrayList<>();
    if (!last.isEmpty()) {
      conditions.add(compare(key, last, ">", ">", parameters));
    } else if (!from.isEmpty()) {
      conditions.add(compare(key, from, ">", ">=", parameters));
    }
    if (!below.isEmpty()) {
      conditions.add(compare(key, below, "<", "<", parameters));
    }
    return new SqlText(String.join(" AND ", conditions), parameters);
  }

  /**
   * A comparison of rows, written out: of {@code (a, b) > (?, ?)} the optimizer makes no range.
   *
   * @param strict the operator for all columns but the last
   * @param operator the operator for the last column
   */
  private static String compare(
      List<Column> key,
      List<String> bound,
      String strict,
      String operator,
      List<Object> parameters) {
    StringBuilder sql = new StringBuilder();
    for (int i = 0; i < bound.size(); i++) {
      String column = SelectStatement.reference(key.get(i).name());
      Operand value = KeyText.operand(key.get(i).type(), bound.get(i));
      boolean last = i == bound.size() - 1;
      parameters.add(value.parameter());
      sql.append(last ? "" : "(").append(column);
      sql.append(' ').append(last ? operator : strict).append(' ').append(value.sql());
      if (!last) {
        parameters.add(value.parameter());
        sql.append(" OR (").append(column).append(" = ").append(value.sql()).append(" AND ");
      }
    }
    return sql.append("))".repeat(bound.size() - 1)).toString();
  }
}
