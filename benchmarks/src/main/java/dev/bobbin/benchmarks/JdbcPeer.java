package dev.bobbin.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;

/** A loop over a JDBC result, as one writes it by hand; it streams, and its getters are typed. */
final class JdbcPeer implements Peer {

  static final int FETCH_SIZE = 10_000;

  @Override
  public Copied copy(Source source, String table, long rows) throws Exception {
    long count = 0;
    long sum = 0;
    try (Connection connection = source.connect()) {
      connection.setAutoCommit(false); // with it, the driver would not use a cursor
      try (PreparedStatement statement = connection.prepareStatement("SELECT * FROM " + table)) {
        statement.setFetchSize(FETCH_SIZE);
        try (ResultSet result = statement.executeQuery()) {
          while (result.next()) {
            count++;
            sum += ShopRow.of(result).sum();
          }
        }
      }
      connection.commit();
    }
    return new Copied(count, sum);
  }
}
