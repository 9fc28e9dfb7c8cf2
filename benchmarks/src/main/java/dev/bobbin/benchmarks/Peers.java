package dev.bobbin.benchmarks;

/** The peers by their names. */
final class Peers {

  private Peers() {}

  static Peer named(String name) {
    return switch (name) {
      case "copy-out" -> new CopyOutPeer();
      case "jdbc-typed-loop" -> new JdbcPeer();
      case "spring-batch" -> new SpringBatchPeer();
      case "debezium" -> new DebeziumPeer();
      case "bobbin-1" -> BobbinPeer.reading(1);
      case "bobbin-4" -> BobbinPeer.reading(4);
      case "bobbin-1-file-state" -> BobbinPeer.remembering(1);
      case "discovery" -> new DiscoveryPeer();
      case "idle" -> new IdlePeer();
      default -> throw new IllegalArgumentException("there is no peer " + name);
    };
  }
}
