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
  private final boolean exact;
  private final boolean overlapping;

  /**
   * Marks the digest of a row that was ahead of the source's clock when it was delivered; no
   * character of Base64, which digests begin with.
   */
  private static final String AHEAD = "*";

  /** What the last read delivered at or below the bookmark, not met again yet. */
  private final Map<String, Integer> expected = new HashMap<>();

  /** What the last read delivered ahead of the source's clock, not met again yet. */
  private final Map<String, Integer> expectedAhead = new HashMap<>();

  /**
   * A row that was met.
   *
   * @param number of the row, counted from the beginning of this read
   * @param digest of the row
   */
  private record Met(long number, String digest) {}

  /**
   * The rows of this read at its end so far: those that share the last key, where that is known.
   */
  private final Deque<Met> latest = new ArrayDeque<>();

  /** The rows that the source says the next read meets again, of a source that can tell. */
  private final Deque<Met> recent = new ArrayDeque<>();

  /** The rows of this read that are ahead of the source's clock, and those of them met again. */
  private final List<String> ahead = new ArrayList<>();

  private final List<String> recentAhead = new ArrayList<>();

  private boolean metAny;
  private boolean told;
  private long number;
  private @Nullable Bookmark bookmark;
  private @Nullable String position;
  private boolean pastBookmark;

  SeenRows(
      byte[] key,
      @Nullable Checkpoint from,
      FromBookmark range,
      int keyColumn,
      KeySupport support) {
    this.keyColumn = keyColumn;
    this.exact = support == KeySupport.EXACT;
    this.overlapping = !(range.overlap() instanceof Overlap.None);
    this.bookmark = range.bookmark().orElse(null);
    this.position = range.position().orElse(null);
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

  /** Whether the last rows are told apart by their keys alone, to the byte. */
  private boolean byTies() {
    return exact && (told || !overlapping);
  }

  private int bound() {
    return byTies() ? MAX_TIES : overlapping && !told ? MAX_OVERLAP : MAX_COLLATED;
  }

  /** Takes a batch as read; returns the rows of it that are to be delivered. */
  RecordBatch accept(SourceBatch batch) {
    RecordBatch rows = batch.rows();
    BitSet again = batch.recentOrNull();
    told = again != null;
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
      if (row >= firstAhead && ahead.size() < MAX_OVERLAP) {
        ahead.add(digest(rows, row, digests));
        if (again != null && again.get(row)) {
          recentAhead.add(digest(rows, row, digests));
        }
      }
    }
    if (firstAhead > 0) {
      remember(batch, rows, firstAhead, digests);
    }
    number += count;
    return rows.without(repeated);
  }

  private void remember(SourceBatch batch, RecordBatch rows, int end, String[] digests) {
    boolean passes = batch.upToBookmark() < end;
    Bookmark last = batch.bookmark().orElse(null);
    if (passes || !pastBookmark) {
      int first = byTies() && passes ? firstTie(rows, end) : 0;
      if (byTies() && passes && (first > 0 || !sameKey(last, bookmark))) {
        latest.clear();
      }
      // Before the bookmark is passed, what is delivered must be known again whatever its key.
      int room = passes ? bound() : MAX_OVERLAP;
      for (int row = Math.max(first, end - room); row < end; row++) {
        latest.addLast(new Met(number + row, digest(rows, row, digests)));
      }
      trim(latest, room);
    }
    BitSet again = batch.recentOrNull();
    if (again != null) {
      for (int row = again.nextSetBit(0); row >= 0 && row < end; row = again.nextSetBit(row + 1)) {
        recent.addLast(new Met(number + row, digest(rows, row, digests)));
      }
      trim(recent, MAX_OVERLAP);
    }
    if (passes) {
      pastBookmark = true;
      bookmark = last;
      position = batch.position().orElse(null);
    }
  }

  private static void trim(Deque<Met> rows, int room) {
    while (rows.size() > room) {
      rows.removeFirst();
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

  /** Where a scan that is interrupted now goes on, in the source's words; null for none. */
  @Nullable String position() {
    return position;
  }

  /** The digests for the checkpoint of a scan that has ended, whose next one knows that it has. */
  List<String> seenByWholeScan() {
    if (!told) {
      return seen(true);
    }
    List<String> seen = new ArrayList<>();
    recent.forEach(row -> seen.add(row.digest()));
    recentAhead.forEach(digest -> seen.add(AHEAD + digest));
    Collections.sort(seen);
    return seen;
  }

  /**
   * The digests for the checkpoint of a batch.
   *
   * @param atEnd whether the scan has met all its rows. Before that, rows that were delivered
   *     earlier and have not come yet still count as delivered: those at the bookmark until it is
   *     passed, those ahead of the clock, which come last, until the end. After that they must not:
   *     a row that changes and changes back would be taken for delivered.
   */
  List<String> seen(boolean atEnd) {
    List<String> seen = new ArrayList<>();
    long firstOfLatest = latest.isEmpty() ? Long.MAX_VALUE : latest.getFirst().number();
    recent.stream()
        .filter(row -> row.number() < firstOfLatest)
        .forEach(row -> seen.add(row.digest()));
    latest.forEach(row -> seen.add(row.digest()));
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

  private static void addAll(List<String> to, Map<String, Integer> from, String mark) {
    int room = MAX_OVERLAP;
    for (Map.Entry<String, Integer> entry : from.entrySet()) {
      for (int i = 0; i < entry.getValue() && room > 0; i++) {
        to.add(mark + entry.getKey());
        room--;
      }
    }
  }
}
