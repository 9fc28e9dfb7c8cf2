package dev.bobbin.dialect.postgres;

import static dev.bobbin.dialect.postgres.CopyStatement.reference;

import dev.bobbin.catalog.Column;
import dev.bobbin.dialect.jdbc.PositionText;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.state.Bookmark;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A slice of keys, read in their order: for servers that cannot find rows by their place. The key
 * is a primary key of one column, so it is never NULL and no two rows have the same.
 *
 * @param key the key's column
 * @param files the oids and file numbers of all leaves, as {@link BlockRange}s of all their blocks
 * @param fromOrNull the lowest key; null for all from the beginning
 * @param belowOrNull above the highest key; null for all to the end
 * @param finished whether it has been read to its end
 * @param readOrNull the last key that has been read; null for none, or all
 */
record KeySlice(
    String key,
    List<BlockRange> files,
    @Nullable String fromOrNull,
    @Nullable String belowOrNull,
    boolean finished,
    @Nullable String readOrNull)
    implements Slice {

  private static final Pattern READ = Pattern.compile("none|done|some");

  KeySlice {
    files = List.copyOf(files);
    if (finished && readOrNull != null) {
      throw new IllegalArgumentException("no slice of keys");
    }
  }

  static KeySlice read(PositionText text) {
    String key = text.nextEscaped("key");
    List<BlockRange> files = BlockSlice.ranges(text);
    String from = text.isNext("from") ? text.nextEscaped("from") : null;
    String below = text.isNext("below") ? text.nextEscaped("below") : null;
    String read = text.next("read", READ).group();
    String upTo = read.equals("some") ? text.nextEscaped("upto") : null;
    return new KeySlice(key, files, from, below, read.equals("done"), upTo);
  }

  @Override
  public Slice done() {
    return new KeySlice(key, files, fromOrNull, belowOrNull, true, null);
  }

  @Override
  public List<CopyPass> passes(SliceReads reads, boolean again) {
    Column column = reads.table().column(key).orElseThrow();
    int index = reads.table().columns().indexOf(column);
    String source = reads.statement().source();
    String reference = reference(key);
    List<String> low = new ArrayList<>();
    List<String> high = new ArrayList<>();
    if (fromOrNull != null) {
      low.add(reference + " >= " + literal(column, fromOrNull));
    }
    if (belowOrNull != null) {
      high.add(reference + " < " + literal(column, belowOrNull));
    }
    List<CopyPass> passes = new ArrayList<>();
    String read = readOrNull;
    if (again && (finished || read != null)) {
      List<String> seen = new ArrayList<>(low);
      seen.add(
          read == null
              ? high.isEmpty() ? "true" : high.get(0)
              : reference + " <= " + literal(column, read));
      passes.add(reads.again(source, String.join(" AND ", seen)));
    }
    if (!finished) {
      List<String> rest = new ArrayList<>(read == null ? low : List.of());
      if (read != null) {
        rest.add(reference + " > " + literal(column, read));
      }
      rest.addAll(high);
      passes.add(
          reads.rest(
              source,
              String.join(" AND ", rest),
              " ORDER BY " + reference,
              false,
              (rows, block, offset) -> upTo(rows, index)));
    }
    if (passes.isEmpty()) {
      passes.add(reads.again(source, "false"));
    }
    return passes;
  }

  private KeySlice upTo(RecordBatch rows, int index) {
    String last = BookmarkText.of(rows.column(index), rows.rowCount() - 1).value();
    return new KeySlice(key, files, fromOrNull, belowOrNull, false, last);
  }

  private static String literal(Column column, String value) {
    return KeyBounds.literal(
        new Bookmark(column.name(), column.type(), column.nativeType(), value));
  }

  @Override
  public void write(StringBuilder text) {
    text.append(";key=").append(PositionText.escaped(key));
    BlockSlice.write(files, text);
    if (fromOrNull != null) {
      text.append(";from=").append(PositionText.escaped(fromOrNull));
    }
    if (belowOrNull != null) {
      text.append(";below=").append(PositionText.escaped(belowOrNull));
    }
    text.append(";read=").append(readOrNull != null ? "some" : finished ? "done" : "none");
    if (readOrNull != null) {
      text.append(";upto=").append(PositionText.escaped(readOrNull));
    }
  }
}
