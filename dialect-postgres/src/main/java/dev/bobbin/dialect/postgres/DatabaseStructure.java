package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Column.Generation;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.Table.Index;
import dev.bobbin.catalog.TableId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the tables of one database in four queries, whatever their number. They run in one
 * read-only transaction with one snapshot and {@code search_path = pg_catalog}; nothing is locked
 * beyond the system catalogs, and no more than a thousand rows of a result are in memory at once.
 */
final class DatabaseStructure {

  private static final int FETCH_SIZE = 1_000;

  private final String database;
  private final Connection connection;
  private final int version;
  private final Map<Long, Relation> relations = new HashMap<>();
  private final TypeLookup types = new TypeLookup();
  private final Map<String, String> names = new HashMap<>();
  private final List<String> notes = new ArrayList<>();
  private final Map<TableId, Obstacle> obstacles = new HashMap<>();

  DatabaseStructure(String database, Connection connection) throws SQLException {
    this.database = database;
    this.connection = connection;
    this.version = PostgresVersion.of(connection);
  }

  /** The tables; to be called once. */
  List<Table> read() throws SQLException {
    readRelations();
    types.read(connection);
    readColumns();
    readIndexes();
    Families families = new Families(relations, version);
    obstacles.putAll(families.obstacles());
    return families.tables();
  }

  /** What stands in the way of reading some tables in slices. */
  Map<TableId, Obstacle> obstacles() {
    return obstacles;
  }

  /** What is to be said about the database. */
  List<String> notes() {
    return notes;
  }

  private void readRelations() throws SQLException {
    String security =
        version >= PostgresVersion.V9_5
            ? "CASE WHEN c.relrowsecurity THEN row_security_active(c.oid) ELSE false END"
            : "false";
    List<String> unlogged = new ArrayList<>();
    query(
        """
        SELECT c.oid, n.nspname, c.relname, c.relkind::text, c.reltuples,
               (c.relpages::int8 & 4294967295) * current_setting('block_size')::int8,
               has_schema_privilege(n.oid, 'USAGE'), has_table_privilege(c.oid, 'SELECT'),
               %s, d.description,
               (SELECT string_agg(i.inhparent::text, ' ' ORDER BY i.inhseqno)
                FROM pg_inherits i WHERE i.inhrelid = c.oid),
               c.relpersistence = 'u' AND pg_is_in_recovery(),
               CASE WHEN %s THEN 'the extension citus or timescaledb can keep its rows elsewhere'
                    WHEN c.relkind = 'f' THEN 'some of its rows are in a foreign table'
                    WHEN c.relkind = 'r' AND c.relam NOT IN (0, 2)
                      THEN 'its rows are not kept as PostgreSQL itself keeps them'
                    WHEN NOT %s
                      THEN 'this user may not ask the server for its history (pg_control_system)'
                    ELSE '' END
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_description d
          ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
        WHERE %s
        """
            .formatted(
                security,
                TableMoment.FOREIGN_STORAGE,
                TableMoment.MAY_BE_ASKED,
                RelationKind.RELATIONS),
        rows -> {
          Table.Kind kind = Objects.requireNonNull(RelationKind.of(rows.getString(4)));
          TableId id = TableId.of(database, shared(rows.getString(2)), rows.getString(3));
          Relation relation = new Relation(id, kind);
          boolean lost = rows.getBoolean(12);
          relation.estimate(rows.getDouble(5), rows.getLong(6), version);
          relation.reachable = rows.getBoolean(7) && !lost;
          relation.readableWhole = rows.getBoolean(8);
          relation.rowSecurity = rows.getBoolean(9);
          relation.comment = text(rows.getString(10));
          relation.unfit = rows.getString(13);
          numbers(rows.getString(11)).forEach(relation.parents::add);
          if (lost) {
            unlogged.add(id.toString());
          }
          relations.put(rows.getLong(1), relation);
        });
    if (!unlogged.isEmpty()) {
      notes.add(
          "Unlogged tables cannot be read on a standby, only on the primary: "
              + String.join(", ", unlogged)
              + ".");
    }
  }

  private void readColumns() throws SQLException {
    String identity = version >= PostgresVersion.V10 ? "a.attidentity <> ''" : "false";
    String generated = version >= PostgresVersion.V12 ? "a.attgenerated <> ''" : "false";
    String deterministic =
        version >= PostgresVersion.V12
            ? "coalesce((SELECT l.collisdeterministic FROM pg_collation l"
                + " WHERE l.oid = a.attcollation AND a.attcollation NOT IN (0, 100, 950)), true)"
            : "true";
    // Since 18 a NOT NULL can be NOT VALID: rows from before it may hold NULL.
    String unproven =
        version >= PostgresVersion.V18
            ? "(a.attrelid, a.attnum) IN (SELECT o.conrelid, o.conkey[1] FROM pg_constraint o"
                + " WHERE o.contype = 'n' AND NOT o.convalidated)"
            : "false";
    // 1574 is nextval(regclass): its call in a default makes a serial, with or without a cast.
    query(
        """
        SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod,
               format_type(a.atttypid, a.atttypmod), a.attnotnull AND NOT %s,
               CASE WHEN %s THEN 'g' WHEN %s THEN 'i'
                    WHEN e.adbin::text LIKE '%%:funcid 1574 %%' THEN 'i' ELSE '' END,
               %s, a.attacl IS NOT NULL AND has_column_privilege(a.attrelid, a.attnum, 'SELECT'),
               d.description
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef e ON a.atthasdef AND e.adrelid = a.attrelid AND e.adnum = a.attnum
        LEFT JOIN pg_description d
          ON d.objoid = a.attrelid AND d.classoid = 'pg_class'::regclass AND d.objsubid = a.attnum
        WHERE a.attnum > 0 AND NOT a.attisdropped AND %s
        ORDER BY a.attrelid, a.attnum
        """
            .formatted(unproven, generated, identity, deterministic, RelationKind.RELATIONS),
        rows -> {
          Relation relation = relations.get(rows.getLong(1));
          if (relation != null) {
            addColumn(relation, rows);
          }
        });
  }

  private void addColumn(Relation relation, ResultSet rows) throws SQLException {
    long type = rows.getLong(4);
    TypeFacts facts = types.facts(type, rows.getInt(5), rows.getBoolean(9));
    if (facts == null) {
      return;
    }
    String name = shared(rows.getString(3));
    boolean readable = relation.reachable && (relation.readableWhole || rows.getBoolean(10));
    // Views: a domain's NOT NULL does not hold for the missing side of an outer join. Foreign
    // tables: constraints are declarations that nobody enforces (manual, CREATE FOREIGN TABLE).
    boolean enforced =
        relation.kind == Table.Kind.TABLE || relation.kind == Table.Kind.PARTITIONED_TABLE;
    boolean notNull = enforced && (rows.getBoolean(7) || types.forbidsNull(type));
    Generation generation =
        switch (rows.getString(8)) {
          case "g" -> Generation.GENERATED;
          case "i" -> Generation.IDENTITY;
          default -> Generation.NONE;
        };
    relation.columns.add(
        PostgresTypes.column(
            name,
            shared(rows.getString(6)),
            facts,
            !notNull,
            readable,
            generation,
            text(rows.getString(11))));
    relation.numbers.add(rows.getInt(2));
  }

  private void readIndexes() throws SQLException {
    String keys = version >= PostgresVersion.V11 ? "i.indnkeyatts" : "i.indnatts";
    // An index serves ORDER BY only with the type's default operators and the column's collation.
    query(
        """
        SELECT i.indrelid, x.relname, i.indkey::text, %s, i.indisunique, i.indisprimary,
               i.indpred IS NOT NULL,
               m.amname = 'btree' AND coalesce(o.opcdefault, false)
                 AND (i.indcollation[0] = 0 OR i.indcollation[0] = a.attcollation)
        FROM pg_index i
        JOIN pg_class x ON x.oid = i.indexrelid
        JOIN pg_am m ON m.oid = x.relam
        JOIN pg_class c ON c.oid = i.indrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_opclass o ON o.oid = i.indclass[0]
        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indisvalid AND i.indisready AND i.indislive AND %s
        ORDER BY i.indrelid, i.indisprimary DESC, x.relname
        """
            .formatted(keys, RelationKind.RELATIONS),
        rows -> {
          Relation relation = relations.get(rows.getLong(1));
          if (relation != null) {
            List<Long> numbers = numbers(rows.getString(3));
            List<String> columns = new ArrayList<>();
            for (int i = 0; i < rows.getInt(4); i++) {
              columns.add(relation.columnNumbered(numbers.get(i).intValue()));
            }
            relation.indexes.add(
                new Index(
                    rows.getString(2),
                    columns,
                    rows.getBoolean(5),
                    rows.getBoolean(6),
                    rows.getBoolean(7),
                    rows.getBoolean(8) && !columns.get(0).isEmpty()));
          }
        });
  }

  private void query(String sql, RowReader reader) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(FETCH_SIZE);
      try (ResultSet rows = statement.executeQuery(sql)) {
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

  /** Reads numbers with spaces between, such as an int2vector; none from NULL. */
  private static List<Long> numbers(@Nullable String text) {
    StringTokenizer words = new StringTokenizer(text(text), " ");
    List<Long> numbers = new ArrayList<>(words.countTokens());
    while (words.hasMoreTokens()) {
      numbers.add(Long.valueOf(words.nextToken()));
    }
    return numbers;
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text;
  }
}
