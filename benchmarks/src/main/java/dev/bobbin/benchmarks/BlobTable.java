package dev.bobbin.benchmarks;

import java.sql.SQLException;

/** A table of large values: a megabyte each, stored out of line and not compressed. */
final class BlobTable implements DataSet {

  private static final String TABLE = "blobs";
  private static final String SMALL = "blobs_small";
  private static final long SMALL_ROWS = 40;

  @Override
  public Product product() {
    return Product.POSTGRES;
  }

  @Override
  public long defaultRows() {
    return 400;
  }

  @Override
  public void create(DatabaseServer server, String database, long rows) throws SQLException {
    create(server, database, SMALL, Math.min(SMALL_ROWS, rows));
    create(server, database, TABLE, rows);
    server.execute(database, "CHECKPOINT");
  }

  private static void create(DatabaseServer server, String database, String table, long rows)
      throws SQLException {
    server.execute(
        database,
        "CREATE TABLE " + table + " (id bigint PRIMARY KEY, content bytea NOT NULL)",
        "ALTER TABLE " + table + " ALTER COLUMN content SET STORAGE EXTERNAL",
        "INSERT INTO "
            + table
            + " SELECT n, convert_to(repeat(md5(n::text), 32768), 'UTF8') FROM generate_series(1::bigint, "
            + rows
            + ") n",
        "VACUUM (FREEZE, ANALYZE) " + table);
  }

  @Override
  public Work work(long rows) {
    return Work.of(TABLE, rows, SMALL, Math.min(SMALL_ROWS, rows));
  }
}
