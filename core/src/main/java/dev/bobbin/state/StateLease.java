package dev.bobbin.state;

import dev.bobbin.error.StateException;

/**
 * The right to write one replicator's documents. Thread-safe.
 *
 * <p>A thread whose interrupt flag is set can save, delete, renew and close, and the flag stays
 * set: what a sink has made durable is remembered also when the run is being cancelled.
 *
 * @see StateStore#lease
 */
public interface StateLease extends AutoCloseable {

  /** A number that is greater for every later lease on the same replicator. */
  long fencingToken();

  /**
   * Saves a document under its name, replacing the one before. Once this returns, the document is
   * durable.
   *
   * @param name the name, any text
   * @param content JSON; half surrogate pairs only as escapes
   * @throws StateException if it could not be saved, or the lease is no longer held; the document
   *     saved before still stands, unless the failure came so late (while a commit was being
   *     confirmed) that the new one does. Neither message nor cause holds the content
   */
  void save(String name, String content);

  /**
   * Deletes the document of that name, if there is one.
   *
   * @throws StateException as for {@link #save}
   */
  void delete(String name);

  /**
   * Keeps the lease alive; the runner calls it about every ten seconds. A store whose leases do not
   * expire has nothing to do.
   *
   * @throws StateException if the lease is no longer held
   */
  default void renew() {}

  /** Gives the lease back. Closing twice does nothing. */
  @Override
  void close();
}
