package dev.bobbin.dialect.mongo;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bobbin.testkit.SourceDialectContract;
import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testservers.MongoKind;
import dev.bobbin.testservers.MongoServer;
import java.util.Optional;
import org.junit.jupiter.api.Tag;

/** The contract of a dialect on FerretDB. */
@Tag("long")
class FerretDbSourceDialectContractTest extends SourceDialectContract {

  @Override
  protected SourceFixture fixture() {
    Optional<MongoServer> server = MongoServer.shared(MongoKind.FERRETDB);
    assumeTrue(server.isPresent(), "there is no server of this kind");
    return new MongoFixture(server.get());
  }
}
