package dev.bobbin.dialect.postgres;

import dev.bobbin.testkit.SourceDialectContract;
import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testservers.PostgresServer;
import java.sql.SQLException;
import org.junit.jupiter.api.Tag;

/** The contract of a dialect on a real PostgreSQL 9.3. */
@Tag("long")
class Postgres93SourceDialectContractTest extends SourceDialectContract {

  @Override
  protected SourceFixture fixture() throws SQLException {
    return new PostgresFixture(PostgresServer.shared("9.3"));
  }
}
