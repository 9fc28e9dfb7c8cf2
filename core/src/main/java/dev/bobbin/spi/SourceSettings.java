package dev.bobbin.spi;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the host has set for a session, whatever the source.
 *
 * @param applicationName what the source's own monitoring shows for Bobbin's connections
 * @param tunnelOrNull how to reach the source; null for directly
 * @param maxScans how many scans are open at the same time at most
 * @param batchBytes the size at which a batch is closed
 * @param batchRows the number of rows at which a batch is closed
 * @param maxRowBytes the size of a row that is refused
 * @param lockTimeout how long to wait for a lock on a table
 * @param connectTimeout how long to wait for a connection, and for the answer to a catalog query
 */
public record SourceSettings(
    String applicationName,
    @Nullable TunnelProvider tunnelOrNull,
    int maxScans,
    long batchBytes,
    int batchRows,
    long maxRowBytes,
    Duration lockTimeout,
    Duration connectTimeout) {

  /** Checks that nothing is missing. */
  public SourceSettings {
    Objects.requireNonNull(applicationName);
    Objects.requireNonNull(lockTimeout);
    Objects.requireNonNull(connectTimeout);
  }

  /** How to reach the source; empty for directly. */
  public Optional<TunnelProvider> tunnel() {
    return Optional.ofNullable(tunnelOrNull);
  }
}
