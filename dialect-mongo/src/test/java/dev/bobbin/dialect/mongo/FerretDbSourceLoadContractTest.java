package dev.bobbin.dialect.mongo;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testkit.SourceLoadContract;
import dev.bobbin.testservers.MongoKind;
import dev.bobbin.testservers.MongoServer;
import java.util.Optional;

/** The contract of loads on FerretDB. */
class FerretDbSourceLoadContractTest extends SourceLoadContract {

  @Override
  protected SourceFixture fixture() {
    Optional<MongoServer> server = MongoServer.shared(MongoKind.FERRETDB);
    assumeTrue(server.isPresent(), "there is no server of this kind");
    return new MongoFixture(server.get());
  }
}
