package dev.bobbin.dialect.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Where a table is cut into slices. */
final class Cuts {

  private Cuts() {}

  /** Slices of about the same number of blocks over the leaves, one behind the other. */
  static List<Slice> blocks(List<Leaf> leaves, int count) {
    long total = leaves.stream().mapToLong(Leaf::blocks).sum();
    TreeSet<Long> cuts = new TreeSet<>();
    for (int i = 1; i < count; i++) {
      cuts.add(total * i / count);
    }
    cuts.remove(0L);
    List<Slice> slices = new ArrayList<>();
    List<BlockRange> ranges = new ArrayList<>();
    long start = 0;
    for (Leaf leaf : leaves) {
      if (cuts.remove(start)) {
        slices.add(BlockSlice.of(ranges));
        ranges.clear();
      }
      long from = 0;
      for (long cut : List.copyOf(cuts.headSet(start + leaf.blocks()))) {
        cuts.remove(cut);
        ranges.add(new BlockRange(leaf.oid(), leaf.fileNode(), from, cut - start));
        slices.add(BlockSlice.of(ranges));
        ranges.clear();
        from = cut - start;
      }
      ranges.add(new BlockRange(leaf.oid(), leaf.fileNode(), from, BlockRange.OPEN));
      start += leaf.blocks();
    }
    slices.add(BlockSlice.of(ranges));
    return slices;
  }

  /**
   * Slices of about the same number of keys.
   *
   * @param key the column's name
   * @param leaves all leaves
   * @param bounds values of the key, in their order, between which there are as many rows each
   * @param count how many
   */
  static List<Slice> keys(String key, List<Leaf> leaves, List<String> bounds, int count) {
    List<BlockRange> files =
        leaves.stream()
            .map(l -> new BlockRange(l.oid(), l.fileNode(), 0, BlockRange.OPEN))
            .toList();
    int parts = Math.min(count, bounds.size() - 1);
    List<Slice> slices = new ArrayList<>();
    String from = null;
    for (int i = 1; i <= parts; i++) {
      @Nullable String below = i == parts ? null : bounds.get((bounds.size() - 1) * i / parts);
      slices.add(new KeySlice(key, files, from, below, false, null));
      from = below;
    }
    return slices;
  }
}
