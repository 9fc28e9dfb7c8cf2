package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Table;
import dev.bobbin.error.StateException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** How far all slices of a load had come when it was interrupted. */
final class LoadPositions {

  private record Named(String name, String text, SlicePosition position) {}

  private final List<Named> slices;

  private LoadPositions(List<Named> slices) {
    this.slices = slices;
  }

  /**
   * Reads positions.
   *
   * @param positions by the name of the scan
   * @throws StateException if one is damaged, or they are not those of one whole load
   */
  static LoadPositions parse(Map<String, String> positions) {
    List<Named> slices = new ArrayList<>();
    positions.forEach((name, text) -> slices.add(new Named(name, text, SlicePosition.parse(text))));
    if (!slices.isEmpty()) {
      boolean byBlocks = slices.get(0).position.slice() instanceof BlockSlice;
      List<Named> ordered = byBlocks ? orderedBlocks(slices) : orderedKeys(slices);
      return new LoadPositions(ordered);
    }
    return new LoadPositions(slices);
  }

  /** In the order of their blocks, which have to be all blocks of the leaves. */
  private static List<Named> orderedBlocks(List<Named> slices) {
    record Piece(Named slice, BlockRange range) {}
    List<Piece> pieces = new ArrayList<>();
    for (Named slice : slices) {
      if (!(slice.position.slice() instanceof BlockSlice blocks)) {
        throw incomplete();
      }
      blocks.ranges().forEach(range -> pieces.add(new Piece(slice, range)));
    }
    pieces.sort(
        Comparator.comparingLong((Piece p) -> p.range.leaf()).thenComparing(p -> p.range.from()));
    List<Named> ordered = new ArrayList<>();
    long leaf = -1;
    long to = BlockRange.OPEN;
    for (Piece piece : pieces) {
      BlockRange range = piece.range;
      boolean follows =
          range.leaf() == leaf ? range.from() == to : range.from() == 0 && to == BlockRange.OPEN;
      if (!follows) {
        throw incomplete();
      }
      leaf = range.leaf();
      to = range.to();
      if (!ordered.contains(piece.slice)) {
        ordered.add(piece.slice);
      }
    }
    if (to != BlockRange.OPEN) {
      throw incomplete();
    }
    return ordered;
  }

  /** In the order of their keys, which have to be all keys. */
  private static List<Named> orderedKeys(List<Named> slices) {
    Map<String, Named> byStart = new HashMap<>();
    Named first = null;
    KeySlice sample = null;
    for (Named slice : slices) {
      if (!(slice.position.slice() instanceof KeySlice keys)) {
        throw incomplete();
      }
      if (sample != null
          && !(keys.key().equals(sample.key()) && keys.files().equals(sample.files()))) {
        throw incomplete();
      }
      sample = keys;
      String from = keys.fromOrNull();
      if (from == null) {
        first = slice;
      } else if (byStart.put(from, slice) != null) {
        throw incomplete();
      }
    }
    List<Named> ordered = new ArrayList<>();
    Named next = first;
    while (next != null && next.position.slice() instanceof KeySlice keys) {
      ordered.add(next);
      String below = keys.belowOrNull();
      if (below == null) {
        break;
      }
      next = byStart.remove(below);
      if (next == null) {
        throw incomplete();
      }
    }
    if (ordered.size() != slices.size()) {
      throw incomplete();
    }
    return ordered;
  }

  private static StateException incomplete() {
    return new StateException(
        "The saved positions of a load are not those of the whole table. Nothing has been read.",
        "Restore the state from a backup, or reset the table, which then begins a new load.",
        null);
  }

  boolean isEmpty() {
    return slices.isEmpty();
  }

  /** When what has been read was read. */
  Set<ReadPoint> points() {
    return slices.stream().map(s -> s.position.point()).collect(Collectors.toSet());
  }

  /** The scans that are left, each with its name. */
  List<TableScan> scans(Table table) {
    return slices.stream()
        .map(s -> new TableScan(table, s.name, new ScanRange.Slice(s.text)))
        .toList();
  }

  /**
   * Why the load cannot go on, as a clause; empty where it can.
   *
   * @param now when it would go on
   * @param replayed see {@link ReadPoint#doubtAbout}
   * @param leaves the tables that the rows are in now
   */
  Optional<String> doubtAt(ReadPoint now, long replayed, List<Leaf> leaves) {
    for (Named slice : slices) {
      Optional<String> doubt = now.doubtAbout(slice.position.point(), replayed);
      if (doubt.isPresent()) {
        return doubt;
      }
    }
    Map<Long, Long> files = new HashMap<>();
    for (Named slice : slices) {
      slice.position.slice().files().forEach(f -> files.put(f.leaf(), f.fileNode()));
    }
    if (!isEmpty()
        && !files.keySet().equals(leaves.stream().map(Leaf::oid).collect(Collectors.toSet()))) {
      return Optional.of("tables have been attached to it or detached from it");
    }
    for (Leaf leaf : leaves) {
      if (!isEmpty() && !Objects.equals(files.get(leaf.oid()), leaf.fileNode())) {
        return Optional.of(
            "it has been emptied or rewritten since (TRUNCATE, VACUUM FULL, CLUSTER, ALTER TABLE)");
      }
    }
    return Optional.empty();
  }
}
