package dev.bobbin.benchmarks;

import java.util.List;

/**
 * What a peer is timed at.
 *
 * @param table the table, in the schema public
 * @param rows how many rows it has; what a peer returns must be the same
 * @param warmUpTable a small one of the same shape that is read first
 * @param warmUpRows its rows
 * @param warmUpSeconds for how long it is read again and again, but at least once; less than 0 for
 *     no warm-up
 */
record Work(String table, long rows, String warmUpTable, long warmUpRows, int warmUpSeconds) {

  /** So long that what the compilers have to do is done. */
  private static final int ENOUGH = 5;

  private static final int NONE = -1;

  static Work of(String table, long rows, String warmUpTable, long warmUpRows) {
    return new Work(table, rows, warmUpTable, warmUpRows, ENOUGH);
  }

  Work withoutWarmUp() {
    return new Work(table, rows, warmUpTable, warmUpRows, NONE);
  }

  /** With a warm-up that reads the small table just once. */
  Work hasty() {
    return new Work(table, rows, warmUpTable, warmUpRows, 0);
  }

  boolean hasWarmUp() {
    return warmUpSeconds > NONE;
  }

  /** The form that {@link #parse} reads. */
  List<String> arguments() {
    return List.of(
        table,
        Long.toString(rows),
        warmUpTable,
        Long.toString(warmUpRows),
        Integer.toString(warmUpSeconds));
  }

  static Work parse(List<String> arguments) {
    return new Work(
        arguments.get(0),
        Long.parseLong(arguments.get(1)),
        arguments.get(2),
        Long.parseLong(arguments.get(3)),
        Integer.parseInt(arguments.get(4)));
  }
}
