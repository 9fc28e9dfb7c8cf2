package dev.bobbin.dialect.mysql;

import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testkit.SourceLoadContract;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.testservers.MySqlVersion;
import java.sql.SQLException;
import org.junit.jupiter.api.Tag;

/** The contract of loads on a real MariaDB 11.4. */
@Tag("long")
class MariaDbSourceLoadContractTest extends SourceLoadContract {

  @Override
  protected SourceFixture fixture() throws SQLException {
    return new MySqlFixture(MySqlServer.shared(MySqlVersion.MARIADB_11_4));
  }
}
