package dev.bobbin.dialect.jdbc.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A statement and the values of its parameters: values from outside are never part of the text.
 *
 * @param text with a {@code ?} for each parameter
 * @param parameters values that the dialect knows how to bind
 */
public record SqlText(String text, List<Object> parameters) {

  /** No condition, no mark. */
  public static final SqlText NOTHING = new SqlText("", List.of());

  /** Copies the parameters. */
  public SqlText {
    Objects.requireNonNull(text);
    parameters = List.copyOf(parameters);
  }

  /** Whether it says nothing. */
  public boolean isEmpty() {
    return text.isEmpty();
  }

  /** This as a WHERE clause; nothing where it is empty. */
  public String where() {
    return text.isEmpty() ? "" : " WHERE " + text;
  }

  /**
   * Marks of rows.
   *
   * @param condition which rows
   * @param mark the bits of the rows for which it is true
   */
  public static SqlText when(SqlText condition, int mark) {
    return new SqlText(
        "CASE WHEN " + condition.text() + " THEN " + mark + " ELSE 0 END", condition.parameters());
  }

  /** The sum of marks; empty where there is none. */
  public static SqlText sum(List<SqlText> marks) {
    return joined(marks, " + ");
  }

  /** Texts that are not empty, with something between them. */
  public static SqlText joined(List<SqlText> parts, String between) {
    List<Object> parameters = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (SqlText part : parts) {
      if (!part.isEmpty()) {
        texts.add(part.text());
        parameters.addAll(part.parameters());
      }
    }
    return new SqlText(String.join(between, texts), parameters);
  }
}
