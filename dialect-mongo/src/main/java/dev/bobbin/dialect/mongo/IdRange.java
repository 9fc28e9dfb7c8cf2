package dev.bobbin.dialect.mongo;

import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * Some documents of a collection, by their {@code _id}: those of one family between two bounds, or
 * the few whose {@code _id} is in no family. A query never reaches from one family into another, so
 * every one of them has ranges of its own.
 *
 * @param family null for those in no family
 * @param after above which; null for the lowest
 * @param to up to which; null for the highest
 */
record IdRange(@Nullable Family family, @Nullable BsonValue after, @Nullable BsonValue to) {

  /** The name of the range of what is in no family. */
  static final String REST = "rest";

  static final IdRange OF_THE_REST = new IdRange(null, null, null);

  String name() {
    return family == null ? REST : family.text();
  }

  /**
   * The query for it.
   *
   * @param last the last {@code _id} that has been read; null for none
   */
  Stage from(@Nullable BsonValue last, TypeQueries types) {
    if (family == null) {
      return Stage.of(types.outside(List.of(Family.values()), DocumentColumns.ID));
    }
    BsonValue above = last == null ? after : last;
    BsonDocument bounds = above == null ? family.all(types) : new BsonDocument("$gt", above);
    if (to != null) {
      bounds.put("$lte", to);
    }
    return Stage.ordered(new BsonDocument(DocumentColumns.ID, bounds), DocumentColumns.ID);
  }
}
