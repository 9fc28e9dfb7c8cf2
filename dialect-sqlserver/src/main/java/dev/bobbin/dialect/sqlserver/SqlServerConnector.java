package dev.bobbin.dialect.sqlserver;

import com.microsoft.sqlserver.jdbc.SQLServerDriver;
import dev.bobbin.dialect.jdbc.Connector;
import dev.bobbin.dialect.jdbc.DriverSockets;
import dev.bobbin.dialect.jdbc.DriverTrust;
import dev.bobbin.dialect.jdbc.Endpoint;
import dev.bobbin.dialect.jdbc.Route;
import dev.bobbin.spi.SourceSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;

/** Opens connections to one server with Microsoft's driver, set as Bobbin reads. Thread-safe. */
final class SqlServerConnector implements Connector {

  private static final String LOOPBACK = "127.0.0.1";
  private static final int MOST_OF_A_NAME = 128;

  private final Endpoint endpoint;
  private final SqlServerOptions options;
  private final SourceSettings settings;
  private final Route route;

  SqlServerConnector(
      Endpoint endpoint, SqlServerOptions options, SourceSettings settings, Route route) {
    this.endpoint = endpoint;
    this.options = options;
    this.settings = settings;
    this.route = route;
  }

  @Override
  public Connection connect(String user, String password) throws SQLException {
    Connection connection =
        new SQLServerDriver().connect("jdbc:sqlserver://", properties(user, password));
    if (connection == null) {
      throw new SQLException("the driver does not know the URL", "08001");
    }
    try {
      new SessionSettings(Greeting.kindOf(connection), settings).set(connection);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.abort(Runnable::run);
      throw e;
    }
  }

  Properties properties(String user, String password) {
    Properties properties = new Properties();
    options.set(properties);
    // Through a tunnel the name may be known at its far end alone; the certificate is verified by
    // the trust manager, for the endpoint's own host.
    properties.setProperty("serverName", route.isTunnel() ? LOOPBACK : endpoint.host());
    if (!options.isInstance()) {
      properties.setProperty("portNumber", Integer.toString(endpoint.port()));
    }
    if (!endpoint.database().isEmpty()) {
      properties.setProperty("databaseName", endpoint.database());
    }
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    String name = settings.applicationName();
    properties.setProperty(
        "applicationName", name.substring(0, Math.min(MOST_OF_A_NAME, name.length())));
    long millis = Math.max(1, Math.min(Integer.MAX_VALUE, settings.connectTimeout().toMillis()));
    properties.setProperty("loginTimeout", Long.toString(Math.min(65_535, (millis + 999) / 1000)));
    properties.setProperty("socketTimeout", Long.toString(millis));
    properties.setProperty("socketFactoryClass", DriverSockets.class.getName());
    properties.setProperty("socketFactoryConstructorArg", route.name());
    properties.setProperty("encrypt", Boolean.toString(route.isEncrypted()));
    if (route.isEncrypted()) {
      properties.setProperty("trustServerCertificate", "false");
      properties.setProperty("trustManagerClass", DriverTrust.class.getName());
      properties.setProperty("trustManagerConstructorArg", route.name());
    } else {
      properties.setProperty(
          "trustServerCertificate", "true"); // where a server encrypts all the same
    }
    properties.setProperty("transparentNetworkIPResolution", "false");
    properties.setProperty("connectRetryCount", "0"); // never another connection behind our back
    properties.setProperty("responseBuffering", "adaptive");
    properties.setProperty("selectMethod", "direct");
    properties.setProperty("sendTimeAsDatetime", "false");
    properties.setProperty("sendStringParametersAsUnicode", "true");
    properties.setProperty("disableStatementPooling", "true");
    properties.setProperty("quotedIdentifier", "ON");
    return properties;
  }

  @Override
  public boolean isReachable() {
    return route.isAlive();
  }
}
