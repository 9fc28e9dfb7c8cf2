package dev.bobbin.dialect.sqlserver;

import dev.bobbin.testkit.SourceDialectContract;
import dev.bobbin.testkit.SourceFixture;
import org.junit.jupiter.api.extension.ExtendWith;

/** The contract of a dialect on a real SQL Server, or a Babelfish. */
@ExtendWith(NeedsSqlServer.class)
class SqlServerSourceDialectContractTest extends SourceDialectContract {

  @Override
  protected SourceFixture fixture() throws Exception {
    return SqlServerFixture.on(TestServers.any());
  }
}
