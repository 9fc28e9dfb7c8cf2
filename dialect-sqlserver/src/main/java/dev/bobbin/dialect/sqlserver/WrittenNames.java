package dev.bobbin.dialect.sqlserver;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Names as they were written, by what the catalog makes of them: Babelfish shows them in lower case
 * everywhere but in INFORMATION_SCHEMA. Elsewhere a name is what it is.
 */
final class WrittenNames {

  private final Map<List<String>, String> names = new HashMap<>();

  /** Notes a column, and its table. */
  void add(String schema, String table, String column) {
    names.put(List.of(lower(schema)), schema);
    names.put(List.of(lower(schema), lower(table)), table);
    names.put(List.of(lower(schema), lower(table), lower(column)), column);
  }

  /**
   * The last of some names, as it was written.
   *
   * @param path schema, table and column, or the first of these
   */
  String of(String... path) {
    String last = path[path.length - 1];
    if (names.isEmpty()) {
      return last;
    }
    List<String> key = List.of(path).stream().map(WrittenNames::lower).toList();
    return names.getOrDefault(key, last);
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
