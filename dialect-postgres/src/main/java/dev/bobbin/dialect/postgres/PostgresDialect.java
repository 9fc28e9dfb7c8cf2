package dev.bobbin.dialect.postgres;

import dev.bobbin.check.Finding;
import dev.bobbin.dialect.jdbc.ConnectionCheck;
import dev.bobbin.dialect.jdbc.ConnectionCheck.Connected;
import dev.bobbin.dialect.jdbc.ConnectionSettings;
import dev.bobbin.dialect.jdbc.Login;
import dev.bobbin.dialect.jdbc.Route;
import dev.bobbin.error.ConfigurationException;
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
 * A PostgreSQL server, 9.3 or later, primary or hot standby. Immutable and thread-safe; connects
 * only when asked.
 *
 * <pre>{@code
 * PostgresDialect shop = PostgresDialect.at("db.internal", 5432, "shop").login("etl", secrets::password);
 * }</pre>
 *
 * <p>All databases of the server that the user may connect to are part of the source; the one that
 * is named here is that of table names without a database.
 *
 * <p>Connections use TLS, and the server's certificate and name are verified: {@link #tls} says
 * how, or that there is none.
 *
 * <p>Nothing is ever written: all transactions are read-only, and settings last no longer than they
 * do.
 */
public final class PostgresDialect implements SourceDialect {

  private static final ConnectionSettings.Words WORDS =
      new ConnectionSettings.Words(
          "PostgreSQL",
          5432,
          "PostgresDialect",
          "host, port, database",
          "PostgresDialect.at(\"db.internal\", 5432, \"shop\")",
          Set.of("channelBinding", "scramMaxIterations"));

  private final ConnectionSettings connections;

  private PostgresDialect(ConnectionSettings connections) {
    this.connections = connections;
  }

  /**
   * The server at a host and port. A {@link #login(String, Supplier) login} has to follow.
   *
   * @param host a name or address, as the server's certificate has it; through a tunnel it is
   *     looked up at the tunnel's far end
   * @param port usually 5432
   * @param database the database that table names without one are in
   * @throws ConfigurationException if the host cannot be one, or the port or database is missing
   */
  public static PostgresDialect at(String host, int port, String database) {
    if (database.isEmpty()) {
      throw new ConfigurationException(
          "There is no database to connect to.", "Name one that the user may connect to.");
    }
    return new PostgresDialect(ConnectionSettings.at(WORDS, host, port, database));
  }

  /**
   * The server and database that a DataSource of the host application leads to. It stays the
   * host's: Bobbin never closes it, gives connections back in the state in which they came, and
   * changes no setting beyond a transaction. One database alone is reached this way, and no tunnel
   * is used.
   *
   * @param dataSource of PostgreSQL's own driver: its connections unwrap to {@code
   *     org.postgresql.PGConnection}, and their {@code abort} reaches the driver
   */
  public static PostgresDialect from(DataSource dataSource) {
    return new PostgresDialect(ConnectionSettings.from(WORDS, dataSource));
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
  public PostgresDialect login(String user, Supplier<String> password) {
    return new PostgresDialect(connections.login(user, password));
  }

  /**
   * The same server with a user and a password that does not change.
   *
   * @param user the name to log in with
   * @param password an empty text where the server asks for none
   */
  public PostgresDialect login(String user, String password) {
    Objects.requireNonNull(password);
    return login(user, () -> password);
  }

  /**
   * The same server with other TLS than {@link Tls#verifyFull()}, which verifies the server's
   * certificate and its name, by the JDK's trusted roots.
   *
   * @param tls nothing ever falls back to plaintext: only {@link Tls#off()} does without TLS
   */
  public PostgresDialect tls(Tls tls) {
    return new PostgresDialect(connections.tls(tls));
  }

  /**
   * The same server with a property of the driver that concerns logging in: {@code channelBinding},
   * or {@code scramMaxIterations} for a server that asks for more than 100,000 rounds.
   *
   * @param name one of these
   * @param value as the driver's manual says
   * @throws ConfigurationException for any other name: the rest is Bobbin's, so that reads stay
   *     exact and read-only
   */
  public PostgresDialect property(String name, String value) {
    return new PostgresDialect(connections.property(name, value));
  }

  @Override
  public SourceSession connect(SourceSettings settings) {
    DataSource dataSource = connections.dataSource(settings);
    return new PostgresSession(
        dataSource == null
            ? Databases.connect(connections, settings)
            : Databases.over(dataSource, connections.endpoint(), settings));
  }

  /**
   * {@inheritDoc}
   *
   * <p>They are for psql: several databases have a {@code \connect} between them.
   */
  @Override
  public String grants(String user, Selection selection) {
    return PostgresGrants.of(connections.endpoint().database(), user, selection);
  }

  @Override
  public Optional<SourceSession> check(SourceSettings settings, Consumer<Finding> findings) {
    return new ConnectionCheck(connections, settings, PostgresVendor.INSTANCE, findings)
        .run(
            new ConnectionCheck.Server() {
              @Override
              public Connected connect(Login login, Route route) {
                return connected(Databases.connect(connections, settings, login, route));
              }

              @Override
              public Connected over(DataSource source) {
                return connected(Databases.over(source, connections.endpoint(), settings));
              }
            });
  }

  private static Connected connected(Databases databases) {
    return new Connected(new PostgresSession(databases), databases.endpoint(), databases.product());
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
