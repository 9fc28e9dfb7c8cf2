package dev.bobbin.dialect.postgres;

import dev.bobbin.dialect.jdbc.PositionText;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A slice of blocks, read in the order in which they lie.
 *
 * @param ranges the blocks
 * @param finished whether it has been read to its end
 * @param readOrNull the last row that has been read; null for none, or all
 */
record BlockSlice(List<BlockRange> ranges, boolean finished, @Nullable RowPlace readOrNull)
    implements Slice {

  private static final Pattern RANGES =
      Pattern.compile("\\d{1,10}\\.\\d{1,10}\\.\\d{1,10}-[-0-9.,]*");
  private static final Pattern READ =
      Pattern.compile("none|done|(\\d{1,10})\\.(\\d{1,10})\\.(\\d{1,5})");

  BlockSlice {
    ranges = List.copyOf(ranges);
    if (ranges.isEmpty() || (readOrNull != null && (finished || !contains(ranges, readOrNull)))) {
      throw new IllegalArgumentException("no slice of blocks");
    }
  }

  private static boolean contains(List<BlockRange> ranges, RowPlace row) {
    return ranges.stream().anyMatch(range -> range.contains(row));
  }

  /** Of which nothing has been read. */
  static BlockSlice of(List<BlockRange> ranges) {
    return new BlockSlice(ranges, false, null);
  }

  static BlockSlice read(PositionText text) {
    List<BlockRange> ranges = ranges(text);
    Matcher read = text.next("read", READ);
    try {
      return new BlockSlice(
          ranges, read.group().equals("done"), read.group(1) == null ? null : RowPlace.of(read));
    } catch (IllegalArgumentException e) {
      throw text.damaged("it was not read up to one of its blocks");
    }
  }

  /** Reads what {@link #write(List, StringBuilder)} wrote. */
  static List<BlockRange> ranges(PositionText text) {
    List<BlockRange> ranges = new ArrayList<>();
    for (String word : text.next("blocks", RANGES).group().split(",", -1)) {
      Matcher range = BlockRange.FORM.matcher(word);
      if (!range.matches()) {
        throw text.damaged("its blocks are none");
      }
      try {
        ranges.add(BlockRange.of(range));
      } catch (IllegalArgumentException e) {
        throw text.damaged("its blocks are none");
      }
    }
    return ranges;
  }

  @Override
  public List<BlockRange> files() {
    return ranges;
  }

  @Override
  public Slice done() {
    return new BlockSlice(ranges, true, null);
  }

  @Override
  public List<CopyPass> passes(SliceReads reads, boolean again) {
    List<CopyPass> before = new ArrayList<>();
    List<CopyPass> rest = new ArrayList<>();
    RowPlace read = readOrNull;
    boolean unread = !finished && read == null;
    String row = CopyStatement.ROW;
    for (BlockRange range : ranges) {
      String source = reads.source(range.leaf());
      if (unread) {
        rest.add(rest(reads, source, range, range.condition(row)));
      } else if (read != null && range.contains(read)) {
        before.add(reads.again(source, range.conditionUpTo(read, row)));
        rest.add(rest(reads, source, range, range.conditionBehind(read, row)));
        unread = true;
      } else {
        before.add(reads.again(source, range.condition(row)));
      }
    }
    List<CopyPass> passes = new ArrayList<>(again ? before : List.of());
    passes.addAll(rest);
    if (passes.isEmpty()) {
      // Read to its end under this very snapshot: nothing is left, and a COPY says so.
      passes.add(reads.again(reads.source(ranges.get(0).leaf()), "false"));
    }
    return passes;
  }

  private CopyPass rest(SliceReads reads, String source, BlockRange range, String condition) {
    return reads.rest(
        source,
        condition,
        "",
        true,
        (rows, block, offset) ->
            new BlockSlice(ranges, false, new RowPlace(range.leaf(), block, offset)));
  }

  @Override
  public void write(StringBuilder text) {
    write(ranges, text);
    text.append(";read=");
    text.append(readOrNull != null ? readOrNull.toString() : finished ? "done" : "none");
  }

  /** Adds ranges to a position. */
  static void write(List<BlockRange> ranges, StringBuilder text) {
    text.append(";blocks=");
    String comma = "";
    for (BlockRange range : ranges) {
      text.append(comma).append(range);
      comma = ",";
    }
  }
}
