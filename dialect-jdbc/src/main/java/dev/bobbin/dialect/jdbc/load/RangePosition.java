package dev.bobbin.dialect.jdbc.load;

import dev.bobbin.dialect.jdbc.PositionText;
import java.util.List;
import java.util.regex.Pattern;

/**
 * How far one range of a load has been read.
 *
 * @param origin the load
 * @param range which keys
 * @param finished whether it has been read to its end
 * @param last the last key that has been read; empty for none, or all
 */
public record RangePosition(
    LoadOrigin origin, KeyRange range, boolean finished, List<String> last) {

  private static final String KIND = "range";
  private static final Pattern READ = Pattern.compile("none|some|done");

  /** Copies the key. */
  public RangePosition {
    last = List.copyOf(last);
    if (finished && !last.isEmpty()) {
      throw new IllegalArgumentException("a range that has been read has no last key");
    }
  }

  /** The position before the first row of a range. */
  public static RangePosition before(LoadOrigin origin, KeyRange range) {
    return new RangePosition(origin, range, false, List.of());
  }

  /**
   * Reads a position.
   *
   * @throws dev.bobbin.error.StateException if it is damaged
   */
  public static RangePosition parse(String position) {
    PositionText text = PositionText.read(position, KIND);
    LoadOrigin origin = LoadOrigin.read(text);
    List<String> from = LoadOrigin.texts(text, "from");
    List<String> below = LoadOrigin.texts(text, "below");
    String read = text.next("read", READ).group();
    List<String> last = LoadOrigin.texts(text, "upto");
    text.end();
    int columns = origin.key().size();
    if (from.size() > columns
        || below.size() > columns
        || last.size() != (read.equals("some") ? columns : 0)) {
      throw text.damaged("its keys have not the columns of its key");
    }
    return new RangePosition(origin, new KeyRange(from, below), read.equals("done"), last);
  }

  /** The position behind a row. */
  public RangePosition upTo(List<String> key) {
    return new RangePosition(origin, range, false, key);
  }

  /** The position behind the last row. */
  public RangePosition done() {
    return new RangePosition(origin, range, true, List.of());
  }

  /** The same range, read on from another origin. */
  public RangePosition of(LoadOrigin now) {
    return new RangePosition(now, range, finished, last);
  }

  /** The text that {@link #parse} reads. */
  @Override
  public String toString() {
    StringBuilder text = PositionText.begin(KIND);
    origin.write(text);
    LoadOrigin.write(text, "from", range.from());
    LoadOrigin.write(text, "below", range.below());
    text.append(";read=").append(finished ? "done" : last.isEmpty() ? "none" : "some");
    LoadOrigin.write(text, "upto", last);
    return text.toString();
  }
}
