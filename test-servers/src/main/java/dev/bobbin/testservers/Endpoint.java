package dev.bobbin.testservers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where a server is reached and as whom.
 *
 * @param adminDatabase a database that is always there
 * @param parameters the driver's, part of every URL
 */
record Endpoint(
    Engine engine,
    String host,
    int port,
    String user,
    @Nullable String password,
    String adminDatabase,
    Map<String, String> parameters) {

  Endpoint {
    parameters = Map.copyOf(parameters);
  }

  /** A server on this machine, with the engine's own administrative database. */
  static Endpoint local(Engine engine, int port, String user, @Nullable String password) {
    return new Endpoint(
        engine, LoopbackPorts.HOST, port, user, password, engine.database(), Map.of());
  }

  /** The same server through a proxy in front of it. */
  Endpoint through(TcpProxy proxy) {
    return new Endpoint(
        engine, LoopbackPorts.HOST, proxy.port(), user, password, adminDatabase, parameters);
  }

  String jdbcUrl(String database) {
    String query =
        parameters.entrySet().stream()
            .map(parameter -> encode(parameter.getKey()) + "=" + encode(parameter.getValue()))
            .sorted()
            .collect(Collectors.joining("&"));
    return "jdbc:"
        + engine.schemes().get(0)
        + "://"
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
    properties.putAll(engine.driverProperties());
    properties.putAll(driverProperties);
    return DriverManager.getConnection(jdbcUrl(database), properties);
  }

  /** Executes each statement in a transaction of its own, over one connection. */
  void execute(String database, String... sql) throws SQLException {
    try (Connection connection = connect(database, Map.of());
        Statement statement = connection.createStatement()) {
      for (String one : sql) {
        statement.execute(one);
      }
    }
  }

  /** The first column of the first row as text; null where it is NULL or there is no row. */
  @Nullable String query(String database, String sql) throws SQLException {
    try (Connection connection = connect(database, Map.of());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }

  /** A name that no database has yet. */
  static String newDatabaseName() {
    return "t_" + Long.toString(ThreadLocalRandom.current().nextLong(Long.MAX_VALUE), 36);
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
