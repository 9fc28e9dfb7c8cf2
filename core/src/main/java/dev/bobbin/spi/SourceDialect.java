package dev.bobbin.spi;

/**
 * Knows one kind of source and where one such source is. Immutable; connects only when asked.
 *
 * <p>{@code SourceDialectContract} of the test kit checks what a dialect promises.
 */
public interface SourceDialect {

  /**
   * Connects.
   *
   * @param settings what the host has set for all sources
   * @return a session that the caller closes
   * @throws dev.bobbin.error.SourceException if the source cannot be reached or refuses
   * @throws dev.bobbin.error.TunnelException if the tunnel cannot be opened
   */
  SourceSession connect(SourceSettings settings);

  /** The source in a few words for messages, for example {@code PostgreSQL shop at db:5432}. */
  String describe();
}
