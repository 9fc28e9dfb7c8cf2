package dev.bobbin.benchmarks;

/** The peers by their names. */
final class Peers {

  private Peers() {}

  static Peer named(String name) {
    return switch (name) {
      case "drain" -> new DrainPeer();
      case "copy-out" -> new CopyOutPeer();
      case "jdbc-typed-loop" -> new JdbcPeer(JdbcPeer.BY_CURSOR);
      case "jdbc-streaming-text" -> new JdbcPeer(JdbcPeer.STREAMING);
      case "jdbc-buffered" -> new JdbcPeer(JdbcPeer.BUFFERED);
      case "spring-batch" -> new SpringBatchPeer(JdbcPeer.BY_CURSOR);
      case "spring-batch-streaming" -> new SpringBatchPeer(JdbcPeer.STREAMING);
      case "debezium" -> new DebeziumPeer();
      case "bobbin-1" -> BobbinPeer.reading(1);
      case "bobbin-1-tunnel" -> BobbinPeer.reading(1, Bastion.tunnel());
      case "bobbin-4" -> BobbinPeer.reading(4);
      case "bobbin-1-file-state" -> BobbinPeer.remembering(1);
      case "discovery" -> new DiscoveryPeer();
      case "idle" -> new IdlePeer();
      case "document-loop" -> DocumentPeer.loop();
      case "raw-count-loop" -> new RawPeer();
      case "document-gets" -> DocumentPeer.gets();
      case "bobbin-documents-1" -> BobbinDocuments.whole(1);
      case "bobbin-documents-4" -> BobbinDocuments.whole(4);
      case "bobbin-paths" -> BobbinDocuments.paths(1);
      default -> throw new IllegalArgumentException("there is no peer " + name);
    };
  }
}
