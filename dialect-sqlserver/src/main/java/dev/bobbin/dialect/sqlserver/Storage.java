package dev.bobbin.dialect.sqlserver;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Column.KeySupport;
import dev.bobbin.dialect.jdbc.load.LoadKey;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a table is stored, so far as reading it depends on that.
 *
 * @param moment what a scan sees
 * @param inMemory whether it is memory-optimized
 * @param orderedIndexes the names of the indexes in whose order all rows can be read
 * @param collations by the names of columns, the collations of texts in a code page
 */
record Storage(
    Moment moment, boolean inMemory, Set<String> orderedIndexes, Map<String, String> collations)
    implements LoadKey.Fitness {

  /** What a scan sees while others write. */
  enum Moment {
    /** One moment, as its transaction's isolation is SNAPSHOT. */
    OF_TRANSACTION,
    /** One moment, as the database keeps versions for READ COMMITTED. */
    OF_STATEMENT,
    /** Each row as it is when it is reached, under locks. */
    OF_EACH_ROW
  }

  Storage {
    orderedIndexes = Set.copyOf(orderedIndexes);
    collations = Map.copyOf(collations);
  }

  @Override
  public boolean isOrdered(String index) {
    return orderedIndexes.contains(index);
  }

  @Override
  public @Nullable String obstacle(Column column) {
    boolean compares =
        column.keySupport() != KeySupport.UNORDERED
            && !column.nativeType().equals("real")
            && !column.nativeType().equals("float");
    return compares
        ? null
        : " of type " + column.nativeType() + ", whose values cannot be compared exactly";
  }
}
