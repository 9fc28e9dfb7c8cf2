package dev.bobbin.testservers;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The PostgreSQL servers that this JVM shares. */
final class SharedPostgres {
  private static final Map<PostgresVersion, PostgresServer> SERVERS = new ConcurrentHashMap<>();

  private SharedPostgres() {}

  static PostgresServer of(PostgresVersion version) {
    return SERVERS.computeIfAbsent(version, SharedPostgres::open);
  }

  private static PostgresServer open(PostgresVersion version) {
    if (version.equals(PostgresVersion.DEFAULT)) {
      return ExternalServer.configured(Engine.POSTGRES)
          .map(SharedPostgres::external)
          .orElseGet(() -> new PostgresServerBuilder(version).start(true));
    }
    return new PostgresServerBuilder(version).start(true);
  }

  static PostgresServer external(Endpoint endpoint) {
    PostgresVersion version;
    try (Connection connection = endpoint.connect(endpoint.adminDatabase(), Map.of());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SHOW server_version_num")) {
      rows.next();
      version = PostgresVersion.ofNumber(rows.getInt(1));
    } catch (SQLException e) {
      throw new IllegalStateException(
          "The server that "
              + Engine.POSTGRES.variable()
              + " names ("
              + endpoint
              + ") cannot be reached: "
              + e.getMessage(),
          e);
    }
    PostgresServer server = new PostgresServer(endpoint, version, null, null, null, true);
    AtExit.close(server::release);
    Announcements.once(
        "PostgreSQL " + PostgresVersion.DEFAULT,
        "PostgreSQL "
            + version
            + ", external, at "
            + endpoint
            + " ("
            + Engine.POSTGRES.variable()
            + ")");
    return server;
  }
}
