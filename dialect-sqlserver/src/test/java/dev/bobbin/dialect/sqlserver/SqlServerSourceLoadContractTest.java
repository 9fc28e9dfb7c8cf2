package dev.bobbin.dialect.sqlserver;

import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testkit.SourceLoadContract;
import org.junit.jupiter.api.extension.ExtendWith;

/** The contract of loads that are cut, on a real SQL Server, or a Babelfish. */
@ExtendWith(NeedsSqlServer.class)
class SqlServerSourceLoadContractTest extends SourceLoadContract {

  @Override
  protected SourceFixture fixture() throws Exception {
    return SqlServerFixture.on(TestServers.any());
  }
}
