package dev.bobbin.dialect.mysql;

/** Dates and times in the text that the server makes of them, for those that Java cannot hold. */
final class MySqlText {

  private MySqlText() {}

  /** {@code 2020-00-10}. */
  static String date(int year, int month, int day) {
    return padded(new StringBuilder(), year, 4)
        .append('-')
        .append(two(month))
        .append('-')
        .append(two(day))
        .toString();
  }

  /**
   * {@code -838:59:59.000000}.
   *
   * @param micros beyond the second
   * @param decimals of the column, 0 to 6
   */
  static String time(
      boolean negative, int hours, int minutes, int seconds, int micros, int decimals) {
    StringBuilder text = new StringBuilder(negative ? "-" : "");
    padded(text, hours, 2).append(':').append(two(minutes)).append(':').append(two(seconds));
    if (decimals > 0) {
      int fraction = text.append('.').length();
      padded(text, micros, 6).setLength(fraction + decimals);
    }
    return text.toString();
  }

  private static String two(int number) {
    return padded(new StringBuilder(), number, 2).toString();
  }

  private static StringBuilder padded(StringBuilder to, int number, int digits) {
    String text = Integer.toString(number);
    return to.append("0".repeat(Math.max(0, digits - text.length()))).append(text);
  }
}
