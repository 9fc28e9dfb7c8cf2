package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.Column.KeySupport;
import dev.bobbin.catalog.DataType;

/**
 * Decides which of Bobbin's types a type of MySQL or MariaDB is, and what it can be as a
 * replication key.
 */
final class MySqlTypes {

  private static final int DEFAULT_PRECISION = 10; // manual, "Fixed-Point Types"

  private MySqlTypes() {}

  /**
   * The type in Bobbin's terms.
   *
   * @param facts about the column
   * @param tinyInt1AsBool whether {@code tinyint(1)}, which {@code bool} is another word for, is a
   *     truth value and not a number
   */
  static DataType type(TypeFacts facts, boolean tinyInt1AsBool) {
    return switch (facts.dataType()) {
      case "tinyint" ->
          tinyInt1AsBool && facts.columnType().equals("tinyint(1)")
              ? new DataType.Bool()
              : integer(8, facts);
      case "smallint" -> integer(16, facts);
      case "mediumint", "int" -> integer(32, facts);
      case "bigint" -> integer(64, facts);
      case "bit" -> facts.modifier(0, 1) == 1 ? new DataType.Bool() : new DataType.Int(64, false);
      case "year" -> new DataType.Int(16, true);
      case "decimal" ->
          new DataType.Decimal(facts.modifier(0, DEFAULT_PRECISION), facts.modifier(1, 0));
      case "float" -> new DataType.Float(32);
      case "double" -> new DataType.Float(64);
      case "date" -> new DataType.Date();
      case "time" -> new DataType.Time();
      case "datetime" -> new DataType.Timestamp();
      case "timestamp" -> new DataType.Instant();
      case "longtext" -> facts.json() ? new DataType.Json() : new DataType.Text();
      case "char", "varchar", "tinytext", "text", "mediumtext", "enum", "set" ->
          new DataType.Text();
      case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob" ->
          new DataType.Bytes();
      case "json" -> new DataType.Json();
      case "uuid" -> new DataType.Uuid();
      case "vector" -> new DataType.Array(new DataType.Float(32));
      default ->
          isGeometry(facts.dataType())
              ? new DataType.Bytes()
              : new DataType.Other(facts.columnType());
    };
  }

  /**
   * What the type can be as a replication key.
   *
   * <ul>
   *   <li>Numbers, dates and times are equal exactly when their values are. Of floating point 0 and
   *       -0 are equal and different. A FLOAT is compared with a parameter as the two doubles that
   *       they are exactly, so the parameter has to be the very float, widened.
   *   <li>Texts are equal by their collation. Only those by code or by byte are exact, and of them
   *       only the ones that do not pad with spaces: for {@code utf8mb4_bin} {@code 'a'} and {@code
   *       'a '} are equal.
   *   <li>Enumerations and sets sort by their number but compare with a text as texts do.
   *   <li>JSON compares with a parameter as with a JSON string, and has no order that an index
   *       supports; shapes and vectors have none at all.
   *   <li>A type that is not known may have none.
   * </ul>
   */
  static KeySupport keySupport(TypeFacts facts) {
    return switch (facts.dataType()) {
      case "tinyint",
          "smallint",
          "mediumint",
          "int",
          "bigint",
          "bit",
          "year",
          "decimal",
          "date",
          "time",
          "datetime",
          "timestamp",
          "binary",
          "varbinary",
          "tinyblob",
          "blob",
          "mediumblob",
          "longblob",
          "uuid",
          "inet4",
          "inet6" ->
          KeySupport.EXACT;
      case "float", "double" -> KeySupport.COLLATED;
      case "char", "varchar", "tinytext", "text", "mediumtext", "longtext" ->
          facts.json()
              ? KeySupport.UNORDERED
              : isExact(facts.collation()) ? KeySupport.EXACT : KeySupport.COLLATED;
      default -> KeySupport.UNORDERED;
    };
  }

  private static boolean isExact(String collation) {
    return collation.equals("binary")
        || collation.equals("utf8mb4_0900_bin")
        || collation.endsWith("_nopad_bin");
  }

  private static boolean isGeometry(String dataType) {
    return switch (dataType) {
      case "geometry",
          "point",
          "linestring",
          "polygon",
          "multipoint",
          "multilinestring",
          "multipolygon",
          "geometrycollection",
          "geomcollection" ->
          true;
      default -> false;
    };
  }

  private static DataType integer(int bits, TypeFacts facts) {
    return new DataType.Int(bits, !facts.unsigned());
  }
}
