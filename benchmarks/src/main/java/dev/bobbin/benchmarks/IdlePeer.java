package dev.bobbin.benchmarks;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.state.FileStateStore;
import dev.bobbin.state.StateStore;

/**
 * Runs over many incremental tables, remembered in files: the first copies them, those after it
 * find nothing new. What it counts as rows are tables.
 */
final class IdlePeer implements Peer {

  private final StateStore store = FileStateStore.at(BobbinPeer.newFolder());
  private boolean copied;

  @Override
  public Copied copy(Source source, String table, long rows) {
    CountingSink sink = new CountingSink();
    Selection selection = Selection.of(TableSelection.table(table).incrementalBy("id"));
    try (Replicator replicator = BobbinPeer.replicator(source).rememberIn(store).build()) {
      RunReport report = replicator.replicate(selection, sink);
      report.throwIfFailed();
      if (copied == (report.rows() > 0)) {
        throw new IllegalStateException("the first run should find rows, and no other: " + report);
      }
      copied = true;
      return new Copied(report.tables().size(), sink.copied().sum());
    }
  }
}
