package dev.bobbin.dialect.mongo;

import dev.bobbin.testkit.SourceDialectContract;
import dev.bobbin.testkit.SourceFixture;
import org.junit.jupiter.api.extension.ExtendWith;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.mongodb.MongoDBContainer;

/** The contract of a dialect on MongoDB 7 in a container. */
@ExtendWith(SaysWithoutDocker.class)
@Testcontainers(disabledWithoutDocker = true)
class Mongo7SourceDialectContractTest extends SourceDialectContract {

  @Container private static final MongoDBContainer SERVER = ContainerServers.of("7");

  @Override
  protected SourceFixture fixture() {
    return new MongoFixture(ContainerServers.in(SERVER));
  }
}
