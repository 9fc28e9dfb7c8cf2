package dev.bobbin.sink;

import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableDifference;
import dev.bobbin.select.ReplicationMethod;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A table and the load that its next batches belong to. Immutable. */
public final class TableLoad {

  private final Table table;
  private final long loadId;
  private final ReplicationMethod method;
  private final List<String> identity;
  private final @Nullable TableDifference difference;
  private final boolean whole;

  /**
   * A load; made by the runner.
   *
   * @param table the table with just the columns that are delivered
   * @param loadId greater for a later load of the same table
   * @param method the replication method
   * @param identity the columns that tell a row from all others; may be empty
   * @param difference how the structure differs from the last run; null where it does not
   * @param whole whether the load was whole before this run, which then only adds to it
   */
  public TableLoad(
      Table table,
      long loadId,
      ReplicationMethod method,
      List<String> identity,
      @Nullable TableDifference difference,
      boolean whole) {
    this.table = table;
    this.loadId = loadId;
    this.method = method;
    this.identity = List.copyOf(identity);
    this.difference = difference;
    this.whole = whole;
  }

  /** The table with just the columns that are delivered, in the order of the batches. */
  public Table table() {
    return table;
  }

  /**
   * The load: rows of one pass over the table from its beginning have the same id, and so have the
   * rows that later incremental runs add. Greater for a later load.
   */
  public long loadId() {
    return loadId;
  }

  /** The replication method. */
  public ReplicationMethod method() {
    return method;
  }

  /** The columns that tell a row from all others; empty where nothing does. */
  public List<String> identity() {
    return identity;
  }

  /** How the structure differs from the last run; empty where it does not, and on the first. */
  public Optional<TableDifference> difference() {
    return Optional.ofNullable(difference);
  }

  /** Whether the load was whole before this run: its batches are what is new since. */
  public boolean isWhole() {
    return whole;
  }

  @Override
  public String toString() {
    return table.id() + " load " + loadId + ", " + method;
  }
}
