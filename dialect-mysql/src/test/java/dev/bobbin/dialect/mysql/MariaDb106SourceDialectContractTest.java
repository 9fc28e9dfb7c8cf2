package dev.bobbin.dialect.mysql;

import dev.bobbin.testkit.SourceDialectContract;
import dev.bobbin.testkit.SourceFixture;
import java.sql.SQLException;
import org.junit.jupiter.api.extension.ExtendWith;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.mariadb.MariaDBContainer;

/** The contract of a dialect on MariaDB 10.6 in a container. */
@ExtendWith(SaysWithoutDocker.class)
@Testcontainers(disabledWithoutDocker = true)
class MariaDb106SourceDialectContractTest extends SourceDialectContract {

  @Container private static final MariaDBContainer SERVER = new MariaDBContainer("mariadb:10.6");

  @Override
  protected SourceFixture fixture() throws SQLException {
    return new MySqlFixture(ContainerServers.in(SERVER, 3306));
  }
}
