package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Column.Generation;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.Table.Index;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.SqlFailures.Activity;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads the structure of all databases that the user can see, in five queries over
 * INFORMATION_SCHEMA whatever the number of tables. The server shows there what the user has some
 * privilege on, and nothing else.
 */
final class StructureSync {

  private static final Set<String> OWN =
      Set.of("mysql", "sys", "information_schema", "performance_schema");

  private static final String PRIMARY = "PRIMARY";

  private static final int EXPRESSIONS_IN_INDEXES = 80_013;

  private final Server server;
  private final boolean tinyInt1AsBool;
  private final Map<String, Map<String, Found>> found = new HashMap<>();
  private final Map<String, String> names = new HashMap<>();
  private final List<String> notes = new ArrayList<>();
  private final Map<TableId, Storage> storages = new HashMap<>();

  StructureSync(Server server, boolean tinyInt1AsBool) {
    this.server = server;
    this.tinyInt1AsBool = tinyInt1AsBool;
  }

  /** A table while it is being read. */
  private static final class Found {
    private final TableId id;
    private final Table.Kind kind;
    private final String engine;
    private final long rows;
    private final long bytes;
    private final String comment;
    private final TreeMap<Integer, Column> columns = new TreeMap<>();
    private final Set<String> unmapped = new HashSet<>();
    private final Map<String, FoundIndex> indexes = new LinkedHashMap<>();

    private Found(
        TableId id, Table.Kind kind, String engine, long rows, long bytes, String comment) {
      this.id = id;
      this.kind = kind;
      this.engine = engine;
      this.rows = rows;
      this.bytes = bytes;
      this.comment = comment;
    }
  }

  /** An index while it is being read. */
  private static final class FoundIndex {
    private final boolean unique;
    private final TreeMap<Integer, String> columns = new TreeMap<>();
    private boolean ordered;

    private FoundIndex(boolean unique, boolean ordered) {
      this.unique = unique;
      this.ordered = ordered;
    }
  }

  Catalog run(Predicate<String> wanted) {
    try (ReadOnlyTransaction transaction =
        server.begin(ReadOnlyTransaction.Isolation.READ_COMMITTED)) {
      List<String> databases = databases(transaction, wanted);
      if (!databases.isEmpty()) {
        readTables(transaction, databases);
        readColumns(transaction, databases);
        readIndexes(transaction, databases);
      }
      if (server.replica()) {
        notes.add(
            "The server takes no writes (read_only), as a replica does: what its primary has"
                + " committed arrives later here.");
      }
      List<Table> tables = new ArrayList<>();
      for (Map<String, Found> byName : found.values()) {
        for (Found table : byName.values()) {
          tables.add(table(table));
          storages.put(table.id, storage(table));
        }
      }
      return new Catalog(
          server.kind().describe(), server.defaultNamespace(), databases, tables, notes);
    } catch (SQLException e) {
      throw server.failures().of(e, Activity.STRUCTURE_SYNC);
    }
  }

  private List<String> databases(ReadOnlyTransaction transaction, Predicate<String> wanted)
      throws SQLException {
    List<String> databases = new ArrayList<>();
    query(
        transaction,
        "SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA",
        List.of(),
        row -> {
          String name = row.getString(1);
          if (!OWN.contains(name.toLowerCase(Locale.ROOT)) && wanted.test(name)) {
            databases.add(name);
          }
        });
    Collections.sort(databases);
    return databases;
  }

  private void readTables(ReadOnlyTransaction transaction, List<String> databases)
      throws SQLException {
    query(
        transaction,
        "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_ROWS, DATA_LENGTH,"
            + " CREATE_OPTIONS, TABLE_COMMENT FROM INFORMATION_SCHEMA.TABLES"
            + in(databases),
        databases,
        row -> {
          Table.Kind kind = kind(row.getString(3), row.getString(4), row.getString(7));
          if (kind != null) {
            String database = shared(row.getString(1));
            String name = row.getString(2);
            boolean view = kind == Table.Kind.VIEW;
            found
                .computeIfAbsent(database, d -> new HashMap<>())
                .put(
                    name,
                    new Found(
                        TableId.of(database, name),
                        kind,
                        view ? "" : shared(text(row.getString(4))),
                        view ? -1 : number(row, 5),
                        view ? -1 : number(row, 6),
                        view ? "" : text(row.getString(8))));
          }
        });
  }

  private static Table.@Nullable Kind kind(
      String type, @Nullable String engine, @Nullable String options) {
    return switch (type) {
      case "VIEW" -> Table.Kind.VIEW;
      case "BASE TABLE", "SYSTEM VERSIONED" ->
          Set.of("FEDERATED", "CONNECT", "SPIDER", "S3").contains(text(engine))
              ? Table.Kind.FOREIGN_TABLE
              : text(options).contains("partitioned")
                  ? Table.Kind.PARTITIONED_TABLE
                  : Table.Kind.TABLE;
      default -> null; // sequences, and the server's own
    };
  }

  private void readColumns(ReadOnlyTransaction transaction, List<String> databases)
      throws SQLException {
    Set<List<String>> json = new HashSet<>();
    if (server.kind().mariaDb()) {
      // Its type JSON is an alias of longtext with this check (MariaDB's manual, JSON Data Type).
      query(
          transaction,
          "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE"
              + " FROM INFORMATION_SCHEMA.CHECK_CONSTRAINTS"
              + in(databases).replace("TABLE_SCHEMA", "CONSTRAINT_SCHEMA"),
          databases,
          row -> {
            String column = row.getString(3);
            if (row.getString(4).equals("json_valid(" + MySqlSql.identifier(column) + ")")) {
              json.add(List.of(row.getString(1), row.getString(2), column));
            }
          });
    }
    query(
        transaction,
        "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, IS_NULLABLE, DATA_TYPE,"
            + " COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, EXTRA, PRIVILEGES, COLUMN_COMMENT"
            + " FROM INFORMATION_SCHEMA.COLUMNS"
            + in(databases),
        databases,
        row -> {
          Found table = table(row.getString(1), row.getString(2));
          if (table != null) {
            String name = shared(row.getString(3));
            TypeFacts facts =
                new TypeFacts(
                    shared(row.getString(6)),
                    shared(row.getString(7)),
                    shared(text(row.getString(8))),
                    shared(text(row.getString(9))),
                    json.contains(List.of(row.getString(1), row.getString(2), name)));
            table.columns.put(row.getInt(4), column(name, facts, row));
            if (!Storage.isMapped(facts.characterSet())) {
              table.unmapped.add(name);
            }
          }
        });
  }

  private Column column(String name, TypeFacts facts, ResultSet row) throws SQLException {
    String extra = row.getString(10).toLowerCase(Locale.ROOT);
    Generation generation =
        extra.contains("auto_increment")
            ? Generation.IDENTITY
            : extra.contains("virtual generated")
                    || extra.contains("stored generated")
                    || extra.contains("persistent generated")
                ? Generation.GENERATED
                : Generation.NONE;
    return new Column(
        name,
        MySqlTypes.type(facts, tinyInt1AsBool),
        shared(row.getString(7)),
        row.getString(5).equals("YES"),
        List.of(row.getString(11).split(",")).contains("select"),
        generation,
        MySqlTypes.keySupport(facts),
        shared(text(row.getString(12))));
  }

  private void readIndexes(ReadOnlyTransaction transaction, List<String> databases)
      throws SQLException {
    ServerKind kind = server.kind();
    String expression = kind.isMySqlSince(EXPRESSIONS_IN_INDEXES) ? "EXPRESSION IS NULL" : "TRUE";
    query(
        transaction,
        "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, NON_UNIQUE, SEQ_IN_INDEX, COLUMN_NAME,"
            + " SUB_PART IS NULL, INDEX_TYPE, COLLATION, "
            + kind.usedIndexes()
            + ", "
            + expression
            + " FROM INFORMATION_SCHEMA.STATISTICS"
            + in(databases),
        databases,
        row -> {
          Found table = table(row.getString(1), row.getString(2));
          if (table != null) {
            boolean unique = row.getInt(4) == 0;
            boolean btree = row.getString(8).equals("BTREE") && row.getBoolean(10);
            FoundIndex index =
                table.indexes.computeIfAbsent(
                    shared(row.getString(3)), n -> new FoundIndex(unique, btree));
            boolean whole = row.getBoolean(7);
            boolean plain = row.getBoolean(11) && row.getString(6) != null;
            // Of a prefix the values are unique if the prefixes are, but they are not in order.
            index.columns.put(row.getInt(5), plain ? shared(row.getString(6)) : "");
            index.ordered &= whole && plain && "A".equals(row.getString(9));
          }
        });
  }

  private @Nullable Found table(String database, String name) {
    Map<String, Found> byName = found.get(database);
    return byName == null ? null : byName.get(name);
  }

  /** How the tables are stored, once they have been found. */
  Map<TableId, Storage> storages() {
    return storages;
  }

  private static Storage storage(Found found) {
    Set<String> ordered = new HashSet<>();
    found.indexes.forEach(
        (name, index) -> {
          if (index.ordered) {
            ordered.add(name);
          }
        });
    return new Storage(found.engine, ordered, found.unmapped);
  }

  private static Table table(Found found) {
    boolean readable = found.columns.values().stream().anyMatch(Column::readable);
    Table.Builder table =
        Table.named(found.id)
            .kind(found.kind)
            .estimatedRows(found.rows)
            .estimatedBytes(found.bytes)
            .comment(found.comment)
            .readable(readable);
    found.columns.values().forEach(table::column);
    List<String> order = new ArrayList<>(found.indexes.keySet());
    order.sort(
        (a, b) ->
            a.equals(PRIMARY) == b.equals(PRIMARY) ? a.compareTo(b) : a.equals(PRIMARY) ? -1 : 1);
    for (String name : order) {
      FoundIndex index = Objects.requireNonNull(found.indexes.get(name));
      table.index(
          new Index(
              name,
              List.copyOf(index.columns.values()),
              index.unique,
              name.equals(PRIMARY),
              false,
              index.ordered));
    }
    return table.build();
  }

  private static String in(List<String> databases) {
    return " WHERE TABLE_SCHEMA IN ("
        + String.join(", ", Collections.nCopies(databases.size(), "?"))
        + ")";
  }

  private static void query(
      ReadOnlyTransaction transaction, String sql, List<String> parameters, RowReader reader)
      throws SQLException {
    try (PreparedStatement statement =
        transaction
            .connection()
            .prepareStatement(sql, ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY)) {
      statement.setFetchSize(Integer.MIN_VALUE); // row by row
      for (int i = 0; i < parameters.size(); i++) {
        statement.setString(i + 1, parameters.get(i));
      }
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          reader.read(rows);
        }
      }
    }
  }

  private interface RowReader {
    void read(ResultSet row) throws SQLException;
  }

  /** The same text once: names of columns and types repeat thousands of times. */
  private String shared(String text) {
    String known = names.putIfAbsent(text, text);
    return known == null ? text : known;
  }

  private static long number(ResultSet row, int column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() || value < 0 ? -1 : value;
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text;
  }
}
