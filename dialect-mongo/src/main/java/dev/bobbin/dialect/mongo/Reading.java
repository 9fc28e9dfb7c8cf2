package dev.bobbin.dialect.mongo;

import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.TableId;
import dev.bobbin.record.DocumentPath;
import dev.bobbin.select.TablePattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What has been said of how collections are read. Immutable.
 *
 * @param fields what is settled of fields; the last one that matches holds
 * @param natural which collections are read in natural order
 * @param documents how many of a collection are sampled
 * @param collections how many of a database are looked into
 */
record Reading(List<Field> fields, List<TablePattern> natural, int documents, int collections) {

  static final Reading USUAL = new Reading(List.of(), List.of(), 100, 1000);

  /**
   * A field whose type is settled.
   *
   * @param collection of which collections
   * @param path where it is
   * @param type what it is
   */
  record Field(TablePattern collection, DocumentPath path, DataType type) {}

  Reading {
    fields = List.copyOf(fields);
    natural = List.copyOf(natural);
  }

  Reading with(Field field) {
    List<Field> more = new ArrayList<>(fields);
    more.add(field);
    return new Reading(more, natural, documents, collections);
  }

  Reading inNaturalOrder(TablePattern collection) {
    List<TablePattern> more = new ArrayList<>(natural);
    more.add(collection);
    return new Reading(fields, more, documents, collections);
  }

  Reading sampling(int ofDocuments, int ofCollections) {
    return new Reading(fields, natural, ofDocuments, ofCollections);
  }

  /** The fields that are settled of a collection, each path once. */
  List<Field> fieldsOf(TableId collection, List<String> defaultNamespace) {
    List<Field> settled = new ArrayList<>();
    for (Field field : fields) {
      if (field.collection().matches(collection, defaultNamespace)) {
        settled.removeIf(other -> other.path().equals(field.path()));
        settled.add(field);
      }
    }
    return settled;
  }

  /** The pattern by which a collection is read in natural order; empty where none says so. */
  Optional<TablePattern> naturalOrderOf(TableId collection, List<String> defaultNamespace) {
    return natural.stream()
        .filter(pattern -> pattern.matches(collection, defaultNamespace))
        .findFirst();
  }
}
