package dev.bobbin.dialect.mysql;

import dev.bobbin.testkit.SourceDialectContract;
import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.testservers.MySqlVersion;
import java.sql.SQLException;

/** The contract of a dialect on a real MariaDB 11.4. */
class MariaDbSourceDialectContractTest extends SourceDialectContract {

  @Override
  protected SourceFixture fixture() throws SQLException {
    return new MySqlFixture(MySqlServer.shared(MySqlVersion.MARIADB_11_4));
  }
}
