package dev.bobbin.dialect.mongo;

import dev.bobbin.catalog.DataType;
import dev.bobbin.record.DocumentPath;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.bson.BsonBinarySubType;
import org.bson.BsonDocument;
import org.bson.BsonReader;
import org.bson.BsonType;
import org.bson.BsonValue;

/**
 * What some documents of a collection have: each field of theirs, and each field of the documents
 * in these, with the types that were seen and how often.
 */
final class FieldSample {

  /** The most fields that are told of: documents can have any number of names. */
  private static final int MOST_FIELDS = 1000;

  private static final int UUID_BYTES = 16;

  /** What is known of a field. */
  static final class Field {
    private final Map<String, Integer> types = new TreeMap<>();
    private int uuids;
    private int documents;

    private void add(BsonType type, boolean uuid) {
      documents++;
      types.merge(alias(type), 1, Integer::sum);
      if (uuid) {
        uuids++;
      }
    }

    /** The types without those that stand for no value. */
    private Set<String> valued() {
      Set<String> valued = new HashSet<>(types.keySet());
      valued.removeAll(Set.of("null", "undefined"));
      return valued;
    }

    /** In how many documents it has a value other than null. */
    int present() {
      return documents - types.getOrDefault("null", 0) - types.getOrDefault("undefined", 0);
    }

    /** The type of a column that holds the values without loss. */
    DataType type() {
      Set<String> valued = valued();
      if (valued.size() == 1) {
        return single(valued.iterator().next());
      }
      if (Set.of("int", "long").equals(valued)) {
        return new DataType.Int(64, true);
      }
      if (valued.size() > 1 && Set.of("int", "long", "double").containsAll(valued)) {
        return new DataType.Float(64);
      }
      if (valued.size() > 1 && Set.of("int", "long", "decimal").containsAll(valued)) {
        return DataType.Decimal.UNBOUNDED;
      }
      if (valued.size() > 1 && Set.of("string", "symbol").containsAll(valued)) {
        return new DataType.Text();
      }
      return new DataType.Json();
    }

    private DataType single(String alias) {
      return switch (alias) {
        case "int", "long" -> new DataType.Int(64, true);
        case "double" -> new DataType.Float(64);
        case "decimal" -> DataType.Decimal.UNBOUNDED;
        case "string", "symbol" -> new DataType.Text();
        case "binData" -> uuids == present() ? new DataType.Uuid() : new DataType.Bytes();
        case "bool" -> new DataType.Bool();
        case "date" -> new DataType.Instant();
        case "object" -> new DataType.Document();
        case "array" -> new DataType.Json();
        default -> new DataType.Other(alias);
      };
    }

    /** The name of the one type that was seen, or that there are several. */
    String nativeType() {
      Set<String> valued = valued();
      return valued.isEmpty() ? "null" : valued.size() == 1 ? valued.iterator().next() : "mixed";
    }

    /** Whether some value could be a replication key. */
    boolean isOrdered() {
      return valued().stream()
          .flatMap(alias -> Family.ofAlias(alias).stream())
          .anyMatch(Family.KEYS::contains);
    }

    /** The types, most frequent first, and what they are of. */
    String describe(int sampled) {
      String seen =
          types.entrySet().stream()
              .sorted(
                  Comparator.comparing((Map.Entry<String, Integer> e) -> -e.getValue())
                      .thenComparing(Map.Entry::getKey))
              .map(e -> e.getKey() + " " + e.getValue())
              .collect(Collectors.joining(", "));
      String in = "in " + documents + " of " + sampled + " sampled documents: " + seen;
      return valued().size() < 2
          ? in
          : in + ". Its values are of several types, so it is delivered as " + type();
    }
  }

  private final Map<List<String>, Field> fields = new LinkedHashMap<>();
  private final Set<BsonValue> ids = new HashSet<>();
  private int documents;
  private long bytes;

  /** Takes a document, unless it has been taken. */
  void add(BsonDocument document, int size) {
    BsonValue id = document.get(DocumentColumns.ID);
    if (id != null && !ids.add(id)) {
      return;
    }
    documents++;
    bytes += size;
    try (BsonReader reader = document.asBsonReader()) {
      add(reader, List.of());
    }
  }

  /**
   * Takes the fields of a document. Arrays, and what lies deeper, are stepped over; of a name that
   * stands there twice the first one counts, as for those who ask for its value.
   */
  private void add(BsonReader reader, List<String> around) {
    Set<String> names = new HashSet<>();
    reader.readStartDocument();
    while (reader.readBsonType() != BsonType.END_OF_DOCUMENT) {
      BsonType type = reader.getCurrentBsonType();
      String name = reader.readName();
      List<String> path = around.isEmpty() ? List.of(name) : List.of(around.get(0), name);
      boolean first = names.add(name);
      if (first) {
        add(path, type, type == BsonType.BINARY && isUuid(reader));
      }
      if (first && around.isEmpty() && type == BsonType.DOCUMENT) {
        add(reader, path);
      } else {
        reader.skipValue();
      }
    }
    reader.readEndDocument();
  }

  private static boolean isUuid(BsonReader reader) {
    return reader.peekBinarySubType() == BsonBinarySubType.UUID_STANDARD.getValue()
        && reader.peekBinarySize() == UUID_BYTES;
  }

  private void add(List<String> path, BsonType type, boolean uuid) {
    Field field = fields.get(path);
    if (field == null) {
      if (fields.size() >= MOST_FIELDS) {
        return;
      }
      field = new Field();
      fields.put(path, field);
    }
    field.add(type, uuid);
  }

  /** How many documents there were. */
  int documents() {
    return documents;
  }

  /** The size of a document, on average; 0 where there was none. */
  int averageBytes() {
    return documents == 0 ? 0 : (int) (bytes / documents);
  }

  /** The fields by their paths, in the order of their names. */
  Map<DocumentPath, Field> fields() {
    List<List<String>> paths = new ArrayList<>(fields.keySet());
    paths.sort(Comparator.comparing(path -> String.join("\0", path)));
    Map<DocumentPath, Field> sorted = new LinkedHashMap<>();
    for (List<String> path : paths) {
      Field field = fields.get(path);
      if (field != null) {
        sorted.put(DocumentPath.of(path), field);
      }
    }
    return sorted;
  }

  /** The name that {@code $type} has for a type. */
  static String alias(BsonType type) {
    return switch (type) {
      case DOUBLE -> "double";
      case STRING -> "string";
      case DOCUMENT -> "object";
      case ARRAY -> "array";
      case BINARY -> "binData";
      case UNDEFINED -> "undefined";
      case OBJECT_ID -> "objectId";
      case BOOLEAN -> "bool";
      case DATE_TIME -> "date";
      case NULL -> "null";
      case REGULAR_EXPRESSION -> "regex";
      case DB_POINTER -> "dbPointer";
      case JAVASCRIPT -> "javascript";
      case SYMBOL -> "symbol";
      case JAVASCRIPT_WITH_SCOPE -> "javascriptWithScope";
      case INT32 -> "int";
      case TIMESTAMP -> "timestamp";
      case INT64 -> "long";
      case DECIMAL128 -> "decimal";
      case MIN_KEY -> "minKey";
      case MAX_KEY -> "maxKey";
      case END_OF_DOCUMENT -> "";
    };
  }
}
