package dev.bobbin.benchmarks;

import java.sql.SQLException;

/** Tables of 1,000 rows that nobody changes: what is counted as rows are the tables. */
final class IdleTables implements DataSet {

  @Override
  public Product product() {
    return Product.POSTGRES;
  }

  @Override
  public long defaultRows() {
    return 100;
  }

  @Override
  public void create(DatabaseServer server, String database, long rows) throws SQLException {
    for (long table = 1; table <= rows; table++) {
      server.execute(
          database,
          "CREATE TABLE idle_"
              + table
              + " AS SELECT n AS id, md5(n::text) AS note FROM generate_series(1, 1000) n",
          "ALTER TABLE idle_" + table + " ADD PRIMARY KEY (id)");
    }
    server.execute(database, "VACUUM (FREEZE, ANALYZE)", "CHECKPOINT");
  }

  @Override
  public Work work(long rows) {
    return Work.of("idle_*", rows, "idle_*", rows);
  }
}
