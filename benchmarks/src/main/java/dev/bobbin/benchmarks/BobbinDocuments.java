package dev.bobbin.benchmarks;

import static java.util.Objects.requireNonNull;

import dev.bobbin.Replicator;
import dev.bobbin.record.ColumnVector;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.state.MemoryStateStore;
import java.util.EnumMap;
import java.util.Map;

/** Bobbin reading a collection, with settings as they come but for the parallelism. */
final class BobbinDocuments implements Peer {

  private static final String NAME = "customer.name";
  private static final String TOTAL = "total";
  private static final String UPDATED = "updated";

  private final int parallelism;
  private final boolean paths;
  private final Map<DocumentSize, long[]> known = new EnumMap<>(DocumentSize.class);

  private BobbinDocuments(int parallelism, boolean paths) {
    this.parallelism = parallelism;
    this.paths = paths;
    for (DocumentSize size : DocumentSize.values()) {
      known.put(size, paths ? DocumentSum.valuesOf(size.kinds()) : new long[] {size.bytes()});
    }
  }

  /** Reads documents as they are. */
  static BobbinDocuments whole(int parallelism) {
    return new BobbinDocuments(parallelism, false);
  }

  /** Reads three values of each document. */
  static BobbinDocuments paths(int parallelism) {
    return new BobbinDocuments(parallelism, true);
  }

  @Override
  public Copied copy(Source source, String table, long rows) {
    Sink sink = new Sink(paths);
    TableSelection all = TableSelection.table(source.database() + "." + table);
    TableSelection selection = paths ? all.only(NAME, TOTAL, UPDATED) : all;
    try (Replicator replicator =
        BobbinPeer.replicator(source)
            .rememberIn(new MemoryStateStore())
            .parallelism(parallelism)
            .build()) {
      replicator.replicate(Selection.of(selection), sink).throwIfFailed();
    }
    return sink.sum.checked(rows, requireNonNull(known.get(DocumentSize.of(table))));
  }

  /** Takes of each document what the loops written by hand take of theirs. Thread-safe. */
  private static final class Sink implements RecordSink {

    private final boolean paths;
    private final DocumentSum sum = new DocumentSum();

    Sink(boolean paths) {
      this.paths = paths;
    }

    @Override
    public boolean concurrent() {
      return true;
    }

    @Override
    public void write(RecordBatch batch) {
      sum.add(paths ? values(batch) : sizes(batch));
    }

    private static DocumentSum sizes(RecordBatch batch) {
      DocumentSum read = new DocumentSum();
      ColumnVector ids = batch.column("_id");
      ColumnVector documents = batch.column("document");
      for (int row = 0; row < batch.rowCount(); row++) {
        read.add(ids.getLong(row), documents.buffer(row).remaining());
      }
      return read;
    }

    private static DocumentSum values(RecordBatch batch) {
      DocumentSum read = new DocumentSum();
      ColumnVector ids = batch.column("_id");
      ColumnVector names = batch.column(NAME);
      ColumnVector totals = batch.column(TOTAL);
      ColumnVector updated = batch.column(UPDATED);
      for (int row = 0; row < batch.rowCount(); row++) {
        read.add(
            ids.getLong(row),
            DocumentSum.of(
                requireNonNull(names.getString(row)).length(),
                totals.getDouble(row),
                updated.getTicks(row)));
      }
      return read;
    }
  }
}
