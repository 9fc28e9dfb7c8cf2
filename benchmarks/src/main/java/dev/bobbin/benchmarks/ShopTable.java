package dev.bobbin.benchmarks;

import dev.bobbin.testservers.PostgresServer;
import java.sql.SQLException;

/** A table of 13 columns of the types that applications use; 2 million rows are 496 MB. */
final class ShopTable implements DataSet {

  private static final String TABLE = "shop";
  private static final String SMALL = "shop_small";
  private static final long SMALL_ROWS = 100_000;

  private static final String COLUMNS =
      """
      (
        id bigint NOT NULL,
        customer integer NOT NULL,
        quantity smallint NOT NULL,
        price numeric(12,2) NOT NULL,
        weight double precision NOT NULL,
        paid boolean NOT NULL,
        created_at timestamptz NOT NULL,
        shipped_at timestamp,
        day date NOT NULL,
        token uuid NOT NULL,
        city text NOT NULL,
        note text NOT NULL,
        details jsonb
      )
      """;

  private static final String VALUES =
      """
      SELECT
        n,
        n * 7919 % 100003,
        n % 50,
        (n * 37 % 10000000)::numeric / 100,
        sqrt(n),
        n % 3 = 0,
        timestamptz '2024-01-01 00:00:00Z' + n * interval '7.000013 seconds',
        CASE WHEN n % 8 > 0 THEN timestamp '2024-01-02' + n * interval '7.5 seconds' END,
        date '2020-01-01' + (n % 2000)::int,
        md5(n::text)::uuid,
        (ARRAY['Amsterdam', 'Genève', 'Kraków', 'London', 'Oslo', 'Paris', 'Wien', 'Zürich'])[1 + n % 8],
        'Ordered by telephone, to be called back: ' || md5((n + 1)::text) || md5((n + 2)::text),
        CASE WHEN n % 4 > 0 THEN jsonb_build_object('size', n % 10, 'colour', 'blue') END
      """;

  @Override
  public long defaultRows() {
    return 2_000_000;
  }

  @Override
  public void create(PostgresServer server, String database, long rows) throws SQLException {
    create(server, database, SMALL, Math.min(SMALL_ROWS, rows));
    create(server, database, TABLE, rows);
    server.execute(database, "CHECKPOINT");
  }

  private static void create(PostgresServer server, String database, String table, long rows)
      throws SQLException {
    server.execute(
        database,
        "CREATE TABLE " + table + COLUMNS,
        "INSERT INTO " + table + " " + VALUES + " FROM generate_series(1::bigint, " + rows + ") n",
        "ALTER TABLE " + table + " ADD PRIMARY KEY (id)",
        "VACUUM (FREEZE, ANALYZE) " + table);
  }

  @Override
  public Work work(long rows) {
    return Work.of(TABLE, rows, SMALL, Math.min(SMALL_ROWS, rows));
  }
}
