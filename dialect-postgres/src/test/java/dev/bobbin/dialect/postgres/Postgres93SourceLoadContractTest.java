package dev.bobbin.dialect.postgres;

import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testkit.SourceLoadContract;
import dev.bobbin.testservers.PostgresServer;
import java.sql.SQLException;

/**
 * The contract of loads on a real PostgreSQL 9.3, which cannot tell its history: most is skipped.
 */
class Postgres93SourceLoadContractTest extends SourceLoadContract {

  @Override
  protected SourceFixture fixture() throws SQLException {
    return new PostgresFixture(PostgresServer.shared("9.3"));
  }
}
