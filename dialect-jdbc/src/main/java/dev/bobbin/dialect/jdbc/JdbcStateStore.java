package dev.bobbin.dialect.jdbc;

import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.StateException;
import dev.bobbin.state.StateDocument;
import dev.bobbin.state.StateLease;
import dev.bobbin.state.StateStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A store that keeps documents in two tables of a database: for hosts without a disk of their own,
 * or several of them.
 *
 * <pre>{@code
 * StateStore store = JdbcStateStore.in(dataSource).table("bobbin_state");
 * }</pre>
 *
 * <p>The tables, {@code bobbin_state} and {@code bobbin_state_lease} unless told otherwise, are
 * created where they are missing. PostgreSQL, MySQL, MariaDB and SQL Server (2016 or later) are
 * known; another database must understand {@code EXTRACT(EPOCH FROM CURRENT_TIMESTAMP)}, {@code
 * CLOB} and {@code CREATE TABLE IF NOT EXISTS}, as H2 does.
 *
 * <p>A lease is a row with an expiry by the database's clock; the hosts' clocks do not matter. It
 * is extended by every save and by {@link StateLease#renew}. Once expired it can be taken by
 * another run, and from then on the first one's saves fail: each save is one transaction that first
 * locks and compares the lease's row.
 *
 * <p>No previous generations are kept: a transaction does not tear, and the database has its own
 * checksums, log and backups. {@link StateDocument#recovered()} is never true.
 *
 * <p>Immutable and thread-safe; starts no threads. Uses one connection at a time for reading, and
 * one for each lease while it saves, and gives it back with the autocommit it came with. Statements
 * have no timeout of their own: the DataSource should have a socket timeout. Where the commit
 * itself loses its connection, the save is tried again, since it comes to the same.
 */
public final class JdbcStateStore implements StateStore {

  private static final Pattern REPLICATOR = Pattern.compile("[a-z0-9_]{1,128}");
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  private final DataSource source;
  private final StateTransactions transactions;
  private final @Nullable String schema;
  private final String table;
  private final Duration leaseTime;
  private final boolean create;

  /** Null until the tables are known to be there. */
  private volatile @Nullable StateTables tables;

  /** The database products whose SQL differs. */
  public enum Product {
    /** PostgreSQL. */
    POSTGRESQL,
    /** MySQL and MariaDB. */
    MYSQL,
    /** SQL Server, 2016 or later. */
    SQL_SERVER,
    /** Any other, such as H2. */
    GENERIC;

    private static Product of(Connection connection) throws SQLException {
      String name = connection.getMetaData().getDatabaseProductName().toLowerCase(Locale.ROOT);
      if (name.contains("postgres")) {
        return POSTGRESQL;
      }
      if (name.contains("mysql") || name.contains("mariadb")) {
        return MYSQL;
      }
      return name.contains("microsoft") ? SQL_SERVER : GENERIC;
    }
  }

  private JdbcStateStore(
      DataSource source,
      @Nullable String schema,
      String table,
      Duration leaseTime,
      boolean create) {
    this.source = Objects.requireNonNull(source);
    this.transactions = new StateTransactions(source);
    this.schema = schema == null ? null : StateTables.checkName(schema);
    this.table = StateTables.checkName(table);
    this.leaseTime = leaseTime;
    this.create = create;
  }

  /**
   * A store in the database that this gives connections to, with leases of 60 seconds.
   *
   * @param source stays the host's: the store never closes it
   */
  public static JdbcStateStore in(DataSource source) {
    return new JdbcStateStore(source, null, "bobbin_state", Duration.ofSeconds(60), true);
  }

  /**
   * The same store in another table.
   *
   * @param name at most 50 letters, digits and underscores; upper and lower case as given. The
   *     table of leases has the same name with {@code _lease} behind it
   */
  public JdbcStateStore table(String name) {
    return new JdbcStateStore(source, schema, name, leaseTime, create);
  }

  /**
   * The same store in a schema, which must exist; otherwise the connection's own decides.
   *
   * @param name at most 50 letters, digits and underscores; upper and lower case as given
   */
  public JdbcStateStore schema(String name) {
    return new JdbcStateStore(source, name, table, leaseTime, create);
  }

  /**
   * The same store with leases that expire after another time without a save or a renewal.
   *
   * @param time at least a second; runs renew about every ten seconds, so that anything below 30
   *     risks losing the lease to a pause
   */
  public JdbcStateStore leaseTime(Duration time) {
    if (time.compareTo(SHORTEST) < 0) {
      throw new ConfigurationException(
          "A lease time of " + time + " is too short.", "Use at least 30 seconds.");
    }
    return new JdbcStateStore(source, schema, table, time, create);
  }

  /**
   * The same store, that creates its tables where they are missing or does not.
   *
   * @param whether false where the login may not; {@link #ddl} is what to run then
   */
  public JdbcStateStore createTables(boolean whether) {
    return new JdbcStateStore(source, schema, table, leaseTime, whether);
  }

  /** The statements that create this store's tables, to be run by hand. */
  public String ddl(Product product) {
    return new StateTables(product, schema, table).ddl();
  }

  @Override
  public List<StateDocument> read(String replicator) {
    check(replicator);
    StateTables sql = tables();
    return transactions.run(
        "The state of replicator " + replicator + " could not be read from " + sql,
        "Nothing was changed; see the cause, and run again.",
        connection -> {
          List<StateDocument> documents = new ArrayList<>();
          try (PreparedStatement read = connection.prepareStatement(sql.readDocuments())) {
            read.setString(1, replicator);
            try (ResultSet rows = read.executeQuery()) {
              while (rows.next()) {
                documents.add(
                    new StateDocument(
                        AsciiNames.decode(rows.getString(1)), rows.getString(2), false));
              }
            }
          }
          return List.copyOf(documents);
        });
  }

  @Override
  public StateLease lease(String replicator) {
    check(replicator);
    return JdbcStateLease.take(transactions, tables(), replicator, leaseTime);
  }

  private static void check(String replicator) {
    if (!REPLICATOR.matcher(replicator).matches()) {
      throw new ConfigurationException(
          "\"" + replicator + "\" is no id of a replicator.",
          "Use 1 to 128 lower-case letters, digits and underscores.");
    }
  }

  /** The SQL for tables that are there. */
  private StateTables tables() {
    StateTables known = tables;
    if (known != null) {
      return known;
    }
    Product product =
        transactions.run(
            "The database of the state store cannot be reached",
            "Mend the DataSource that was given to JdbcStateStore.in, and run again.",
            Product::of);
    StateTables sql = new StateTables(product, schema, table);
    String remedy =
        create
            ? "Grant the login CREATE and the use of both tables, or have them created: see"
                + " JdbcStateStore.ddl."
            : "Have them created and granted: JdbcStateStore.ddl("
                + product
                + ") has the statements.";
    require(sql, sql.probeDocuments(), sql.createDocuments(), remedy);
    require(sql, sql.probeLeases(), sql.createLeases(), remedy);
    tables = sql;
    return sql;
  }

  /**
   * Asks for the table before creating it: a login need not have the right to create what exists.
   * Asks again afterwards, since another process can have been quicker (PostgreSQL then fails in
   * spite of IF NOT EXISTS), or the table can be another one of the same name.
   */
  private void require(StateTables sql, String probe, String ddl, String remedy) {
    try {
      execute(sql, probe, remedy);
      return;
    } catch (StateException e) {
      if (!create) {
        throw e;
      }
    }
    StateException notCreated = null;
    try {
      execute(sql, ddl, remedy);
    } catch (StateException e) {
      notCreated = e;
    }
    try {
      execute(sql, probe, remedy);
    } catch (StateException e) {
      if (notCreated != null) {
        e.addSuppressed(notCreated);
      }
      throw e;
    }
  }

  private void execute(StateTables sql, String statement, String remedy) {
    transactions.run(
        "The tables of the state store, " + sql + ", are missing or cannot be used",
        remedy,
        connection -> {
          try (Statement run = connection.createStatement()) {
            return run.execute(statement);
          }
        });
  }

  /** The tables. */
  @Override
  public String toString() {
    return "JdbcStateStore in " + (schema == null ? "" : schema + ".") + table;
  }
}
