package dev.bobbin.testservers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where a server is reached and as whom.
 *
 * @param adminDatabase a database that is always there
 * @param parameters the driver's, part of every URL
 */
record PostgresEndpoint(
    String host,
    int port,
    String user,
    @Nullable String password,
    String adminDatabase,
    Map<String, String> parameters) {

  PostgresEndpoint {
    parameters = Map.copyOf(parameters);
  }

  String jdbcUrl(String database) {
    String query =
        parameters.entrySet().stream()
            .map(parameter -> encode(parameter.getKey()) + "=" + encode(parameter.getValue()))
            .sorted()
            .collect(Collectors.joining("&"));
    return "jdbc:postgresql://"
        + host
        + ":"
        + port
        + "/"
        + encode(database)
        + (query.isEmpty() ? "" : "?" + query);
  }

  Connection connect(String database, Map<String, String> driverProperties) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    if (password != null) {
      properties.setProperty("password", password);
    }
    properties.setProperty("ApplicationName", "bobbin-test-servers");
    properties.putAll(driverProperties);
    return DriverManager.getConnection(jdbcUrl(database), properties);
  }

  /** Without the password. */
  @Override
  public String toString() {
    return user + "@" + host + ":" + port;
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20");
  }
}
