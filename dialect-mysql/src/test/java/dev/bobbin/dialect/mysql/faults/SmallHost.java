package dev.bobbin.dialect.mysql.faults;

import static dev.bobbin.select.TableSelection.table;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.dialect.mysql.MySqlDialect;
import dev.bobbin.record.Record;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.Selection;
import dev.bobbin.tls.Tls;
import java.util.HashSet;
import java.util.Set;

/** A host application with a small heap, and with default settings but for its readers. */
final class SmallHost {

  private SmallHost() {}

  /** Arguments: host, port, database, user, readers. */
  public static void main(String[] args) {
    Counting counting = new Counting();
    try (Replicator replicator =
        Replicator.from(
                MySqlDialect.at(args[0], Integer.parseInt(args[1]), args[2])
                    .tls(Tls.off())
                    .login(args[3], Scene.PASSWORD))
            .named("Small host")
            .parallelism(Integer.parseInt(args[4]))
            .build()) {
      RunReport report = replicator.replicate(Selection.of(table("wide")), counting::write);
      report.throwIfFailed();
    }
    System.out.println("scans " + counting.scans.size() + ", characters " + counting.texts);
    System.out.println("rows " + counting.rows + " " + counting.sum);
  }

  private static final class Counting {
    private long rows;
    private long sum;
    private long texts;
    private final Set<String> scans = new HashSet<>();

    void write(RecordBatch batch) {
      for (Record row : batch) {
        sum += row.getLong("id");
        texts += String.valueOf(row.getString("i")).length();
      }
      scans.add(batch.checkpoint().scan());
      rows += batch.rowCount();
    }
  }
}
