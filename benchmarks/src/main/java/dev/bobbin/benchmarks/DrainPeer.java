package dev.bobbin.benchmarks;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;

/** A result that Connector/J streams and nobody looks at: stands in where there is no mysql. */
final class DrainPeer implements Peer {

  @Override
  public Copied copy(Source source, String table, long rows) throws Exception {
    long count = 0;
    long sum = 0;
    try (Connection connection = source.connect();
        Statement statement = connection.createStatement()) {
      statement.setFetchSize(JdbcPeer.STREAMING);
      try (ResultSet result = statement.executeQuery("SELECT * FROM " + table)) {
        while (result.next()) {
          count++;
          sum += result.getLong(1);
        }
      }
    }
    return new Copied(count, sum);
  }
}
