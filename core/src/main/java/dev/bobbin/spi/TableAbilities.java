package dev.bobbin.spi;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How well a source can read one table: what the plan says of it before anything is read. What
 * turns out otherwise when the table is opened, is done the plainer way, and the report says so.
 *
 * @param oneReaderBecauseOrNull why the table is read by one reader alone; null where several can.
 *     A clause that goes on after "because", such as {@code it is a view}
 * @param restartsBecauseOrNull why an interrupted load begins again; null where it goes on
 * @param cutByOrNull how several readers share the table, which the plan shows behind their number,
 *     such as {@code by ranges of id, each in a snapshot of its own}; null where one reads it alone
 * @param latecomers whether an incremental scan tells rows that the last one has seen from rows
 *     that were committed late, so that an overlap repeats nothing that has not changed
 */
public record TableAbilities(
    @Nullable String oneReaderBecauseOrNull,
    @Nullable String restartsBecauseOrNull,
    @Nullable String cutByOrNull,
    boolean latecomers) {

  /** One reader, and no way to go on with a load but by its replication key. */
  public static final TableAbilities PLAIN =
      new TableAbilities(
          "this source reads a table in one piece",
          "this source reads a table in one piece",
          null,
          false);

  /** Why the table is read by one reader alone; empty where several can. */
  public Optional<String> oneReaderBecause() {
    return Optional.ofNullable(oneReaderBecauseOrNull);
  }

  /** Why an interrupted load begins again; empty where it goes on. */
  public Optional<String> restartsBecause() {
    return Optional.ofNullable(restartsBecauseOrNull);
  }

  /** How several readers share the table; empty where one reads it alone. */
  public Optional<String> cutBy() {
    return Optional.ofNullable(cutByOrNull);
  }
}
