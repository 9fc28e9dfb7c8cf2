package dev.bobbin.dialect.mysql;

import dev.bobbin.testkit.SourceDialectContract;
import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.testservers.MySqlVersion;
import java.sql.SQLException;

/** The contract of a dialect on a real MySQL 8.0. */
class MySql80SourceDialectContractTest extends SourceDialectContract {

  @Override
  protected SourceFixture fixture() throws SQLException {
    return new MySqlFixture(MySqlServer.shared(MySqlVersion.V8_0));
  }
}
