package dev.bobbin.testservers;

import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The MySQL and MariaDB servers that this JVM shares. */
final class SharedMySql {
  private static final Map<MySqlVersion, MySqlServer> SERVERS = new ConcurrentHashMap<>();

  private SharedMySql() {}

  static MySqlServer of(MySqlVersion version) {
    return SERVERS.computeIfAbsent(version, SharedMySql::open);
  }

  private static MySqlServer open(MySqlVersion version) {
    if (version.equals(MySqlVersion.DEFAULT)) {
      return ExternalServer.configured(Engine.MYSQL)
          .map(SharedMySql::external)
          .orElseGet(() -> new MySqlServerBuilder(version).start(true));
    }
    return new MySqlServerBuilder(version).start(true);
  }

  private static MySqlServer external(Endpoint endpoint) {
    MySqlVersion version = versionOf(endpoint);
    MySqlServer server = new MySqlServer(endpoint, version, null, null, true);
    AtExit.close(server::release);
    Announcements.once(
        MySqlVersion.DEFAULT.toString(),
        version + ", external, at " + endpoint + " (" + Engine.MYSQL.variable() + ")");
    return server;
  }

  private static MySqlVersion versionOf(Endpoint endpoint) {
    @Nullable String version;
    try {
      version = endpoint.query(endpoint.adminDatabase(), "SELECT version()");
    } catch (SQLException e) {
      throw new IllegalStateException(
          "The server that "
              + Engine.MYSQL.variable()
              + " names ("
              + endpoint
              + ") cannot be reached: "
              + e.getMessage(),
          e);
    }
    return MySqlVersion.ofServer(String.valueOf(version));
  }
}
