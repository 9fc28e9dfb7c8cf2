package dev.bobbin;

import dev.bobbin.catalog.CatalogDifference;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.plan.Plan;
import dev.bobbin.sink.TableLoad;
import java.time.Duration;

/**
 * Hears what happens during a run. Every method does nothing unless overridden.
 *
 * <p>Methods are called on the threads that copy, at the same time for different tables, and should
 * return soon. What they throw is logged and otherwise ignored.
 */
public interface ReplicatorListener {

  /** The run begins; the plan is the one that it follows, made from the source as it is now. */
  default void onPlan(Plan plan) {}

  /** The structure of the source differs from what it was at the last run, or changed during it. */
  default void onStructureChange(CatalogDifference difference) {}

  /** The sink was told of a table, and its batches follow. */
  default void onTableStarted(TableLoad load) {}

  /**
   * A batch is with the sink.
   *
   * @param table the table
   * @param rows rows delivered of it in this run so far, repeats included
   * @param bytes their size
   */
  default void onProgress(TableId table, long rows, long bytes) {}

  /**
   * A table is tried again after a pause.
   *
   * @param table the table
   * @param attempt 1 for the first retry
   * @param pause how long from now
   * @param cause why
   */
  default void onRetry(TableId table, int attempt, Duration pause, BobbinException cause) {}

  /** Something that a person should know about a table; also in its report. */
  default void onWarning(TableId table, String sentence) {}

  /** A table is done, failed or cancelled. */
  default void onTableFinished(RunReport.TableReport report) {}
}
