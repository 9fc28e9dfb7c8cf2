package dev.bobbin.dialect.mysql;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/**
 * How a table is stored, so far as reading it depends on that.
 *
 * @param engine as {@code INFORMATION_SCHEMA.TABLES} names it; empty for a view
 * @param parts the parts of all its indexes, as {@code INFORMATION_SCHEMA.STATISTICS} names them
 * @param unmappedColumns text columns of a character set that not every value comes back from as it
 *     was when it is sent as UTF-8
 */
record Storage(String engine, List<KeyPart> parts, Set<String> unmappedColumns) {

  /**
   * One column of an index.
   *
   * @param index the name of the index
   * @param column its name; empty for an expression
   * @param whole whether all of the value is in the index, and not only its beginning
   * @param ascending whether lower values come first
   * @param visible whether statements can use the index
   * @param type the kind of index, such as {@code BTREE}
   */
  record KeyPart(
      String index, String column, boolean whole, boolean ascending, boolean visible, String type) {
    KeyPart {
      Objects.requireNonNull(index);
      Objects.requireNonNull(column);
      Objects.requireNonNull(type);
    }
  }

  /** Engines whose statements see the table as it was at one moment while others write. */
  private static final Set<String> WITH_SNAPSHOTS = Set.of("innodb", "rocksdb", "tokudb");

  private static final Set<String> MAPPED =
      Set.of(
          "utf8mb4", "utf8mb3", "utf8", "ucs2", "utf16", "utf16le", "utf32", "latin1", "ascii",
          "binary", "");

  private static final Set<String> WITHOUT_ORDER = Set.of("HASH", "FULLTEXT", "SPATIAL", "RTREE");

  Storage {
    Objects.requireNonNull(engine);
    parts = List.copyOf(parts);
    unmappedColumns = Set.copyOf(unmappedColumns);
  }

  /** Whether a statement sees the table as it was at one moment. */
  boolean hasSnapshots() {
    return WITH_SNAPSHOTS.contains(engine.toLowerCase(Locale.ROOT));
  }

  /** Whether all rows can be read in the order of an index. */
  boolean isOrdered(String index) {
    List<KeyPart> mine = parts.stream().filter(part -> part.index().equals(index)).toList();
    return !mine.isEmpty()
        && mine.stream()
            .allMatch(
                p ->
                    p.whole()
                        && p.ascending()
                        && p.visible()
                        && !p.column().isEmpty()
                        && !WITHOUT_ORDER.contains(p.type().toUpperCase(Locale.ROOT)));
  }

  /** Whether every text of a character set comes back as it was when it is sent as UTF-8. */
  static boolean isMapped(String characterSet) {
    return MAPPED.contains(characterSet.toLowerCase(Locale.ROOT));
  }
}
