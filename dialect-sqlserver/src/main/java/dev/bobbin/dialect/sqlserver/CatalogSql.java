package dev.bobbin.dialect.sqlserver;

/**
 * The queries over one database's catalog, which is that of the connection. What exists on SQL
 * Server and on Babelfish is asked of both alike; the rest of SQL Server alone.
 *
 * @param kind what the server is
 */
record CatalogSql(ServerKind kind) {

  private static final String OF_ONE = " AND s.name = ? AND o.name = ?";
  private static final String SECURABLE = "QUOTENAME(s.name) + N'.' + QUOTENAME(o.name)";
  private static final String PRIVILEGE =
      "HAS_PERMS_BY_NAME(" + SECURABLE + ", 'OBJECT', 'SELECT')";

  /**
   * All databases that are online: name, whether SNAPSHOT isolation is allowed, whether READ
   * COMMITTED reads versions, whether the login can enter it.
   */
  String databases() {
    return "SELECT d.name, d.snapshot_isolation_state, d.is_read_committed_snapshot_on,"
        + " HAS_DBACCESS(d.name) FROM sys.databases AS d WHERE d.state = 0 ORDER BY d.name";
  }

  /** The same of one database; its name is the parameter. */
  String database() {
    return "SELECT d.name, d.snapshot_isolation_state, d.is_read_committed_snapshot_on, 1"
        + " FROM sys.databases AS d WHERE d.name = ?";
  }

  /**
   * Tables: schema, name, object, kind of table, whether they may be read.
   *
   * @param privileges whether to ask for the last; else it is NULL
   */
  String tables(boolean privileges) {
    return "SELECT s.name, o.name, o.object_id, "
        + (kind.babelfish()
            ? "CAST('' AS varchar(20))"
            : "CASE WHEN o.is_external = 1 THEN 'external' WHEN o.is_memory_optimized = 1 THEN"
                + " 'memory' ELSE '' END")
        + ", "
        + (privileges ? PRIVILEGE : "CAST(NULL AS int)")
        + " FROM sys.tables AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id"
        + " WHERE o.is_ms_shipped = 0";
  }

  /** Views, in the same form. */
  String views(boolean privileges) {
    return "SELECT s.name, o.name, o.object_id, CAST('view' AS varchar(20)), "
        + (privileges ? PRIVILEGE : "CAST(NULL AS int)")
        + " FROM sys.views AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id"
        + " WHERE o.is_ms_shipped = 0";
  }

  /**
   * The columns of all tables and views: object, number, name, type, its length, precision and
   * scale, whether it is one of .NET's, collation, whether it may be NULL, whether it is an
   * identity, whether it is computed, whether it may be read, what else is to be known.
   */
  String columns() {
    return columns("");
  }

  /** Those of one; the parameters are schema and name. */
  String columnsOfOne() {
    return columns(OF_ONE);
  }

  private String columns(String condition) {
    return "SELECT o.object_id, c.column_id, c.name, COALESCE(b.name, y.name), c.max_length,"
        + " c.precision, c.scale, CASE WHEN y.is_assembly_type = 1 AND y.is_user_defined = 1 THEN 1"
        + " ELSE 0 END, COALESCE(c.collation_name, ''), c.is_nullable, c.is_identity,"
        + " c.is_computed, "
        + (kind.babelfish()
            ? "1"
            : "HAS_PERMS_BY_NAME(" + SECURABLE + ", 'OBJECT', 'SELECT', c.name, 'COLUMN')")
        + ", "
        + remarks()
        + " FROM sys.columns AS c JOIN sys.objects AS o ON o.object_id = c.object_id"
        + " JOIN sys.schemas AS s ON s.schema_id = o.schema_id"
        + " JOIN sys.types AS y ON y.user_type_id = c.user_type_id"
        + " LEFT JOIN sys.types AS b ON y.is_user_defined = 1"
        + " AND b.user_type_id = y.system_type_id AND b.is_user_defined = 0"
        + " WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0"
        + condition;
  }

  /**
   * Words: a column that only the server reads, that is encrypted, masked, or made by the server.
   */
  private String remarks() {
    if (kind.babelfish()) {
      return "CAST('' AS varchar(20))";
    }
    return "CASE "
        + (kind.hasGraphs()
            ? "WHEN c.graph_type IS NOT NULL AND c.graph_type_desc NOT LIKE '%COMPUTED' THEN"
                + " 'internal' "
            : "")
        + "WHEN c.encryption_type IS NOT NULL THEN 'encrypted' WHEN c.is_masked = 1 THEN 'masked'"
        + " WHEN c.generated_always_type <> 0 THEN 'generated' ELSE '' END";
  }

  /**
   * The columns of all indexes: object, index, its name, whether it is the primary key's, whether
   * it is unique, whether it is over some rows only, its type, the column's place in the key, its
   * place among all, its number, whether it is descending.
   */
  String indexes() {
    return indexes("");
  }

  /** Those of one table; the parameters are schema and name. */
  String indexesOfOne() {
    return indexes(OF_ONE);
  }

  private static String indexes(String condition) {
    return "SELECT i.object_id, i.index_id, i.name, i.is_primary_key, i.is_unique, i.has_filter,"
        + " i.type, k.key_ordinal, k.index_column_id, k.column_id, k.is_descending_key"
        + " FROM sys.indexes AS i JOIN sys.index_columns AS k ON k.object_id = i.object_id"
        + " AND k.index_id = i.index_id JOIN sys.objects AS o ON o.object_id = i.object_id"
        + " JOIN sys.schemas AS s ON s.schema_id = o.schema_id"
        + " WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 AND i.index_id > 0"
        + " AND i.is_disabled = 0 AND i.is_hypothetical = 0 AND k.is_included_column = 0"
        + condition;
  }

  /** About how many rows the tables have, and how many partitions. */
  String rows() {
    return "SELECT p.object_id, SUM(p.rows), COUNT(*) FROM sys.partitions AS p"
        + " WHERE p.index_id IN (0, 1) GROUP BY p.object_id";
  }

  /** How many bytes; only of SQL Server. */
  String bytes() {
    return "SELECT p.object_id, SUM(a.used_pages) * 8192 FROM sys.partitions AS p"
        + BYTES_OF
        + " WHERE p.index_id IN (0, 1) GROUP BY p.object_id";
  }

  private static final String BYTES_OF =
      " JOIN sys.allocation_units AS a ON a.container_id ="
          + " CASE WHEN a.type = 2 THEN p.partition_id ELSE p.hobt_id END";

  /** The comments on tables and columns, as the tools write them. */
  String comments() {
    return "SELECT e.major_id, e.minor_id, CAST(e.value AS nvarchar(4000))"
        + " FROM sys.extended_properties AS e WHERE e.class = 1 AND e.name = N'MS_Description'";
  }

  /** The tables of which a security policy hides rows; only of SQL Server. */
  String policies() {
    return "SELECT p.target_object_id FROM sys.security_predicates AS p"
        + " JOIN sys.security_policies AS y ON y.object_id = p.object_id"
        + " WHERE y.is_enabled = 1 AND p.predicate_type = 0";
  }

  /** Names as they were written, which Babelfish shows here alone. */
  String writtenNames() {
    return "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS";
  }

  /** What a table is: object, when it was made, rows, the server's name and its time in UTC. */
  String facts() {
    return "SELECT o.object_id, "
        + (kind.babelfish()
            ? "''," // its numbers of objects are never used again
            : "COALESCE(CONVERT(varchar(40), o.create_date, 126), ''),")
        + " COALESCE((SELECT SUM(p.rows) FROM sys.partitions AS p"
        + " WHERE p.object_id = o.object_id AND p.index_id IN (0, 1)), 0),"
        + " COALESCE(@@SERVERNAME, ''), SYSUTCDATETIME() FROM sys.objects AS o"
        + " JOIN sys.schemas AS s ON s.schema_id = o.schema_id"
        + " WHERE s.name = ? AND o.name = ? AND o.type IN ('U', 'V')";
  }

  /** What holds a table's rows, and its size; only of SQL Server. The object is the parameter. */
  String files() {
    return "SELECT CONCAT(p.hobt_id, '.', MAX(CASE WHEN a.type = 1 THEN a.allocation_unit_id END)),"
        + " SUM(a.used_pages) * 8192 FROM sys.partitions AS p"
        + BYTES_OF
        + " WHERE p.object_id = ? AND p.index_id IN (0, 1) GROUP BY p.hobt_id ORDER BY p.hobt_id";
  }

  /** Whether a table is memory-optimized; only of SQL Server. The object is the parameter. */
  String inMemory() {
    return "SELECT o.is_memory_optimized FROM sys.tables AS o WHERE o.object_id = ?";
  }

  /** The last number that was given to a row; only of SQL Server. The object is the parameter. */
  String identity() {
    return "SELECT CAST(c.last_value AS varchar(40)) FROM sys.identity_columns AS c"
        + " WHERE c.object_id = ?";
  }

  /** The lowest rowversion that may still be committed; only of SQL Server. */
  String activeRowversion() {
    return "SELECT MIN_ACTIVE_ROWVERSION()";
  }
}
