package dev.bobbin.benchmarks;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * Many tables, and no rows: what is counted as rows are the tables.
 *
 * @param columns of each table
 * @param atRest what leaves the server nothing to do when all tables are there
 */
record ManyTables(Product product, String columns, List<String> atRest) implements DataSet {

  private static final int AT_ONCE = 100;

  /** Of 20 columns each. */
  static ManyTables postgres() {
    return new ManyTables(
        Product.POSTGRES,
        """
        (
          id bigint PRIMARY KEY, a1 integer NOT NULL, a2 smallint, a3 bigint, a4 numeric(12,2),
          b1 text NOT NULL, b2 varchar(40), b3 char(2), b4 text, b5 text,
          c1 timestamptz NOT NULL, c2 timestamp, c3 date, c4 time, c5 interval,
          d1 boolean, d2 uuid, d3 jsonb, d4 bytea, d5 integer[]
        )
        """,
        List.of("VACUUM (ANALYZE)", "CHECKPOINT"));
  }

  /** Of 10 columns each. */
  static ManyTables mySql() {
    return new ManyTables(
        Product.MYSQL,
        """
        (
          id bigint PRIMARY KEY, a1 int NOT NULL, a2 decimal(12,2), a3 tinyint(1),
          b1 varchar(40) NOT NULL, b2 text, c1 timestamp(6) NULL, c2 datetime, c3 date, d1 json
        )
        """,
        List.of());
  }

  @Override
  public long defaultRows() {
    return 10_000;
  }

  @Override
  public void create(DatabaseServer server, String database, long rows) throws SQLException {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      for (long first = 1; first <= rows; first += AT_ONCE) {
        for (long table = first; table < Math.min(first + AT_ONCE, rows + 1); table++) {
          statement.addBatch("CREATE TABLE t" + table + " " + columns);
        }
        statement.executeBatch();
      }
    }
    server.execute(database, atRest.toArray(String[]::new));
  }

  @Override
  public Work work(long rows) {
    return Work.of("*", rows, "*", rows);
  }
}
