package dev.bobbin.spi;

import java.util.List;
import java.util.Optional;

/**
 * Reads the rows of one scan. Owns no thread. Used by one thread at a time, except for {@link
 * #cancel()} and {@link #received()}, which any thread may call.
 */
public interface BatchReader extends AutoCloseable {

  /**
   * The next rows.
   *
   * @return a batch of at least one row; empty when the source has said that there are no more, and
   *     in no other case
   * @throws dev.bobbin.error.SourceException on every failure; the reader is then only closed
   */
  Optional<SourceBatch> next();

  /**
   * Where the next scan begins after this one, in the source's own words; asked once {@link
   * #next()} has said that there are no more rows. Empty unless overridden: the bookmark says it
   * all, or nothing does.
   */
  default Optional<String> endPosition() {
    return Optional.empty();
  }

  /**
   * What a person should know of how this scan is read, one sentence each, such as why it reads
   * more than it could; known once the scan is open. None unless overridden.
   */
  default List<String> notes() {
    return List.of();
  }

  /** The bytes received from the source so far, which tells a slow source from a silent one. */
  long received();

  /**
   * Ends the scan at once: a call of {@link #next()} that waits for the source fails soon. The
   * connection is not used again. Does nothing on a closed reader.
   */
  void cancel();

  /** Ends the scan, at its end or before it. Closing twice does nothing. */
  @Override
  void close();
}
