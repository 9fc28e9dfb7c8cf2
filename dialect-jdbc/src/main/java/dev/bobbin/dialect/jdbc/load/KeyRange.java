package dev.bobbin.dialect.jdbc.load;

import dev.bobbin.catalog.Column;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows whose key lies between two bounds, as the server orders keys. A bound is the text of each of
 * the key's first columns; an empty one leaves the range open on its side.
 *
 * @param from at or above which keys are
 * @param below below which keys are
 */
public record KeyRange(List<String> from, List<String> below) {

  /** All keys. */
  public static final KeyRange ALL = new KeyRange(List.of(), List.of());

  /** Copies the bounds. */
  public KeyRange {
    from = List.copyOf(from);
    below = List.copyOf(below);
  }

  /** The condition that a key is in the range; empty where all are. */
  public SqlText condition(List<Column> key, KeySql sql) {
    return condition(key, List.of(), sql);
  }

  /**
   * The condition that a key is in the range, and above another.
   *
   * @param key the columns of the key
   * @param last a key of the range; empty for none
   * @param sql how the database writes it
   */
  public SqlText condition(List<Column> key, List<String> last, KeySql sql) {
    List<Object> parameters = new ArrayList<>();
    List<String> conditions = new ArrayList<>();
    if (!last.isEmpty()) {
      conditions.add(compare(key, last, ">", ">", parameters, sql));
    } else if (!from.isEmpty()) {
      conditions.add(compare(key, from, ">", ">=", parameters, sql));
    }
    if (!below.isEmpty()) {
      conditions.add(compare(key, below, "<", "<", parameters, sql));
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
      List<Object> parameters,
      KeySql sql) {
    StringBuilder text = new StringBuilder();
    if (bound.size() > 1 && sql.saysFirstColumn()) {
      SqlText first = sql.compare(key.get(0), strict + "=", sql.operand(key.get(0), bound.get(0)));
      parameters.addAll(first.parameters());
      text.append(first.text()).append(" AND ");
    }
    for (int i = 0; i < bound.size(); i++) {
      String column = sql.reference(key.get(i).name());
      SqlText value = sql.operand(key.get(i), bound.get(i));
      boolean last = i == bound.size() - 1;
      parameters.addAll(value.parameters());
      text.append(last ? "" : "(").append(column);
      text.append(' ').append(last ? operator : strict).append(' ').append(value.text());
      if (!last) {
        parameters.addAll(value.parameters());
        text.append(" OR (").append(column).append(" = ").append(value.text()).append(" AND ");
      }
    }
    return text.append("))".repeat(bound.size() - 1)).toString();
  }
}
