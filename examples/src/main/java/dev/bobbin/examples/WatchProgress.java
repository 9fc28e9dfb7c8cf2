package dev.bobbin.examples;

import dev.bobbin.ReplicatorListener;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.CatalogDifference;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.plan.Plan;
import dev.bobbin.sink.TableLoad;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Tells what happens during a run, for instance to a log or a page that an operator looks at.
 *
 * <p>Its methods are called by the threads that copy, so what they do should not take long.
 */
// docs:begin watch-progress
public final class WatchProgress implements ReplicatorListener {

  private final Consumer<String> log;

  /**
   * A listener.
   *
   * @param log takes a line; called by several threads
   */
  public WatchProgress(Consumer<String> log) {
    this.log = log;
  }

  @Override
  public void onPlan(Plan plan) {
    log.accept("begins: " + plan.tables().size() + " tables");
  }

  @Override
  public void onStructureChange(CatalogDifference difference) {
    log.accept("structure changed: " + difference.describe());
  }

  @Override
  public void onTableStarted(TableLoad load) {
    log.accept(load.table().id() + ": " + (load.isWhole() ? "what is new" : "load from the start"));
  }

  @Override
  public void onProgress(TableId table, long rows, long bytes) {
    log.accept(String.format(Locale.ROOT, "%s: %,d rows, %,d bytes so far", table, rows, bytes));
  }

  @Override
  public void onRetry(TableId table, int attempt, Duration pause, BobbinException cause) {
    log.accept(
        table + ": retry " + attempt + " in " + pause.toMillis() + " ms: " + cause.problem());
  }

  @Override
  public void onWarning(TableId table, String sentence) {
    log.accept(table + ": " + sentence);
  }

  @Override
  public void onTableFinished(RunReport.TableReport report) {
    log.accept(report.table() + ": " + report.status() + ", " + report.rows() + " rows");
  }
}
// docs:end watch-progress
