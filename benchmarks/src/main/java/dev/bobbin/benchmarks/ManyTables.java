package dev.bobbin.benchmarks;

import dev.bobbin.testservers.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** Many tables of 20 columns, and no rows: what is counted as rows are the tables. */
final class ManyTables implements DataSet {

  private static final int AT_ONCE = 100;

  private static final String TABLE =
      """
      CREATE TABLE t%d (
        id bigint PRIMARY KEY, a1 integer NOT NULL, a2 smallint, a3 bigint, a4 numeric(12,2),
        b1 text NOT NULL, b2 varchar(40), b3 char(2), b4 text, b5 text,
        c1 timestamptz NOT NULL, c2 timestamp, c3 date, c4 time, c5 interval,
        d1 boolean, d2 uuid, d3 jsonb, d4 bytea, d5 integer[]
      );
      """;

  @Override
  public long defaultRows() {
    return 10_000;
  }

  @Override
  public void create(PostgresServer server, String database, long rows) throws SQLException {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      for (long first = 1; first <= rows; first += AT_ONCE) {
        StringBuilder sql = new StringBuilder();
        for (long table = first; table < Math.min(first + AT_ONCE, rows + 1); table++) {
          sql.append(TABLE.formatted(table));
        }
        statement.execute(sql.toString());
      }
    }
    server.execute(database, "VACUUM (ANALYZE)", "CHECKPOINT");
  }

  @Override
  public Work work(long rows) {
    return Work.of("*", rows, "*", rows);
  }
}
