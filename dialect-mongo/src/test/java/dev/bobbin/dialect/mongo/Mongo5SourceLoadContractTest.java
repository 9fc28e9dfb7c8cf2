package dev.bobbin.dialect.mongo;

import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testkit.SourceLoadContract;
import org.junit.jupiter.api.extension.ExtendWith;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.mongodb.MongoDBContainer;

/** The contract of loads on MongoDB 5 in a container. */
@ExtendWith(SaysWithoutDocker.class)
@Testcontainers(disabledWithoutDocker = true)
class Mongo5SourceLoadContractTest extends SourceLoadContract {

  @Container private static final MongoDBContainer SERVER = ContainerServers.of("5");

  @Override
  protected SourceFixture fixture() {
    return new MongoFixture(ContainerServers.in(SERVER));
  }
}
