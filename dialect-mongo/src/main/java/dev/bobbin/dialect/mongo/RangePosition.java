package dev.bobbin.dialect.mongo;

import dev.bobbin.error.StateException;
import dev.bobbin.state.Bookmark;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.bson.json.JsonMode;
import org.bson.json.JsonWriterSettings;
import org.jspecify.annotations.Nullable;

/**
 * How far one range of a load has been read.
 *
 * @param origin the load
 * @param range which documents
 * @param done whether it has been read to its end
 * @param last the last {@code _id} that has been read; null for none, or where the range has no
 *     order
 */
record RangePosition(Origin origin, IdRange range, boolean done, @Nullable BsonValue last) {

  private static final int FORMAT = 1;
  private static final JsonWriterSettings EXACT =
      JsonWriterSettings.builder().outputMode(JsonMode.EXTENDED).build();

  /**
   * Which collection a load reads, and where the first scans by key after it begin.
   *
   * @param uuid the server's mark of the collection; empty where it has none
   * @param by the replication key; null for a full table
   * @param starts by the name of the family, the text of the greatest key
   * @param moment up to which had been read when the load began; null where there are no such
   */
  record Origin(
      String uuid,
      @Nullable String by,
      Map<String, String> starts,
      @Nullable BsonTimestamp moment) {
    Origin {
      starts = Map.copyOf(starts);
    }

    /** Why a load of an earlier origin cannot go on here, as a sentence. */
    Optional<String> doubtAbout(Origin earlier) {
      if (!uuid.equals(earlier.uuid)) {
        return Optional.of("The collection was dropped and made anew since it was interrupted.");
      }
      if (!Objects.equals(by, earlier.by)) {
        return Optional.of("Its replication key is another one than when it was interrupted.");
      }
      return Optional.empty();
    }

    /** The bookmarks of the families that had one. */
    Map<String, Bookmark> bookmarks() {
      Map<String, Bookmark> bookmarks = new LinkedHashMap<>();
      String column = by;
      if (column != null) {
        starts.forEach(
            (name, text) ->
                Family.parse(name)
                    .ifPresent(
                        family ->
                            bookmarks.put(
                                name, KeyText.bookmark(column, family, KeyText.parse(text)))));
      }
      return bookmarks;
    }
  }

  static RangePosition before(Origin origin, IdRange range) {
    return new RangePosition(origin, range, false, null);
  }

  RangePosition behind(BsonValue id) {
    return new RangePosition(origin, range, false, id);
  }

  RangePosition asDone() {
    return new RangePosition(origin, range, true, null);
  }

  /**
   * Reads a position.
   *
   * @throws StateException if it is damaged
   */
  static RangePosition parse(String text) {
    try {
      BsonDocument read = BsonDocument.parse(text);
      if (read.getInt32("format").getValue() != FORMAT) {
        throw damaged();
      }
      Map<String, String> starts = new LinkedHashMap<>();
      read.getDocument("starts")
          .forEach((family, start) -> starts.put(family, start.asString().getValue()));
      Origin origin =
          new Origin(
              read.getString("uuid").getValue(),
              read.containsKey("by") ? read.getString("by").getValue() : null,
              starts,
              read.containsKey("moment") ? read.getTimestamp("moment") : null);
      String family = read.getString("family").getValue();
      IdRange range =
          new IdRange(
              family.equals(IdRange.REST) ? null : Family.parse(family).orElseThrow(),
              read.get("after"),
              read.get("to"));
      return new RangePosition(origin, range, read.getBoolean("done").getValue(), read.get("last"));
    } catch (RuntimeException e) {
      // The driver's message can quote the text, which holds keys.
      throw damaged();
    }
  }

  private static StateException damaged() {
    return new StateException(
        "The saved position of a load is damaged. Nothing has been read.",
        "Restore the state from a backup, or reset the table, which then begins a new load.",
        null);
  }

  /** The text that {@link #parse} reads. */
  @Override
  public String toString() {
    BsonDocument text = new BsonDocument("format", new BsonInt32(FORMAT));
    text.put("uuid", new BsonString(origin.uuid));
    put(text, "by", origin.by == null ? null : new BsonString(origin.by));
    BsonDocument starts = new BsonDocument();
    origin.starts.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(start -> starts.put(start.getKey(), new BsonString(start.getValue())));
    text.put("starts", starts);
    put(text, "moment", origin.moment);
    text.put("family", new BsonString(range.name()));
    put(text, "after", range.after());
    put(text, "to", range.to());
    text.put("done", BsonBoolean.valueOf(done));
    put(text, "last", last);
    return text.toJson(EXACT);
  }

  private static void put(BsonDocument into, String name, @Nullable BsonValue value) {
    if (value != null) {
      into.put(name, value);
    }
  }
}
