package dev.bobbin.dialect.postgres;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a scan by key tells rows that the last one has seen from those that were committed late.
 *
 * @param now when this scan reads
 * @param before how far the last one came; null where there was none, or it cannot be built upon
 * @param notes why rows come again that the last one has seen
 */
record Latecomers(KeyPosition now, @Nullable KeyPosition before, List<String> notes) {

  /** The condition that holds for rows that the next scan will read again. */
  String recent() {
    return now.point().snapshot().mayNotShow(CopyStatement.ROW);
  }

  /**
   * The condition that leaves out what the last scan has seen, with AND before it; empty for none.
   *
   * @param key the quoted reference to the key
   * @param bookmark the bookmark as a constant
   */
  String filter(String key, Optional<String> bookmark) {
    if (before == null || (!before.complete() && bookmark.isEmpty())) {
      return "";
    }
    String unseen = before.point().snapshot().mayNotShow(CopyStatement.ROW);
    return before.complete()
        ? " AND " + unseen
        : " AND (" + key + " >= " + bookmark.orElseThrow() + " OR (" + unseen + "))";
  }

  /** The position behind each batch. */
  String middle() {
    return now.toString();
  }

  /** The position behind the end. */
  String end() {
    return now.completed().toString();
  }

  /**
   * The position behind the end of a scan that has met no row: the one that it began at, so that an
   * idle run has nothing to save, unless that one will be too far in the past before long.
   */
  String endOfNothing() {
    return before != null
            && before.complete()
            && !now.point().snapshot().isHalfwayFrom(before.point().snapshot())
        ? before.toString()
        : end();
  }
}
