package dev.bobbin.testkit;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A row of the tables that {@link SourceDialectContract} lets a {@link SourceFixture} create.
 *
 * @param id the primary key
 * @param updated a time of change, in whole milliseconds
 * @param version a counter of changes
 * @param payload any text
 */
public record SourceRow(
    long id, @Nullable Instant updated, @Nullable Long version, @Nullable String payload) {

  /** The same row with another payload. */
  public SourceRow withPayload(@Nullable String payload) {
    return new SourceRow(id, updated, version, payload);
  }

  /** The same row with another time of change. */
  public SourceRow withUpdated(@Nullable Instant updated) {
    return new SourceRow(id, updated, version, payload);
  }

  /** The same row with another version. */
  public SourceRow withVersion(@Nullable Long version) {
    return new SourceRow(id, updated, version, payload);
  }
}
