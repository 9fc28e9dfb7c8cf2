package dev.bobbin.dialect.mongo;

import dev.bobbin.catalog.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonString;
import org.bson.BsonType;
import org.bson.BsonValue;

/**
 * The types of BSON that MongoDB compares with each other: a query for values above one gives those
 * of its family alone (manual: "Comparison/Sort Order", type bracketing). In the order in which
 * they sort, apart from {@link #DATE}.
 */
@SuppressWarnings("ImmutableEnumChecker") // types and lists of them are immutable
enum Family {
  NUMBER(new DataType.Decimal(0, 0), "int", "long", "double", "decimal"),
  STRING(new DataType.Text(), "string", "symbol"),
  OBJECT(new DataType.Document(), "object"),
  BINARY(new DataType.Bytes(), "binData"),
  OBJECT_ID(new DataType.Other("objectId"), "objectId"),
  BOOL(new DataType.Bool(), "bool"),
  TIMESTAMP(new DataType.Other("timestamp"), "timestamp"),
  /** Last of all, since of a batch only the last rows can be ahead of the clock. */
  DATE(new DataType.Instant(), "date");

  /** The families of which a value can be a replication key. */
  static final List<Family> KEYS =
      Arrays.stream(values()).filter(family -> family != OBJECT).toList();

  private final DataType type;
  private final List<String> aliases;

  Family(DataType type, String... aliases) {
    this.type = type;
    this.aliases = List.of(aliases);
  }

  /** The name in the names of scans and in positions. */
  String text() {
    return name().toLowerCase(Locale.ROOT).replace("_", "");
  }

  static Optional<Family> parse(String text) {
    return Arrays.stream(values()).filter(family -> family.text().equals(text)).findFirst();
  }

  /** The type that a bookmark is of. */
  DataType type() {
    return type;
  }

  /** The family of a value; empty for what stands alone. NaN is in none: it is above no number. */
  static Optional<Family> of(BsonValue value) {
    if (isNaN(value)) {
      return Optional.empty();
    }
    return of(value.getBsonType());
  }

  static boolean isNaN(BsonValue value) {
    return (value.isDouble() && Double.isNaN(value.asDouble().getValue()))
        || (value.isDecimal128() && value.asDecimal128().getValue().isNaN());
  }

  /** The family of a type, by the name that {@code $type} has for it. */
  static Optional<Family> ofAlias(String alias) {
    return Arrays.stream(values()).filter(family -> family.aliases.contains(alias)).findFirst();
  }

  private static Optional<Family> of(BsonType type) {
    return switch (type) {
      case INT32, INT64, DOUBLE, DECIMAL128 -> Optional.of(NUMBER);
      case STRING, SYMBOL -> Optional.of(STRING);
      case DOCUMENT -> Optional.of(OBJECT);
      case BINARY -> Optional.of(BINARY);
      case OBJECT_ID -> Optional.of(OBJECT_ID);
      case BOOLEAN -> Optional.of(BOOL);
      case TIMESTAMP -> Optional.of(TIMESTAMP);
      case DATE_TIME -> Optional.of(DATE);
      default -> Optional.empty();
    };
  }

  /**
   * The condition that a field's value is of this family.
   *
   * @param dialect what the server understands
   */
  BsonDocument all(TypeQueries dialect) {
    return this == NUMBER
        // Unlike $type it leaves NaN out, and an index serves it by one range.
        ? new BsonDocument("$gte", new BsonDouble(Double.NEGATIVE_INFINITY))
        : new BsonDocument("$type", dialect.types(aliases));
  }

  /** The names of all types that are in some of the families. */
  static BsonArray aliases(List<Family> families, TypeQueries dialect) {
    return dialect.types(families.stream().flatMap(family -> family.aliases.stream()).toList());
  }

  static BsonArray array(List<String> texts) {
    return new BsonArray(texts.stream().map(BsonString::new).toList());
  }
}
