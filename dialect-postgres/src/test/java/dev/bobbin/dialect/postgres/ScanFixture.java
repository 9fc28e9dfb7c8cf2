package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.ReadLimits;
import dev.bobbin.error.SourceException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.state.Bookmark;
import dev.bobbin.testservers.PostgresServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.postgresql.PGConnection;

/** A database of its own in which tables are made, found and scanned. */
final class ScanFixture implements AutoCloseable {

  static final ReadLimits LIMITS = new ReadLimits(1 << 20, 10_000, 64 << 20);
  private static final Executor AT_ONCE = Runnable::run;

  private final PostgresServer server;
  private final String database;
  private final boolean ascii;

  private ScanFixture(PostgresServer server, String database, boolean ascii) {
    this.server = server;
    this.database = database;
    this.ascii = ascii;
  }

  static ScanFixture on(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    return new ScanFixture(server, server.createDatabase(), false);
  }

  static ScanFixture inSqlAscii(String version, String database) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    return new ScanFixture(server, server.createDatabase(database, "SQL_ASCII"), true);
  }

  PostgresServer server() {
    return server;
  }

  Connection connect() throws SQLException {
    return server.connect(database);
  }

  void execute(String... sql) throws SQLException {
    server.execute(database, sql);
  }

  String query(String sql) throws SQLException {
    return server.query(database, sql);
  }

  /** A table of schema public as the catalog has it. */
  Table table(String name) throws SQLException {
    return table("public", name);
  }

  Table table(String schema, String name) throws SQLException {
    Table.Builder table = Table.named(TableId.of(database, schema, name));
    try (Connection connection = connect()) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET search_path = pg_catalog");
      }
      try (PreparedStatement columns =
          connection.prepareStatement(
              "SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.atttypid, a.atttypmod,"
                  + " a.attnotnull FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
                  + " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ?"
                  + " AND c.relname = ? AND a.attnum > 0 AND NOT a.attisdropped"
                  + " ORDER BY a.attnum")) {
        columns.setString(1, schema);
        columns.setString(2, name);
        try (ResultSet rows = columns.executeQuery()) {
          while (rows.next()) {
            table.column(
                PostgresTypes.column(
                    rows.getString(1),
                    rows.getString(2),
                    facts(connection, rows.getLong(3), rows.getInt(4)),
                    !rows.getBoolean(5),
                    true,
                    Column.Generation.NONE,
                    ""));
          }
        }
      }
    }
    return table.build();
  }

  private static TypeFacts facts(Connection connection, long type, int modifier)
      throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT t.typname, n.nspname, t.typtype, t.typbasetype, t.typtypmod, t.typelem,"
                + " EXISTS (SELECT 1 FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod"
                + " JOIN pg_amop a ON a.amopfamily = o.opcfamily AND a.amopstrategy = 4"
                + " AND a.amoplefttype = o.opcintype AND a.amoprighttype = o.opcintype"
                + " JOIN pg_operator r ON r.oid = a.amopopr AND r.oprname = '>='"
                + " WHERE m.amname = 'btree' AND o.opcdefault AND (o.opcintype = t.oid"
                + " OR (t.typtype = 'e' AND o.opcintype = 'anyenum'::regtype)"
                + " OR (t.typtype = 'r' AND o.opcintype = 'anyrange'::regtype)"
                + " OR (t.typname = 'varchar' AND o.opcintype = 'text'::regtype)))"
                + " FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
                + " WHERE t.oid = ?::int8")) {
      query.setLong(1, type);
      try (ResultSet row = query.executeQuery()) {
        row.next();
        if (row.getString(3).equals("d")) {
          int own = row.getInt(5);
          return facts(connection, row.getLong(4), own >= 0 ? own : modifier);
        }
        long element = row.getLong(6);
        return new TypeFacts(
            row.getString(1),
            row.getString(2),
            row.getString(3).charAt(0),
            modifier,
            element == 0 ? null : facts(connection, element, modifier),
            row.getBoolean(7),
            true);
      }
    }
  }

  static TableScan whole(Table table) {
    return new TableScan(table, TableScan.ALL, new ScanRange.WholeTable());
  }

  static TableScan byKey(Table table, String key, Bookmark bookmark) {
    return byKey(table, key, bookmark, new Overlap.None());
  }

  static TableScan byKey(Table table, String key, Bookmark bookmark, Overlap overlap) {
    return new TableScan(table, TableScan.KEY, new ScanRange.FromBookmark(key, bookmark, overlap));
  }

  /** A reader over a connection and a transaction of its own. */
  CopyReader open(TableScan scan, ReadLimits limits) throws SQLException {
    return open(scan, limits, new Lent(connect()));
  }

  CopyReader open(TableScan scan, ReadLimits limits, ScanConnection lent) {
    return new CopyReader(
        lent, scan, CopyQuery.of(scan, ascii), limits, ascii, ScanFixture::failure);
  }

  List<SourceBatch> read(TableScan scan) throws SQLException {
    return read(scan, LIMITS);
  }

  List<SourceBatch> read(TableScan scan, ReadLimits limits) throws SQLException {
    List<SourceBatch> batches = new ArrayList<>();
    try (CopyReader reader = open(scan, limits)) {
      for (Optional<SourceBatch> next = reader.next(); next.isPresent(); next = reader.next()) {
        batches.add(next.get());
      }
    }
    return batches;
  }

  /** The only batch of a scan. */
  SourceBatch one(TableScan scan) throws SQLException {
    List<SourceBatch> batches = read(scan);
    if (batches.size() != 1) {
      throw new AssertionError(batches.size() + " batches");
    }
    return batches.get(0);
  }

  static SourceException failure(SQLException e) {
    return new SourceException(
        SourceException.Kind.PERMANENT, "SQLSTATE " + e.getSQLState() + '.', e.getMessage(), e);
  }

  @Override
  public void close() throws SQLException {
    server.dropDatabase(database);
  }

  /** A connection with an open transaction, and what became of it. */
  static final class Lent implements ScanConnection {
    private final Connection connection;
    private volatile String end = "open";

    Lent(Connection connection) throws SQLException {
      this.connection = connection;
      connection.setAutoCommit(false);
      connection.setReadOnly(true);
    }

    /** open, finished or discarded. */
    String end() {
      return end;
    }

    @Override
    public PGConnection pg() {
      return (PGConnection) connection;
    }

    @Override
    public void finish() {
      end = end.equals("open") ? "finished" : "twice";
      try {
        connection.commit();
        connection.close();
      } catch (SQLException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void discard() {
      end = end.equals("open") ? "discarded" : "twice";
      try {
        connection.abort(AT_ONCE);
      } catch (SQLException e) {
        throw new AssertionError(e);
      }
    }
  }
}
