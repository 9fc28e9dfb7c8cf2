package dev.bobbin.dialect.sqlserver;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.Table.Index;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.SqlFailures.Activity;
import dev.bobbin.dialect.jdbc.load.SqlText;
import dev.bobbin.dialect.sqlserver.Storage.Moment;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Reads the structure of all databases that the login can enter, in a constant number of queries
 * for each. The server shows there what the user has some privilege on, and nothing else.
 */
final class StructureSync {

  private static final Set<String> OWN = Set.of("master", "model", "msdb", "tempdb");

  private final Server server;
  private final ServerKind kind;
  private final CatalogSql sql;
  private final Map<String, String> shared = new HashMap<>();
  private final List<String> notes = new ArrayList<>();
  private final List<Table> tables = new ArrayList<>();
  private final Map<TableId, Storage> storages = new HashMap<>();

  StructureSync(Server server) {
    this.server = server;
    this.kind = server.kind();
    this.sql = new CatalogSql(kind);
  }

  /** A table while it is being read. */
  private static final class Found {
    private final TableId id;
    private final String kind;
    private final boolean readable;
    private final TreeMap<Integer, FoundColumn> columns = new TreeMap<>();
    private final FoundIndexes indexes;
    private final Map<Integer, String> comments = new HashMap<>();
    private long rows = -1;
    private long bytes = -1;
    private int partitions;
    private boolean rowSecurity;

    private Found(TableId id, String kind, boolean readable, boolean babelfish) {
      this.indexes = new FoundIndexes(babelfish);
      this.id = id;
      this.kind = kind;
      this.readable = readable;
    }

    private Table.Kind tableKind() {
      return switch (kind) {
        case "view" -> Table.Kind.VIEW;
        case "external" -> Table.Kind.FOREIGN_TABLE;
        default -> partitions > 1 ? Table.Kind.PARTITIONED_TABLE : Table.Kind.TABLE;
      };
    }
  }

  Catalog run(Predicate<String> wanted) {
    try (ReadTransaction connection = server.borrow()) {
      Map<String, Moment> databases = databases(connection, wanted);
      Set<String> read = new LinkedHashSet<>();
      for (Map.Entry<String, Moment> database : databases.entrySet()) {
        if (isRead(connection, database.getKey(), database.getValue())) {
          read.add(database.getKey());
        }
      }
      if (server.greeting().readOnly()) {
        notes.add(
            "The database takes no writes, as a secondary does: what its primary has committed"
                + " arrives later here.");
      }
      return new Catalog(
          kind.describe(), server.defaultNamespace(), List.copyOf(read), tables, notes);
    } catch (SQLException e) {
      throw server.failures().of(e, Activity.STRUCTURE_SYNC);
    }
  }

  /** Reads a database; one that is closed to the login, or gone meanwhile, is left out. */
  private boolean isRead(ReadTransaction connection, String database, Moment moment)
      throws SQLException {
    try {
      connection.enter(database);
    } catch (SQLException e) {
      String state = SqlServerVendor.INSTANCE.state(e);
      if (!state.startsWith("42") && !state.startsWith("3D")) {
        throw e;
      }
      notes.add("Database " + database + " is left out: this login may not enter it.");
      return false;
    }
    read(connection, database, moment);
    return true;
  }

  private Map<String, Moment> databases(ReadTransaction connection, Predicate<String> wanted)
      throws SQLException {
    Map<String, Moment> databases = new LinkedHashMap<>();
    query(
        connection,
        sql.databases(),
        row -> {
          String name = row.getString(1);
          if (OWN.contains(name.toLowerCase(Locale.ROOT)) || !wanted.test(name)) {
            return;
          }
          if (row.getInt(4) == 1) {
            databases.put(name, moment(row, kind));
          } else {
            notes.add(
                "Database "
                    + name
                    + " is left out: this login has no user there, or it is closed.");
          }
        });
    databases.forEach(
        (name, moment) -> {
          if (moment == Moment.OF_EACH_ROW) {
            notes.add(
                "Database "
                    + name
                    + " allows no SNAPSHOT isolation: it is read with READ COMMITTED, under locks."
                    + " A scan waits for writers, and they for it, and a row that is moved in the"
                    + " index while it is read can come twice or not at all, until it is changed"
                    + " again or the next load. ALTER DATABASE "
                    + TSql.identifier(name)
                    + " SET ALLOW_SNAPSHOT_ISOLATION ON mends that.");
          }
        });
    return databases;
  }

  /** What a scan in a database sees, of a row of {@link CatalogSql#databases}. */
  static Moment moment(ResultSet row, ServerKind kind) throws SQLException {
    if (kind.babelfish()) {
      return Moment.OF_STATEMENT; // PostgreSQL keeps versions, whatever this says
    }
    return row.getInt(2) == 1
        ? Moment.OF_TRANSACTION
        : row.getBoolean(3) ? Moment.OF_STATEMENT : Moment.OF_EACH_ROW;
  }

  private void read(ReadTransaction connection, String database, Moment moment)
      throws SQLException {
    Map<Long, Found> found = new LinkedHashMap<>();
    WrittenNames names = writtenNames(connection);
    readTables(connection, database, names, found);
    query(
        connection,
        sql.columns(),
        row -> {
          Found table = found.get(row.getLong(1));
          if (table != null) {
            FoundColumn column = FoundColumn.read(row);
            table.columns.put(column.number(), column);
          }
        });
    query(
        connection,
        sql.indexes(),
        row -> {
          Found table = found.get(row.getLong(1));
          if (table != null) {
            table.indexes.add(row);
          }
        });
    readMore(connection, found);
    for (Found table : found.values()) {
      add(table, names, moment);
    }
  }

  private void readTables(
      ReadTransaction connection, String database, WrittenNames names, Map<Long, Found> found)
      throws SQLException {
    boolean privileges = true;
    for (int view = 0; view <= 1; view++) {
      try {
        query(
            connection,
            view == 0 ? sql.tables(privileges) : sql.views(privileges),
            row -> {
              Found table = found(database, names, row);
              found.put(row.getLong(3), table);
            });
      } catch (SQLException e) {
        // Babelfish may stumble over a name that is quoted. Whether a table can be read is then
        // seen when it is.
        if (!kind.babelfish() || !privileges || connection.isClosed()) {
          throw e;
        }
        privileges = false;
        view--;
      }
    }
  }

  private Found found(String database, WrittenNames names, ResultSet row) throws SQLException {
    String schema = row.getString(1);
    int privilege = row.getInt(5);
    boolean unknown = row.wasNull();
    return new Found(
        TableId.of(shared(database), shared(names.of(schema)), names.of(schema, row.getString(2))),
        row.getString(4),
        // Nor does Babelfish know every name that is quoted.
        privilege == 1 || (kind.babelfish() && (unknown || !isPlain(row.getString(2)))),
        kind.babelfish());
  }

  private static boolean isPlain(String name) {
    return name.chars().allMatch(c -> c == '_' || (c < 0x80 && Character.isLetterOrDigit(c)));
  }

  private WrittenNames writtenNames(ReadTransaction connection) throws SQLException {
    WrittenNames names = new WrittenNames();
    if (kind.babelfish()) {
      query(
          connection,
          sql.writtenNames(),
          row -> names.add(row.getString(1), row.getString(2), row.getString(3)));
    }
    return names;
  }

  /** What is good to know, and need not be known. */
  private void readMore(ReadTransaction connection, Map<Long, Found> found) throws SQLException {
    queryIfKnown(
        connection,
        sql.rows(),
        row -> {
          Found table = found.get(row.getLong(1));
          if (table != null) {
            long rows = row.getLong(2);
            table.rows = rows > 0 || !kind.babelfish() ? rows : -1; // until statistics are updated
            table.partitions = row.getInt(3);
          }
        });
    queryIfKnown(
        connection,
        sql.comments(),
        row -> {
          Found table = found.get(row.getLong(1));
          String comment = row.getString(3);
          if (table != null && comment != null) {
            table.comments.put(row.getInt(2), comment);
          }
        });
    if (!kind.babelfish()) {
      query(
          connection,
          sql.bytes(),
          row -> {
            Found table = found.get(row.getLong(1));
            if (table != null) {
              table.bytes = row.getLong(2);
            }
          });
      query(
          connection,
          sql.policies(),
          row -> {
            Found table = found.get(row.getLong(1));
            if (table != null) {
              table.rowSecurity = true;
            }
          });
    }
  }

  /** A query that a Babelfish may not know. */
  private void queryIfKnown(ReadTransaction connection, String sql, RowReader reader)
      throws SQLException {
    try {
      query(connection, sql, reader);
    } catch (SQLException e) {
      if (!kind.babelfish() || connection.isClosed()) {
        throw e;
      }
    }
  }

  private void add(Found found, WrittenNames written, Moment moment) {
    String schema = found.id.namespace().get(1);
    Table.Builder table =
        Table.named(found.id)
            .kind(found.tableKind())
            .estimatedRows(found.kind.equals("view") ? -1 : found.rows)
            .estimatedBytes(found.bytes)
            .comment(found.comments.getOrDefault(0, ""))
            .rowSecurity(found.rowSecurity);
    Map<Integer, String> names = new HashMap<>();
    Map<String, String> collations = new HashMap<>();
    Set<String> masked = new HashSet<>();
    boolean readable = false;
    for (FoundColumn each : found.columns.values()) {
      if (each.isInternal()) {
        continue;
      }
      String name = shared(written.of(schema, found.id.name(), each.name()));
      names.put(each.number(), name);
      Column column = each.column(name, found.comments.getOrDefault(each.number(), ""));
      if (kind.babelfish() && !found.readable) {
        column =
            new Column(
                name,
                column.type(),
                column.nativeType(),
                column.nullable(),
                false,
                column.generation(),
                column.keySupport(),
                column.comment());
      }
      readable |= column.readable();
      table.column(column);
      if (each.type().isOfCodePage() && !each.collation().isEmpty()) {
        collations.put(name, each.collation());
      }
      if (each.isMasked()) {
        masked.add(name);
      }
    }
    if (!masked.isEmpty()) {
      notes.add(
          "Columns of "
              + found.id
              + " are masked ("
              + String.join(", ", masked.stream().sorted().toList())
              + "): without the privilege UNMASK the server shows the masks, and these are copied.");
    }
    for (Index index : found.indexes.indexes(names)) {
      table.index(index);
    }
    Table built = table.readable(readable).build();
    tables.add(built);
    storages.put(
        built.id(),
        new Storage(
            found.kind.equals("memory") ? Moment.OF_STATEMENT : moment,
            found.kind.equals("memory"),
            found.indexes.ordered(),
            collations));
  }

  /** How the tables are stored, once they have been found. */
  Map<TableId, Storage> storages() {
    return storages;
  }

  /** Reads the rows of a row. */
  interface RowReader {
    void read(ResultSet row) throws SQLException;
  }

  private static void query(ReadTransaction connection, String sql, RowReader reader)
      throws SQLException {
    query(connection, new SqlText(sql, List.of()), reader);
  }

  /** Reads all rows of a query. */
  static void query(ReadTransaction connection, SqlText sql, RowReader reader) throws SQLException {
    try (PreparedStatement statement = connection.prepare(sql);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        reader.read(rows);
      }
    }
  }

  /** The same text once: names of columns and types repeat thousands of times. */
  private String shared(String text) {
    String known = shared.putIfAbsent(text, text);
    return known == null ? text : known;
  }
}
