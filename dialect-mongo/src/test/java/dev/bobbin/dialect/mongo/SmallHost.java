package dev.bobbin.dialect.mongo;

import static dev.bobbin.select.TableSelection.table;

import dev.bobbin.Replicator;
import dev.bobbin.record.ColumnVector;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.Selection;
import dev.bobbin.tls.Tls;
import java.util.HashSet;
import java.util.Set;

/** A host application with a small heap, and with default settings but for its readers. */
final class SmallHost {

  private SmallHost() {}

  /** Arguments: a connection string, a collection, readers. */
  public static void main(String[] args) {
    Counting counting = new Counting();
    try (Replicator replicator =
        Replicator.from(MongoDialect.uri(args[0]).tls(Tls.off()))
            .named("Small host")
            .parallelism(Integer.parseInt(args[2]))
            .build()) {
      replicator.replicate(Selection.of(table(args[1])), counting::write).throwIfFailed();
    }
    System.out.println("scans " + counting.scans.size());
    System.out.println("documents " + counting.rows + " " + counting.sum + " " + counting.bytes);
  }

  private static final class Counting {
    private long rows;
    private long sum;
    private long bytes;
    private final Set<String> scans = new HashSet<>();

    void write(RecordBatch batch) {
      ColumnVector ids = batch.column("_id");
      ColumnVector documents = batch.column("document");
      for (int row = 0; row < batch.rowCount(); row++) {
        sum += ids.getLong(row);
        bytes += documents.buffer(row).remaining();
      }
      scans.add(batch.checkpoint().scan());
      rows += batch.rowCount();
    }
  }
}
