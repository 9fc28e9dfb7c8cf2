package dev.bobbin.benchmarks;

import java.sql.Connection;
import java.sql.SQLException;

/** A running server of one product that a benchmark makes its tables on. */
interface DatabaseServer extends AutoCloseable {

  /** The name of an empty database, the only one of the server. */
  String firstDatabase() throws SQLException;

  /** Makes an empty database and returns its name. */
  String createDatabase() throws SQLException;

  /** The database as peers are told of it. */
  Source source(String database);

  /** A new connection, to be closed by the caller. */
  Connection connect(String database) throws SQLException;

  /** Executes each statement in a transaction of its own, over one connection. */
  void execute(String database, String... sql) throws SQLException;

  /** How much the largest table takes, for people. */
  String largestTable(String database) throws SQLException;

  @Override
  void close();
}
