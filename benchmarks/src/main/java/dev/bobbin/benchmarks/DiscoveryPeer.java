package dev.bobbin.benchmarks;

import dev.bobbin.Replicator;
import dev.bobbin.catalog.Catalog;

/** Bobbin's structure sync. What it counts as rows are tables. */
final class DiscoveryPeer implements Peer {

  @Override
  public Copied copy(Source source, String table, long rows) {
    try (Replicator replicator = BobbinPeer.replicator(source).build()) {
      Catalog catalog = replicator.discover();
      return new Copied(
          catalog.tables().size(),
          catalog.tables().stream().mapToLong(found -> found.columns().size()).sum());
    }
  }
}
