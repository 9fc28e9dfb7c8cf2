package dev.bobbin.benchmarks;

import java.util.List;

/**
 * What a peer is timed at.
 *
 * @param table the table, in the schema public
 * @param rows how many rows it has; what a peer returns must be the same
 * @param warmUpTable a small one of the same shape that is read first
 * @param warmUpRows its rows; 0 for no warm-up
 */
record Work(String table, long rows, String warmUpTable, long warmUpRows) {

  /** The form that {@link #parse} reads. */
  List<String> arguments() {
    return List.of(table, Long.toString(rows), warmUpTable, Long.toString(warmUpRows));
  }

  Work withoutWarmUp() {
    return new Work(table, rows, warmUpTable, 0);
  }

  static Work parse(List<String> arguments) {
    return new Work(
        arguments.get(0),
        Long.parseLong(arguments.get(1)),
        arguments.get(2),
        Long.parseLong(arguments.get(3)));
  }
}
