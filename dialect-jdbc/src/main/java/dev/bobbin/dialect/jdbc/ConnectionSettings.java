package dev.bobbin.dialect.jdbc;

import dev.bobbin.error.ConfigurationException;
import dev.bobbin.spi.SourceSettings;
import dev.bobbin.tls.Tls;
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
 * Where a server is and how to log in to it: what the settings of all JDBC dialects have in common.
 * Immutable and thread-safe.
 */
public final class ConnectionSettings {

  private static final Pattern NOT_IN_HOSTS = Pattern.compile("[/?#@,;=()\\[\\]\\s\"'\\\\]");

  /** Beside these may stand a password, as in a connection string. */
  private static final Pattern BESIDE_SECRETS = Pattern.compile("[=@?;:]");

  private static final Pattern AFTER_NAME = Pattern.compile("[^A-Za-z0-9._-].*", Pattern.DOTALL);

  /**
   * How a dialect speaks of itself.
   *
   * @param product for example {@code PostgreSQL}
   * @param port the product's usual port
   * @param dialect the dialect's class, for example {@code PostgresDialect}
   * @param at what its method {@code at} takes, for example {@code host, port, database}
   * @param example a call of that method
   * @param properties the driver's properties that users may set
   */
  public record Words(
      String product, int port, String dialect, String at, String example, Set<String> properties) {

    /** Copies the properties. */
    public Words {
      properties = Collections.unmodifiableSet(new TreeSet<>(properties));
    }

    private String signature() {
      return dialect + ".at(" + at + ")";
    }
  }

  private final Words words;
  private final Endpoint endpoint;
  private final @Nullable DataSource dataSource;
  private final @Nullable Credentials credentials;
  private final Tls tls;
  private final Map<String, String> properties;

  private ConnectionSettings(
      Words words,
      Endpoint endpoint,
      @Nullable DataSource dataSource,
      @Nullable Credentials credentials,
      Tls tls,
      Map<String, String> properties) {
    this.words = words;
    this.endpoint = endpoint;
    this.dataSource = dataSource;
    this.credentials = credentials;
    this.tls = tls;
    this.properties = Collections.unmodifiableMap(new LinkedHashMap<>(properties));
  }

  /**
   * The server at a host and port.
   *
   * @param database empty for none
   * @throws ConfigurationException if the host cannot be one, or the port is none
   */
  public static ConnectionSettings at(Words words, String host, int port, String database) {
    PastedHost pasted = new PastedHost(words, host, port, database);
    if (pasted.isMore()) {
      throw pasted.refusal();
    }
    if (host.isEmpty() || NOT_IN_HOSTS.matcher(host).find()) {
      throw new ConfigurationException(
          "'" + shown(host) + "' is not a host name or address.",
          "Give a name or address alone, without a protocol, path or second host.");
    }
    if (port < 1 || port > 65535) {
      throw new ConfigurationException(
          "The port " + port + " is not between 1 and 65535.",
          words.product() + "'s own is " + words.port() + ".");
    }
    if (database.indexOf('\0') >= 0) {
      throw new ConfigurationException(
          "The name of the database holds a character that no name can hold.",
          "Name a database that the user may read.");
    }
    return new ConnectionSettings(
        words,
        new Endpoint(words.product(), database, host, port, ""),
        null,
        null,
        Tls.verifyFull(),
        Map.of());
  }

  private static String shown(String host) {
    return BESIDE_SECRETS.matcher(host).find() ? AFTER_NAME.matcher(host).replaceFirst("…") : host;
  }

  /** The server that a DataSource of the host application leads to. */
  public static ConnectionSettings from(Words words, DataSource dataSource) {
    return new ConnectionSettings(
        words,
        new Endpoint(words.product(), "", "", 0, ""),
        Objects.requireNonNull(dataSource),
        null,
        Tls.verifyFull(),
        Map.of());
  }

  /**
   * The same with a user and where its password comes from.
   *
   * @throws ConfigurationException if the user has no name, or a DataSource logs in itself
   */
  public ConnectionSettings login(String user, Supplier<String> password) {
    if (dataSource != null) {
      throw new ConfigurationException(
          "A login does not go with a DataSource of the host application, which logs in itself.",
          "Leave out login(...), or use " + words.signature() + ".");
    }
    if (user.isEmpty()) {
      throw new ConfigurationException("The user has no name.", "Give the name to log in with.");
    }
    return new ConnectionSettings(
        words,
        new Endpoint(
            endpoint.product(), endpoint.database(), endpoint.host(), endpoint.port(), user),
        null,
        new Credentials(user, password),
        tls,
        properties);
  }

  /**
   * The same with other TLS than {@link Tls#verifyFull()}.
   *
   * @throws ConfigurationException if a DataSource connects itself
   */
  public ConnectionSettings tls(Tls other) {
    if (dataSource != null) {
      throw new ConfigurationException(
          other + " does not go with a DataSource of the host application, which connects itself.",
          "Set TLS where the DataSource is made.");
    }
    return new ConnectionSettings(
        words, endpoint, null, credentials, Objects.requireNonNull(other), properties);
  }

  /**
   * The same with a property of the driver.
   *
   * @throws ConfigurationException if it is none that users may set
   */
  public ConnectionSettings property(String name, String value) {
    if (dataSource != null) {
      throw new ConfigurationException(
          "The property " + name + " does not go with a DataSource of the host application.",
          "Set it where the DataSource is made.");
    }
    if (!words.properties().contains(name)) {
      throw new ConfigurationException(
          "The driver's property " + name + " cannot be set.",
          "These can: "
              + String.join(", ", words.properties())
              + ". TLS is set by tls(Tls), and the rest is Bobbin's.");
    }
    Map<String, String> more = new LinkedHashMap<>(properties);
    more.put(name, Objects.requireNonNull(value));
    return new ConnectionSettings(words, endpoint, null, credentials, tls, more);
  }

  /**
   * The DataSource of the host application; null where Bobbin connects itself.
   *
   * @throws ConfigurationException if there is one and a tunnel too
   */
  public @Nullable DataSource dataSource(SourceSettings settings) {
    if (dataSource != null && settings.tunnel().isPresent()) {
      throw new ConfigurationException(
          "A tunnel does not go with a DataSource of the host application.",
          "Leave out the tunnel, or use " + words.signature() + ".");
    }
    return dataSource;
  }

  /**
   * Whom to log in as.
   *
   * @throws ConfigurationException if nobody has said
   */
  public Credentials credentials() {
    if (credentials == null) {
      throw new ConfigurationException(
          "There is no user to log in to " + describe() + " with.",
          "Add .login(user, password) to " + words.dialect() + ".at(...).");
    }
    return credentials;
  }

  /** The server, as messages name it. */
  public Endpoint endpoint() {
    return endpoint;
  }

  /** Whether connections are encrypted, and how the server is verified. */
  public Tls tls() {
    return tls;
  }

  /** The driver's properties that the user has set. */
  public Map<String, String> properties() {
    return properties;
  }

  /** The server in a few words. */
  public String describe() {
    return endpoint.describe();
  }
}
