package dev.bobbin.testkit;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A row of an {@link InMemorySource}, as one transaction left it.
 *
 * @param id where it is kept; an update leaves it there
 * @param writer the number of the transaction that wrote it; 0 where that is not known any more
 * @param values by column, not modifiable
 */
record MemoryRow(long id, long writer, Map<String, @Nullable Object> values) {

  /** The value of the replication key, which is not NULL. */
  Object key(String column) {
    return Objects.requireNonNull(values.get(column));
  }
}
