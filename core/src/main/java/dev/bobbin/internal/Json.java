package dev.bobbin.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON as maps, lists, strings, longs and booleans, which is all that the state's documents need.
 */
final class Json {

  /** ASCII alone, which any file and any database keeps. */
  private static final JsonFactory FACTORY =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private Json() {}

  static String write(Map<String, ?> object) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(text)) {
      write(json, object);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        json.writeFieldName((String) entry.getKey());
        write(json, entry.getValue());
      }
      json.writeEndObject();
    } else if (value instanceof List<?> list) {
      json.writeStartArray();
      for (Object element : list) {
        write(json, element);
      }
      json.writeEndArray();
    } else if (value instanceof Long number) {
      json.writeNumber(number);
    } else if (value instanceof Boolean flag) {
      json.writeBoolean(flag);
    } else {
      json.writeString((String) value);
    }
  }

  /**
   * Reads an object.
   *
   * @throws IOException if the text is not one; the message can quote the text
   */
  static Fields read(String text) throws IOException {
    try (JsonParser json = FACTORY.createParser(text)) {
      json.nextToken();
      Object value = value(json);
      if (!(value instanceof Fields fields) || json.nextToken() != null) {
        throw new IOException("not an object");
      }
      return fields;
    }
  }

  private static Object value(JsonParser json) throws IOException {
    JsonToken token = json.currentToken();
    if (token == null) {
      throw new IOException("the text ends early");
    }
    switch (token) {
      case START_OBJECT -> {
        Map<String, Object> values = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          String name = json.currentName();
          json.nextToken();
          values.put(name, value(json));
        }
        return new Fields(values);
      }
      case START_ARRAY -> {
        List<Object> values = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
          values.add(value(json));
        }
        return values;
      }
      case VALUE_NUMBER_INT -> {
        return json.getLongValue();
      }
      case VALUE_TRUE, VALUE_FALSE -> {
        return json.getBooleanValue();
      }
      case VALUE_STRING -> {
        return json.getText();
      }
      default -> throw new IOException("a value of a kind that is not written here");
    }
  }

  /** An object's fields. */
  static final class Fields {
    private final Map<String, Object> values;

    Fields(Map<String, Object> values) {
      this.values = values;
    }

    /** Whether the field is there: one that older versions did not write need not be. */
    boolean has(String name) {
      return values.containsKey(name);
    }

    String text(String name) throws IOException {
      return as(String.class, name);
    }

    long number(String name) throws IOException {
      return as(Long.class, name);
    }

    boolean flag(String name) throws IOException {
      return as(Boolean.class, name);
    }

    List<String> texts(String name) throws IOException {
      return list(String.class, name);
    }

    List<Fields> objects(String name) throws IOException {
      return list(Fields.class, name);
    }

    private <T> List<T> list(Class<T> type, String name) throws IOException {
      List<T> elements = new ArrayList<>();
      for (Object element : as(List.class, name)) {
        if (!type.isInstance(element)) {
          throw new IOException("an element of " + name + " is of another kind");
        }
        elements.add(type.cast(element));
      }
      return elements;
    }

    private <T> T as(Class<T> type, String name) throws IOException {
      Object value = values.get(name);
      if (!type.isInstance(value)) {
        throw new IOException("the field " + name + " is missing or of another kind");
      }
      return type.cast(value);
    }
  }
}
