package dev.bobbin.internal;

import dev.bobbin.catalog.Column.KeySupport;
import dev.bobbin.catalog.DataType;
import dev.bobbin.plan.ScanRange.FromBookmark;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.state.Bookmark;
import dev.bobbin.state.Checkpoint;
import java.math.BigDecimal;
import java.security.GeneralSecurityException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Keeps rows at the bookmark that the last read delivered, and that have not changed, from being
 * delivered again.
 *
 * <p>A checkpoint holds a multiset of digests of the rows that the next read will begin with. Keys
 * are never compared here by order: whether a row lies at or below the bookmark is the source's
 * word ({@link SourceBatch#upToBookmark()}). Which of the last rows share the last key is told by
 * their bytes where that is exact; otherwise, and with an overlap, the last rows are kept whatever
 * their key: digests of rows that the next read does not begin with do no harm.
 *
 * <p>Used by one thread at a time.
 */
final class SeenRows {

  /** The most rows that share one key and are still recognised. */
  static final int MAX_TIES = 10_000;

  private static final int MAX_COLLATED = 1_000;
  private static final int MAX_OVERLAP = 10_000;
  private static final int DIGEST_BYTES = 16;

  private final Mac mac;
  private final int keyColumn;
  private final boolean byTies;
  private final int bound;

  /**
   * Marks the digest of a row that was ahead of the source's clock when it was delivered; no
   * character of Base64, which digests begin with.
   */
  private static final String AHEAD = "*";

  /** What the last read delivered at or below the bookmark, not met again yet. */
  private final Map<String, Integer> expected = new HashMap<>();

  /** What the last read delivered ahead of the source's clock, not met again yet. */
  private final Map<String, Integer> expectedAhead = new HashMap<>();

  /** The rows of this read that the next one will begin with. */
  private final Deque<String> recent = new ArrayDeque<>();

  /** The rows of this read that are ahead of the source's clock. */
  private final List<String> ahead = new ArrayList<>();

  private boolean metAny;
  private @Nullable Bookmark bookmark;
  private boolean pastBookmark;

  SeenRows(
      byte[] key,
      @Nullable Checkpoint from,
      FromBookmark range,
      int keyColumn,
      KeySupport support) {
    this.keyColumn = keyColumn;
    boolean overlapping = !(range.overlap() instanceof Overlap.None);
    this.byTies = !overlapping && support == KeySupport.EXACT;
    this.bound = overlapping ? MAX_OVERLAP : byTies ? MAX_TIES : MAX_COLLATED;
    this.bookmark = from == null ? null : from.bookmark().orElse(null);
    this.pastBookmark = bookmark == null;
    if (from != null) {
      for (String digest : from.seen()) {
        if (digest.startsWith(AHEAD)) {
          expectedAhead.merge(digest.substring(AHEAD.length()), 1, Integer::sum);
        } else {
          expected.merge(digest, 1, Integer::sum);
        }
      }
    }
    try {
      mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java runtime has HmacSHA256", e);
    }
  }

  /** Takes a batch as read; returns the rows of it that are to be delivered. */
  RecordBatch accept(SourceBatch batch) {
    RecordBatch rows = batch.rows();
    int count = rows.rowCount();
    int firstAhead = count - batch.ahead();
    String[] digests = new String[count];
    BitSet repeated = new BitSet();
    metAny = true;
    for (int row = 0; row < count; row++) {
      boolean known = row < batch.upToBookmark() && take(expected, rows, row, digests);
      // A row that was ahead comes again: still ahead, or in its place now that its time has come.
      if (known || take(expectedAhead, rows, row, digests)) {
        repeated.set(row);
      }
      if (row >= firstAhead && ahead.size() < bound) {
        ahead.add(digest(rows, row, digests));
      }
    }
    if (firstAhead > 0) {
      remember(batch, rows, firstAhead, digests);
    }
    return rows.without(repeated);
  }

  private void remember(SourceBatch batch, RecordBatch rows, int end, String[] digests) {
    boolean passes = batch.upToBookmark() < end;
    Bookmark last = batch.bookmark().orElse(null);
    if (passes || !pastBookmark) {
      int first = byTies && passes ? firstTie(rows, end) : 0;
      if (byTies && passes && (first > 0 || !sameKey(last, bookmark))) {
        recent.clear();
      }
      for (int row = Math.max(first, end - bound); row < end; row++) {
        recent.addLast(digest(rows, row, digests));
      }
      while (recent.size() > bound) {
        recent.removeFirst();
      }
    }
    if (passes) {
      pastBookmark = true;
      bookmark = last;
    }
  }

  private int firstTie(RecordBatch rows, int end) {
    int row = end - 1;
    while (row > 0 && rows.sameValue(keyColumn, row - 1, end - 1)) {
      row--;
    }
    return row;
  }

  /** Whether two bookmarks are one for the database, so far as that can be told from their text. */
  private static boolean sameKey(@Nullable Bookmark a, @Nullable Bookmark b) {
    if (a == null || b == null || a.equals(b)) {
      return a != null && b != null;
    }
    if (!(a.type() instanceof DataType.Decimal)) {
      return false;
    }
    try {
      return new BigDecimal(a.value()).compareTo(new BigDecimal(b.value())) == 0;
    } catch (NumberFormatException e) {
      return false; // NaN, which has one text only
    }
  }

  private boolean take(Map<String, Integer> from, RecordBatch rows, int row, String[] digests) {
    if (from.isEmpty()) {
      return false;
    }
    String digest = digest(rows, row, digests);
    Integer times = from.get(digest);
    if (times == null) {
      return false;
    }
    if (times == 1) {
      from.remove(digest);
    } else {
      from.put(digest, times - 1);
    }
    return true;
  }

  private String digest(RecordBatch rows, int row, String[] digests) {
    String known = digests[row];
    if (known == null) {
      byte[] full = rows.digest(row, mac);
      known =
          Base64.getEncoder().withoutPadding().encodeToString(Arrays.copyOf(full, DIGEST_BYTES));
      digests[row] = known;
    }
    return known;
  }

  /** How far the scan has come. */
  @Nullable Bookmark bookmark() {
    return bookmark;
  }

  /** Whether the source showed any row. */
  boolean metAny() {
    return metAny;
  }

  /**
   * The digests for a checkpoint.
   *
   * @param atEnd whether the scan has met all its rows. Before that, rows that were delivered
   *     earlier and have not come yet still count as delivered: those at the bookmark until it is
   *     passed, those ahead of the clock, which come last, until the end. After that they must not:
   *     a row that changes and changes back would be taken for delivered.
   */
  List<String> seen(boolean atEnd) {
    List<String> seen = new ArrayList<>(recent);
    ahead.forEach(digest -> seen.add(AHEAD + digest));
    if (!atEnd && !pastBookmark) {
      addAll(seen, expected, "");
    }
    if (!atEnd) {
      addAll(seen, expectedAhead, AHEAD);
    }
    Collections.sort(seen); // the same rows make the same checkpoint, in whatever order they came
    return seen;
  }

  private void addAll(List<String> to, Map<String, Integer> from, String mark) {
    int room = bound;
    for (Map.Entry<String, Integer> entry : from.entrySet()) {
      for (int i = 0; i < entry.getValue() && room > 0; i++) {
        to.add(mark + entry.getKey());
        room--;
      }
    }
  }
}
