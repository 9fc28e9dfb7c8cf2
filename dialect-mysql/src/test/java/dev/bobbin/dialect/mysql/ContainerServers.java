package dev.bobbin.dialect.mysql;

import dev.bobbin.testservers.MySqlServer;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.testcontainers.containers.JdbcDatabaseContainer;

/** The servers in running containers, one for each container. */
final class ContainerServers {
  private static final Map<String, MySqlServer> SERVERS = new HashMap<>();

  private ContainerServers() {}

  /**
   * The server in a container of an official image.
   *
   * @param port the server's own, within the container
   */
  static synchronized MySqlServer in(JdbcDatabaseContainer<?> container, int port)
      throws SQLException {
    MySqlServer server = SERVERS.get(container.getContainerId());
    if (server == null) {
      // The images give root the password of their ordinary user.
      server =
          MySqlServer.at(
              container.getHost(), container.getMappedPort(port), "root", container.getPassword());
      SERVERS.put(container.getContainerId(), server);
    }
    return server;
  }
}
