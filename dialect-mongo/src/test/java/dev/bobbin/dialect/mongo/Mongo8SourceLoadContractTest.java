package dev.bobbin.dialect.mongo;

import dev.bobbin.testkit.SourceFixture;
import dev.bobbin.testkit.SourceLoadContract;
import org.junit.jupiter.api.extension.ExtendWith;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.mongodb.MongoDBContainer;

/** The contract of loads on MongoDB 8 in a container. */
@ExtendWith(SaysWithoutDocker.class)
@Testcontainers(disabledWithoutDocker = true)
class Mongo8SourceLoadContractTest extends SourceLoadContract {

  @Container private static final MongoDBContainer SERVER = ContainerServers.of("8");

  @Override
  protected SourceFixture fixture() {
    return new MongoFixture(ContainerServers.in(SERVER));
  }
}
