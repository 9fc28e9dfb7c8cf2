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
}
