package dev.bobbin.plan;

import dev.bobbin.catalog.Table;
import java.io.Serializable;
import java.util.Objects;

/**
 * One slice of one table that one reader reads: a plain serialisable value, so that another process
 * could run it.
 *
 * @param table the table with just the columns to read, in the order of the batches
 * @param name the scan's name within its load: {@code all}, {@code key}, {@code null-keys}, what
 *     the source calls a slice, or that of a {@linkplain #key(String) family} of keys
 * @param range which rows
 */
public record TableScan(Table table, String name, ScanRange range) implements Serializable {

  /** The scan of a whole table. */
  public static final String ALL = "all";

  /** The scan of an incremental table by its key. */
  public static final String KEY = "key";

  /** The scan of an incremental table's rows whose key is NULL. */
  public static final String NULL_KEYS = "null-keys";

  private static final String FAMILY = KEY + "-";

  /**
   * The name of the scan by key of one family of keys.
   *
   * @param family as the source names it; empty where the source compares all keys with each other
   */
  public static String key(String family) {
    return family.isEmpty() ? KEY : FAMILY + family;
  }

  /** Whether that is the name of a scan by key, of whatever family. */
  public static boolean isKey(String name) {
    return name.equals(KEY) || name.startsWith(FAMILY);
  }

  /**
   * The family of keys that this scan by key reads, as the source names it; empty where the source
   * compares all keys with each other.
   */
  public String family() {
    return name.startsWith(FAMILY) ? name.substring(FAMILY.length()) : "";
  }

  /** Checks that nothing is missing. */
  public TableScan {
    Objects.requireNonNull(table);
    Objects.requireNonNull(name);
    Objects.requireNonNull(range);
  }
}
