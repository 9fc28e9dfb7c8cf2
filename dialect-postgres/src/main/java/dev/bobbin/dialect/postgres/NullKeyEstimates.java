package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.SqlFailures.Activity;
import dev.bobbin.spi.SourceSession.TableKey;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** The share of NULLs in replication keys, as ANALYZE last found it. */
final class NullKeyEstimates {

  // Set-returning functions of equal length side by side: unnest with several arguments is 9.4.
  // A table with partitions or children has statistics over all of them, and perhaps of its own.
  private static final String SQL =
      """
      SELECT w.i, s.null_frac
      FROM (SELECT generate_series(1, ?) AS i, unnest(?) AS s, unnest(?) AS t, unnest(?) AS c) w
      JOIN pg_catalog.pg_stats s
        ON s.schemaname = w.s::name AND s.tablename = w.t::name AND s.attname = w.c::name
      ORDER BY w.i, s.inherited
      """;

  private final Databases server;

  NullKeyEstimates(Databases server) {
    this.server = server;
  }

  List<OptionalDouble> of(List<TableKey> keys) {
    List<OptionalDouble> answers = new ArrayList<>();
    Map<String, List<Integer>> asked = new LinkedHashMap<>();
    for (int i = 0; i < keys.size(); i++) {
      TableKey key = keys.get(i);
      boolean never = key.table().column(key.key()).map(c -> !c.nullable()).orElse(false);
      answers.add(never ? OptionalDouble.of(0) : OptionalDouble.empty());
      if (!never) {
        asked.computeIfAbsent(server.databaseOf(key.table().id()), d -> new ArrayList<>()).add(i);
      }
    }
    asked.forEach((database, places) -> ask(database, places, keys, answers));
    return answers;
  }

  private void ask(
      String database, List<Integer> places, List<TableKey> keys, List<OptionalDouble> answers) {
    String[] schemas = new String[places.size()];
    String[] tables = new String[places.size()];
    String[] columns = new String[places.size()];
    for (int i = 0; i < schemas.length; i++) {
      TableKey key = keys.get(places.get(i));
      TableId id = key.table().id();
      schemas[i] = server.schemaOf(id);
      tables[i] = id.name();
      columns[i] = key.key();
    }
    try (ReadOnlyTransaction transaction = ReadOnlyTransaction.on(server.borrow(database))) {
      transaction.begin(
          ReadOnlyTransaction.Isolation.READ_COMMITTED,
          server.settings().applicationName(),
          server.settings().lockTimeout(),
          server.settings().connectTimeout());
      try (PreparedStatement statement = transaction.connection().prepareStatement(SQL)) {
        statement.setInt(1, schemas.length);
        Array first = transaction.connection().createArrayOf("text", schemas);
        statement.setArray(2, first);
        statement.setArray(3, transaction.connection().createArrayOf("text", tables));
        statement.setArray(4, transaction.connection().createArrayOf("text", columns));
        try (ResultSet rows = statement.executeQuery()) {
          while (rows.next()) {
            answers.set(places.get(rows.getInt(1) - 1), OptionalDouble.of(rows.getDouble(2)));
          }
        }
      }
    } catch (SQLException e) {
      throw server.failures(database).of(e, Activity.STRUCTURE_SYNC);
    }
  }
}
