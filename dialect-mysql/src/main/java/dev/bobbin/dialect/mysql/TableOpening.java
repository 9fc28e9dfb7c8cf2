package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.CursorReader;
import dev.bobbin.dialect.jdbc.ReadLimits;
import dev.bobbin.dialect.jdbc.SqlFailures;
import dev.bobbin.dialect.jdbc.SqlFailures.Activity;
import dev.bobbin.dialect.jdbc.load.Incarnation;
import dev.bobbin.dialect.jdbc.load.LoadKeeper;
import dev.bobbin.dialect.jdbc.load.LoadKeeper.Opened;
import dev.bobbin.dialect.jdbc.load.ScanQuery;
import dev.bobbin.dialect.mysql.ReadOnlyTransaction.Isolation;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.SourceException;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceSettings;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The steps in which a table is opened: lock, then a look at what the table is now, then the
 * snapshot.
 *
 * <p>The lock is the one on the table's metadata, which every statement takes and which stays until
 * the transaction ends: nobody can alter, empty or drop the table meanwhile, and no row has been
 * seen before.
 */
final class TableOpening implements LoadKeeper.Opening<ReadOnlyTransaction> {

  private static final String COLUMNS =
      """
      SELECT COLUMN_NAME, COLUMN_TYPE, COALESCE(CHARACTER_SET_NAME, '')
      FROM INFORMATION_SCHEMA.COLUMNS
      WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?
      """;

  private static final String TABLE =
      """
      SELECT COALESCE(ENGINE, ''), COALESCE(DATA_LENGTH, 0), COALESCE(CREATE_TIME, ''),
        LEAST(COALESCE(AUTO_INCREMENT, 0), 9223372036854775807)
      FROM INFORMATION_SCHEMA.TABLES
      WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?
      """;

  // Neither a prefix nor an expression gives the values of a column in order.
  private static final String ORDERED_INDEXES =
      """
      SELECT INDEX_NAME
      FROM INFORMATION_SCHEMA.STATISTICS
      WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?
      GROUP BY INDEX_NAME
      HAVING MIN(SUB_PART IS NULL AND COLUMN_NAME IS NOT NULL AND COLLATION = 'A'
        AND INDEX_TYPE IN ('BTREE', 'LSMTREE') AND \
      """;

  private static final int CACHED_STATISTICS = 80_000;
  private static final int NOT_GRANTED = 1205;
  private static final int NO_SUCH_INDEX = 1176;
  private static final Set<Integer> GONE = Set.of(1146, 1049, 1412, 1356);
  private static final int NO_COLUMN = 1054;
  private static final int NO_PROCESS_PRIVILEGE = 1227;
  private static final int UNKNOWN_TABLE = 1109;
  private static final String ORDER_REMEDY =
      "Check the table (CHECK TABLE) and build the index anew.";

  private final Server server;
  private final SourceSettings settings;
  private final Table table;
  private final TableId id;
  private final SqlFailures failures;

  TableOpening(Server server, Table table) {
    this.server = server;
    this.settings = server.settings();
    this.table = table;
    this.id = table.id();
    this.failures = server.failures();
  }

  /** A transaction that has the lock, to be finished or discarded. */
  ReadOnlyTransaction begin(Isolation isolation) throws SQLException {
    ReadOnlyTransaction transaction = server.begin(isolation);
    try {
      lock(transaction);
      return transaction;
    } catch (SQLException | RuntimeException e) {
      transaction.finish();
      throw e;
    }
  }

  /** Under the lock, and before the snapshot is taken. */
  @Override
  public Opened<ReadOnlyTransaction> open() throws SQLException {
    ReadOnlyTransaction transaction = begin(Isolation.REPEATABLE_READ);
    boolean opened = false;
    try {
      Incarnation incarnation = look(transaction).incarnation();
      opened = true;
      return new Opened<>(transaction, incarnation);
    } finally {
      if (!opened) {
        transaction.finish();
      }
    }
  }

  private void lock(ReadOnlyTransaction transaction) throws SQLException {
    String columns =
        table.columns().stream()
            .map(column -> MySqlScanSql.INSTANCE.reference(column.name()))
            .collect(Collectors.joining(", "));
    try {
      transaction.execute(
          "SELECT "
              + (columns.isEmpty() ? "1" : columns)
              + MySqlScanSql.from(table, null)
              + " LIMIT 0");
    } catch (SQLException e) {
      if (e.getErrorCode() == NOT_GRANTED) {
        throw failures.lockTimeout(e, id, settings.lockTimeout());
      }
      throw explained(e);
    }
  }

  private RuntimeException explained(SQLException failure) throws SQLException {
    int number = failure.getErrorCode();
    if (GONE.contains(number)) {
      return failures.structureChanged(id, "it is gone, or what it reads is", failure);
    }
    if (number == NO_COLUMN) {
      return failures.structureChanged(id, "a column is gone or has another name", failure);
    }
    throw failure;
  }

  @Override
  public BatchReader reader(ReadOnlyTransaction transaction, TableScan scan, ScanQuery query) {
    return new CursorReader(
        new MySqlCursor(transaction, query.sql()),
        scan,
        query.plan(),
        new ReadLimits(settings.batchBytes(), settings.batchRows(), settings.maxRowBytes()),
        MySqlCursor.TICKS_PER_SECOND,
        this::readFailed,
        ORDER_REMEDY);
  }

  private SourceException readFailed(SQLException failure) {
    return failure.getErrorCode() == NO_SUCH_INDEX
        ? failures.structureChanged(id, "an index is gone", failure)
        : failures.source(failure, Activity.READ, id);
  }

  @Override
  public SourceException closed() {
    return failures.closed();
  }

  @Override
  public BobbinException failed(SQLException failure) {
    return failures.of(failure, Activity.OPEN_SCAN, id);
  }

  /**
   * Checks that the columns are still of the types that were planned.
   *
   * @return by their names, the character sets of the columns
   */
  Map<String, String> check(ReadOnlyTransaction transaction) throws SQLException {
    Map<String, String> types = new HashMap<>();
    Map<String, String> characterSets = new HashMap<>();
    try (PreparedStatement query = named(transaction, COLUMNS);
        ResultSet rows = query.executeQuery()) {
      while (rows.next()) {
        types.put(rows.getString(1), rows.getString(2));
        characterSets.put(rows.getString(1), rows.getString(3));
      }
    }
    for (Column column : table.columns()) {
      String now = types.get(column.name());
      if (now == null) {
        throw changed("its column " + MySqlSql.identifier(column.name()) + " is gone");
      }
      if (!now.equalsIgnoreCase(column.nativeType())) {
        throw changed(
            "its column "
                + MySqlSql.identifier(column.name())
                + " was of type "
                + column.nativeType()
                + " and now is "
                + now);
      }
    }
    return characterSets;
  }

  /**
   * What was seen of a table.
   *
   * @param storage how it is stored
   * @param bytes about how large it is
   * @param incarnation what tells it from others in its place
   */
  record Seen(Storage storage, long bytes, Incarnation incarnation) {}

  /** The same, with a look at how the table is stored. */
  Seen look(ReadOnlyTransaction transaction) throws SQLException {
    Map<String, String> characterSets = check(transaction);
    Set<String> unmapped = new HashSet<>();
    characterSets.forEach(
        (column, characterSet) -> {
          if (!Storage.isMapped(characterSet)) {
            unmapped.add(column);
          }
        });
    Set<String> ordered = new HashSet<>();
    try (PreparedStatement query =
            named(transaction, ORDERED_INDEXES + server.kind().usedIndexes() + ")");
        ResultSet rows = query.executeQuery()) {
      while (rows.next()) {
        ordered.add(rows.getString(1));
      }
    }
    Facts facts = freshly(transaction, () -> facts(transaction));
    return new Seen(
        new Storage(facts.engine(), ordered, unmapped),
        facts.bytes(),
        new Incarnation(
            serverName(transaction), facts.created(), files(transaction), facts.next()));
  }

  private record Facts(String engine, long bytes, String created, long next) {}

  private Facts facts(ReadOnlyTransaction transaction) throws SQLException {
    try (PreparedStatement query = named(transaction, TABLE);
        ResultSet row = query.executeQuery()) {
      if (!row.next()) {
        throw changed("it is gone");
      }
      return new Facts(row.getString(1), row.getLong(2), row.getString(3), row.getLong(4));
    }
  }

  private interface Query<T> {
    T run() throws SQLException;
  }

  /** Asks for what a table is now: MySQL 8.0 otherwise tells what it was a day ago. */
  private <T> T freshly(ReadOnlyTransaction transaction, Query<T> query) throws SQLException {
    if (!server.kind().isMySqlSince(CACHED_STATISTICS)) {
      return query.run();
    }
    long usual;
    try (Statement statement = transaction.connection().createStatement();
        ResultSet row =
            statement.executeQuery("SELECT @@SESSION.information_schema_stats_expiry")) {
      row.next();
      usual = row.getLong(1);
    }
    transaction.execute("SET SESSION information_schema_stats_expiry = 0");
    try {
      return query.run();
    } finally {
      transaction.execute("SET SESSION information_schema_stats_expiry = " + usual);
    }
  }

  private String serverName(ReadOnlyTransaction transaction) throws SQLException {
    String name =
        server.kind().mariaDb()
            ? "CONCAT_WS(':', @@hostname, @@port, @@server_id)"
            : "@@server_uuid";
    try (Statement statement = transaction.connection().createStatement();
        ResultSet row = statement.executeQuery("SELECT " + name)) {
      row.next();
      return String.valueOf(row.getString(1));
    }
  }

  /** InnoDB's numbers of the table; empty where this user may not see them, or it has none. */
  private String files(ReadOnlyTransaction transaction) throws SQLException {
    List<String> parts = id.parts();
    if (parts.size() != 2 || !parts.stream().allMatch(TableOpening::isPlain)) {
      return "";
    }
    String name = parts.get(0) + "/" + parts.get(1);
    String view =
        server.kind().isMySqlSince(80_000)
            ? "INFORMATION_SCHEMA.INNODB_TABLES"
            : "INFORMATION_SCHEMA.INNODB_SYS_TABLES";
    try (PreparedStatement query =
        transaction
            .connection()
            .prepareStatement(
                "SELECT TABLE_ID FROM "
                    + view
                    + " WHERE NAME = ? OR LEFT(NAME, CHAR_LENGTH(?)) = ?"
                    + " ORDER BY TABLE_ID")) {
      query.setString(1, name);
      query.setString(2, name + "#");
      query.setString(3, name + "#");
      try (ResultSet rows = query.executeQuery()) {
        return digest(rows);
      }
    } catch (SQLException e) {
      if (e.getErrorCode() == NO_PROCESS_PRIVILEGE || e.getErrorCode() == UNKNOWN_TABLE) {
        return "";
      }
      throw e;
    }
  }

  /** The numbers of all partitions: how many, and the newest, since numbers only grow. */
  private static String digest(ResultSet rows) throws SQLException {
    int count = 0;
    String newest = "";
    while (rows.next()) {
      count++;
      newest = rows.getString(1);
    }
    return count == 0 ? "" : count + "-" + newest;
  }

  /** Whether InnoDB writes a name as it is, and not encoded as that of a file. */
  private static boolean isPlain(String name) {
    return name.matches("[0-9A-Za-z_]+");
  }

  private PreparedStatement named(ReadOnlyTransaction transaction, String sql) throws SQLException {
    PreparedStatement statement = transaction.connection().prepareStatement(sql);
    List<String> parts = id.parts();
    statement.setString(1, parts.get(parts.size() - 2));
    statement.setString(2, id.name());
    return statement;
  }

  private SourceException changed(String how) {
    return failures.structureChanged(id, how, null);
  }
}
