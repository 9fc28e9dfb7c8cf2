package dev.bobbin.dialect.mysql.faults;

import dev.bobbin.Replicator;
import dev.bobbin.ReplicatorListener;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.CatalogDifference;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.mysql.MySqlDialect;
import dev.bobbin.error.BobbinException;
import dev.bobbin.plan.Plan;
import dev.bobbin.plan.TablePlan;
import dev.bobbin.record.Record;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.sink.TableLoad;
import dev.bobbin.state.FileStateStore;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.tls.Tls;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A host application that prints everything that Bobbin lets it see but the values themselves, and
 * logs at TRACE.
 */
final class TalkativeHost {

  private static MySqlDialect dialect;
  private static FileStateStore store;

  private TalkativeHost() {}

  /** Arguments: host, port, database, user, password, state, the password of the superuser. */
  public static void main(String[] args) throws Exception {
    MySqlDialect server =
        MySqlDialect.at(args[0], Integer.parseInt(args[1]), args[2]).tls(Tls.off());
    dialect = server.login(args[3], args[4]);
    store = FileStateStore.at(Path.of(args[5]));
    show("dialect", dialect);
    show("store", store);

    Selection secrets = Selection.of(TableSelection.table("secrets").incrementalBy("k"));
    run("first run", secrets, new Showing());
    run("second run", secrets, new Showing());
    run("other key", Selection.of(TableSelection.table("secrets").incrementalBy("id")), b -> {});
    run("full table", Selection.of(TableSelection.table("secrets_too")), new Showing());
    for (String view : new String[] {"raises", "overflows", "bad_json"}) {
      run(view, Selection.of(TableSelection.table(view)), new Showing());
    }
    run(
        "failing sink",
        Selection.of(TableSelection.table("secrets_too")),
        batch -> {
          throw new IOException("the sink's own words");
        });
    run(
        "retried sink",
        Selection.of(TableSelection.table("secrets_too")),
        batch -> {
          throw dev.bobbin.error.SinkException.retryable("The sink's own words.", null);
        });
    run(
        "null keys refused",
        Selection.of(
            TableSelection.table("secrets_null")
                .incrementalBy("k")
                .nullKeys(dev.bobbin.select.ReplicationMethod.NullKeys.FAIL)),
        b -> {});
    run(
        "terminated",
        Selection.of(TableSelection.table("large")),
        batch -> {
          try (MySqlServer running =
              MySqlServer.at(args[0], Integer.parseInt(args[1]), "root", args[6])) {
            running.killConnectionsOf(args[3]);
          }
        });
    try (Replicator small = replicator(dialect).maxRowBytes(2_000).memoryBudget(100_000).build()) {
      show("too large", small, Selection.of(TableSelection.table("huge")), new Showing());
    }
    try (Replicator wrong = replicator(server.login(args[3], () -> "wrong-" + args[4])).build()) {
      show("wrong password", wrong, secrets, new Showing());
    }
    try (Replicator failing =
        replicator(
                server.login(
                    args[3],
                    () -> {
                      throw new IllegalStateException("the vault is sealed");
                    }))
            .build()) {
      show("failing supplier", failing, secrets, new Showing());
    }
    System.out.println("done");
  }

  private static Replicator.Builder replicator(MySqlDialect from) {
    return Replicator.from(from)
        .named("Canaries")
        .rememberIn(store)
        .batchRows(50)
        .connectTimeout(Duration.ofSeconds(10))
        .retry(new RetryPolicy(1, Duration.ofMillis(1), Duration.ofMillis(1)))
        .listener(new Listening());
  }

  private static void run(String what, Selection selection, RecordSink sink) {
    try (Replicator replicator = replicator(dialect).build()) {
      show(what, replicator, selection, sink);
    }
  }

  private static void show(
      String what, Replicator replicator, Selection selection, RecordSink sink) {
    System.out.println("=== " + what);
    show("replicator", replicator);
    show("selection", selection);
    try {
      Catalog catalog = replicator.discover();
      show("catalog", catalog);
      show("notes", catalog.notes());
      catalog.tables().forEach(t -> show("table", t + " " + t.columns()));
      Plan plan = replicator.plan(selection);
      show("plan", plan + " " + plan.describe() + plan.notes());
      for (TablePlan table : plan.tables()) {
        show("table plan", table + " " + table.describe() + table.bookmark() + table.refusal());
      }
      RunReport report = replicator.run(plan, sink);
      show("report", report + " " + report.describe() + report.tables());
      report.throwIfFailed();
      System.out.println("completed " + report.rows());
    } catch (RuntimeException e) {
      System.out.println("failed " + e);
      e.printStackTrace(System.out);
    }
  }

  private static void show(String what, Object object) {
    System.out.println(what + ": " + object);
  }

  private static final class Showing implements RecordSink {
    @Override
    public void open(TableLoad load) {
      show("load", load + " " + load.table() + load.identity() + load.difference());
    }

    @Override
    public void write(RecordBatch batch) {
      show("batch", batch);
      show("checkpoint", batch.checkpoint());
      show("bookmark", batch.checkpoint().bookmark());
      batch.columns().forEach(c -> show("column", c + " " + batch.column(c.name())));
      for (Record row : batch) {
        show("row", row);
        row.get(0);
      }
    }
  }

  private static final class Listening implements ReplicatorListener {
    @Override
    public void onPlan(Plan plan) {
      show("onPlan", plan + plan.describe());
    }

    @Override
    public void onStructureChange(CatalogDifference difference) {
      show("onStructureChange", difference + difference.describe());
    }

    @Override
    public void onTableStarted(TableLoad load) {
      show("onTableStarted", load);
    }

    @Override
    public void onRetry(TableId table, int attempt, Duration pause, BobbinException cause) {
      show("onRetry", table + " " + cause);
      cause.printStackTrace(System.out);
    }

    @Override
    public void onWarning(TableId table, String sentence) {
      show("onWarning", table + " " + sentence);
    }

    @Override
    public void onTableFinished(RunReport.TableReport report) {
      show("onTableFinished", report);
      report.failure().ifPresent(f -> f.printStackTrace(System.out));
    }
  }
}
