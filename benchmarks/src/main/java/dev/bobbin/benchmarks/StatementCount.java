package dev.bobbin.benchmarks;

import java.util.Locale;

/**
 * How many statements a server got.
 *
 * @param statements all but the fetches
 * @param queries those among them that ask for rows
 * @param fetches how often it was asked for more rows of a query
 */
record StatementCount(long statements, long queries, long fetches) {

  @Override
  public String toString() {
    String all =
        String.format(Locale.ROOT, "%d statements, %d of them queries", statements, queries);
    return fetches == 0
        ? all
        : String.format(Locale.ROOT, "%s, whose rows come with %d more fetches", all, fetches);
  }
}
