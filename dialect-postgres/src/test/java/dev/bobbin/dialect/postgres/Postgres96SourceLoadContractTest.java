package dev.bobbin.dialect.postgres;

import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testkit.SourceLoadContract;
import dev.bobbin.testservers.PostgresServer;
import java.sql.SQLException;
import org.junit.jupiter.api.Tag;

/** The contract of loads on a real PostgreSQL 9.6, the oldest that tells its history. */
@Tag("long")
class Postgres96SourceLoadContractTest extends SourceLoadContract {

  @Override
  protected SourceFixture fixture() throws SQLException {
    return new PostgresFixture(PostgresServer.shared("9.6"));
  }
}
