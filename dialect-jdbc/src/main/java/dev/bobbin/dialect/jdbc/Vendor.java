package dev.bobbin.dialect.jdbc;

import dev.bobbin.catalog.TableId;
import java.sql.Connection;
import java.sql.SQLException;

/** What differs between the databases behind JDBC where they fail. Thread-safe. */
public interface Vendor {

  /**
   * The server's own one-line message without its details, hints and context, which can hold values
   * of rows.
   *
   * @param failure as the driver threw it
   */
  String primaryMessage(SQLException failure);

  /**
   * The SQLState by which the failure is judged: one of the SQL standard or of appendix A of
   * PostgreSQL's manual. The driver's own unless overridden, for databases that tell more by the
   * number of the error.
   *
   * @param failure as the driver threw it
   * @return empty where there is none
   */
  default String state(SQLException failure) {
    return failure.getSQLState() == null ? "" : failure.getSQLState();
  }

  /**
   * What else helps with failures of a SQLState in this database, as a sentence; empty unless
   * overridden.
   *
   * @param state as {@link #state} gives it
   * @param ofTable whether it is a failure with one table
   */
  default String hint(String state, boolean ofTable) {
    return "";
  }

  /**
   * Whether the driver gave up because the server offers no TLS; false unless overridden.
   *
   * @param failure as the driver threw it
   */
  default boolean isWithoutTls(SQLException failure) {
    return false;
  }

  /**
   * The statements that let a user read a table, correctly quoted, for messages.
   *
   * @param table its full name
   * @param user who is to read it
   */
  String grant(TableId table, String user);

  /**
   * The statement that lets a user connect to a database, correctly quoted; empty unless
   * overridden, for databases that have no privilege of that kind.
   *
   * @param database its name
   * @param user who is to connect
   */
  default String grantConnect(String database, String user) {
    return "";
  }

  /**
   * Makes the server stop what it does for a connection that is about to be aborted; otherwise it
   * would go on until it notices that nobody listens. May be called while another thread waits for
   * the server on that connection.
   *
   * @throws SQLException if the server cannot be told; the connection is aborted all the same
   */
  void cancel(Connection connection) throws SQLException;
}
