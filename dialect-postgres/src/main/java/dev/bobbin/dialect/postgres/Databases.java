package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.BorrowedConnection;
import dev.bobbin.dialect.jdbc.ConnectionPool;
import dev.bobbin.dialect.jdbc.ConnectionSettings;
import dev.bobbin.dialect.jdbc.Connector;
import dev.bobbin.dialect.jdbc.Endpoint;
import dev.bobbin.dialect.jdbc.Login;
import dev.bobbin.dialect.jdbc.Route;
import dev.bobbin.dialect.jdbc.SqlFailures;
import dev.bobbin.dialect.jdbc.SqlFailures.Activity;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.spi.SourceSettings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * The databases of a connected server: one pool each, made when the database is first used.
 * Thread-safe.
 */
final class Databases implements AutoCloseable {

  private final Endpoint endpoint;
  private final SourceSettings settings;
  private final @Nullable Login login;
  private final @Nullable PostgresConnector connector;
  private final @Nullable Route route;
  private final ConnectionPool home;
  private final Map<String, ConnectionPool> pools = new ConcurrentHashMap<>();
  private final Set<ConnectionPool> visitors = ConcurrentHashMap.newKeySet();
  private volatile ServerKind kind = ServerKind.UNKNOWN;
  private volatile String product = "";
  private boolean cancelled;
  private boolean closed;

  private Databases(
      Endpoint endpoint,
      SourceSettings settings,
      @Nullable Login login,
      @Nullable PostgresConnector connector,
      @Nullable Route route,
      @Nullable DataSource dataSource) {
    this.endpoint = endpoint;
    this.settings = settings;
    this.login = login;
    this.connector = connector;
    this.route = route;
    this.home =
        dataSource == null
            ? newPool(endpoint.database(), settings.maxScans() + 1)
            : ConnectionPool.over(dataSource, failures(endpoint), PostgresVendor.INSTANCE);
    this.pools.put(endpoint.database(), home);
  }

  /** Databases over connections of their own; one has been tried. */
  static Databases connect(ConnectionSettings connections, SourceSettings settings) {
    Login login = new Login(connections.credentials());
    return connect(connections, settings, login, Route.open(connections, settings));
  }

  /** The same with a login and a route, which is closed with these, or if this fails. */
  static Databases connect(
      ConnectionSettings connections, SourceSettings settings, Login login, Route route) {
    Endpoint endpoint = connections.endpoint();
    PostgresConnector connector =
        new PostgresConnector(endpoint, connections.properties(), settings, route);
    Databases databases = new Databases(endpoint, settings, login, connector, route, null);
    try {
      databases.check();
      return databases;
    } catch (RuntimeException e) {
      databases.close();
      throw e;
    }
  }

  /** The database that the host application's connections lead to; one has been tried. */
  static Databases over(DataSource dataSource, Endpoint unknown, SourceSettings settings) {
    SqlFailures failures = failures(unknown);
    Endpoint endpoint;
    ConnectionPool once = ConnectionPool.over(dataSource, failures, PostgresVendor.INSTANCE);
    try (BorrowedConnection borrowed = once.borrow()) {
      requirePostgres(borrowed.connection());
      try (ReadOnlyTransaction transaction = ReadOnlyTransaction.on(borrowed);
          Statement statement = transaction.connection().createStatement();
          ResultSet row = statement.executeQuery("SELECT current_database(), current_user")) {
        row.next();
        endpoint = new Endpoint(unknown.product(), row.getString(1), "", 0, row.getString(2));
      }
    } catch (SQLException e) {
      throw failures.of(e, Activity.CONNECT);
    }
    Databases databases = new Databases(endpoint, settings, null, null, null, dataSource);
    databases.check();
    return databases;
  }

  private static void requirePostgres(Connection connection) throws SQLException {
    if (!connection.isWrapperFor(PGConnection.class)) {
      throw new ConfigurationException(
          "The DataSource given to PostgresDialect.from(...) gives connections of "
              + connection.getClass().getName()
              + ", which do not unwrap to org.postgresql.PGConnection. Nothing has been read.",
          "Use PostgreSQL's own driver, under a pool that lets its connections be unwrapped, or"
              + " PostgresDialect.at(host, port, database).");
    }
  }

  /** Logs in, and refuses servers that Bobbin does not know. */
  private void check() {
    try (BorrowedConnection borrowed = home.borrow()) {
      Connection connection = borrowed.connection();
      requirePostgres(connection);
      if (PostgresVersion.of(connection) < PostgresVersion.V9_3) {
        throw new SourceException(
            Kind.PERMANENT,
            endpoint.describe()
                + " is of version "
                + PostgresVersion.text(connection)
                + ". Nothing has been read.",
            "Bobbin reads PostgreSQL 9.3 and later.",
            null);
      }
      try (ReadOnlyTransaction transaction = ReadOnlyTransaction.on(borrowed);
          Statement statement = transaction.connection().createStatement();
          ResultSet row = statement.executeQuery("SELECT pg_is_in_recovery()")) {
        row.next();
        kind = new ServerKind(PostgresVersion.of(connection), row.getBoolean(1));
        product = endpoint.product() + ' ' + PostgresVersion.text(connection);
      }
    } catch (SQLException e) {
      throw failures(endpoint).of(e, Activity.CONNECT);
    }
  }

  /** What the server was when it was connected to. */
  ServerKind kind() {
    return kind;
  }

  /** The product and version that the server told when it was connected to. */
  String product() {
    return product;
  }

  private static SqlFailures failures(Endpoint endpoint) {
    return new SqlFailures(endpoint, PostgresVendor.INSTANCE);
  }

  SqlFailures failures(String database) {
    return failures(endpoint.with(database));
  }

  SourceSettings settings() {
    return settings;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /** Whether other databases than the one of the endpoint can be reached. */
  boolean reachesOtherDatabases() {
    return login != null;
  }

  private ConnectionPool newPool(String database, int size) {
    if (login == null || connector == null) {
      throw new ConfigurationException(
          "The DataSource of the host application leads to the database "
              + endpoint.database()
              + " alone, not to "
              + database
              + ".",
          "Make a replicator of its own for that database.");
    }
    Connector toDatabase = connector.to(database);
    return ConnectionPool.own(
        login,
        toDatabase,
        size,
        settings.connectTimeout(),
        failures(endpoint.with(database)),
        PostgresVendor.INSTANCE);
  }

  private synchronized ConnectionPool pool(String database) {
    if (closed || cancelled) {
      throw failures(database).closed();
    }
    return pools.computeIfAbsent(database, d -> newPool(d, settings.maxScans() + 1));
  }

  /** A connection to a database, out of the pool that its scans use. */
  BorrowedConnection borrow(String database) {
    return pool(database).borrow();
  }

  /** Calls with a connection to a database, and ends it if no scan uses the database. */
  <T> T visit(String database, Visit<T> visit) {
    ConnectionPool visitor;
    synchronized (this) {
      if (closed || cancelled) {
        throw failures(database).closed();
      }
      ConnectionPool used = pools.get(database);
      visitor = used == null ? newPool(database, 1) : used;
      if (used == null) {
        visitors.add(visitor);
      }
    }
    try {
      return visit.with(visitor.borrow());
    } finally {
      if (visitors.remove(visitor)) {
        visitor.close();
      }
    }
  }

  /**
   * A transaction in which all statements see the same of the catalogs; takes over the connection.
   */
  ReadOnlyTransaction begin(BorrowedConnection borrowed) throws SQLException {
    ReadOnlyTransaction transaction = ReadOnlyTransaction.on(borrowed);
    try {
      transaction.begin(
          ReadOnlyTransaction.Isolation.REPEATABLE_READ,
          settings.applicationName(),
          settings.lockTimeout(),
          settings.connectTimeout());
      return transaction;
    } catch (SQLException e) {
      transaction.finish();
      throw e;
    }
  }

  /** What is done during a visit; it gives the connection back. */
  interface Visit<T> {
    T with(BorrowedConnection borrowed);
  }

  /** What a shorter name of a table is completed with. */
  List<String> defaultNamespace() {
    return List.of(endpoint.database(), "public");
  }

  /** The database that a table is in. */
  String databaseOf(TableId table) {
    return table.namespace().size() < 2 ? endpoint.database() : table.namespace().get(0);
  }

  /** The schema that a table is in. */
  String schemaOf(TableId table) {
    List<String> namespace = table.namespace();
    return namespace.isEmpty() ? "public" : namespace.get(namespace.size() - 1);
  }

  /** Makes whoever waits for a server fail soon, and lends no more. */
  void cancel() {
    List<ConnectionPool> all;
    synchronized (this) {
      if (closed) {
        return;
      }
      cancelled = true;
      all = List.copyOf(pools.values());
    }
    all.forEach(ConnectionPool::cancel);
  }

  @Override
  public void close() {
    List<ConnectionPool> all;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      all = new ArrayList<>(pools.values());
      all.addAll(visitors);
    }
    try {
      all.forEach(ConnectionPool::close);
    } finally {
      if (route != null) {
        route.close();
      }
    }
  }

  @Override
  public String toString() {
    return endpoint.describe();
  }
}
