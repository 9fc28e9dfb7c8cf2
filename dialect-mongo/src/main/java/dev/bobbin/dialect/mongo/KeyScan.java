package dev.bobbin.dialect.mongo;

import dev.bobbin.plan.ScanRange.FromBookmark;
import dev.bobbin.record.Document;
import dev.bobbin.record.DocumentPath;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.state.Bookmark;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * A scan by key of one family: its queries, and how far it has come.
 *
 * <p>What lies at or below the bookmark is a query of its own, so that the server and not Java says
 * which documents these are. Documents whose key is an array come where one of its elements does;
 * they are delivered, and do not move the bookmark.
 */
final class KeyScan {

  private static final Duration AHEAD = Duration.ofDays(1);

  private final String column;
  private final DocumentPath path;
  private final Family family;
  private final @Nullable BsonValue from;
  private final Overlap overlap;
  private final Instant bound;
  private @Nullable Bookmark bookmark;
  private @Nullable BsonSlice last;
  private int ahead;
  private int upTo;

  /**
   * A scan that has not begun.
   *
   * @param now by the server's clock
   */
  KeyScan(FromBookmark range, Family family, Instant now) {
    this.column = range.key();
    this.path = DocumentColumns.path(range.key());
    this.family = family;
    this.bookmark = range.bookmark().orElse(null);
    this.from = bookmark == null ? null : KeyText.parse(bookmark.value());
    this.overlap = range.overlap();
    this.bound = now.plus(AHEAD);
  }

  /** The value of a family below which a key of that value may be read again. */
  static BsonValue lessOverlap(BsonValue value, Family family, Overlap overlap) {
    if (family == Family.DATE && overlap instanceof Overlap.Time time) {
      return KeyText.less(value, time.width());
    }
    if (family == Family.NUMBER && overlap instanceof Overlap.Count count) {
      return KeyText.less(value, count.width());
    }
    return value;
  }

  List<Stage> stages(TypeQueries types) {
    String name = DocumentColumns.query(path);
    if (from == null) {
      return List.of(Stage.ordered(new BsonDocument(name, family.all(types)), name));
    }
    List<Stage> stages = new ArrayList<>();
    BsonDocument known =
        new BsonDocument("$gte", lessOverlap(from, family, overlap)).append("$lte", from);
    stages.add(Stage.ordered(new BsonDocument(name, known), name).asUpToBookmark());
    stages.add(Stage.ordered(new BsonDocument(name, new BsonDocument("$gt", from)), name));
    return stages;
  }

  /** Takes a document that becomes a row of the batch. */
  void take(BsonSlice slice, boolean upToBookmark) {
    Document document = slice.document();
    String type = document.typeOf(path);
    boolean fits = type != null && Family.ofAlias(type).filter(family::equals).isPresent();
    if (upToBookmark) {
      upTo++;
    } else if (ahead > 0 || (fits && isAhead(document))) {
      ahead++;
      return;
    }
    if (fits && !isNaN(document, type)) {
      last = slice;
    }
  }

  private boolean isAhead(Document document) {
    if (family != Family.DATE) {
      return false;
    }
    Instant at = document.getInstant(path);
    return at != null && at.isAfter(bound);
  }

  private boolean isNaN(Document document, @Nullable String type) {
    return ("double".equals(type) && Double.isNaN(document.getDouble(path)))
        || ("decimal".equals(type) && String.valueOf(document.get(path)).contains("NaN"));
  }

  /** The key of the last row that is not ahead, of this batch or before it. */
  @Nullable Bookmark bookmark() {
    BsonSlice slice = last;
    if (slice != null) {
      BsonValue value = value(slice);
      if (value != null) {
        bookmark = KeyText.bookmark(column, family, value);
      }
      last = null;
    }
    return bookmark;
  }

  private @Nullable BsonValue value(BsonSlice slice) {
    return value(slice.raw(), path);
  }

  /** The value at a path; null where there is none. */
  static @Nullable BsonValue value(BsonDocument document, DocumentPath path) {
    BsonValue at = document;
    for (String name : path.names()) {
      if (at == null || !at.isDocument()) {
        return null;
      }
      at = at.asDocument().get(name);
    }
    return at;
  }

  int ahead() {
    return ahead;
  }

  int upToBookmark() {
    return upTo;
  }

  /** Begins the next batch. */
  void nextBatch() {
    ahead = 0;
    upTo = 0;
  }
}
