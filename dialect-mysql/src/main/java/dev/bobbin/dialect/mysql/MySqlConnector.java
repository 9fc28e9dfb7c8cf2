package dev.bobbin.dialect.mysql;

import com.mysql.cj.jdbc.Driver;
import dev.bobbin.dialect.jdbc.Connector;
import dev.bobbin.dialect.jdbc.Endpoint;
import dev.bobbin.dialect.jdbc.Route;
import dev.bobbin.spi.SourceSettings;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;

/** Opens connections to one server with Connector/J, set as Bobbin reads. Thread-safe. */
final class MySqlConnector implements Connector {

  private final String url;
  private final Map<String, String> chosen;
  private final SourceSettings settings;
  private final Route route;

  MySqlConnector(
      Endpoint endpoint, Map<String, String> chosen, SourceSettings settings, Route route) {
    // The database's own host even through a tunnel: TLS verifies it.
    this.url =
        "jdbc:mysql://"
            + endpoint.address()
            + "/"
            + URLEncoder.encode(endpoint.database(), StandardCharsets.UTF_8).replace("+", "%20");
    this.chosen = chosen;
    this.settings = settings;
    this.route = route;
  }

  @Override
  public Connection connect(String user, String password) throws SQLException {
    Properties properties = new Properties();
    chosen.forEach(properties::setProperty);
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    String millis =
        Long.toString(
            Math.max(1, Math.min(Integer.MAX_VALUE, settings.connectTimeout().toMillis())));
    properties.setProperty("connectTimeout", millis);
    properties.setProperty("socketTimeout", millis);
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("socketFactory", MySqlSockets.class.getName());
    properties.setProperty(MySqlSockets.ROUTE, route.name());
    // The sockets verify chain and name; the driver only has to insist on TLS.
    properties.setProperty("sslMode", route.isEncrypted() ? "REQUIRED" : "DISABLED");
    properties.setProperty("connectionAttributes", "program_name:" + plain());
    properties.setProperty("connectionTimeZone", "UTC"); // does not ask for the server's
    properties.setProperty("characterEncoding", "UTF-8");
    // Else the driver sets net_write_timeout itself, and after a stream back to the server's own.
    properties.setProperty("netTimeoutForStreamingResults", "0");
    properties.setProperty("logger", "Slf4JLogger"); // the default prints
    properties.setProperty("paranoid", "true");
    properties.setProperty("maintainTimeStats", "false"); // it reads the clock for each packet
    properties.setProperty("allowLoadLocalInfile", "false");
    properties.setProperty("allowUrlInLocalInfile", "false");
    properties.setProperty("allowMultiQueries", "false");
    properties.setProperty("autoDeserialize", "false");
    properties.setProperty("enableEscapeProcessing", "false"); // a name such as {d 'x'} is a name
    properties.setProperty("processEscapeCodesForPrepStmts", "false");
    Connection connection = new Driver().connect(url, properties);
    if (connection == null) {
      throw new SQLException("the driver does not know the URL", "08001");
    }
    try {
      new SessionSettings(ServerKind.of(connection), settings).set(connection);
      return connection;
    } catch (SQLException e) {
      connection.abort(Runnable::run);
      throw e;
    }
  }

  /** The application's name without what separates attributes. */
  private String plain() {
    return settings.applicationName().replaceAll("[,:]", " ");
  }
}
