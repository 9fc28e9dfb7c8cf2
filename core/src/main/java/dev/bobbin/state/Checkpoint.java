package dev.bobbin.state;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.StateException;
import java.io.IOException;
import java.io.Serializable;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What must be remembered about one scan of one load of one table once its rows are durable, so
 * that the next run goes on from there.
 *
 * <p>A sink that commits it together with the rows keeps {@link #toJson()} and gives {@link
 * #fromJson} of it back from {@code progress}. Immutable.
 */
public final class Checkpoint implements Serializable {

  private static final long serialVersionUID = 1L;

  private final TableId table;
  private final long loadId;
  private final String scan;
  private final @Nullable Bookmark bookmark;
  private final List<String> seen;
  private final boolean finished;
  private final @Nullable String position;

  /**
   * A checkpoint without a position.
   *
   * @param table the table
   * @param loadId the load that it belongs to
   * @param scan the scan within the load
   * @param bookmark how far the scan has come; null where nothing was read or the scan has no key
   * @param seen digests of the rows that the next scan by key begins with, as they were last
   *     delivered: those at (or, with an overlap, just below) the bookmark and ahead of the
   *     source's clock, or those that a slice of a load has delivered; each as often as rows have
   *     it. Base64 without padding: of all values and, behind a dot, of the identity where there is
   *     one; after a {@code *} if the row is recognised wherever it comes in that scan
   * @param finished whether the scan reached its end in this load at least once
   */
  public Checkpoint(
      TableId table,
      long loadId,
      String scan,
      @Nullable Bookmark bookmark,
      List<String> seen,
      boolean finished) {
    this(table, loadId, scan, bookmark, seen, finished, null);
  }

  private Checkpoint(
      TableId table,
      long loadId,
      String scan,
      @Nullable Bookmark bookmark,
      List<String> seen,
      boolean finished,
      @Nullable String position) {
    this.table = Objects.requireNonNull(table);
    this.loadId = loadId;
    this.scan = Objects.requireNonNull(scan);
    this.bookmark = bookmark;
    this.seen = List.copyOf(seen);
    this.finished = finished;
    this.position = position;
  }

  /** The table. */
  public TableId table() {
    return table;
  }

  /** The load that it belongs to; greater for a later load. */
  public long loadId() {
    return loadId;
  }

  /** The scan within the load. */
  public String scan() {
    return scan;
  }

  /** How far the scan has come; empty where nothing was read or the scan has no key. */
  public Optional<Bookmark> bookmark() {
    return Optional.ofNullable(bookmark);
  }

  /**
   * Digests (HMAC) of the rows that the next scan by key begins with, as they were last delivered,
   * so that it does not deliver again what has not changed. A slice of a load keeps here what it
   * has delivered of them.
   */
  public List<String> seen() {
    return seen;
  }

  /** Whether the scan reached its end in this load at least once. */
  public boolean finished() {
    return finished;
  }

  /** The same, for a scan that has reached its end. */
  public Checkpoint asFinished() {
    return new Checkpoint(table, loadId, scan, bookmark, seen, true, position);
  }

  /**
   * The same, at a position.
   *
   * @param position where the scan goes on, in the words of the source that said it; null for none
   */
  public Checkpoint at(@Nullable String position) {
    return new Checkpoint(table, loadId, scan, bookmark, seen, finished, position);
  }

  /**
   * Where the scan goes on, in the words of the source that said it; empty where the bookmark says
   * it all, or nothing does. It holds no values of rows apart from keys.
   */
  public Optional<String> position() {
    return Optional.ofNullable(position);
  }

  /** This checkpoint as one line of JSON in ASCII, which {@link #fromJson} reads. */
  public String toJson() {
    return Json.write(this);
  }

  /**
   * Reads what {@link #toJson()} wrote.
   *
   * @throws dev.bobbin.error.StateException if the text is damaged or of a newer format; it does
   *     not hold the text
   */
  public static Checkpoint fromJson(String json) {
    return Json.read(json);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Checkpoint that
        && table.equals(that.table)
        && loadId == that.loadId
        && scan.equals(that.scan)
        && Objects.equals(bookmark, that.bookmark)
        && seen.equals(that.seen)
        && finished == that.finished
        && Objects.equals(position, that.position);
  }

  @Override
  public int hashCode() {
    return Objects.hash(table, loadId, scan, bookmark, position);
  }

  /** Table, load, scan and bookmark; a text bookmark is not shown. */
  @Override
  public String toString() {
    return table
        + " load "
        + loadId
        + " scan "
        + scan
        + (bookmark == null ? "" : " at " + bookmark)
        + (finished ? " finished" : "");
  }

  /**
   * A checkpoint as JSON: one line of ASCII, which any file and any database keeps, also where a
   * key has characters that UTF-8 or the database refuse.
   *
   * <p>In every format {@code format} is the first field, so that a newer one is told from damage.
   * A reader ignores fields that it does not know: those that must not be ignored make a new
   * format.
   */
  private static final class Json {

    private static final JsonFactory FACTORY =
        JsonFactory.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final int FORMAT = 1;
    private static final List<String> BOOKMARK = List.of("column", "type", "nativeType", "value");

    private Json() {}

    static String write(Checkpoint checkpoint) {
      StringWriter text = new StringWriter();
      try (JsonGenerator json = FACTORY.createGenerator(text)) {
        json.writeStartObject();
        json.writeNumberField("format", FORMAT);
        json.writeStringField("table", checkpoint.table().toString());
        json.writeNumberField("load", checkpoint.loadId());
        json.writeStringField("scan", checkpoint.scan());
        json.writeBooleanField("finished", checkpoint.finished());
        if (checkpoint.bookmark().isPresent()) {
          Bookmark bookmark = checkpoint.bookmark().get();
          json.writeStringField("column", bookmark.column());
          json.writeStringField("type", bookmark.type().toString());
          json.writeStringField("nativeType", bookmark.nativeType());
          json.writeStringField("value", bookmark.value());
        }
        if (checkpoint.position().isPresent()) {
          json.writeStringField("position", checkpoint.position().get());
        }
        json.writeArrayFieldStart("seen");
        for (String digest : checkpoint.seen()) {
          json.writeString(digest);
        }
        json.writeEndArray();
        json.writeEndObject();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return text.toString();
    }

    static Checkpoint read(String text) {
      try (JsonParser json = FACTORY.createParser(text)) {
        return read(json);
      } catch (IOException | RuntimeException e) {
        if (e instanceof StateException refused) {
          throw refused;
        }
        // Neither the cause nor its message: both can quote the text, which holds key values.
        throw damaged("is not what toJson writes (" + e.getClass().getSimpleName() + ")");
      }
    }

    private static Checkpoint read(JsonParser json) throws IOException {
      expect(json.nextToken() == JsonToken.START_OBJECT, "is no object");
      expect("format".equals(json.nextFieldName()), "does not begin with its format");
      int format = json.nextIntValue(0);
      if (format > FORMAT) {
        throw new StateException(
            "A checkpoint has format "
                + format
                + ", newer than this version reads ("
                + FORMAT
                + ").",
            "Use the version of Bobbin that wrote it, or a newer one.",
            null);
      }
      expect(format == FORMAT, "has no known format");
      Map<String, String> texts = new HashMap<>();
      Long load = null;
      Boolean finished = null;
      List<String> seen = null;
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        JsonToken value = json.nextToken();
        switch (name) {
          case "load" -> {
            expect(value == JsonToken.VALUE_NUMBER_INT, "has a load that is no number");
            load = json.getLongValue();
          }
          case "finished" -> finished = json.getBooleanValue();
          case "seen" -> {
            expect(value == JsonToken.START_ARRAY, "has no list of rows seen");
            seen = new ArrayList<>();
            while (json.nextToken() == JsonToken.VALUE_STRING) {
              seen.add(json.getText());
            }
            expect(json.currentToken() == JsonToken.END_ARRAY, "has no list of rows seen");
          }
          case "table", "scan", "column", "type", "nativeType", "value", "position" -> {
            expect(value == JsonToken.VALUE_STRING, "has a " + name + " that is no text");
            texts.put(name, json.getText());
          }
          default -> json.skipChildren();
        }
      }
      expect(json.currentToken() == JsonToken.END_OBJECT, "has no end");
      expect(json.nextToken() == null, "goes on behind its end");
      if (load == null || finished == null || seen == null) {
        throw damaged("lacks a field");
      }
      // All of a bookmark or nothing: half of one must not pass for 'read from the beginning'.
      boolean hasBookmark = BOOKMARK.stream().anyMatch(texts::containsKey);
      return new Checkpoint(
          TableId.parse(required(texts, "table")),
          load,
          required(texts, "scan"),
          hasBookmark
              ? new Bookmark(
                  required(texts, "column"),
                  DataType.parse(required(texts, "type")),
                  required(texts, "nativeType"),
                  required(texts, "value"))
              : null,
          seen,
          finished,
          texts.get("position"));
    }

    private static String required(Map<String, String> texts, String name) {
      String value = texts.get(name);
      if (value == null) {
        throw damaged("lacks its " + name);
      }
      return value;
    }

    private static void expect(boolean fulfilled, String otherwise) {
      if (!fulfilled) {
        throw damaged(otherwise);
      }
    }

    private static StateException damaged(String what) {
      return new StateException(
          "A checkpoint cannot be read: it is damaged: it " + what + ".",
          "Restore the state from a backup, or call reset(table) to begin a new load.",
          null);
    }
  }
}
