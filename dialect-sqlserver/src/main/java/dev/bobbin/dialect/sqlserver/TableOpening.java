package dev.bobbin.dialect.sqlserver;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.CursorReader;
import dev.bobbin.dialect.jdbc.ReadLimits;
import dev.bobbin.dialect.jdbc.SqlFailures;
import dev.bobbin.dialect.jdbc.SqlFailures.Activity;
import dev.bobbin.dialect.jdbc.load.Incarnation;
import dev.bobbin.dialect.jdbc.load.LoadKeeper;
import dev.bobbin.dialect.jdbc.load.ScanQuery;
import dev.bobbin.dialect.jdbc.load.SqlText;
import dev.bobbin.dialect.sqlserver.ReadTransaction.Isolation;
import dev.bobbin.dialect.sqlserver.ResultCursor.Last;
import dev.bobbin.dialect.sqlserver.Storage.Moment;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.SourceException;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceSettings;
import java.math.BigInteger;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The steps in which a table is opened: touch it, which waits for those who alter it; a look at
 * what it is now; then the snapshot.
 *
 * <p>Behind Babelfish the touch takes a lock that lasts as long as the transaction, so nobody
 * alters the table after the look. SQL Server has no such lock that would not stop writers too:
 * what is altered after the look makes the statement fail, and what is emptied is noticed by a
 * second look, once all rows have come.
 */
final class TableOpening {

  private static final int NOT_GRANTED = 1222;
  private static final int PAGE = 8192;
  private static final String ORDER_REMEDY =
      "Check the table (DBCC CHECKTABLE), and build the index anew.";

  private final Server server;
  private final SourceSettings settings;
  private final CatalogSql sql;
  private final Table table;
  private final TableId id;
  private final SqlFailures failures;

  TableOpening(Server server, Table table) {
    this.server = server;
    this.settings = server.settings();
    this.sql = new CatalogSql(server.kind());
    this.table = table;
    this.id = table.id();
    this.failures = server.failures();
  }

  /**
   * What was seen of a table.
   *
   * @param storage how it is stored
   * @param rows about how many rows it has; 0 where nobody knows
   * @param bytes about how large it is; 0 where nobody knows
   * @param incarnation what tells it from others in its place
   * @param scans the statements of its scans at this moment
   */
  record Seen(Storage storage, long rows, long bytes, Incarnation incarnation, TSqlScans scans) {}

  /**
   * A table that is open.
   *
   * @param transaction in which it is read; its snapshot is still to be taken
   * @param seen what it is
   */
  record Opened(ReadTransaction transaction, Seen seen) {}

  /** Opens the table; the transaction is to be finished or discarded. */
  Opened open() throws SQLException {
    ReadTransaction transaction = server.borrow();
    boolean opened = false;
    try {
      transaction.enter(database());
      if (server.kind().babelfish()) {
        transaction.begin(Isolation.READ_COMMITTED);
      }
      touch(transaction);
      Seen seen = look(transaction);
      if (!server.kind().babelfish()) {
        transaction.begin(
            seen.storage().moment() == Moment.OF_TRANSACTION
                ? Isolation.SNAPSHOT
                : Isolation.READ_COMMITTED);
      }
      opened = true;
      return new Opened(transaction, seen);
    } finally {
      if (!opened) {
        transaction.finish();
      }
    }
  }

  private void touch(ReadTransaction transaction) throws SQLException {
    String columns =
        table.columns().stream()
            .map(column -> TSqlScans.referenceTo(column.name()))
            .collect(Collectors.joining(", "));
    try {
      transaction.execute(
          "SELECT TOP (0) "
              + (columns.isEmpty() ? "1" : columns)
              + " FROM "
              + TSql.table(id)
              + " AS [t]");
    } catch (SQLException e) {
      if (e.getErrorCode() == NOT_GRANTED || SqlServerVendor.INSTANCE.state(e).equals("55P03")) {
        throw failures.lockTimeout(e, id, settings.lockTimeout());
      }
      throw e;
    }
  }

  private String database() {
    List<String> parts = id.parts();
    return parts.size() > 2 ? parts.get(parts.size() - 3) : server.greeting().database();
  }

  private SqlText ofTable(String query) {
    List<String> parts = id.parts();
    String schema = parts.size() > 1 ? parts.get(parts.size() - 2) : server.greeting().schema();
    return new SqlText(query, List.of(Parameter.text(schema), Parameter.text(id.name())));
  }

  private static SqlText ofObject(String query, long object) {
    return new SqlText(query, List.of(Parameter.number(object)));
  }

  /** A look at what the table is now, outside of a snapshot. */
  private Seen look(ReadTransaction transaction) throws SQLException {
    Map<String, String> collations = check(transaction);
    Facts facts = facts(transaction);
    Moment moment = moment(transaction);
    FoundIndexes indexes = new FoundIndexes(server.kind().babelfish());
    StructureSync.query(transaction, ofTable(sql.indexesOfOne()), indexes::add);
    boolean inMemory = isInMemory(transaction, facts.object());
    Files files = files(transaction, facts.object());
    boolean versioned = table.columns().stream().anyMatch(c -> c.nativeType().equals("rowversion"));
    String active = versioned && !server.kind().babelfish() ? activeRowversion(transaction) : null;
    return new Seen(
        new Storage(
            inMemory ? Moment.OF_STATEMENT : moment, inMemory, indexes.ordered(), collations),
        Math.max(facts.rows(), files.rows()),
        files.bytes(),
        new Incarnation(
            facts.server(),
            facts.object() + " " + facts.created(),
            files.numbers(),
            next(transaction, facts.object())),
        new TSqlScans(server.kind(), facts.now(), collations, active, inMemory));
  }

  /**
   * Checks that the columns are still of the types that were planned.
   *
   * @return by their names, the collations of texts in a code page
   */
  private Map<String, String> check(ReadTransaction transaction) throws SQLException {
    Map<String, FoundColumn> now = new HashMap<>();
    StructureSync.query(
        transaction,
        ofTable(sql.columnsOfOne()),
        row -> {
          FoundColumn column = FoundColumn.read(row);
          now.put(known(column.name()), column);
        });
    Map<String, String> collations = new HashMap<>();
    for (Column column : table.columns()) {
      FoundColumn found = now.get(known(column.name()));
      if (found == null) {
        throw changed("its column " + TSql.identifier(column.name()) + " is gone");
      }
      if (!found.nativeType().equals(column.nativeType())) {
        throw changed(
            "its column "
                + TSql.identifier(column.name())
                + " was of type "
                + column.nativeType()
                + " and now is "
                + found.nativeType());
      }
      if (found.type().isOfCodePage() && !found.collation().isEmpty()) {
        collations.put(column.name(), found.collation());
      }
    }
    return collations;
  }

  /** Babelfish shows names in lower case here, and compares them whatever their case. */
  private String known(String name) {
    return server.kind().babelfish() ? name.toLowerCase(Locale.ROOT) : name;
  }

  /** The table with just the columns to read. */
  Table table() {
    return table;
  }

  private record Facts(long object, String created, long rows, String server, LocalDateTime now) {}

  private Facts facts(ReadTransaction transaction) throws SQLException {
    List<Facts> found = new ArrayList<>();
    StructureSync.query(
        transaction,
        ofTable(sql.facts()),
        row ->
            found.add(
                new Facts(
                    row.getLong(1),
                    row.getString(2),
                    row.getLong(3),
                    row.getString(4),
                    Objects.requireNonNull(row.getObject(5, LocalDateTime.class)))));
    if (found.isEmpty()) {
      throw changed("it is gone");
    }
    return found.get(0);
  }

  private Moment moment(ReadTransaction transaction) throws SQLException {
    Moment[] moment = {Moment.OF_EACH_ROW};
    if (server.kind().babelfish()) {
      return Moment.OF_STATEMENT;
    }
    StructureSync.query(
        transaction,
        new SqlText(sql.database(), List.of(Parameter.text(database()))),
        row -> moment[0] = StructureSync.moment(row, server.kind()));
    return moment[0];
  }

  private boolean isInMemory(ReadTransaction transaction, long object) throws SQLException {
    if (server.kind().babelfish()) {
      return false;
    }
    boolean[] inMemory = {false};
    StructureSync.query(
        transaction, ofObject(sql.inMemory(), object), row -> inMemory[0] = row.getBoolean(1));
    return inMemory[0];
  }

  /**
   * What holds the rows.
   *
   * @param numbers that are new once the table was emptied or written anew; empty where they cannot
   *     be seen
   * @param bytes its size; 0 where nobody knows
   * @param rows how many rows; 0 where nobody knows
   */
  private record Files(String numbers, long bytes, long rows) {}

  private Files files(ReadTransaction transaction, long object) throws SQLException {
    boolean babelfish = server.kind().babelfish();
    if (babelfish && !server.greeting().showsFiles()) {
      return new Files("", 0, 0);
    }
    List<String> numbers = new ArrayList<>();
    long[] bytes = {0};
    long[] rows = {0};
    StructureSync.query(
        transaction,
        ofObject(babelfish ? Greeting.FILES : sql.files(), object),
        row -> {
          numbers.add(row.getString(1));
          bytes[0] += row.getLong(2) * (babelfish ? PAGE : 1);
          rows[0] += babelfish ? (long) row.getDouble(3) : 0;
        });
    return new Files(String.join("-", numbers), bytes[0], Math.max(0, rows[0]));
  }

  private long next(ReadTransaction transaction, long object) throws SQLException {
    if (server.kind().babelfish()) {
      return 0;
    }
    BigInteger[] last = {BigInteger.ZERO};
    StructureSync.query(
        transaction,
        ofObject(sql.identity(), object),
        row -> {
          String number = row.getString(1);
          last[0] = number == null ? BigInteger.ZERO : new BigInteger(number);
        });
    return last[0].signum() <= 0 || last[0].bitLength() > 62 ? 0 : last[0].longValue();
  }

  private @Nullable String activeRowversion(ReadTransaction transaction) throws SQLException {
    String[] active = {null};
    StructureSync.query(
        transaction,
        new SqlText(sql.activeRowversion(), List.of()),
        row -> active[0] = HexFormat.of().formatHex(row.getBytes(1)));
    return active[0];
  }

  /** A reader over the transaction, which it takes over. */
  BatchReader reader(ReadTransaction transaction, TableScan scan, ScanQuery query, Last last) {
    return new CursorReader(
        new ResultCursor(transaction, query.sql(), settings.maxRowBytes(), last),
        scan,
        query.plan(),
        new ReadLimits(settings.batchBytes(), settings.batchRows(), settings.maxRowBytes()),
        ValueReader.TICKS_PER_SECOND,
        this::readFailed,
        ORDER_REMEDY);
  }

  /** A reader over a transaction that goes on after it. */
  BatchReader glance(ReadTransaction transaction, TableScan scan, ScanQuery query) {
    return reader(transaction.shared(), scan, query, () -> {});
  }

  /**
   * What the table is now, once all rows of a scan have come, so that one that was emptied
   * meanwhile is not taken for one without rows; nothing behind Babelfish, where a lock has kept
   * it.
   */
  Last noticing(ReadTransaction transaction, Incarnation before) {
    if (server.kind().babelfish()) {
      return () -> {};
    }
    return () -> {
      transaction.end();
      transaction.enter(database());
      Facts facts = facts(transaction);
      Incarnation now =
          new Incarnation(
              facts.server(),
              facts.object() + " " + facts.created(),
              files(transaction, facts.object()).numbers(),
              next(transaction, facts.object()));
      Optional<String> doubt = now.doubtAbout(before);
      if (doubt.isPresent()) {
        throw LoadKeeper.refusal(doubt.get());
      }
    };
  }

  private SourceException readFailed(SQLException failure) {
    return failures.source(failure, Activity.READ, id);
  }

  /** The failure of reading a load that has been closed. */
  SourceException closed() {
    return failures.closed();
  }

  /** The failure of opening the table. */
  BobbinException failed(SQLException failure) {
    return failures.of(failure, Activity.OPEN_SCAN, id);
  }

  private SourceException changed(String how) {
    return failures.structureChanged(id, how, null);
  }
}
