package dev.bobbin.dialect.mysql;

import com.mysql.cj.jdbc.JdbcConnection;
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
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A connected server: the pool of its connections and what leads to it. Thread-safe. */
final class Server implements AutoCloseable {

  private static final int OLDEST_MYSQL = 50_700;
  private static final int OLDEST_MARIADB = 100_500;

  private final Endpoint endpoint;
  private final SourceSettings settings;
  private final ConnectionPool pool;
  private final SqlFailures failures;
  private final boolean ofHost;
  private final @Nullable Route route;
  private final ServerKind kind;
  private final boolean replica;

  private Server(
      Endpoint endpoint,
      SourceSettings settings,
      ConnectionPool pool,
      boolean ofHost,
      @Nullable Route route,
      Greeting greeting) {
    this.endpoint = endpoint;
    this.settings = settings;
    this.pool = pool;
    this.failures = failures(endpoint);
    this.ofHost = ofHost;
    this.route = route;
    this.kind = greeting.kind;
    this.replica = greeting.readOnly;
  }

  /** A server over connections of Bobbin's own; one has been tried. */
  static Server connect(ConnectionSettings connections, SourceSettings settings) {
    Login login = new Login(connections.credentials());
    return connect(connections, settings, login, Route.open(connections, settings));
  }

  /** The same with a login and a route, which is closed with this, or if this fails. */
  static Server connect(
      ConnectionSettings connections, SourceSettings settings, Login login, Route route) {
    Endpoint endpoint = connections.endpoint();
    // Each scan has a connection, and so has each load, of which there are no more than scans.
    ConnectionPool pool =
        ConnectionPool.own(
            login,
            new MySqlConnector(endpoint, connections.properties(), settings, route),
            2 * settings.maxScans() + 1,
            settings.connectTimeout(),
            failures(endpoint),
            MySqlVendor.INSTANCE);
    try {
      return new Server(endpoint, settings, pool, false, route, greet(pool, endpoint, null));
    } catch (RuntimeException e) {
      close(pool, route);
      throw e;
    }
  }

  /** The server that the host application's connections lead to; one has been tried. */
  static Server over(DataSource dataSource, Endpoint unknown, SourceSettings settings) {
    ConnectionPool once = ConnectionPool.over(dataSource, failures(unknown), MySqlVendor.INSTANCE);
    Greeting greeting = greet(once, unknown, settings);
    Endpoint endpoint =
        new Endpoint(
            greeting.kind.mariaDb() ? "MariaDB" : unknown.product(),
            greeting.database,
            "",
            0,
            greeting.user);
    ConnectionPool pool = ConnectionPool.over(dataSource, failures(endpoint), MySqlVendor.INSTANCE);
    return new Server(endpoint, settings, pool, true, null, greeting);
  }

  private static SqlFailures failures(Endpoint endpoint) {
    return new SqlFailures(endpoint, MySqlVendor.INSTANCE);
  }

  /** What a server says of itself. */
  private record Greeting(ServerKind kind, String database, String user, boolean readOnly) {}

  /**
   * Logs in, and refuses servers that Bobbin does not know.
   *
   * @param settings to be set meanwhile; null where they are set already
   */
  private static Greeting greet(
      ConnectionPool pool, Endpoint endpoint, @Nullable SourceSettings settings) {
    BorrowedConnection borrowed = pool.borrow();
    try {
      Connection connection = borrowed.connection();
      if (!connection.isWrapperFor(JdbcConnection.class)) {
        throw new ConfigurationException(
            "The DataSource given to MySqlDialect.from(...) gives connections of "
                + connection.getClass().getName()
                + ", which do not unwrap to com.mysql.cj.jdbc.JdbcConnection. Nothing has been"
                + " read.",
            "Use MySQL's own driver, Connector/J, under a pool that lets its connections be"
                + " unwrapped, or MySqlDialect.at(host, port).");
      }
      ServerKind kind = ServerKind.of(connection);
      if (kind.version() < (kind.mariaDb() ? OLDEST_MARIADB : OLDEST_MYSQL)) {
        throw new SourceException(
            Kind.PERMANENT,
            endpoint.describe() + " is " + kind.describe() + ". Nothing has been read.",
            "Bobbin reads MySQL 5.7 and later, and MariaDB 10.5 and later.",
            null);
      }
      try (ReadOnlyTransaction transaction =
              ReadOnlyTransaction.on(
                  borrowed, settings == null ? null : new SessionSettings(kind, settings));
          Statement statement = transaction.connection().createStatement();
          ResultSet row =
              statement.executeQuery(
                  "SELECT COALESCE(DATABASE(), ''), SUBSTRING_INDEX(CURRENT_USER(), '@', 1),"
                      + " @@GLOBAL.read_only OR @@GLOBAL.innodb_read_only")) {
        row.next();
        return new Greeting(kind, row.getString(1), row.getString(2), row.getBoolean(3));
      }
    } catch (SQLException e) {
      throw failures(endpoint).of(e, Activity.CONNECT);
    } finally {
      borrowed.close();
    }
  }

  /** What the server is. */
  ServerKind kind() {
    return kind;
  }

  /** Whether the server takes no writes, as a replica does. */
  boolean replica() {
    return replica;
  }

  /** Words the failures. */
  SqlFailures failures() {
    return failures;
  }

  SourceSettings settings() {
    return settings;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /** What a shorter name of a table is completed with. */
  List<String> defaultNamespace() {
    return endpoint.database().isEmpty() ? List.of() : List.of(endpoint.database());
  }

  /**
   * A transaction on a borrowed connection with Bobbin's session settings; it has begun, but sees
   * no rows yet.
   */
  ReadOnlyTransaction begin(ReadOnlyTransaction.Isolation isolation) throws SQLException {
    ReadOnlyTransaction transaction =
        ReadOnlyTransaction.on(pool.borrow(), ofHost ? new SessionSettings(kind, settings) : null);
    try {
      transaction.networkTimeout(settings.lockTimeout().plus(settings.connectTimeout()));
      transaction.begin(isolation);
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
