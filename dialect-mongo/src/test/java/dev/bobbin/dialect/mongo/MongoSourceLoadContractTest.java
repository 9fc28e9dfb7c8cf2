package dev.bobbin.dialect.mongo;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testkit.SourceLoadContract;
import dev.bobbin.testservers.MongoKind;
import dev.bobbin.testservers.MongoServer;
import java.util.Optional;

/** The contract of loads on the MongoDB that BOBBIN_TEST_MONGODB_URL names. */
class MongoSourceLoadContractTest extends SourceLoadContract {

  @Override
  protected SourceFixture fixture() {
    Optional<MongoServer> server = MongoServer.shared(MongoKind.MONGODB);
    assumeTrue(server.isPresent(), "there is no server of this kind");
    return new MongoFixture(server.get());
  }
}
