package dev.bobbin.testsupport;

import dev.bobbin.Replicator;
import dev.bobbin.ReplicatorListener;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.CatalogDifference;
import dev.bobbin.catalog.TableId;
import dev.bobbin.check.CheckReport;
import dev.bobbin.error.BobbinException;
import dev.bobbin.plan.Plan;
import dev.bobbin.plan.TablePlan;
import dev.bobbin.record.Record;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.Selection;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.sink.TableLoad;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.state.StateStore;
import java.time.Duration;
import java.util.function.UnaryOperator;

/**
 * A host application that prints everything that Bobbin lets it see but the values themselves. The
 * test that has started it reads that.
 */
public final class TalkativeHost {
  private final SourceDialect dialect;
  private final StateStore store;
  private final UnaryOperator<Replicator.Builder> settings;

  public TalkativeHost(SourceDialect dialect, StateStore store) {
    this(dialect, store, UnaryOperator.identity());
  }

  /** With settings that a replicator of this dialect needs besides. */
  public TalkativeHost(
      SourceDialect dialect, StateStore store, UnaryOperator<Replicator.Builder> settings) {
    this.dialect = dialect;
    this.store = store;
    this.settings = settings;
    show("dialect", dialect);
    show("store", store);
  }

  public static void show(String what, Object object) {
    System.out.println(what + ": " + object);
  }

  public static void showFailure(Throwable failure) {
    System.out.println("failed " + failure);
    failure.printStackTrace(System.out);
  }

  /** What the test waits to see at the end. */
  public static void sayDone() {
    System.out.println("done");
  }

  /** A sink that shows what it is given. */
  public static RecordSink showing() {
    return new Showing();
  }

  /** A replicator of small batches that reads with the host's own dialect. */
  public Replicator.Builder replicator() {
    return replicator(dialect);
  }

  public Replicator.Builder replicator(SourceDialect from) {
    return settings.apply(
        Replicator.from(from)
            .named("Canaries")
            .rememberIn(store)
            .batchRows(50)
            .connectTimeout(Duration.ofSeconds(10))
            .retry(new RetryPolicy(1, Duration.ofMillis(1), Duration.ofMillis(1)))
            .listener(new Listening()));
  }

  public void run(String what, Selection selection, RecordSink sink) {
    run(what, replicator(), selection, sink);
  }

  /** Shows all that can be seen of a run, before, while and after it runs. */
  public void run(String what, Replicator.Builder builder, Selection selection, RecordSink sink) {
    try (Replicator replicator = builder.build()) {
      System.out.println("=== " + what);
      show("replicator", replicator);
      show("selection", selection);
      try {
        run(replicator, selection, sink);
      } catch (RuntimeException e) {
        showFailure(e);
      }
    }
  }

  private static void run(Replicator replicator, Selection selection, RecordSink sink) {
    CheckReport check = replicator.check(selection);
    show("check", check + " " + check.describe());
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
