package dev.bobbin.dialect.mysql;

import dev.bobbin.testkit.SourceDialectContract;
import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.testservers.MySqlVersion;
import java.sql.SQLException;
import org.junit.jupiter.api.Tag;

/** The contract of a dialect on a real MySQL 5.7. */
@Tag("long")
class MySql57SourceDialectContractTest extends SourceDialectContract {

  @Override
  protected SourceFixture fixture() throws SQLException {
    return new MySqlFixture(MySqlServer.shared(MySqlVersion.V5_7));
  }
}
