package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.ReadLimits;
import dev.bobbin.dialect.jdbc.SqlFailures;
import dev.bobbin.dialect.jdbc.SqlFailures.Activity;
import dev.bobbin.dialect.postgres.ReadOnlyTransaction.Isolation;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.SourceException;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceSettings;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The steps in which a table is opened: lock, then snapshot, then a look at what the table is now.
 *
 * <p>The order matters. A TRUNCATE or a rewriting ALTER that commits between snapshot and lock
 * would let the older snapshot read no rows, without an error.
 */
final class TableOpening {

  private static final String STRUCTURE =
      """
      SELECT c.relkind::text, a.attname, format_type(a.atttypid, a.atttypmod), c.oid
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_attribute a
        ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE n.nspname = ?::name AND c.relname = ?::name
      """;

  // Of a table with partitions or children, over all of them.
  private static final String BOUNDS =
      """
      SELECT unnest(b.bounds)
      FROM (SELECT s.histogram_bounds::text::text[] AS bounds
            FROM pg_catalog.pg_stats s
            WHERE s.schemaname = ?::name AND s.tablename = ?::name AND s.attname = ?::name
            ORDER BY s.inherited DESC
            LIMIT 1) b
      """;

  /** No such table, no such schema, or a name that is now of something that cannot be read. */
  private static final Set<String> GONE = Set.of("42P01", "3F000", "42809");

  private static final String NOT_GRANTED = "55P03";
  private static final String NO_PRIVILEGE = "42501";
  private static final String NO_COLUMN = "42703";

  private final Databases server;
  private final SourceSettings settings;
  private final Table table;
  private final TableId id;
  private final SqlFailures failures;

  TableOpening(Databases server, Table table) {
    this.server = server;
    this.settings = server.settings();
    this.table = table;
    this.id = table.id();
    this.failures = server.failures(server.databaseOf(id));
  }

  /** A connection to the table's database, to be finished or discarded. */
  ReadOnlyTransaction borrow() throws SQLException {
    ReadOnlyTransaction transaction = ReadOnlyTransaction.on(server.borrow(server.databaseOf(id)));
    try {
      transaction.networkTimeout(settings.lockTimeout().plus(settings.connectTimeout()));
      return transaction;
    } catch (SQLException e) {
      transaction.finish();
      throw e;
    }
  }

  /** A reader over the transaction, which it takes over. */
  BatchReader reader(
      ScanConnection connection, dev.bobbin.plan.TableScan scan, CopyPlan plan, boolean anyBytes) {
    return new CopyReader(
        connection,
        scan,
        plan,
        new ReadLimits(settings.batchBytes(), settings.batchRows(), settings.maxRowBytes()),
        anyBytes,
        failure -> failures.source(failure, Activity.READ, id));
  }

  /** Whether texts can be any bytes. */
  static boolean anyBytes(ReadOnlyTransaction transaction) {
    return "SQL_ASCII".equals(transaction.pg().getParameterStatus("server_encoding"));
  }

  /** Whether the table can be locked by LOCK TABLE in all versions. */
  boolean keepsRows() {
    return table.kind() == Table.Kind.TABLE || table.kind() == Table.Kind.PARTITIONED_TABLE;
  }

  /**
   * LOCK TABLE, which takes no snapshot, with all partitions and children; the next statement takes
   * the one snapshot of the transaction.
   *
   * @param timeout how long to wait
   * @return false if the user lacks the privilege for it: SELECT on the whole table, before 9.3.25
   *     or so on each child too
   */
  boolean lockExplicitly(ReadOnlyTransaction transaction, Duration timeout) throws SQLException {
    begin(transaction, Isolation.REPEATABLE_READ, timeout);
    try {
      transaction.execute("LOCK TABLE " + qualified() + " IN ACCESS SHARE MODE");
      return true;
    } catch (SQLException e) {
      if (NO_PRIVILEGE.equals(e.getSQLState())) {
        return false;
      }
      throw explained(e, timeout);
    }
  }

  /**
   * Takes the same locks by a statement that plans the read but returns no row. For what LOCK TABLE
   * cannot lock in all versions (views before 11, materialized views, foreign tables), or this user
   * not (grants on some columns alone).
   *
   * <p>This statement's snapshot is older than its locks, and so of no use. Therefore READ
   * COMMITTED: the locks stay to the end of the transaction, and the one COPY that follows takes a
   * snapshot of its own, later than they.
   */
  void lockByReading(ReadOnlyTransaction transaction) throws SQLException {
    begin(transaction, Isolation.READ_COMMITTED, settings.lockTimeout());
    String columns =
        table.columns().stream()
            .map(c -> PostgresSql.identifier(c.name()))
            .collect(Collectors.joining(", "));
    try {
      transaction.execute(
          "SELECT " + (columns.isEmpty() ? "1" : columns) + " FROM " + qualified() + " LIMIT 0");
    } catch (SQLException e) {
      throw explained(e, settings.lockTimeout());
    }
  }

  private void begin(ReadOnlyTransaction transaction, Isolation isolation, Duration lockTimeout)
      throws SQLException {
    transaction.begin(isolation, settings.applicationName(), lockTimeout, Duration.ZERO);
  }

  private String qualified() {
    return PostgresSql.identifier(server.schemaOf(id)) + "." + PostgresSql.identifier(id.name());
  }

  private RuntimeException explained(SQLException failure, Duration timeout) throws SQLException {
    String state = String.valueOf(failure.getSQLState());
    if (state.equals(NOT_GRANTED)) {
      return failures.lockTimeout(failure, id, timeout);
    }
    if (GONE.contains(state)) {
      return failures.structureChanged(id, "it is gone, or has another name or kind", failure);
    }
    if (state.equals(NO_COLUMN)) {
      return failures.structureChanged(id, "a column is gone or has another name", failure);
    }
    throw failure;
  }

  /** The failure of opening the table. */
  BobbinException failed(SQLException failure) {
    return failures.of(failure, Activity.OPEN_SCAN, id);
  }

  /** The same failure without values of rows. */
  SQLException sanitised(SQLException failure) {
    return failures.sanitised(failure);
  }

  /** The tables that the rows are in. */
  Leaves leaves(ReadOnlyTransaction transaction) throws SQLException {
    int version = PostgresVersion.of(transaction.connection());
    try (PreparedStatement query = transaction.connection().prepareStatement(Leaves.sql(version))) {
      name(query, 1);
      return Leaves.of(query);
    }
  }

  /** Values of a column between which there are as many rows each, as ANALYZE last found them. */
  List<String> bounds(ReadOnlyTransaction transaction, Column column) throws SQLException {
    try (PreparedStatement query = transaction.connection().prepareStatement(BOUNDS)) {
      name(query, 1);
      query.setString(3, column.name());
      try (ResultSet rows = query.executeQuery()) {
        List<String> bounds = new ArrayList<>();
        while (rows.next()) {
          bounds.add(rows.getString(1));
        }
        return bounds;
      }
    }
  }

  /** Checks that the table still has the structure that was planned. */
  void check(ReadOnlyTransaction transaction) throws SQLException {
    try (PreparedStatement statement = transaction.connection().prepareStatement(STRUCTURE)) {
      name(statement, 1);
      try (ResultSet rows = statement.executeQuery()) {
        check(rows);
      }
    }
  }

  /**
   * The same, with a look at when this is; takes the snapshot.
   *
   * @return null if this user may not know that
   */
  @Nullable Seen look(ReadOnlyTransaction transaction) throws SQLException {
    String moment = TableMoment.sql(PostgresVersion.of(transaction.connection()));
    try (PreparedStatement statement =
        transaction.connection().prepareStatement(moment + ";" + STRUCTURE)) {
      name(statement, 1);
      name(statement, 3);
      statement.execute();
      TableMoment seen;
      try (ResultSet row = statement.getResultSet()) {
        row.next();
        seen = TableMoment.of(row);
      }
      statement.getMoreResults(Statement.CLOSE_CURRENT_RESULT);
      try (ResultSet rows = statement.getResultSet()) {
        return new Seen(seen, check(rows));
      }
    } catch (SQLException e) {
      if (NO_PRIVILEGE.equals(e.getSQLState())) {
        return null;
      }
      throw e;
    }
  }

  /**
   * What was seen of a table.
   *
   * @param moment when, and of which tables
   * @param oid its oid
   */
  record Seen(TableMoment moment, long oid) {

    /** When it was read. */
    ReadPoint point() {
      return moment.at(oid);
    }
  }

  private void name(PreparedStatement statement, int first) throws SQLException {
    statement.setString(first, server.schemaOf(id));
    statement.setString(first + 1, id.name());
  }

  private long check(ResultSet rows) throws SQLException {
    Map<String, String> types = new HashMap<>();
    String kind = "";
    long oid = 0;
    while (rows.next()) {
      kind = rows.getString(1);
      oid = rows.getLong(4);
      String column = rows.getString(2);
      if (column != null) {
        types.put(column, rows.getString(3));
      }
    }
    if (kind.isEmpty()) {
      throw changed("it is gone");
    }
    if (RelationKind.of(kind) != table.kind()) {
      throw changed("it was a " + words(table.kind()) + " and no longer is");
    }
    for (Column column : table.columns()) {
      String now = types.get(column.name());
      if (now == null) {
        throw changed("its column " + PostgresSql.identifier(column.name()) + " is gone");
      }
      if (!now.equals(column.nativeType())) {
        throw changed(
            "its column "
                + PostgresSql.identifier(column.name())
                + " was of type "
                + column.nativeType()
                + " and now is "
                + now);
      }
    }
    return oid;
  }

  private SourceException changed(String how) {
    return failures.structureChanged(id, how, null);
  }

  private static String words(Table.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
