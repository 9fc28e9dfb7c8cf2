package dev.bobbin.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;

/**
 * A loop over a JDBC result, as one writes it by hand, with getters that fit the columns.
 *
 * @param fetchSize what makes the driver stream, or not
 */
record JdbcPeer(int fetchSize) implements Peer {

  /** With it PostgreSQL's driver reads by a cursor, so many rows at a time. */
  static final int BY_CURSOR = 10_000;

  /** With it Connector/J takes rows as they come. */
  static final int STREAMING = Integer.MIN_VALUE;

  /** With it both drivers hold the whole result in memory before they give the first row. */
  static final int BUFFERED = 0;

  @Override
  public Copied copy(Source source, String table, long rows) throws Exception {
    long count = 0;
    long sum = 0;
    try (Connection connection = source.connect()) {
      connection.setAutoCommit(false); // with it, PostgreSQL's driver would not use a cursor
      try (PreparedStatement statement = connection.prepareStatement("SELECT * FROM " + table)) {
        statement.setFetchSize(fetchSize);
        try (ResultSet result = statement.executeQuery()) {
          while (result.next()) {
            count++;
            sum += ShopRow.of(result, source.product()).sum();
          }
        }
      }
      connection.commit();
    }
    return new Copied(count, sum);
  }
}
