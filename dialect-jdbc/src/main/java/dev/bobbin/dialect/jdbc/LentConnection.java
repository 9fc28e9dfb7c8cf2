package dev.bobbin.dialect.jdbc;

/**
 * A connection in which the transaction of one scan is open, lent to a reader. The reader calls
 * exactly one of {@link #finish()} and {@link #discard()}, once.
 */
public interface LentConnection {

  /** Ends the transaction normally and gives the connection back. */
  void finish();

  /**
   * Aborts the connection ({@link java.sql.Connection#abort}) and keeps it out of every pool; the
   * server stops working for it. May be called by another thread while the reader waits for the
   * server, which then fails.
   */
  void discard();
}
