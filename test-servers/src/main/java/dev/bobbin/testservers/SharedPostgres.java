package dev.bobbin.testservers;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The servers that this JVM shares, and the one printed line per version. */
final class SharedPostgres {
  private static final Map<PostgresVersion, PostgresServer> SERVERS = new ConcurrentHashMap<>();
  private static final Set<PostgresVersion> ANNOUNCED = ConcurrentHashMap.newKeySet();

  private SharedPostgres() {}

  static PostgresServer of(PostgresVersion version) {
    return SERVERS.computeIfAbsent(version, SharedPostgres::open);
  }

  static void announce(PostgresVersion version, String line) {
    if (ANNOUNCED.add(version)) {
      System.out.println("[test-servers] " + line);
    }
  }

  private static PostgresServer open(PostgresVersion version) {
    if (version.equals(PostgresVersion.DEFAULT)) {
      return ExternalPostgres.configured()
          .map(SharedPostgres::external)
          .orElseGet(() -> new PostgresServerBuilder(version).start(true));
    }
    return new PostgresServerBuilder(version).start(true);
  }

  static PostgresServer external(PostgresEndpoint endpoint) {
    PostgresVersion version;
    try (Connection connection = endpoint.connect(endpoint.adminDatabase(), Map.of());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SHOW server_version_num")) {
      rows.next();
      version = PostgresVersion.ofNumber(rows.getInt(1));
    } catch (SQLException e) {
      throw new IllegalStateException(
          "The server that "
              + ExternalPostgres.VARIABLE
              + " names ("
              + endpoint
              + ") cannot be reached: "
              + e.getMessage(),
          e);
    }
    PostgresServer server = new PostgresServer(endpoint, version, null, null, null, true);
    AtExit.close(server::release);
    announce(
        PostgresVersion.DEFAULT,
        "PostgreSQL "
            + version
            + ", external, at "
            + endpoint
            + " ("
            + ExternalPostgres.VARIABLE
            + ")");
    return server;
  }
}
