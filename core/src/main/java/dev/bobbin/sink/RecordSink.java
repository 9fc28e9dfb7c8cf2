package dev.bobbin.sink;

import dev.bobbin.catalog.TableId;
import dev.bobbin.record.RecordBatch;

/**
 * Receives what is copied. The host implements it; a lambda over {@link #write} is a whole sink.
 *
 * <p>For each table of a run the order is: {@link #progress}, {@link #open}, any number of {@link
 * #write} (and {@link #flush}), and, when the load is whole, {@link #complete}. Calls for one table
 * never overlap, and happen one after the other in memory order; calls for different tables overlap
 * only if {@link #concurrent()}. After a retry, {@code progress} is asked again.
 *
 * <p>An exception fails the table and leaves its checkpoint where it was; {@link
 * dev.bobbin.error.SinkException#retryable} makes the runner try again from the last checkpoint.
 * The other tables go on.
 */
@FunctionalInterface
public interface RecordSink {

  /**
   * Takes a batch. With {@link Durability#ON_WRITE}, its rows must be durable when this returns:
   * the batch's checkpoint is saved then. The batch belongs to the sink and counts against the
   * memory budget until this returns.
   *
   * <p>After a crash, rows can come again (at most a batch or flush per scan of unchanged ones):
   * upsert by {@link TableLoad#identity()}.
   *
   * @param batch at least one row, in the scan's order
   * @throws Exception if the rows are not durable; nothing is saved then
   */
  void write(RecordBatch batch) throws Exception;

  /**
   * Announces a table before its first batch in a run, also when it turns out to be empty; again
   * when its structure changes in the middle of the run, and when the load begins again under a new
   * load id.
   *
   * @param load the table, its columns, the difference to last time, the load id
   * @throws Exception if the sink cannot take the table
   */
  default void open(TableLoad load) throws Exception {}

  /**
   * Makes durable everything that {@link #write} took of a table; only called for sinks that say
   * {@link Durability#onFlush}.
   *
   * @throws Exception if it is not durable; nothing is saved then
   */
  default void flush(TableId table) throws Exception {}

  /**
   * Says that a load is whole: all its rows are durable. A sink that keeps versions swaps here; one
   * that replaces removes the rows of older loads here. Called once per load, and again only if the
   * run died before it could remember the call. Later incremental runs do not call it.
   *
   * @throws Exception if the sink could not do its part; it is called again by the next run
   */
  default void complete(TableLoad load) throws Exception {}

  /** When what {@link #write} took is durable; asked once per run. */
  default Durability durability() {
    return Durability.ON_WRITE;
  }

  /**
   * The sink's own record of how far a table has come, for a sink that commits {@code
   * batch.checkpoint()} in one transaction with the rows. It is believed over the state store, so
   * that nothing is delivered twice, unless it is of an older load.
   *
   * @throws Exception if the sink cannot tell
   */
  default Progress progress(TableId table) throws Exception {
    return Progress.notTracked();
  }

  /** Whether calls for different tables may overlap. */
  default boolean concurrent() {
    return false;
  }
}
