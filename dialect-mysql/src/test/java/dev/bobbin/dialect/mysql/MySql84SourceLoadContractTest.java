package dev.bobbin.dialect.mysql;

import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testkit.SourceLoadContract;
import java.sql.SQLException;
import org.junit.jupiter.api.extension.ExtendWith;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.mysql.MySQLContainer;

/** The contract of loads on MySQL 8.4 in a container. */
@ExtendWith(SaysWithoutDocker.class)
@Testcontainers(disabledWithoutDocker = true)
class MySql84SourceLoadContractTest extends SourceLoadContract {

  @Container private static final MySQLContainer SERVER = new MySQLContainer("mysql:8.4");

  @Override
  protected SourceFixture fixture() throws SQLException {
    return new MySqlFixture(ContainerServers.in(SERVER, 3306));
  }
}
