package dev.bobbin.testservers;

import java.util.Map;
import java.util.Set;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonValue;

/**
 * Which documents of a {@link ReplayCollection} a query is for: those from one {@code _id} to
 * before another. What cannot be said so is refused.
 */
record ReplayFilter(int from, int to) {

  private static final Set<String> INTS = Set.of("int", "number");

  int count() {
    return Math.max(0, to - from);
  }

  /** A filter as MongoDB compares: numbers with numbers, and none with anything else. */
  static ReplayFilter of(BsonDocument filter, int documents) {
    ReplayFilter all = new ReplayFilter(0, documents);
    for (Map.Entry<String, BsonValue> part : filter.entrySet()) {
      if (part.getKey().equals("_id")) {
        all = all.and(part.getValue());
      } else if (part.getKey().equals("$or") && part.getValue().isArray()) {
        requireNone(part.getValue().asArray(), documents);
        all = all.none();
      } else {
        throw ReplayFailure.bad("a filter by " + part.getKey());
      }
    }
    return all;
  }

  private static void requireNone(BsonArray any, int documents) {
    for (BsonValue one : any) {
      if (of(one.asDocument(), documents).count() > 0) {
        throw ReplayFailure.bad("an $or that finds something");
      }
    }
  }

  private ReplayFilter none() {
    return new ReplayFilter(from, from);
  }

  private ReplayFilter and(BsonValue condition) {
    if (!condition.isDocument()) {
      return and("$gte", condition).and("$lte", condition);
    }
    ReplayFilter left = this;
    for (Map.Entry<String, BsonValue> operator : condition.asDocument().entrySet()) {
      left = left.and(operator.getKey(), operator.getValue());
    }
    return left;
  }

  private ReplayFilter and(String operator, BsonValue operand) {
    if (operator.equals("$type")) {
      BsonArray types =
          operand.isArray() ? operand.asArray() : new BsonArray(java.util.List.of(operand));
      return types.stream().anyMatch(type -> type.isString() && isOfInts(type)) ? this : none();
    }
    double number = operand.isNumber() ? operand.asNumber().doubleValue() : Double.NaN;
    if (Double.isNaN(number)) {
      return none();
    }
    return switch (operator) {
      case "$gt" -> new ReplayFilter(Math.max(from, (int) (Math.floor(number) + 1)), to);
      case "$gte" -> new ReplayFilter(Math.max(from, (int) Math.ceil(number)), to);
      case "$lt" -> new ReplayFilter(from, Math.min(to, (int) Math.ceil(number)));
      case "$lte" -> new ReplayFilter(from, Math.min(to, (int) (Math.floor(number) + 1)));
      default -> throw ReplayFailure.bad(operator);
    };
  }

  private static boolean isOfInts(BsonValue type) {
    return INTS.contains(type.asString().getValue());
  }
}
