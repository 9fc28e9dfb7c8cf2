package dev.bobbin.testkit;

import dev.bobbin.catalog.TableId;
import dev.bobbin.sink.RecordSink;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@link RecordSinkContract} needs of a sink: the sink, and a way to read back what it made
 * durable. One fixture is one place where rows end up, empty at the beginning.
 */
public interface SinkFixture extends AutoCloseable {

  /** What a sink may promise beyond taking rows. */
  enum Behaviour {
    /** A row replaces the one of the same identity. Otherwise both stand there, in order. */
    UPSERTS,
    /**
     * The rows of a load replace those of older ones when it is complete, and not before. Otherwise
     * {@link SinkFixture#read} gives the rows of all loads.
     */
    SWAPS_ON_COMPLETE,
    /** It commits checkpoints with rows, and answers {@link RecordSink#progress}. */
    TRACKS_PROGRESS,
    /** Table names hold quotes, dots, blanks and whatever else, and differ in case only. */
    ODD_NAMES
  }

  /** Whether the sink promises that; declared by its author. */
  boolean supports(Behaviour behaviour);

  /**
   * The sink as a process that has just begun would make it, over the same place each time. The one
   * before is not used any more; what it held in memory only is lost.
   */
  RecordSink sink();

  /**
   * The rows of a table that a reader of the place sees now, in the order in which they came where
   * there is one. Numbers are any {@link Number}, texts are {@link String}s; a column that a row
   * does not have may be missing or null.
   *
   * @param table the full name; empty if nothing is known of it
   */
  List<Map<String, @Nullable Object>> read(TableId table);

  /** Removes everything. */
  @Override
  void close();
}
