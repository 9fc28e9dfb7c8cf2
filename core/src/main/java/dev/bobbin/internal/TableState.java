package dev.bobbin.internal;

import dev.bobbin.catalog.TableId;
import dev.bobbin.state.Checkpoint;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where one table stands. Immutable.
 *
 * @param table the table
 * @param loadId the current load; 0 before the first
 * @param whole whether the current load is whole
 * @param reset whether the next run has to begin a new load
 * @param method {@code full} or {@code incremental}; empty before the first load
 * @param checkpoints by scan
 */
public record TableState(
    TableId table,
    long loadId,
    boolean whole,
    boolean reset,
    String method,
    Map<String, Checkpoint> checkpoints) {

  /** The method of full tables. */
  static final String FULL = "full";

  /** The method of incremental tables. */
  static final String INCREMENTAL = "incremental";

  /** Copies the checkpoints. */
  public TableState {
    checkpoints = Map.copyOf(checkpoints);
  }

  static TableState unknown(TableId table) {
    return new TableState(table, 0, false, false, "", Map.of());
  }

  Optional<Checkpoint> checkpoint(String scan) {
    return Optional.ofNullable(checkpoints.get(scan));
  }

  TableState asWhole() {
    return new TableState(table, loadId, true, false, method, checkpoints);
  }

  /** The same table, whose next run begins a new load. */
  public TableState asReset() {
    return new TableState(table, loadId, false, true, method, Map.of());
  }

  TableState load(long id, String method) {
    return new TableState(table, id, false, false, method, Map.of());
  }

  TableState with(Checkpoint checkpoint) {
    Map<String, Checkpoint> all = new LinkedHashMap<>(checkpoints);
    all.put(checkpoint.scan(), checkpoint);
    return new TableState(table, loadId, whole, reset, method, all);
  }

  TableState believing(long load, boolean stillWhole, Collection<Checkpoint> theirs) {
    Map<String, Checkpoint> all = new LinkedHashMap<>();
    theirs.forEach(c -> all.put(c.scan(), c));
    return new TableState(table, load, stillWhole, false, INCREMENTAL, all);
  }
}
