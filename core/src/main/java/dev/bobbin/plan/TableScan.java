package dev.bobbin.plan;

import dev.bobbin.catalog.Table;
import java.io.Serializable;
import java.util.Objects;

/**
 * One slice of one table that one reader reads: a plain serialisable value, so that another process
 * could run it.
 *
 * @param table the table with just the columns to read, in the order of the batches
 * @param name the scan's name within its load: {@code all}, {@code key} or {@code null-keys}
 * @param range which rows
 */
public record TableScan(Table table, String name, ScanRange range) implements Serializable {

  /** The scan of a whole table. */
  public static final String ALL = "all";

  /** The scan of an incremental table by its key. */
  public static final String KEY = "key";

  /** The scan of an incremental table's rows whose key is NULL. */
  public static final String NULL_KEYS = "null-keys";

  /** Checks that nothing is missing. */
  public TableScan {
    Objects.requireNonNull(table);
    Objects.requireNonNull(name);
    Objects.requireNonNull(range);
  }
}
