package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.SqlFailures;
import dev.bobbin.dialect.jdbc.SqlFailures.Activity;
import dev.bobbin.dialect.postgres.ReadOnlyTransaction.Isolation;
import dev.bobbin.error.SourceException;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceSettings;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Opens one scan: takes the lock, then the snapshot, then checks that the table still is what the
 * scan says.
 *
 * <p>The order matters. A TRUNCATE or a rewriting ALTER that commits between snapshot and lock
 * would let the older snapshot read no rows, without an error.
 */
final class ScanOpening {

  private static final String STRUCTURE =
      """
      SELECT c.relkind::text, a.attname, format_type(a.atttypid, a.atttypmod)
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_attribute a
        ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE n.nspname = ?::name AND c.relname = ?::name
      """;

  /** No such table, no such schema, or a name that is now of something that cannot be read. */
  private static final Set<String> GONE = Set.of("42P01", "3F000", "42809");

  private static final String NOT_GRANTED = "55P03";
  private static final String NO_PRIVILEGE = "42501";
  private static final String NO_COLUMN = "42703";

  private final Databases server;
  private final SourceSettings settings;
  private final TableScan scan;
  private final Table table;
  private final TableId id;
  private final SqlFailures failures;

  ScanOpening(Databases server, TableScan scan) {
    this.server = server;
    this.settings = server.settings();
    this.scan = scan;
    this.table = scan.table();
    this.id = table.id();
    this.failures = server.failures(server.databaseOf(id));
  }

  BatchReader open() {
    ReadOnlyTransaction transaction = null;
    try {
      transaction = ReadOnlyTransaction.on(server.borrow(server.databaseOf(id)));
      transaction.networkTimeout(settings.lockTimeout().plus(settings.connectTimeout()));
      lock(transaction);
      checkStructure(transaction);
      // From here on the reader's owner watches the progress: a slow sink is no failure.
      transaction.networkTimeout(Duration.ZERO);
      boolean anyBytes = "SQL_ASCII".equals(transaction.pg().getParameterStatus("server_encoding"));
      return new CopyReader(
          transaction,
          scan,
          new ReadLimits(settings.batchBytes(), settings.batchRows(), settings.maxRowBytes()),
          anyBytes,
          failure -> failures.source(failure, Activity.READ, id));
    } catch (SQLException e) {
      finish(transaction);
      throw failures.of(e, Activity.OPEN_SCAN, id);
    } catch (RuntimeException e) {
      finish(transaction);
      throw e;
    }
  }

  private static void finish(@org.jspecify.annotations.Nullable ReadOnlyTransaction transaction) {
    if (transaction != null) {
      transaction.finish();
    }
  }

  private void lock(ReadOnlyTransaction transaction) throws SQLException {
    boolean ownRows =
        table.kind() == Table.Kind.TABLE || table.kind() == Table.Kind.PARTITIONED_TABLE;
    if (!ownRows || !lockExplicitly(transaction)) {
      lockByReading(transaction);
    }
  }

  /**
   * LOCK TABLE, which takes no snapshot, with all partitions and children; the next statement takes
   * the one snapshot of the transaction.
   *
   * @return false if the user lacks the privilege for it: SELECT on the whole table, before 9.3.25
   *     or so on each child too
   */
  private boolean lockExplicitly(ReadOnlyTransaction transaction) throws SQLException {
    begin(transaction, Isolation.REPEATABLE_READ);
    try {
      transaction.execute("LOCK TABLE " + qualified() + " IN ACCESS SHARE MODE");
      return true;
    } catch (SQLException e) {
      if (NO_PRIVILEGE.equals(e.getSQLState())) {
        return false;
      }
      throw explained(e);
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
  private void lockByReading(ReadOnlyTransaction transaction) throws SQLException {
    begin(transaction, Isolation.READ_COMMITTED);
    String columns =
        table.columns().stream()
            .map(c -> PostgresSql.identifier(c.name()))
            .collect(Collectors.joining(", "));
    try {
      transaction.execute(
          "SELECT " + (columns.isEmpty() ? "1" : columns) + " FROM " + qualified() + " LIMIT 0");
    } catch (SQLException e) {
      throw explained(e);
    }
  }

  private void begin(ReadOnlyTransaction transaction, Isolation isolation) throws SQLException {
    transaction.begin(isolation, settings.applicationName(), settings.lockTimeout(), Duration.ZERO);
  }

  private String qualified() {
    return PostgresSql.identifier(server.schemaOf(id)) + "." + PostgresSql.identifier(id.name());
  }

  private RuntimeException explained(SQLException failure) throws SQLException {
    String state = String.valueOf(failure.getSQLState());
    if (state.equals(NOT_GRANTED)) {
      return failures.lockTimeout(failure, id, settings.lockTimeout());
    }
    if (GONE.contains(state)) {
      return failures.structureChanged(id, "it is gone, or has another name or kind", failure);
    }
    if (state.equals(NO_COLUMN)) {
      return failures.structureChanged(id, "a column is gone or has another name", failure);
    }
    throw failure;
  }

  private void checkStructure(ReadOnlyTransaction transaction) throws SQLException {
    Map<String, String> types = new HashMap<>();
    String kind = "";
    try (PreparedStatement statement = transaction.connection().prepareStatement(STRUCTURE)) {
      statement.setString(1, server.schemaOf(id));
      statement.setString(2, id.name());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          kind = rows.getString(1);
          String column = rows.getString(2);
          if (column != null) {
            types.put(column, rows.getString(3));
          }
        }
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
  }

  private SourceException changed(String how) {
    return failures.structureChanged(id, how, null);
  }

  private static String words(Table.Kind kind) {
    return kind.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
  }
}
