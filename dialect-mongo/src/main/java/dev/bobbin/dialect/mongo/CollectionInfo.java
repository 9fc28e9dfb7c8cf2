package dev.bobbin.dialect.mongo;

import dev.bobbin.catalog.TableId;
import java.util.Map;
import java.util.Set;

/**
 * What structure sync keeps of a collection beside its columns.
 *
 * @param id its name
 * @param kind what it is
 * @param uuid the server's own mark of it, another one for a collection that is made anew; empty
 *     where the server has none
 * @param averageBytes of a document; 0 where none was seen
 * @param documents the server's count; negative where it has none
 * @param absent by the name of the column, the share of sampled documents without a value there
 * @param indexed the columns that an index begins with whose order can be used
 * @param sampled whether its fields were looked at
 */
record CollectionInfo(
    TableId id,
    Kind kind,
    String uuid,
    int averageBytes,
    long documents,
    Map<String, Double> absent,
    Set<String> indexed,
    boolean sampled) {

  /** What a collection is. */
  enum Kind {
    COLLECTION,
    VIEW,
    TIME_SERIES
  }

  CollectionInfo {
    absent = Map.copyOf(absent);
    indexed = Set.copyOf(indexed);
  }
}
