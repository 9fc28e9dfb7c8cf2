package dev.bobbin.record;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Arrays;

/**
 * Writes MongoDB Extended JSON, version 2 (the specification of the drivers, "MongoDB Extended
 * JSON"): the canonical form, which keeps every type, or the relaxed one, in which numbers and
 * dates are easier to read.
 */
final class ExtendedJson {

  private static final JsonFactory JSON = new JsonFactory();

  /** Relaxed dates have a year of four digits, and lie in or after 1970. */
  private static final long FIRST_READABLE = 0;

  private static final long LAST_READABLE =
      Instant.parse("9999-12-31T23:59:59.999Z").toEpochMilli();

  private final JsonGenerator json;
  private final boolean relaxed;

  private ExtendedJson(JsonGenerator json, boolean relaxed) {
    this.json = json;
    this.relaxed = relaxed;
  }

  static String canonical(BsonValue value) {
    return write(value, false);
  }

  static String relaxed(BsonValue value) {
    return write(value, true);
  }

  private static String write(BsonValue value, boolean relaxed) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      new ExtendedJson(json, relaxed).value(value, 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  /**
   * Writes a value.
   *
   * @param depth of the document or array around it; 0 for the whole document
   */
  private void value(BsonValue value, int depth) throws IOException {
    switch (value.type) {
      case OBJECT -> document(value.elements(), value, depth + 1);
      case ARRAY -> {
        value.requireDepth(depth + 1);
        json.writeStartArray();
        BsonElements elements = value.elements();
        while (elements.next()) {
          value(elements.value(), depth + 1);
        }
        json.writeEndArray();
      }
      case DOUBLE -> number(value.float64());
      case INT -> number("$numberInt", value.bytes.int32(value.at));
      case LONG -> number("$numberLong", value.bytes.int64(value.at));
      case DECIMAL -> wrapped("$numberDecimal", value.decimal().toString());
      case STRING -> json.writeString(value.string());
      case BOOL -> json.writeBoolean(value.bool());
      case NULL -> json.writeNull();
      case DATE -> date(value.bytes.int64(value.at));
      case OBJECT_ID -> wrapped("$oid", value.objectId(value.at));
      case BINARY -> binary(value);
      case TIMESTAMP -> timestamp(value);
      case REGEX -> regex(value);
      case CODE -> wrapped("$code", value.string());
      case SYMBOL -> wrapped("$symbol", value.string());
      case CODE_WITH_SCOPE -> codeWithScope(value, depth);
      case DB_POINTER -> dbPointer(value);
      case UNDEFINED -> {
        json.writeStartObject();
        json.writeBooleanField("$undefined", true);
        json.writeEndObject();
      }
      case MIN_KEY -> key("$minKey");
      case MAX_KEY -> key("$maxKey");
    }
  }

  private void document(BsonElements elements, BsonValue around, int depth) throws IOException {
    around.requireDepth(depth);
    json.writeStartObject();
    while (elements.next()) {
      json.writeFieldName(elements.name());
      value(elements.value(), depth);
    }
    json.writeEndObject();
  }

  private void wrapped(String name, String text) throws IOException {
    json.writeStartObject();
    json.writeStringField(name, text);
    json.writeEndObject();
  }

  private void number(double number) throws IOException {
    if (Double.isFinite(number)) {
      String text = ShortestDouble.text(number);
      if (relaxed) {
        json.writeNumber(text);
      } else {
        wrapped("$numberDouble", text);
      }
    } else {
      wrapped("$numberDouble", Double.toString(number));
    }
  }

  private void number(String name, long number) throws IOException {
    if (relaxed) {
      json.writeNumber(number);
    } else {
      wrapped(name, Long.toString(number));
    }
  }

  private void date(long millis) throws IOException {
    json.writeStartObject();
    if (relaxed && millis >= FIRST_READABLE && millis <= LAST_READABLE) {
      json.writeStringField("$date", Instant.ofEpochMilli(millis).toString());
    } else {
      json.writeFieldName("$date");
      wrapped("$numberLong", Long.toString(millis));
    }
    json.writeEndObject();
  }

  private void binary(BsonValue value) throws IOException {
    int from = value.dataAt();
    int subtype = value.subtype();
    json.writeStartObject();
    json.writeObjectFieldStart("$binary");
    json.writeFieldName("base64");
    json.writeBinary(value.bytes.array, from, value.end - from);
    json.writeStringField(
        "subType",
        "" + Character.forDigit(subtype >> 4, 16) + Character.forDigit(subtype & 15, 16));
    json.writeEndObject();
    json.writeEndObject();
  }

  private void timestamp(BsonValue value) throws IOException {
    json.writeStartObject();
    json.writeObjectFieldStart("$timestamp");
    json.writeNumberField("t", Integer.toUnsignedLong(value.bytes.int32(value.at + 4)));
    json.writeNumberField("i", Integer.toUnsignedLong(value.bytes.int32(value.at)));
    json.writeEndObject();
    json.writeEndObject();
  }

  private void regex(BsonValue value) throws IOException {
    int patternEnd = value.bytes.nameEnd(value.at, value.end);
    // BSON wants the options in alphabetical order, which not every writer of it has kept to.
    char[] options = value.bytes.text(patternEnd + 1, value.end - 1).toCharArray();
    Arrays.sort(options);
    json.writeStartObject();
    json.writeObjectFieldStart("$regularExpression");
    json.writeStringField("pattern", value.bytes.text(value.at, patternEnd));
    json.writeStringField("options", new String(options));
    json.writeEndObject();
    json.writeEndObject();
  }

  private void codeWithScope(BsonValue value, int depth) throws IOException {
    int scope = value.scopeAt();
    json.writeStartObject();
    json.writeStringField("$code", value.bytes.string(value.at + 4));
    json.writeFieldName("$scope");
    document(new BsonElements(value.bytes, scope, value.end), value, depth + 1);
    json.writeEndObject();
  }

  private void dbPointer(BsonValue value) throws IOException {
    json.writeStartObject();
    json.writeObjectFieldStart("$dbPointer");
    json.writeStringField("$ref", value.string());
    json.writeObjectFieldStart("$id");
    json.writeStringField("$oid", value.objectId(value.end - 12));
    json.writeEndObject();
    json.writeEndObject();
    json.writeEndObject();
  }

  private void key(String name) throws IOException {
    json.writeStartObject();
    json.writeNumberField(name, 1);
    json.writeEndObject();
  }
}
