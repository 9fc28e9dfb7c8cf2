package dev.bobbin.dialect.sqlserver;

import dev.bobbin.testservers.SqlServer;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.mssqlserver.MSSQLServerContainer;

/** The server of the tests: the one that the environment names, or one in a container. */
final class TestServers {

  private static final String IMAGE = "mcr.microsoft.com/mssql/server:2022-latest";

  private TestServers() {}

  /** Whether there is one. */
  static boolean isAny() {
    return SqlServer.external().isPresent() || DockerClientFactory.instance().isDockerAvailable();
  }

  static SqlServer any() {
    return SqlServer.external().orElseGet(() -> InContainer.SERVER);
  }

  /** Started when it is first asked for, and stopped by Testcontainers when this JVM has ended. */
  private static final class InContainer {
    static final SqlServer SERVER = start();

    @SuppressWarnings("resource")
    private static SqlServer start() {
      MSSQLServerContainer container = new MSSQLServerContainer(IMAGE).acceptLicense();
      container.start();
      return SqlServer.at(
          container.getHost(),
          container.getMappedPort(1433),
          container.getUsername(),
          container.getPassword());
    }
  }
}
