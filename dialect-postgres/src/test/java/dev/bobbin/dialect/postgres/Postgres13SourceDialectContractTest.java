package dev.bobbin.dialect.postgres;

import dev.bobbin.testkit.SourceDialectContract;
import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testservers.PostgresServer;
import java.sql.SQLException;
import org.junit.jupiter.api.Tag;

/** The contract of a dialect on a real PostgreSQL 13. */
@Tag("long")
class Postgres13SourceDialectContractTest extends SourceDialectContract {

  @Override
  protected SourceFixture fixture() throws SQLException {
    return new PostgresFixture(PostgresServer.shared("13"));
  }
}
