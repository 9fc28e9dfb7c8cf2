package dev.bobbin.dialect.mongo;

import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.jspecify.annotations.Nullable;

/**
 * One query of those that a scan is made of, one after the other.
 *
 * @param filter which documents
 * @param sortOrNull in which order; null for that in which the server finds them
 * @param upToBookmark whether they are those at or below the bookmark that the scan began at
 */
record Stage(BsonDocument filter, @Nullable BsonDocument sortOrNull, boolean upToBookmark) {

  static Stage of(BsonDocument filter) {
    return new Stage(filter, null, false);
  }

  static Stage ordered(BsonDocument filter, String by) {
    return new Stage(filter, ascending(by), false);
  }

  Stage asUpToBookmark() {
    return new Stage(filter, sortOrNull, true);
  }

  static BsonDocument ascending(String by) {
    return new BsonDocument(by, new BsonInt32(1));
  }

  static BsonDocument descending(String by) {
    return new BsonDocument(by, new BsonInt32(-1));
  }
}
