package dev.bobbin.internal;

import dev.bobbin.catalog.TableId;
import dev.bobbin.plan.TableScan;
import dev.bobbin.state.Checkpoint;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
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
 * @param scans by its name, where each scan begins that the source has cut the current load into;
 *     empty where it has not, or the load is whole
 * @param checkpoints by scan
 */
public record TableState(
    TableId table,
    long loadId,
    boolean whole,
    boolean reset,
    String method,
    Map<String, String> scans,
    Map<String, Checkpoint> checkpoints) {

  /** The method of full tables. */
  static final String FULL = "full";

  /** The method of incremental tables. */
  static final String INCREMENTAL = "incremental";

  /** The scans that go on when a load is whole. */
  private static boolean isLasting(String scan) {
    return TableScan.isKey(scan) || scan.equals(TableScan.NULL_KEYS);
  }

  /** Copies the maps. */
  public TableState {
    scans = Map.copyOf(scans);
    checkpoints = Map.copyOf(checkpoints);
  }

  static TableState unknown(TableId table) {
    return new TableState(table, 0, false, false, "", Map.of(), Map.of());
  }

  Optional<Checkpoint> checkpoint(String scan) {
    return Optional.ofNullable(checkpoints.get(scan));
  }

  /** The checkpoints of the scans by key, of which there are several where keys have families. */
  List<Checkpoint> keyCheckpoints() {
    return checkpoints.values().stream()
        .filter(checkpoint -> TableScan.isKey(checkpoint.scan()))
        .sorted(Comparator.comparing(Checkpoint::scan))
        .toList();
  }

  /** The checkpoints of some scans, so far as there are any. */
  List<Checkpoint> checkpoints(Collection<TableScan> of) {
    return of.stream().flatMap(scan -> checkpoint(scan.name()).stream()).toList();
  }

  /** The same, when its load is whole: how it was cut is of no more use. */
  TableState asWhole() {
    return asWhole(List.of());
  }

  /**
   * The same, when its load is whole: how it was cut is of no more use.
   *
   * @param slices the scans that it was cut into; they are known here only where it is resumable
   */
  TableState asWhole(Collection<TableScan> slices) {
    Map<String, Checkpoint> lasting = new LinkedHashMap<>(checkpoints);
    lasting.keySet().removeAll(scans.keySet());
    slices.forEach(slice -> lasting.remove(slice.name()));
    return new TableState(table, loadId, true, false, method, Map.of(), lasting);
  }

  /** The same, with a load that was cut into these scans. */
  TableState cut(Map<String, String> scans) {
    return new TableState(table, loadId, false, false, method, scans, checkpoints);
  }

  /** How far each scan of the current load has come; empty where the load was not cut. */
  Map<String, String> positions() {
    Map<String, String> positions = new LinkedHashMap<>(scans);
    positions.replaceAll(
        (scan, start) -> checkpoint(scan).flatMap(Checkpoint::position).orElse(start));
    return positions;
  }

  /** The same table, whose next run begins a new load. */
  public TableState asReset() {
    return new TableState(table, loadId, false, true, method, Map.of(), Map.of());
  }

  TableState load(long id, String method) {
    return new TableState(table, id, false, false, method, Map.of(), Map.of());
  }

  TableState with(Checkpoint checkpoint) {
    Map<String, Checkpoint> all = new LinkedHashMap<>(checkpoints);
    all.put(checkpoint.scan(), checkpoint);
    return new TableState(table, loadId, whole, reset, method, scans, all);
  }

  TableState believing(
      long load, String method, boolean stillWhole, Collection<Checkpoint> theirs) {
    Map<String, Checkpoint> all = new LinkedHashMap<>();
    theirs.stream()
        .filter(c -> !stillWhole || isLasting(c.scan()))
        .forEach(c -> all.put(c.scan(), c));
    return new TableState(
        table, load, stillWhole, false, method, load == loadId ? scans : Map.of(), all);
  }
}
