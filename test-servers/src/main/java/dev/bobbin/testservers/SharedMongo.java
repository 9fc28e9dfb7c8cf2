package dev.bobbin.testservers;

import com.mongodb.MongoException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The servers with MongoDB's protocol that this JVM shares, one of each kind. */
final class SharedMongo {
  private static final Map<MongoKind, Optional<MongoServer>> SERVERS = new ConcurrentHashMap<>();

  private static final Map<MongoAddress, MongoServer> EXTERNAL = new ConcurrentHashMap<>();

  private SharedMongo() {}

  /** Empty where there is none of this kind; why is printed once. */
  static Optional<MongoServer> of(MongoKind kind) {
    return SERVERS.computeIfAbsent(kind, SharedMongo::open);
  }

  private static Optional<MongoServer> open(MongoKind kind) {
    if (kind == MongoKind.JAVA_SERVER) {
      return Optional.of(MongoServer.of(kind).start(true));
    }
    Optional<MongoServer> elsewhere = external().filter(server -> server.kind() == kind);
    if (elsewhere.isEmpty() && MongoServer.canStart(kind)) {
      return Optional.of(MongoServer.of(kind).start(true));
    }
    return elsewhere;
  }

  private static Optional<MongoServer> external() {
    return MongoAddress.configured()
        .map(address -> EXTERNAL.computeIfAbsent(address, SharedMongo::reach));
  }

  private static MongoServer reach(MongoAddress address) {
    try {
      MongoServer server = MongoServer.elsewhere(address, true);
      AtExit.close(server::release);
      Announcements.once(
          server.kind().toString(),
          server.kind() + ", external, at " + address + " (" + MongoAddress.VARIABLE + ")");
      return server;
    } catch (MongoException e) {
      throw new IllegalStateException(
          "The server that "
              + MongoAddress.VARIABLE
              + " names ("
              + address
              + ") cannot be reached: "
              + e.getMessage(),
          e);
    }
  }
}
