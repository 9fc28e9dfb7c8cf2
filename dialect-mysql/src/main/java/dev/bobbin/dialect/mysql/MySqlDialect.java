package dev.bobbin.dialect.mysql;

import dev.bobbin.check.Finding;
import dev.bobbin.dialect.jdbc.ConnectionCheck;
import dev.bobbin.dialect.jdbc.ConnectionCheck.Connected;
import dev.bobbin.dialect.jdbc.ConnectionSettings;
import dev.bobbin.dialect.jdbc.Login;
import dev.bobbin.dialect.jdbc.Route;
import dev.bobbin.select.Selection;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.SourceSettings;
import dev.bobbin.tls.Tls;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.sql.DataSource;

/**
 * A MySQL server, 5.7 or later, or a MariaDB server, 10.5 or later; primary or replica. Immutable
 * and thread-safe; connects only when asked.
 *
 * <pre>{@code
 * MySqlDialect shop = MySqlDialect.at("db.internal", 3306, "shop").login("etl", secrets::password);
 * }</pre>
 *
 * <p>All databases of the server that the user can see are part of the source, apart from {@code
 * mysql}, {@code sys}, {@code information_schema} and {@code performance_schema}; the one that is
 * named here is that of table names without a database.
 *
 * <p>Connections use TLS, and the server's certificate and name are verified: {@link #tls} says
 * how, or that there is none. A server that asks for a local file (LOAD DATA LOCAL) never gets one,
 * whatever a DataSource of the host application allows.
 *
 * <p>Nothing is ever written: all transactions are read-only. Reads use the binary protocol and
 * stream, so no result is held in memory, nor in temporary tables on the server.
 */
public final class MySqlDialect implements SourceDialect {

  private static final ConnectionSettings.Words WORDS =
      new ConnectionSettings.Words(
          "MySQL",
          3306,
          "MySqlDialect",
          "host, port",
          "MySqlDialect.at(\"db.internal\", 3306, \"shop\")",
          Set.of("allowPublicKeyRetrieval", "serverRSAPublicKeyFile"));

  private final ConnectionSettings connections;
  private final boolean tinyInt1AsBool;

  private MySqlDialect(ConnectionSettings connections, boolean tinyInt1AsBool) {
    this.connections = connections;
    this.tinyInt1AsBool = tinyInt1AsBool;
  }

  /**
   * The server at a host and port, without a database for table names that have none. A {@link
   * #login(String, Supplier) login} has to follow.
   *
   * @param host a name or address, as the server's certificate has it; through a tunnel it is
   *     looked up at the tunnel's far end
   * @param port usually 3306
   * @throws dev.bobbin.error.ConfigurationException if the host cannot be one, or the port is none
   */
  public static MySqlDialect at(String host, int port) {
    return at(host, port, "");
  }

  /**
   * The server at a host and port. A {@link #login(String, Supplier) login} has to follow.
   *
   * @param host a name or address, as the server's certificate has it; through a tunnel it is
   *     looked up at the tunnel's far end
   * @param port usually 3306
   * @param database the database that table names without one are in; empty for none
   * @throws dev.bobbin.error.ConfigurationException if the host cannot be one, or the port is none
   */
  public static MySqlDialect at(String host, int port, String database) {
    return new MySqlDialect(ConnectionSettings.at(WORDS, host, port, database), false);
  }

  /**
   * The server that a DataSource of the host application leads to. It stays the host's: Bobbin
   * never closes it, gives connections back with the session settings with which they came, and
   * uses no tunnel.
   *
   * @param dataSource of MySQL's own driver, Connector/J: its connections unwrap to {@code
   *     com.mysql.cj.jdbc.JdbcConnection}, and their {@code abort} reaches the driver
   */
  public static MySqlDialect from(DataSource dataSource) {
    return new MySqlDialect(ConnectionSettings.from(WORDS, dataSource), false);
  }

  /**
   * The same server with a user and where its password comes from.
   *
   * @param user the name to log in with
   * @param password asked for every new connection, so that rotated passwords and short-lived
   *     tokens work; an empty text where the server asks for none. A refused login is tried once
   *     more if the supplier then gives another password, and after that not again in the same
   *     session
   */
  public MySqlDialect login(String user, Supplier<String> password) {
    return new MySqlDialect(connections.login(user, password), tinyInt1AsBool);
  }

  /**
   * The same server with a user and a password that does not change.
   *
   * @param user the name to log in with
   * @param password an empty text where the server asks for none
   */
  public MySqlDialect login(String user, String password) {
    Objects.requireNonNull(password);
    return login(user, () -> password);
  }

  /**
   * The same server with other TLS than {@link Tls#verifyFull()}, which verifies the server's
   * certificate and its name, by the JDK's trusted roots.
   *
   * @param tls nothing ever falls back to plaintext: only {@link Tls#off()} does without TLS
   */
  public MySqlDialect tls(Tls tls) {
    return new MySqlDialect(connections.tls(tls), tinyInt1AsBool);
  }

  /**
   * The same server with a property of the driver that concerns logging in without TLS: {@code
   * serverRSAPublicKeyFile} or {@code allowPublicKeyRetrieval}.
   *
   * @param name one of these
   * @param value as the driver's manual says
   * @throws dev.bobbin.error.ConfigurationException for any other name: the rest is Bobbin's, so
   *     that reads stay exact and read-only, and no file is sent to a server
   */
  public MySqlDialect property(String name, String value) {
    return new MySqlDialect(connections.property(name, value), tinyInt1AsBool);
  }

  /**
   * The same server, whose columns of type {@code tinyint(1)}, which is what {@code BOOLEAN} stands
   * for, are true where they are not 0. Without this they are whole numbers, as nothing keeps other
   * numbers than 0 and 1 out of them.
   */
  public MySqlDialect tinyInt1AsBool() {
    return new MySqlDialect(connections, true);
  }

  @Override
  public SourceSession connect(SourceSettings settings) {
    DataSource dataSource = connections.dataSource(settings);
    return new MySqlSession(
        dataSource == null
            ? Server.connect(connections, settings)
            : Server.over(dataSource, connections.endpoint(), settings),
        tinyInt1AsBool);
  }

  /**
   * {@inheritDoc}
   *
   * @throws dev.bobbin.error.ConfigurationException if a name does not say which database it is in
   */
  @Override
  public String grants(String user, Selection selection) {
    return MySqlGrants.of(connections.endpoint().database(), user, selection);
  }

  @Override
  public Optional<SourceSession> check(SourceSettings settings, Consumer<Finding> findings) {
    return new ConnectionCheck(connections, settings, MySqlVendor.INSTANCE, findings)
        .run(
            new ConnectionCheck.Server() {
              @Override
              public Connected connect(Login login, Route route) {
                return connected(Server.connect(connections, settings, login, route));
              }

              @Override
              public Connected over(DataSource source) {
                return connected(Server.over(source, connections.endpoint(), settings));
              }
            });
  }

  private Connected connected(Server server) {
    return new Connected(
        new MySqlSession(server, tinyInt1AsBool), server.endpoint(), server.kind().describe());
  }

  @Override
  public String describe() {
    return connections.describe();
  }

  @Override
  public String toString() {
    return describe();
  }
}
