package dev.bobbin.dialect.sqlserver;

import dev.bobbin.catalog.Table.Index;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The indexes of one table while they are being read. */
final class FoundIndexes {

  private static final int CLUSTERED = 1;
  private static final int NONCLUSTERED = 2;

  private record Part(int column, boolean descending) {}

  private static final class Found {
    private final String name;
    private final boolean primary;
    private final boolean unique;
    private final boolean partial;
    private final int type;
    private final TreeMap<Integer, Part> parts = new TreeMap<>();

    private Found(ResultSet row) throws SQLException {
      this.name = row.getString(3);
      this.primary = row.getBoolean(4);
      this.unique = row.getBoolean(5);
      this.partial = row.getBoolean(6);
      this.type = row.getInt(7);
    }

    /** Whether it is a tree whose columns all go the same way, so that it can be read backwards. */
    private boolean isOrdered() {
      return (type == CLUSTERED || type == NONCLUSTERED)
          && parts.values().stream().map(Part::descending).distinct().count() == 1;
    }
  }

  private final Map<Integer, Found> byNumber = new TreeMap<>();
  private final boolean keysOnly;

  /**
   * No indexes yet.
   *
   * @param keysOnly whether all columns of an index are parts of its key, so that their order is
   *     known without the place in the key
   */
  FoundIndexes(boolean keysOnly) {
    this.keysOnly = keysOnly;
  }

  /** Takes a row of {@link CatalogSql#indexes}. */
  void add(ResultSet row) throws SQLException {
    int number = row.getInt(2);
    int place = row.getInt(8) > 0 ? row.getInt(8) : keysOnly ? row.getInt(9) : 0;
    if (place == 0) {
      return; // a partitioning column, or one of a columnstore: no part of a key
    }
    Found found = byNumber.get(number);
    if (found == null) {
      found = new Found(row);
      byNumber.put(number, found);
    }
    found.parts.put(place, new Part(row.getInt(10), row.getBoolean(11)));
  }

  /**
   * The indexes, the primary key first.
   *
   * @param names of the columns, by their numbers
   */
  List<Index> indexes(Map<Integer, String> names) {
    List<Index> indexes = new ArrayList<>();
    for (Found found : byNumber.values()) {
      indexes.add(
          new Index(
              found.name,
              found.parts.values().stream()
                  .map(part -> names.getOrDefault(part.column(), ""))
                  .toList(),
              found.unique,
              found.primary,
              found.partial,
              found.isOrdered()));
    }
    indexes.sort(
        Comparator.comparing((Index index) -> !index.primary()).thenComparing(Index::name));
    return indexes;
  }

  /** The names of those in whose order all rows can be read. */
  Set<String> ordered() {
    Set<String> ordered = new HashSet<>();
    for (Found found : byNumber.values()) {
      if (found.isOrdered() && !found.partial) {
        ordered.add(found.name);
      }
    }
    return ordered;
  }
}
