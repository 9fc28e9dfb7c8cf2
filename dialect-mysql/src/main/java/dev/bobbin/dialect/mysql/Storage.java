package dev.bobbin.dialect.mysql;

import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/**
 * How a table is stored, so far as reading it depends on that.
 *
 * @param engine as {@code INFORMATION_SCHEMA.TABLES} names it; empty for a view
 * @param orderedIndexes the names of the indexes in whose order all rows can be read
 * @param unmappedColumns text columns of a character set that not every value comes back from as it
 *     was when it is sent as UTF-8
 */
record Storage(String engine, Set<String> orderedIndexes, Set<String> unmappedColumns) {

  /** Engines whose statements see the table as it was at one moment while others write. */
  private static final Set<String> WITH_SNAPSHOTS = Set.of("innodb", "rocksdb", "tokudb");

  private static final Set<String> MAPPED =
      Set.of(
          "utf8mb4", "utf8mb3", "utf8", "ucs2", "utf16", "utf16le", "utf32", "latin1", "ascii",
          "binary", "");

  Storage {
    Objects.requireNonNull(engine);
    orderedIndexes = Set.copyOf(orderedIndexes);
    unmappedColumns = Set.copyOf(unmappedColumns);
  }

  /** Whether a statement sees the table as it was at one moment. */
  boolean hasSnapshots() {
    return WITH_SNAPSHOTS.contains(engine.toLowerCase(Locale.ROOT));
  }

  /** Whether all rows can be read in the order of an index. */
  boolean isOrdered(String index) {
    return orderedIndexes.contains(index);
  }

  /** Whether every text of a character set comes back as it was when it is sent as UTF-8. */
  static boolean isMapped(String characterSet) {
    return MAPPED.contains(characterSet.toLowerCase(Locale.ROOT));
  }
}
