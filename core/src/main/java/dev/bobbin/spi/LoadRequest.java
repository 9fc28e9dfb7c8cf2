package dev.bobbin.spi;

import dev.bobbin.catalog.Table;
import dev.bobbin.select.ReplicationMethod.Incremental;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A wish to read a table from its beginning, or to go on with that.
 *
 * @param table the table with just the columns to read, in the order of the batches
 * @param incrementalOrNull the method of an incremental table, whose overlap is settled; null for a
 *     full table
 * @param positions by the name of the scan, how far the load has come: the positions of all scans
 *     that it was cut into; empty for a new load
 * @param resumable whether a later request may go on with this load, so that batches need a
 *     position
 * @param readers how many scans can be read at the same time, at most
 */
public record LoadRequest(
    Table table,
    @Nullable Incremental incrementalOrNull,
    Map<String, String> positions,
    boolean resumable,
    int readers) {

  /** Checks that nothing is missing. */
  public LoadRequest {
    Objects.requireNonNull(table);
    positions = Map.copyOf(positions);
    if (readers < 1) {
      throw new IllegalArgumentException("a load has at least one reader, not " + readers);
    }
  }

  /** The method of an incremental table; empty for a full table. */
  public Optional<Incremental> incremental() {
    return Optional.ofNullable(incrementalOrNull);
  }
}
