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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps rows at the bookmark that the last read delivered, and that have not changed, from being
 * delivered again.
 *
 * <p>A checkpoint holds a multiset of digests of the rows that the next read will begin with, each
 * as it was last delivered: where the table has an identity, a row that is delivered anew takes
 * away what was known of it before, so that it is delivered once more if it changes back. Keys are
 * never compared here by order: whether a row lies at or below the bookmark is the source's word
 * ({@link SourceBatch#upToBookmark()}). Which of the last rows share the last key is told by their
 * bytes where that is exact; otherwise, and with an overlap, the last rows are kept whatever their
 * key: digests of rows that the next read does not begin with do no harm.
 *
 * <p>Some digests are {@linkplain #ANYWHERE marked}: they count for all of the read that follows,
 * not up to its bookmark alone.
 *
 * <p>Used by one thread at a time.
 */
final class SeenRows {

  /** The most rows that share one key and are still recognised. */
  static final int MAX_TIES = 10_000;

  private static final int MAX_COLLATED = 1_000;

  /** The most rows that are recognised in an overlap, ahead of the clock, or after a load. */
  static final int MAX_OVERLAP = 10_000;

  private final RowDigests digests;
  private final int keyColumn;
  private final boolean exact;
  private final boolean overlapping;

  /**
   * Marks the digest of a row that is recognised wherever it comes, until the scan has ended: it
   * was ahead of the source's clock when it was delivered, or a slice of a load delivered it, which
   * knows nothing of the order of keys. No character of {@link RowDigests}.
   */
  static final String ANYWHERE = "*";

  /** What the last read delivered at or below the bookmark, not met again yet. */
  private final KnownRows expected = new KnownRows();

  /** What was delivered, not met again yet, and comes anywhere. */
  private final KnownRows expectedAnywhere = new KnownRows();

  /**
   * A row that was met.
   *
   * @param number of the row, counted from the beginning of this read
   * @param entry what is kept of the row
   */
  private record Met(long number, String entry) {}

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
      RowDigests digests,
      @Nullable Checkpoint from,
      FromBookmark range,
      int keyColumn,
      KeySupport support) {
    this.digests = digests;
    this.keyColumn = keyColumn;
    this.exact = support == KeySupport.EXACT;
    this.overlapping = !(range.overlap() instanceof Overlap.None);
    this.bookmark = range.bookmark().orElse(null);
    this.position = range.position().orElse(null);
    this.pastBookmark = bookmark == null;
    if (from != null) {
      for (String digest : from.seen()) {
        if (digest.startsWith(ANYWHERE)) {
          expectedAnywhere.add(digest.substring(ANYWHERE.length()));
        } else {
          expected.add(digest);
        }
      }
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
    Rows met = new Rows(rows);
    BitSet repeated = new BitSet();
    metAny = true;
    for (int row = 0; row < count; row++) {
      boolean known = row < batch.upToBookmark() && take(expected, met, row);
      // What comes anywhere is taken there too: a row that was ahead, now that its time has come.
      if (known || take(expectedAnywhere, met, row)) {
        repeated.set(row);
      } else {
        supersede(rows, row);
      }
      if (row >= firstAhead && ahead.size() < MAX_OVERLAP) {
        ahead.add(met.entry(row));
        if (again != null && again.get(row)) {
          recentAhead.add(met.entry(row));
        }
      }
    }
    if (firstAhead > 0) {
      remember(batch, met, firstAhead);
    }
    number += count;
    return rows.without(repeated);
  }

  /** A row that is delivered is known as it is now, and no more as it was. */
  private void supersede(RecordBatch rows, int row) {
    if (expected.hasIdentities() || expectedAnywhere.hasIdentities()) {
      String identity = digests.ofIdentity(rows, row);
      if (identity != null) {
        expected.supersede(identity);
        expectedAnywhere.supersede(identity);
      }
    }
  }

  private void remember(SourceBatch batch, Rows rows, int end) {
    boolean passes = batch.upToBookmark() < end;
    Bookmark last = batch.bookmark().orElse(null);
    if (passes || !pastBookmark) {
      int first = byTies() && passes ? firstTie(batch.rows(), end) : 0;
      if (byTies() && passes && (first > 0 || !sameKey(last, bookmark))) {
        latest.clear();
      }
      // Before the bookmark is passed, what is delivered must be known again whatever its key.
      int room = passes ? bound() : MAX_OVERLAP;
      for (int row = Math.max(first, end - room); row < end; row++) {
        latest.addLast(new Met(number + row, rows.entry(row)));
      }
      trim(latest, room);
    }
    BitSet again = batch.recentOrNull();
    if (again != null) {
      for (int row = again.nextSetBit(0); row >= 0 && row < end; row = again.nextSetBit(row + 1)) {
        recent.addLast(new Met(number + row, rows.entry(row)));
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

  private static boolean take(KnownRows from, Rows rows, int row) {
    return !from.isEmpty() && from.take(rows.digest(row));
  }

  /** The rows of a batch and their digests, each made when it is asked for. */
  private final class Rows {
    private final RecordBatch batch;
    private final @Nullable String[] made;

    Rows(RecordBatch batch) {
      this.batch = batch;
      this.made = new String[batch.rowCount()];
    }

    String digest(int row) {
      String known = made[row];
      if (known == null) {
        known = digests.ofRow(batch, row);
        made[row] = known;
      }
      return known;
    }

    String entry(int row) {
      return digests.entry(batch, row, digest(row));
    }
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
    recent.forEach(row -> seen.add(row.entry()));
    recentAhead.forEach(row -> seen.add(ANYWHERE + row));
    Collections.sort(seen);
    return seen;
  }

  /**
   * The digests for the checkpoint of a batch.
   *
   * @param atEnd whether the scan has met all its rows. Before that, rows that were delivered
   *     earlier and have not come yet still count as delivered: those at the bookmark until it is
   *     passed, those that come anywhere until the end. After that they must not: a row that
   *     changes and changes back would be taken for delivered.
   */
  List<String> seen(boolean atEnd) {
    List<String> seen = new ArrayList<>();
    long firstOfLatest = latest.isEmpty() ? Long.MAX_VALUE : latest.getFirst().number();
    recent.stream()
        .filter(row -> row.number() < firstOfLatest)
        .forEach(row -> seen.add(row.entry()));
    latest.forEach(row -> seen.add(row.entry()));
    ahead.forEach(row -> seen.add(ANYWHERE + row));
    if (!atEnd && !pastBookmark) {
      seen.addAll(expected.entries(MAX_OVERLAP));
    }
    if (!atEnd) {
      expectedAnywhere.entries(MAX_OVERLAP).forEach(row -> seen.add(ANYWHERE + row));
    }
    Collections.sort(seen); // the same rows make the same checkpoint, in whatever order they came
    return seen;
  }
}
