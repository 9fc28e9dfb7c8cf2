package dev.bobbin.dialect.postgres;

import dev.bobbin.dialect.jdbc.LentConnection;
import org.postgresql.PGConnection;

/** A connection in which the transaction of one scan is open, lent to a {@link CopyReader}. */
interface ScanConnection extends LentConnection {

  /** The driver's own connection, which is also a {@link java.sql.Connection}. */
  PGConnection pg();
}
