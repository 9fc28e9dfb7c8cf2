package dev.bobbin.dialect.mysql;

import java.util.Locale;
import java.util.Objects;

/**
 * What INFORMATION_SCHEMA.COLUMNS says about a column's type.
 *
 * @param dataType DATA_TYPE
 * @param columnType COLUMN_TYPE: the same with lengths, signs and comments
 * @param characterSet CHARACTER_SET_NAME; empty where there is none
 * @param collation COLLATION_NAME; empty where there is none
 * @param json whether it is what MariaDB makes of JSON: a longtext with the check {@code
 *     json_valid(column)}
 */
record TypeFacts(
    String dataType, String columnType, String characterSet, String collation, boolean json) {

  TypeFacts {
    dataType = dataType.toLowerCase(Locale.ROOT);
    columnType = columnType.toLowerCase(Locale.ROOT);
    Objects.requireNonNull(characterSet);
    Objects.requireNonNull(collation);
  }

  /** Whether it is a number without a sign. */
  boolean unsigned() {
    int end = columnType.indexOf(')');
    String modifiers = columnType.substring(end + 1);
    return modifiers.contains("unsigned") || modifiers.contains("zerofill");
  }

  /**
   * The number at a place between the parentheses, such as the scale of {@code decimal(10,2)}.
   *
   * @param index of the number, from 0
   * @param absent what is returned where there is none
   */
  int modifier(int index, int absent) {
    int open = columnType.indexOf('(');
    int close = columnType.indexOf(')', open);
    if (open < 0 || close < 0) {
      return absent;
    }
    String[] numbers = columnType.substring(open + 1, close).split(",", -1);
    return index < numbers.length ? Integer.parseInt(numbers[index].trim()) : absent;
  }
}
