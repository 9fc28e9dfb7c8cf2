package dev.bobbin.benchmarks;

import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A table of 500 columns, most of them small; a row fills about half a page. */
final class WideTable implements DataSet {

  private static final String TABLE = "wide";
  private static final String SMALL = "wide_small";
  private static final long SMALL_ROWS = 1_000;
  private static final int COLUMNS = 500;

  /** Types in turn, and a value of each made of the row {@code n} and the column {@code c}. */
  private static final List<List<String>> KINDS =
      List.of(
          List.of("integer", "n + c"),
          List.of("text", "'v' || (n + c) % 1000"),
          List.of("boolean", "(n + c) % 2 = 0"),
          List.of("bigint", "n * c"),
          List.of("double precision", "n::float8 / c"),
          List.of("date", "date '2020-01-01' + (n + c)::int % 2000"),
          List.of("numeric(8,2)", "(n + c)::numeric / 100"),
          List.of("timestamptz", "timestamptz '2024-01-01 00:00:00Z' + n * interval '1 second'"),
          List.of("smallint", "(n + c) % 1000"),
          List.of("integer", "CASE WHEN (n + c) % 3 = 0 THEN n END"));

  @Override
  public Product product() {
    return Product.POSTGRES;
  }

  @Override
  public long defaultRows() {
    return 20_000;
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
        "CREATE TABLE " + table + " (id bigint PRIMARY KEY, " + columns("c%d %s") + ")",
        "INSERT INTO "
            + table
            + " SELECT n, "
            + columns("%3$s")
            + " FROM generate_series(1::bigint, "
            + rows
            + ") n",
        "VACUUM (FREEZE, ANALYZE) " + table);
  }

  /** The columns after the first: number, type, value. */
  private static String columns(String format) {
    return IntStream.range(1, COLUMNS)
        .mapToObj(number -> column(format, number, KINDS.get(number % KINDS.size())))
        .collect(Collectors.joining(", "));
  }

  private static String column(String format, int number, List<String> kind) {
    String value = kind.get(1).replaceAll("\\bc\\b", Integer.toString(number));
    return String.format(format, number, kind.get(0), value);
  }

  @Override
  public Work work(long rows) {
    return Work.of(TABLE, rows, SMALL, Math.min(SMALL_ROWS, rows));
  }
}
