package dev.bobbin.dialect.postgres;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that a {@link CopyReader} sends for one scan.
 *
 * @param settings SET LOCAL commands that the statements need in their transaction
 * @param passes the statements, one after the other; their rows are one stream
 * @param tellsRecent whether the rows' marks say which of them are recent
 * @param endOrNull the position behind the scan's end; null where there is none
 * @param endOfNothingOrNull the same, if the scan has met no row at all
 * @param notes what a person should know of how it is read
 */
record CopyPlan(
    String settings,
    List<CopyPass> passes,
    boolean tellsRecent,
    @Nullable String endOrNull,
    @Nullable String endOfNothingOrNull,
    List<String> notes) {

  CopyPlan {
    passes = List.copyOf(passes);
    notes = List.copyOf(notes);
  }

  /**
   * The position behind the scan's end.
   *
   * @param met whether it has met any row
   */
  Optional<String> end(boolean met) {
    return Optional.ofNullable(met ? endOrNull : endOfNothingOrNull);
  }

  /** The same plan with notes. */
  CopyPlan with(List<String> more) {
    return new CopyPlan(settings, passes, tellsRecent, endOrNull, endOfNothingOrNull, more);
  }
}
