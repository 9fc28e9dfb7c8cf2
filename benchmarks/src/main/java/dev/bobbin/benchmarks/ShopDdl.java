package dev.bobbin.benchmarks;

import java.util.ArrayList;
import java.util.List;

/** The statements that make the tables of {@link ShopTable} in one product. */
enum ShopDdl {
  POSTGRES(Product.POSTGRES) {
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
    String[] table(String name, long rows) {
      return new String[] {
        "CREATE TABLE " + name + COLUMNS,
        "INSERT INTO " + name + " " + VALUES + " FROM generate_series(1::bigint, " + rows + ") n",
        "ALTER TABLE " + name + " ADD PRIMARY KEY (id)",
        "VACUUM (FREEZE, ANALYZE) " + name
      };
    }

    @Override
    String[] atRest() {
      return new String[] {"CHECKPOINT"};
    }
  },

  MYSQL(Product.MYSQL) {
    private static final long AT_ONCE = 100_000;

    private static final String COLUMNS =
        """
        (
          id bigint NOT NULL PRIMARY KEY,
          customer int NOT NULL,
          quantity smallint NOT NULL,
          price decimal(10,2) NOT NULL,
          weight double NOT NULL,
          paid tinyint(1) NOT NULL,
          created_at timestamp(6) NOT NULL,
          shipped_at datetime(6),
          day date NOT NULL,
          token binary(16) NOT NULL,
          city varchar(40) NOT NULL,
          note text NOT NULL,
          details json
        )
        """;

    private static final String VALUES =
        """
        SELECT
          n,
          n * 7919 % 100003,
          n % 50,
          n * 37 % 10000000 / 100,
          sqrt(n),
          n % 3 = 0,
          timestamp '2024-01-01 00:00:00' + INTERVAL n * 7000013 MICROSECOND,
          CASE WHEN n % 8 > 0 THEN timestamp '2024-01-02 00:00:00' + INTERVAL n * 7500000 MICROSECOND END,
          date '2020-01-01' + INTERVAL n % 2000 DAY,
          unhex(md5(n)),
          elt(1 + n % 8, 'Amsterdam', 'Genève', 'Kraków', 'London', 'Oslo', 'Paris', 'Wien', 'Zürich'),
          concat('Ordered by telephone, to be called back: ', md5(n + 1), md5(n + 2)),
          CASE WHEN n % 4 > 0 THEN json_object('size', n % 10, 'colour', 'blue') END
        """;

    @Override
    String[] table(String name, long rows) {
      List<String> sql = new ArrayList<>();
      sql.add("SET sql_log_bin = OFF, cte_max_recursion_depth = " + AT_ONCE);
      sql.add(
          "CREATE TEMPORARY TABLE numbers (number bigint PRIMARY KEY)"
              + " WITH RECURSIVE up AS (SELECT 1 AS number UNION ALL SELECT number + 1 FROM up"
              + " WHERE number < "
              + AT_ONCE
              + ") SELECT number FROM up");
      sql.add("CREATE TABLE " + name + COLUMNS);
      for (long done = 0; done < rows; done += AT_ONCE) {
        sql.add("INSERT INTO " + name + " " + VALUES + " " + series(done, rows - done));
      }
      sql.add("ANALYZE TABLE " + name);
      // Writes what is not on the disk yet, so that the server does not while it is measured.
      sql.add("FLUSH TABLES " + name + " FOR EXPORT");
      sql.add("UNLOCK TABLES");
      return sql.toArray(String[]::new);
    }

    /** The numbers n after those that are done, of a table, as no function makes rows. */
    private String series(long done, long left) {
      return "FROM (SELECT number + "
          + done
          + " AS n FROM numbers WHERE number <= "
          + left
          + " ORDER BY number) series";
    }

    @Override
    String[] atRest() {
      return new String[] {};
    }
  },

  /** In what SQL Server and Babelfish have in common. */
  SQLSERVER(Product.SQLSERVER) {
    private static final long AT_ONCE = 131_072;

    private static final String COLUMNS =
        """
        (
          id bigint NOT NULL PRIMARY KEY,
          customer int NOT NULL,
          quantity smallint NOT NULL,
          price decimal(12,2) NOT NULL,
          weight float NOT NULL,
          paid bit NOT NULL,
          created_at datetimeoffset(6) NOT NULL,
          shipped_at datetime2(6) NULL,
          day date NOT NULL,
          token uniqueidentifier NOT NULL,
          city nvarchar(40) NOT NULL,
          note nvarchar(200) NOT NULL,
          details nvarchar(max) NULL
        )
        """;

    private static final String VALUES =
        """
        SELECT
          n,
          n * 7919 % 100003,
          n % 50,
          CAST(n * 37 % 10000000 AS decimal(12,2)) / 100,
          SQRT(CAST(n AS float)),
          CASE WHEN n % 3 = 0 THEN 1 ELSE 0 END,
          DATEADD(second, CAST(n * 7 AS int), CAST('2024-01-01 00:00:00 +00:00' AS datetimeoffset(6))),
          CASE WHEN n % 8 > 0 THEN DATEADD(second, CAST(n * 7 AS int), CAST('2024-01-02 00:00:00' AS datetime2(6))) END,
          DATEADD(day, CAST(n % 2000 AS int), CAST('2020-01-01' AS date)),
          CAST('0f0e0d0c-0b0a-4908-8706-' + RIGHT('000000000000' + CAST(n AS varchar(20)), 12) AS uniqueidentifier),
          CASE n % 8 WHEN 0 THEN N'Amsterdam' WHEN 1 THEN N'Genève' WHEN 2 THEN N'Kraków' WHEN 3 THEN N'London'
            WHEN 4 THEN N'Oslo' WHEN 5 THEN N'Paris' WHEN 6 THEN N'Wien' ELSE N'Zürich' END,
          N'Ordered by telephone, to be called back: ' + CAST(n * 7919 AS nvarchar(20)) + REPLICATE(N'c0ffee', 8),
          CASE WHEN n % 4 > 0 THEN N'{"size": ' + CAST(n % 10 AS nvarchar(2)) + N', "colour": "blue"}' END
        """;

    @Override
    String[] table(String name, long rows) {
      List<String> sql = new ArrayList<>();
      String numbers = name + "_numbers";
      sql.add("CREATE TABLE " + numbers + " (number bigint NOT NULL PRIMARY KEY)");
      sql.add("INSERT INTO " + numbers + " (number) VALUES (1)");
      for (long known = 1; known < AT_ONCE; known *= 2) {
        sql.add("INSERT INTO " + numbers + " SELECT number + " + known + " FROM " + numbers);
      }
      sql.add("CREATE TABLE " + name + " " + COLUMNS);
      for (long done = 0; done < rows; done += AT_ONCE) {
        sql.add(
            "INSERT INTO "
                + name
                + " "
                + VALUES
                + " FROM (SELECT number + "
                + done
                + " AS n FROM "
                + numbers
                + " WHERE number <= "
                + (rows - done)
                + ") AS series");
      }
      sql.add("DROP TABLE " + numbers);
      return sql.toArray(String[]::new);
    }

    @Override
    String[] atRest() {
      return new String[] {};
    }
  };

  private final Product product;

  ShopDdl(Product product) {
    this.product = product;
  }

  Product product() {
    return product;
  }

  /** What makes a table and fills it, over one connection. */
  abstract String[] table(String name, long rows);

  /** What leaves the server nothing to do when all tables are there. */
  abstract String[] atRest();
}
