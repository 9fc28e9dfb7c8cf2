package dev.bobbin.dialect.jdbc.load;

import dev.bobbin.catalog.Table;
import dev.bobbin.error.StateException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** How far all ranges of a load had come when it was interrupted. */
public final class LoadPositions {

  private record Named(String name, String text, RangePosition position) {}

  private final List<Named> ranges;

  private LoadPositions(List<Named> ranges) {
    this.ranges = ranges;
  }

  /**
   * Reads positions.
   *
   * @param positions by the name of the scan
   * @throws StateException if one is damaged, or they are not those of one whole load
   */
  public static LoadPositions parse(Map<String, String> positions) {
    List<Named> ranges = new ArrayList<>();
    positions.forEach((name, text) -> ranges.add(new Named(name, text, RangePosition.parse(text))));
    return new LoadPositions(ranges.isEmpty() ? ranges : ordered(ranges));
  }

  /** In the order of their keys, each beginning where the one before ends. */
  private static List<Named> ordered(List<Named> ranges) {
    LoadOrigin one = ranges.get(0).position().origin();
    List<Named> left = new ArrayList<>(ranges);
    List<Named> ordered = new ArrayList<>();
    List<String> from = List.of();
    while (!left.isEmpty()) {
      List<String> next = from;
      Named range =
          left.stream()
              .filter(r -> r.position().range().from().equals(next))
              .findFirst()
              .orElseThrow(LoadPositions::incomplete);
      LoadOrigin origin = range.position().origin();
      from = range.position().range().below();
      left.remove(range);
      ordered.add(range);
      if (!origin.key().equals(one.key())
          || !Objects.equals(origin.startOrNull(), one.startOrNull())
          || from.isEmpty() != left.isEmpty()) {
        throw incomplete();
      }
    }
    return ordered;
  }

  private static StateException incomplete() {
    return new StateException(
        "The saved positions of a load do not fit together. Nothing has been read.",
        "Restore the state from a backup, or reset the table, which then begins a new load.",
        null);
  }

  /** Whether there are none, as of a new load. */
  boolean isEmpty() {
    return ranges.isEmpty();
  }

  /** Where the load began. */
  LoadOrigin origin() {
    return ranges.get(0).position().origin();
  }

  /** Why the load cannot go on, as a clause. */
  Optional<String> doubtAt(LoadOrigin now) {
    return ranges.stream()
        .map(range -> now.doubtAbout(range.position().origin()))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** The scans of the load that goes on. */
  List<TableScan> scans(Table table) {
    return ranges.stream()
        .map(range -> new TableScan(table, range.name(), new ScanRange.Slice(range.text())))
        .toList();
  }
}
