package dev.bobbin.dialect.postgres.faults;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.error.BobbinException;
import dev.bobbin.plan.Plan;
import dev.bobbin.record.Record;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.state.FileStateStore;
import dev.bobbin.tls.Tls;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** A host application with a small heap, and with default settings but for its readers. */
final class SmallHost {

  private static final int FAST_BATCHES = 3;
  private static final int SLOW_BATCHES = 6;
  private static final long LONGEST_PAUSE_MILLIS = 5_000;

  private SmallHost() {}

  /** Arguments: host, port, database, user, state, {@code count} or {@code slow}, readers. */
  public static void main(String[] args) throws Exception {
    boolean slow = args[5].equals("slow");
    Selection selection =
        Selection.of(
            slow ? TableSelection.table("wide").incrementalBy("id") : TableSelection.table("wide"));
    Counting counting = new Counting();
    try (Replicator replicator =
        Replicator.from(
                PostgresDialect.at(args[0], Integer.parseInt(args[1]), args[2])
                    .tls(Tls.off())
                    .login(args[3], ""))
            .named("Small host")
            .rememberIn(FileStateStore.at(Path.of(args[4])))
            .parallelism(Integer.parseInt(args[6]))
            .build()) {
      Slow slowly = new Slow(replicator, counting);
      RunReport report = replicator.replicate(selection, slow ? slowly::write : counting::write);
      report.tables().forEach(t -> t.failure().ifPresent(SmallHost::rethrow));
      System.out.println(
          "peak MB "
              + java.lang.management.ManagementFactory.getMemoryPoolMXBeans().stream()
                      .filter(p -> p.getType() == java.lang.management.MemoryType.HEAP)
                      .mapToLong(p -> p.getPeakUsage().getUsed())
                      .sum()
                  / (1 << 20));
      System.out.println("scans " + counting.scans.size() + ", characters " + counting.texts);
      System.out.println(
          report.tables().get(0).status() + " " + counting.rows + " " + counting.sum);
    }
    if (slow) {
      try (Replicator replicator =
          Replicator.from(
                  PostgresDialect.at(args[0], Integer.parseInt(args[1]), args[2])
                      .tls(Tls.off())
                      .login(args[3], ""))
              .named("Small host")
              .rememberIn(FileStateStore.at(Path.of(args[4])))
              .build()) {
        Plan plan = replicator.plan(selection);
        System.out.println(
            plan.describe().contains("goes on with its load") ? "goes on" : plan.describe());
        replicator.replicate(selection, counting::write).throwIfFailed();
        System.out.println("all " + counting.rows + " " + counting.sum);
      }
    }
  }

  private static void rethrow(BobbinException failure) {
    throw failure;
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

  /** Takes a hundred times as long as the source, for some batches, and then ends the run. */
  private static final class Slow {
    private final Replicator replicator;
    private final Counting counting;
    private int batches;
    private long begun = System.nanoTime();
    private long longest;

    Slow(Replicator replicator, Counting counting) {
      this.replicator = replicator;
      this.counting = counting;
    }

    void write(RecordBatch batch) throws InterruptedException {
      batches++;
      if (batches <= FAST_BATCHES) {
        longest = (System.nanoTime() - begun) / 1_000_000 / batches;
      } else {
        Thread.sleep(Math.min(LONGEST_PAUSE_MILLIS, 100 * longest));
      }
      counting.write(batch);
      if (batches == FAST_BATCHES + SLOW_BATCHES) {
        replicator.close();
      }
    }
  }
}
