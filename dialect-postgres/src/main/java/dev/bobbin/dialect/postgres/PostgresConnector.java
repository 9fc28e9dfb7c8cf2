package dev.bobbin.dialect.postgres;

import dev.bobbin.dialect.jdbc.Connector;
import dev.bobbin.dialect.jdbc.DriverSockets;
import dev.bobbin.dialect.jdbc.DriverTls;
import dev.bobbin.dialect.jdbc.Endpoint;
import dev.bobbin.dialect.jdbc.Route;
import dev.bobbin.spi.SourceSettings;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.postgresql.Driver;

/** Opens connections to the databases of one server with pgjdbc. */
final class PostgresConnector {

  private final Endpoint endpoint;
  private final Map<String, String> chosen;
  private final SourceSettings settings;
  private final Route route;

  PostgresConnector(
      Endpoint endpoint, Map<String, String> chosen, SourceSettings settings, Route route) {
    this.endpoint = endpoint;
    this.chosen = chosen;
    this.settings = settings;
    this.route = route;
  }

  /** The way to one database. */
  Connector to(String database) {
    // The database's own host even through a tunnel: TLS verifies it.
    String url =
        "jdbc:postgresql://"
            + endpoint.address()
            + "/"
            + URLEncoder.encode(database, StandardCharsets.UTF_8);
    return (user, password) -> connect(url, user, password);
  }

  private Connection connect(String url, String user, String password) throws SQLException {
    Properties properties = new Properties();
    chosen.forEach(properties::setProperty);
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    properties.setProperty("ApplicationName", settings.applicationName());
    properties.setProperty("assumeMinServerVersion", "9.0"); // saves a round trip
    properties.setProperty("logServerErrorDetail", "false"); // it can hold values of rows
    String seconds = Long.toString(seconds(settings.connectTimeout()));
    properties.setProperty("connectTimeout", seconds);
    properties.setProperty("socketTimeout", seconds);
    // A scan is aborted only after its server was told, or could not be told in this time.
    properties.setProperty(
        "cancelSignalTimeout", Long.toString(Math.min(5, seconds(settings.connectTimeout()))));
    properties.setProperty("loginTimeout", "0"); // it would cost a thread; the two above do
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("socketFactory", DriverSockets.class.getName());
    properties.setProperty("socketFactoryArg", route.name());
    // The factory verifies chain and name; the driver only has to insist on TLS.
    properties.setProperty("sslmode", route.isEncrypted() ? "require" : "disable");
    properties.setProperty("sslfactory", DriverTls.class.getName());
    properties.setProperty("sslfactoryarg", route.name());
    properties.setProperty("gssEncMode", "disable");
    Connection connection = new Driver().connect(url, properties);
    if (connection == null) {
      throw new SQLException("the driver does not know the URL", "08001");
    }
    return connection;
  }

  private static long seconds(Duration timeout) {
    return Math.max(1, Math.min(Integer.MAX_VALUE / 1000, (timeout.toMillis() + 999) / 1000));
  }
}
