package dev.bobbin.dialect.mongo;

import java.util.List;
import java.util.Set;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonNull;

/**
 * How a server is asked for values of some types. MongoDB knows all types that BSON has; others
 * that speak its protocol refuse the names of those that they do not keep.
 */
enum TypeQueries {
  /** All types have names. */
  ALL_TYPES,
  /** The deprecated types have none, nor have all types of numbers one each. */
  COMMON_TYPES,
  /** The same, where there is no NaN, and nobody must ask for it. */
  COMMON_TYPES_WITHOUT_NAN;

  private static final Set<String> UNCOMMON = Set.of("symbol");
  private static final Set<String> NUMBERS = Set.of("int", "long", "double", "decimal");

  /** Types outside of all families that a field's value can be of, apart from null. */
  private static final List<String> ALONE =
      List.of("array", "regex", "dbPointer", "javascript", "javascriptWithScope", "undefined");

  private static final List<String> ENDS = List.of("minKey", "maxKey");

  /** The names of types, so far as the server has them. */
  BsonArray types(List<String> aliases) {
    return Family.array(
        this == ALL_TYPES
            ? aliases
            : aliases.stream()
                .filter(alias -> !UNCOMMON.contains(alias))
                .map(alias -> NUMBERS.contains(alias) ? "number" : alias)
                .distinct()
                .toList());
  }

  /**
   * The filter for documents whose field is of none of some families: null or missing, NaN, or of a
   * type that stands alone.
   *
   * @param name the field, as queries name it
   */
  BsonDocument outside(List<Family> families, String name) {
    BsonArray any = new BsonArray();
    if (this != COMMON_TYPES_WITHOUT_NAN) {
      any.add(new BsonDocument(name, new BsonDouble(Double.NaN)));
    }
    // Through arrays "a.b" reaches no value, nor null, in [1]: of a path only the rest is all.
    if (this == ALL_TYPES && name.indexOf('.') < 0) {
      any.add(new BsonDocument(name, BsonNull.VALUE));
      BsonArray alone = Family.array(ALONE);
      alone.addAll(Family.array(ENDS));
      for (Family family : Family.values()) {
        if (!families.contains(family)) {
          alone.addAll(Family.aliases(List.of(family), this));
        }
      }
      any.add(new BsonDocument(name, new BsonDocument("$type", alone)));
    } else {
      any.add(
          new BsonDocument(
              name,
              new BsonDocument("$not", new BsonDocument("$type", Family.aliases(families, this)))));
    }
    return new BsonDocument("$or", any);
  }
}
