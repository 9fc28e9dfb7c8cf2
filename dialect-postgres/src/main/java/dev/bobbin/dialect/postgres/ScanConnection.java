package dev.bobbin.dialect.postgres;

import org.postgresql.PGConnection;

/**
 * A connection in which the transaction of one scan is open, lent to a {@link CopyReader}. The
 * reader calls exactly one of {@link #finish()} and {@link #discard()}, once.
 */
interface ScanConnection {

  /** The driver's own connection, which is also a {@link java.sql.Connection}. */
  PGConnection pg();

  /** Ends the transaction normally and gives the connection back. */
  void finish();

  /**
   * Aborts the connection ({@link java.sql.Connection#abort}) and keeps it out of every pool. May
   * be called by another thread while the reader waits for the server, which then fails.
   */
  void discard();
}
