package dev.bobbin.dialect.sqlserver;

import com.microsoft.sqlserver.jdbc.ISQLServerConnection;
import dev.bobbin.dialect.jdbc.BorrowedConnection;
import dev.bobbin.dialect.jdbc.ConnectionPool;
import dev.bobbin.dialect.jdbc.ConnectionSettings;
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
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A connected server: the pool of its connections and what leads to it. Thread-safe. */
final class Server implements AutoCloseable {

  private final Endpoint endpoint;
  private final SourceSettings settings;
  private final SqlServerOptions options;
  private final ConnectionPool pool;
  private final SqlFailures failures;
  private final boolean ofHost;
  private final @Nullable Route route;
  private final Greeting greeting;

  private Server(
      Endpoint endpoint,
      SourceSettings settings,
      SqlServerOptions options,
      ConnectionPool pool,
      boolean ofHost,
      @Nullable Route route,
      Greeting greeting) {
    this.endpoint = endpoint;
    this.settings = settings;
    this.options = options;
    this.pool = pool;
    this.failures = failures(endpoint);
    this.ofHost = ofHost;
    this.route = route;
    this.greeting = greeting;
  }

  /** A server over connections of Bobbin's own; one has been tried. */
  static Server connect(
      ConnectionSettings connections, SqlServerOptions options, SourceSettings settings) {
    Login login = new Login(connections.credentials());
    return connect(connections, options, settings, login, Route.trusting(connections, settings));
  }

  /** The same with a login and a route, which is closed with this, or if this fails. */
  static Server connect(
      ConnectionSettings connections,
      SqlServerOptions options,
      SourceSettings settings,
      Login login,
      Route route) {
    Endpoint endpoint = connections.endpoint();
    // Each scan has a connection, and so has each load, of which there are no more than scans.
    ConnectionPool pool =
        ConnectionPool.own(
            login,
            new SqlServerConnector(endpoint, options, settings, route),
            2 * settings.maxScans() + 1,
            settings.connectTimeout(),
            failures(endpoint),
            SqlServerVendor.INSTANCE);
    try {
      Greeting greeting = greet(pool, endpoint);
      return new Server(
          endpoint.with(greeting.database()), settings, options, pool, false, route, greeting);
    } catch (RuntimeException e) {
      close(pool, route);
      throw e;
    }
  }

  /** The server that the host application's connections lead to; one has been tried. */
  static Server over(
      DataSource dataSource, Endpoint unknown, SqlServerOptions options, SourceSettings settings) {
    ConnectionPool once =
        ConnectionPool.over(dataSource, failures(unknown), SqlServerVendor.INSTANCE);
    Greeting greeting = greet(once, unknown);
    Endpoint endpoint =
        new Endpoint(
            greeting.kind().babelfish() ? "Babelfish" : unknown.product(),
            greeting.database(),
            "",
            0,
            greeting.user());
    ConnectionPool pool =
        ConnectionPool.over(dataSource, failures(endpoint), SqlServerVendor.INSTANCE);
    return new Server(endpoint, settings, options, pool, true, null, greeting);
  }

  private static SqlFailures failures(Endpoint endpoint) {
    return new SqlFailures(endpoint, SqlServerVendor.INSTANCE);
  }

  /** Logs in, and refuses servers that Bobbin does not know. */
  private static Greeting greet(ConnectionPool pool, Endpoint endpoint) {
    BorrowedConnection borrowed = pool.borrow();
    try {
      Connection connection = borrowed.connection();
      if (!connection.isWrapperFor(ISQLServerConnection.class)) {
        throw new ConfigurationException(
            "The DataSource given to SqlServerDialect.from(...) gives connections of "
                + connection.getClass().getName()
                + ", which do not unwrap to com.microsoft.sqlserver.jdbc.ISQLServerConnection."
                + " Nothing has been read.",
            "Use Microsoft's own driver, mssql-jdbc, under a pool that lets its connections be"
                + " unwrapped, or SqlServerDialect.at(host, port, database).");
      }
      if (!connection.getAutoCommit()) {
        connection.setAutoCommit(true); // back again when it is given back
      }
      ServerKind kind = Greeting.kindOf(connection);
      if (!kind.isSupported()) {
        throw new SourceException(
            Kind.PERMANENT,
            endpoint.describe() + " is " + kind.describe() + ". Nothing has been read.",
            "Bobbin reads SQL Server 2016 and later, Azure SQL, and Babelfish 4 and later.",
            null);
      }
      return Greeting.of(connection, kind);
    } catch (SQLException e) {
      throw failures(endpoint).of(e, Activity.CONNECT);
    } finally {
      borrowed.close();
    }
  }

  Greeting greeting() {
    return greeting;
  }

  /** What the server is. */
  ServerKind kind() {
    return greeting.kind();
  }

  /** Words the failures. */
  SqlFailures failures() {
    return failures;
  }

  SourceSettings settings() {
    return settings;
  }

  SqlServerOptions options() {
    return options;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /** What a shorter name of a table is completed with. */
  List<String> defaultNamespace() {
    return List.of(greeting.database(), greeting.schema());
  }

  /** A borrowed connection with Bobbin's session settings, outside of a transaction. */
  ReadTransaction borrow() throws SQLException {
    ReadTransaction transaction =
        ReadTransaction.on(pool.borrow(), ofHost ? new SessionSettings(kind(), settings) : null);
    try {
      transaction.networkTimeout(settings.lockTimeout().plus(settings.connectTimeout()));
      return transaction;
    } catch (SQLException e) {
      transaction.discard();
      throw e;
    }
  }

  /** Makes whoever waits for the server fail soon, and lends no more. */
  void cancel() {
    pool.cancel();
  }

  @Override
  public void close() {
    close(pool, route);
  }

  private static void close(ConnectionPool pool, @Nullable Route route) {
    try {
      pool.close();
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
