package dev.bobbin.dialect.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

/** Opens connections to one database with the driver. Thread-safe. */
@FunctionalInterface
public interface Connector {

  /**
   * A new connection, in autocommit mode.
   *
   * @param user the name to log in with
   * @param password never to be shown
   * @throws SQLException as the driver threw it
   */
  Connection connect(String user, String password) throws SQLException;

  /**
   * Whether the way to the server stands. Where it does not, its far end has ended the connections
   * that went over it, and no new one tells the server anything soon. True unless overridden.
   */
  default boolean isReachable() {
    return true;
  }
}
