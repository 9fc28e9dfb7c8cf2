package dev.bobbin.dialect.postgres;

import dev.bobbin.dialect.jdbc.PositionText;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How far a scan by key had come: when it read, and whether it read to its end. Its bookmark is
 * kept beside it.
 *
 * @param point when it read
 * @param leaves a digest of the oids of the table and of all that its rows come from: a partition
 *     that is attached brings rows of an earlier time
 * @param complete whether it came to its end, and not only to its bookmark
 */
record KeyPosition(ReadPoint point, String leaves, boolean complete) {

  private static final String KIND = "key";
  private static final Pattern LEAVES = Pattern.compile("[0-9a-f]{32}");
  private static final Pattern READ = Pattern.compile("complete|middle");

  /** Reads what {@link #toString} wrote. */
  static KeyPosition parse(String text) {
    PositionText position = PositionText.read(text, KIND);
    ReadPoint point = ReadPoint.read(position);
    String leaves = position.next("leaves", LEAVES).group();
    boolean complete = position.next("read", READ).group().equals("complete");
    position.end();
    return new KeyPosition(point, leaves, complete);
  }

  /** The same, of a scan that has come to its end. */
  KeyPosition completed() {
    return new KeyPosition(point, leaves, true);
  }

  /** Why what an earlier scan has seen cannot be left out of one that reads at this position. */
  Optional<String> doubtAbout(KeyPosition earlier, long replayedBefore) {
    Optional<String> doubt = point.doubtAbout(earlier.point, replayedBefore);
    return doubt.isEmpty() && !leaves.equals(earlier.leaves)
        ? Optional.of("tables have been attached to it or detached from it")
        : doubt;
  }

  /** The text that is saved. */
  @Override
  public String toString() {
    StringBuilder text = PositionText.begin(KIND);
    point.write(text);
    text.append(";leaves=").append(leaves);
    return text.append(";read=").append(complete ? "complete" : "middle").toString();
  }
}
