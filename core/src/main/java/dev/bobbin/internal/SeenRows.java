package dev.bobbin.internal;

import dev.bobbin.catalog.Column.KeySupport;
import dev.bobbin.plan.ScanRange.FromBookmark;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.state.Bookmark;
import dev.bobbin.state.Checkpoint;
import java.security.GeneralSecurityException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;
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

  /** What the last read delivered and this one has not met again yet. */
  private final Map<String, Integer> expected = new HashMap<>();

  /** The rows of this read that the next one will begin with. */
  private final Deque<String> recent = new ArrayDeque<>();

  /** The rows of this read that are ahead of the source's clock. */
  private final List<String> ahead = new ArrayList<>();

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
      from.seen().forEach(digest -> expected.merge(digest, 1, Integer::sum));
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
    for (int row = 0; row < batch.upToBookmark(); row++) {
      if (takeExpected(digest(rows, row, digests))) {
        repeated.set(row);
      }
    }
    for (int row = firstAhead; row < count; row++) {
      String digest = digest(rows, row, digests);
      if (takeExpected(digest)) {
        repeated.set(row);
      }
      if (ahead.size() < bound) {
        ahead.add(digest);
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
      if (byTies && passes && (first > 0 || last == null || !last.equals(bookmark))) {
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

  private boolean takeExpected(String digest) {
    Integer times = expected.get(digest);
    if (times == null) {
      return false;
    }
    if (times == 1) {
      expected.remove(digest);
    } else {
      expected.put(digest, times - 1);
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

  /**
   * The digests for a checkpoint in the middle of the scan. Rows that were delivered before and
   * that this read has not met yet still count as delivered: those at the bookmark, and those ahead
   * of the clock, which come last.
   */
  List<String> seen() {
    List<String> seen = seenAtEnd();
    for (Map.Entry<String, Integer> entry : expected.entrySet()) {
      for (int i = 0; i < entry.getValue() && seen.size() < bound; i++) {
        seen.add(entry.getKey());
      }
    }
    return seen;
  }

  /** The digests once the scan has met every row at the bookmark. */
  List<String> seenAtEnd() {
    List<String> seen = new ArrayList<>(recent);
    seen.addAll(ahead);
    return seen;
  }
}
