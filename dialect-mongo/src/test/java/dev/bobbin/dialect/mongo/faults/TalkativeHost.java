package dev.bobbin.dialect.mongo.faults;

import dev.bobbin.Replicator;
import dev.bobbin.ReplicatorListener;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.CatalogDifference;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.mongo.MongoDialect;
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
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.tls.Tls;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A host application that prints everything that Bobbin lets it see but the values themselves, and
 * logs at TRACE, the driver's commands and replies included.
 */
final class TalkativeHost {

  private static MongoDialect dialect;
  private static FileStateStore store;

  private TalkativeHost() {}

  /** Arguments: port, database, user and password (empty for none), folder of the state. */
  public static void main(String[] args) throws Exception {
    try (TcpProxy proxy = TcpProxy.to("127.0.0.1", Integer.parseInt(args[0]))) {
      MongoDialect server = MongoDialect.at("127.0.0.1", proxy.port(), args[1]).tls(Tls.off());
      dialect = args[2].isEmpty() ? server : server.login(args[2], args[3]);
      store = FileStateStore.at(Path.of(args[4]));
      show("dialect", dialect);
      show("store", store);
      Selection secrets = select("secrets", "k");
      run("first run", secrets, new Showing());
      run("second run", secrets, new Showing());
      run("other key", select("secrets", "n"), b -> {});
      run("full table", Selection.of(TableSelection.table("secrets_too")), new Showing());
      run(
          "fields",
          Selection.of(TableSelection.table("secrets_too").only("d.v", "k", "mixed")),
          new Showing());
      run(
          "failing sink",
          Selection.of(TableSelection.table("secrets_too")),
          batch -> {
            throw new IOException("the sink's own words");
          });
      run("cut off", Selection.of(TableSelection.table("large")), batch -> proxy.cut());
      try (Replicator small =
          replicator(dialect).maxRowBytes(2_000).memoryBudget(100_000).build()) {
        show("too large", small, Selection.of(TableSelection.table("huge")), new Showing());
      }
      if (!args[2].isEmpty()) {
        try (Replicator wrong =
            replicator(server.login(args[2], () -> "wrong-" + args[3])).build()) {
          show("wrong password", wrong, secrets, new Showing());
        }
      }
      try (Replicator failing =
          replicator(
                  server.login(
                      "etl",
                      () -> {
                        throw new IllegalStateException("the vault is sealed");
                      }))
              .build()) {
        show("failing supplier", failing, secrets, new Showing());
      }
      String secret = args[3].isEmpty() ? "CanaryPassword1" : args[3];
      String uri = "mongodb://etl:" + secret + "@127.0.0.1:" + proxy.port() + "/" + args[1];
      show("uri", MongoDialect.uri(uri + "?tls=false"));
      for (String wrong : new String[] {"?authMechanism=NONE", "?w=%ZZ", "?tlsInsecure=true"}) {
        try {
          show("uri", MongoDialect.uri(uri + wrong));
        } catch (RuntimeException e) {
          System.out.println("failed " + e);
          e.printStackTrace(System.out);
        }
      }
    }
    System.out.println("done");
  }

  private static Selection select(String collection, String key) {
    return Selection.of(TableSelection.table(collection).incrementalBy(key));
  }

  private static Replicator.Builder replicator(MongoDialect from) {
    return Replicator.from(from)
        .named("Canaries")
        .rememberIn(store)
        .batchRows(50)
        .batchBytes(64 << 10) // and so are the server's answers: there is more to come
        .parallelism(1)
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
      show("check", replicator.check(selection) + " " + replicator.check(selection).describe());
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
