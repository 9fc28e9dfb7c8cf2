package dev.bobbin.dialect.postgres;

import dev.bobbin.dialect.jdbc.Credentials;
import dev.bobbin.dialect.jdbc.Endpoint;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.SourceSettings;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

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
 * <p>Connections use TLS if the server offers it, and do without if not (the driver's {@code
 * sslmode=prefer}), which does not protect against a server in the middle: {@code
 * property("sslmode", "verify-full")} does.
 *
 * <p>Nothing is ever written: all transactions are read-only, and settings last no longer than they
 * do.
 */
public final class PostgresDialect implements SourceDialect {

  private static final Set<String> PROPERTIES =
      new TreeSet<>(Set.of("channelBinding", "sslcert", "sslkey", "sslmode", "sslrootcert"));
  private static final Pattern HOST_AND_PORT = Pattern.compile("[^:]*:\\d*");
  private static final Pattern NOT_IN_HOSTS = Pattern.compile("[/?#@,\\s\"'\\\\]");

  private final Endpoint endpoint;
  private final @Nullable DataSource dataSource;
  private final @Nullable Credentials credentials;
  private final Map<String, String> properties;

  private PostgresDialect(
      Endpoint endpoint,
      @Nullable DataSource dataSource,
      @Nullable Credentials credentials,
      Map<String, String> properties) {
    this.endpoint = endpoint;
    this.dataSource = dataSource;
    this.credentials = credentials;
    this.properties = Collections.unmodifiableMap(new LinkedHashMap<>(properties));
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
    if (HOST_AND_PORT.matcher(host).matches()) {
      throw new ConfigurationException(
          "The host " + host + " has a port at its end.",
          "Give host and port apart: PostgresDialect.at(\"db.internal\", 5432, \"shop\").");
    }
    if (host.isEmpty() || NOT_IN_HOSTS.matcher(host).find()) {
      throw new ConfigurationException(
          "'" + host + "' is not a host name or address.",
          "Give a name or address alone, without a protocol, path or second host.");
    }
    if (port < 1 || port > 65535) {
      throw new ConfigurationException(
          "The port " + port + " is not between 1 and 65535.", "PostgreSQL's own is 5432.");
    }
    if (database.isEmpty() || database.indexOf('\0') >= 0) {
      throw new ConfigurationException(
          "There is no database to connect to.", "Name one that the user may connect to.");
    }
    return new PostgresDialect(
        new Endpoint("PostgreSQL", database, host, port, ""), null, null, Map.of());
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
    return new PostgresDialect(
        new Endpoint("PostgreSQL", "", "", 0, ""),
        Objects.requireNonNull(dataSource),
        null,
        Map.of());
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
    if (dataSource != null) {
      throw new ConfigurationException(
          "A login does not go with a DataSource of the host application, which logs in itself.",
          "Leave out login(...), or use PostgresDialect.at(host, port, database).");
    }
    if (user.isEmpty()) {
      throw new ConfigurationException("The user has no name.", "Give the name to log in with.");
    }
    return new PostgresDialect(
        new Endpoint(
            endpoint.product(), endpoint.database(), endpoint.host(), endpoint.port(), user),
        null,
        new Credentials(user, password),
        properties);
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
   * The same server with a property of the driver that concerns TLS: {@code sslmode}, {@code
   * sslrootcert}, {@code sslcert}, {@code sslkey} or {@code channelBinding}.
   *
   * @param name one of these
   * @param value as the driver's manual says
   * @throws ConfigurationException for any other name: the rest is Bobbin's, so that reads stay
   *     exact and read-only
   */
  public PostgresDialect property(String name, String value) {
    if (dataSource != null) {
      throw new ConfigurationException(
          "The property " + name + " does not go with a DataSource of the host application.",
          "Set it where the DataSource is made.");
    }
    if (!PROPERTIES.contains(name)) {
      throw new ConfigurationException(
          "The driver's property " + name + " cannot be set.",
          "These can: " + String.join(", ", PROPERTIES) + ".");
    }
    Map<String, String> more = new LinkedHashMap<>(properties);
    more.put(name, Objects.requireNonNull(value));
    return new PostgresDialect(endpoint, null, credentials, more);
  }

  @Override
  public SourceSession connect(SourceSettings settings) {
    if (dataSource != null) {
      if (settings.tunnel().isPresent()) {
        throw new ConfigurationException(
            "A tunnel does not go with a DataSource of the host application.",
            "Leave out the tunnel, or use PostgresDialect.at(host, port, database).");
      }
      return new PostgresSession(Databases.over(dataSource, endpoint, settings));
    }
    if (credentials == null) {
      throw new ConfigurationException(
          "There is no user to log in to " + describe() + " with.",
          "Add .login(user, password) to PostgresDialect.at(...).");
    }
    return new PostgresSession(Databases.connect(endpoint, credentials, properties, settings));
  }

  @Override
  public String describe() {
    return endpoint.describe();
  }

  @Override
  public String toString() {
    return describe();
  }
}
