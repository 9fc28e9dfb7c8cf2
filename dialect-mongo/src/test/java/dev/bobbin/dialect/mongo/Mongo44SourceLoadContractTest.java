package dev.bobbin.dialect.mongo;

import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testkit.SourceLoadContract;
import org.junit.jupiter.api.extension.ExtendWith;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.mongodb.MongoDBContainer;

/** The contract of loads on MongoDB 4.4 in a container. */
@ExtendWith(SaysWithoutDocker.class)
@Testcontainers(disabledWithoutDocker = true)
class Mongo44SourceLoadContractTest extends SourceLoadContract {

  @Container private static final MongoDBContainer SERVER = ContainerServers.of("4.4");

  @Override
  protected SourceFixture fixture() {
    return new MongoFixture(ContainerServers.in(SERVER));
  }
}
