package dev.bobbin.dialect.mysql;

import com.mysql.cj.jdbc.JdbcConnection;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.jdbc.load.KeyRange;
import dev.bobbin.dialect.jdbc.load.LoadKey;
import dev.bobbin.dialect.jdbc.load.SqlText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Questions about where a table's keys lie, each of which the server answers from the index. */
final class KeyProbe {

  private final Connection connection;
  private final LoadKey key;
  private final String keys;
  private final String from;

  KeyProbe(Connection connection, Table table, LoadKey key) {
    this.connection = connection;
    this.key = key;
    this.keys = key.columns().stream().map(KeyProbe::text).collect(Collectors.joining(", "));
    this.from = MySqlScanSql.from(table, key.index());
  }

  /** A column of the key as text that {@link KeyText#operand} reads. */
  private static String text(Column column) {
    String reference = MySqlScanSql.INSTANCE.reference(column.name());
    DataType type = column.type();
    if (type instanceof DataType.Text) {
      return reference;
    } else if (type instanceof DataType.Bytes) {
      return "HEX(" + reference + ")";
    } else if (column.nativeType().startsWith("bit")) {
      return "CAST(" + reference + " + 0 AS CHAR)";
    }
    return "CAST(" + reference + " AS CHAR)";
  }

  /** About how many rows are in a range, as the optimizer estimates it. */
  long estimate(KeyRange range) throws SQLException {
    SqlText where = range.condition(key.columns(), MySqlScanSql.INSTANCE);
    try (PreparedStatement query =
            prepare(new SqlText("EXPLAIN SELECT 1" + from + where.where(), where.parameters()));
        ResultSet row = query.executeQuery()) {
      return row.next() ? row.getLong("rows") : 0; // NULL where it knows that there are none
    }
  }

  /**
   * The lowest key of a range.
   *
   * @param above a key above which it is; empty for none
   * @param skipped how many keys are passed over
   * @return empty where there is none
   */
  List<String> lowest(KeyRange range, List<String> above, long skipped) throws SQLException {
    List<Object> parameters = new ArrayList<>();
    List<String> conditions = new ArrayList<>();
    if (!above.isEmpty()) {
      add(
          KeyRange.ALL.condition(key.columns(), above, MySqlScanSql.INSTANCE),
          conditions,
          parameters);
    }
    add(range.condition(key.columns(), MySqlScanSql.INSTANCE), conditions, parameters);
    parameters.add(skipped);
    return key(
        new SqlText(String.join(" AND ", conditions), parameters), false, " LIMIT 1 OFFSET ?");
  }

  /** The highest key of a range; empty where there is none. */
  List<String> highest(KeyRange range) throws SQLException {
    return key(range.condition(key.columns(), MySqlScanSql.INSTANCE), true, " LIMIT 1");
  }

  private static void add(SqlText condition, List<String> conditions, List<Object> parameters) {
    if (!condition.text().isEmpty()) {
      conditions.add(condition.text());
      parameters.addAll(condition.parameters());
    }
  }

  private List<String> key(SqlText where, boolean descending, String limit) throws SQLException {
    String sql =
        "SELECT "
            + keys
            + from
            + where.where()
            + MySqlScanSql.INSTANCE.orderBy(key.columns(), descending)
            + limit;
    try (PreparedStatement query = prepare(new SqlText(sql, where.parameters()));
        ResultSet row = query.executeQuery()) {
      if (!row.next()) {
        return List.of();
      }
      List<String> found = new ArrayList<>();
      for (int i = 1; i <= key.columns().size(); i++) {
        found.add(row.getString(i));
      }
      return found;
    }
  }

  private PreparedStatement prepare(SqlText sql) throws SQLException {
    PreparedStatement statement =
        connection.unwrap(JdbcConnection.class).serverPrepareStatement(sql.text());
    for (int i = 0; i < sql.parameters().size(); i++) {
      Object value = sql.parameters().get(i);
      if (value instanceof byte[] bytes) {
        statement.setBytes(i + 1, bytes);
      } else {
        statement.setObject(i + 1, value);
      }
    }
    return statement;
  }
}
