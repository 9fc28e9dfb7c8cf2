package dev.bobbin.benchmarks;

import java.sql.SQLException;

/**
 * A table of 13 columns of the types that applications use; 2 million rows are about 500 MB.
 *
 * @param ddl what makes it
 */
record ShopTable(ShopDdl ddl) implements DataSet {

  private static final String TABLE = "shop";
  private static final String SMALL = "shop_small";
  private static final long SMALL_ROWS = 100_000;

  @Override
  public Product product() {
    return ddl.product();
  }

  @Override
  public long defaultRows() {
    return 2_000_000;
  }

  @Override
  public void create(DatabaseServer server, String database, long rows) throws SQLException {
    server.execute(database, ddl.table(SMALL, Math.min(SMALL_ROWS, rows)));
    server.execute(database, ddl.table(TABLE, rows));
    server.execute(database, ddl.atRest());
  }

  @Override
  public Work work(long rows) {
    return Work.of(TABLE, rows, SMALL, Math.min(SMALL_ROWS, rows));
  }
}
