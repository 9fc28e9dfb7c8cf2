package dev.bobbin.dialect.postgres;

import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A snapshot as {@code txid_current_snapshot()} tells it (manual, 9.27 "Transaction ID and Snapshot
 * Information Functions"), its numbers in 64 bits, which never come again.
 *
 * @param xmin the lowest transaction that was still in progress: all below had ended
 * @param xmax one above the highest transaction that had ended: all from here on had not
 * @param running those between that were in progress; a standby tells none
 */
record TransactionSnapshot(long xmin, long xmax, SortedSet<Long> running) {

  /** How far a transaction can lie back before its 32 bits could be mistaken for a later one. */
  private static final long FAR = 1L << 30;

  /** What a snapshot looks like. */
  static final Pattern FORM =
      Pattern.compile("(\\d{1,18}):(\\d{1,18}):((?:\\d{1,18},)*\\d{1,18})?");

  TransactionSnapshot {
    if (xmin < 3 || xmin > xmax || (!running.isEmpty() && running.first() < xmin)) {
      throw new IllegalArgumentException("no snapshot: " + xmin + ':' + xmax);
    }
  }

  /** Of a text that matched {@link #FORM}. */
  static TransactionSnapshot of(Matcher matched) {
    SortedSet<Long> running = new TreeSet<>();
    if (matched.group(3) != null) {
      for (String one : matched.group(3).split(",", -1)) {
        running.add(Long.valueOf(one));
      }
    }
    return new TransactionSnapshot(
        Long.parseLong(matched.group(1)), Long.parseLong(matched.group(2)), running);
  }

  /** Of the server's text. */
  static TransactionSnapshot of(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("no snapshot: " + text);
    }
    return of(matcher);
  }

  /** Whether transactions of the earlier one can no longer be told from later ones. */
  boolean isFarFrom(TransactionSnapshot earlier) {
    return xmax - earlier.xmin >= FAR;
  }

  /** Whether that will be so when as many transactions again have been begun. */
  boolean isHalfwayFrom(TransactionSnapshot earlier) {
    return xmax - earlier.xmin >= FAR / 2;
  }

  /** Whether all that had ended in the earlier one has ended in this one; not on a standby. */
  boolean includes(TransactionSnapshot earlier) {
    return xmax >= earlier.xmax && earlier.running.containsAll(running.headSet(earlier.xmax));
  }

  /**
   * The condition that holds for all rows that this snapshot may not have shown, and for few more:
   * those whose transaction is not below the lowest that was in progress.
   *
   * <p>It is complete as long as a later snapshot {@linkplain #isFarFrom is not far}:
   * subtransactions have higher numbers than their transaction, and the number stays when a row is
   * frozen, since 9.4. The subselect is evaluated once.
   *
   * @param row the quoted name of the row
   */
  String mayNotShow(String row) {
    String age = "age(" + row + ".xmin)";
    // Below 0 are rows of two billion transactions ago, which were frozen long since.
    return age + " <= (SELECT age('" + (xmin & 0xffff_ffffL) + "'::xid)) AND " + age + " >= 0";
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder().append(xmin).append(':').append(xmax).append(':');
    String comma = "";
    for (long one : running) {
      text.append(comma).append(one);
      comma = ",";
    }
    return text.toString();
  }
}
