package dev.bobbin.state;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.StateException;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A checkpoint as JSON. */
final class CheckpointJson {

  private static final JsonFactory JSON = new JsonFactory();
  private static final int FORMAT = 1;

  private CheckpointJson() {}

  static String write(Checkpoint checkpoint) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
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
    Map<String, String> fields = new HashMap<>();
    List<String> seen = new ArrayList<>();
    try (JsonParser json = JSON.createParser(text)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw damaged(null);
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        if (json.nextToken() == JsonToken.START_ARRAY) {
          while (json.nextToken() == JsonToken.VALUE_STRING) {
            seen.add(json.getText());
          }
        } else {
          fields.put(name, json.getText());
        }
      }
      int format = Integer.parseInt(required(fields, "format"));
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
      Bookmark bookmark =
          fields.containsKey("value")
              ? new Bookmark(
                  required(fields, "column"),
                  DataType.parse(required(fields, "type")),
                  required(fields, "nativeType"),
                  required(fields, "value"))
              : null;
      return new Checkpoint(
          TableId.parse(required(fields, "table")),
          Long.parseLong(required(fields, "load")),
          required(fields, "scan"),
          bookmark,
          seen,
          Boolean.parseBoolean(required(fields, "finished")));
    } catch (IOException | IllegalArgumentException e) {
      throw damaged(e);
    }
  }

  private static String required(Map<String, String> fields, String name) {
    String value = fields.get(name);
    if (value == null) {
      throw damaged(null);
    }
    return value;
  }

  private static StateException damaged(@org.jspecify.annotations.Nullable Exception cause) {
    // The parser's message can quote the text, which holds key values.
    return new StateException(
        "A checkpoint cannot be read: it is damaged"
            + (cause == null ? "." : " (" + cause.getClass().getSimpleName() + ")."),
        "Restore the state from a backup, or call reset(table) to begin a new load.",
        null);
  }
}
