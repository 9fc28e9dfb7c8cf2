package dev.bobbin.dialect.mongo;

import dev.bobbin.testservers.MongoServer;
import java.util.HashMap;
import java.util.Map;
import org.testcontainers.mongodb.MongoDBContainer;

/** The servers in running containers, one for each container. */
final class ContainerServers {
  private static final Map<String, MongoServer> SERVERS = new HashMap<>();

  private ContainerServers() {}

  /** A container of the official image, as a replica set of one member. */
  static MongoDBContainer of(String version) {
    return new MongoDBContainer("mongo:" + version).withReplicaSet();
  }

  /** The server in a container. */
  static synchronized MongoServer in(MongoDBContainer container) {
    return SERVERS.computeIfAbsent(
        container.getContainerId(),
        // The member's own name is known in the container alone.
        unused ->
            MongoServer.at(
                "mongodb://"
                    + container.getHost()
                    + ":"
                    + container.getMappedPort(27017)
                    + "/?directConnection=true"));
  }
}
