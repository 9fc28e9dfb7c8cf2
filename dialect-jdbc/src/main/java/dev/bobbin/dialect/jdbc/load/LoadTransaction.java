package dev.bobbin.dialect.jdbc.load;

import java.sql.SQLException;
import java.time.Duration;

/**
 * A transaction on a borrowed connection in which a table of a load is read. Used by one thread at
 * a time, except for {@link #discard()}.
 */
public interface LoadTransaction {

  /**
   * How long a read from the server may take.
   *
   * @param timeout zero for any time
   */
  void networkTimeout(Duration timeout) throws SQLException;

  /** Ends it and gives the connection back as it came. Does nothing where it has ended. */
  void finish();

  /** Aborts the connection and keeps it out of every pool; any thread may call it. */
  void discard();
}
