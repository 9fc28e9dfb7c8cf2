package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.dialect.jdbc.load.LoadKey;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a table is stored, so far as reading it depends on that.
 *
 * @param engine as {@code INFORMATION_SCHEMA.TABLES} names it; empty for a view
 * @param orderedIndexes the names of the indexes in whose order all rows can be read
 * @param unmappedColumns text columns of a character set that not every value comes back from as it
 *     was when it is sent as UTF-8
 */
record Storage(String engine, Set<String> orderedIndexes, Set<String> unmappedColumns)
    implements LoadKey.Fitness {

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
  @Override
  public boolean isOrdered(String index) {
    return orderedIndexes.contains(index);
  }

  @Override
  public @Nullable String obstacle(Column column) {
    if (!compares(column)) {
      return " of type " + column.nativeType() + ", whose values cannot be compared exactly";
    }
    return unmappedColumns.contains(column.name())
        ? ", whose character set is not part of Unicode"
        : null;
  }

  /** Whether a value that was read finds its place again when it is bound as a parameter. */
  private static boolean compares(Column column) {
    DataType type = column.type();
    String nativeType = column.nativeType().toLowerCase(Locale.ROOT);
    if (type instanceof DataType.Bool) {
      return nativeType.startsWith("bit"); // any number but 0 of a tinyint(1) is true
    } else if (type instanceof DataType.Text) {
      // These sort by number and are read as text.
      return !nativeType.startsWith("enum") && !nativeType.startsWith("set");
    } else if (type instanceof DataType.Bytes) {
      return nativeType.contains("binary") || nativeType.contains("blob");
    }
    return type instanceof DataType.Int
        || type instanceof DataType.Decimal
        || type instanceof DataType.Date
        || type instanceof DataType.Time
        || type instanceof DataType.Timestamp
        || type instanceof DataType.Instant
        || type instanceof DataType.Uuid;
  }

  /** Whether every text of a character set comes back as it was when it is sent as UTF-8. */
  static boolean isMapped(String characterSet) {
    return MAPPED.contains(characterSet.toLowerCase(Locale.ROOT));
  }
}
