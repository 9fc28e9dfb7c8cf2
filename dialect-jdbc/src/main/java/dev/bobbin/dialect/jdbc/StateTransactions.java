package dev.bobbin.dialect.jdbc;

import dev.bobbin.error.StateException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.util.Locale;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Short transactions of a {@link JdbcStateStore}: each on a connection of the host's, which goes
 * back with the autocommit that it came with. Thread-safe.
 */
final class StateTransactions {

  /** How often one is tried that was rolled back for another one's sake, or lost its connection. */
  private static final int ATTEMPTS = 4;

  /**
   * Classes of SQLSTATE whose messages are about connections, rights and statements, never about
   * what was bound: connection, transaction rollback, authorization, syntax or access rule,
   * resources, operator intervention.
   */
  private static final Set<String> HARMLESS = Set.of("08", "40", "28", "42", "53", "57");

  private final DataSource source;

  StateTransactions(DataSource source) {
    this.source = source;
  }

  /** The work of a transaction. It can be run again: it must come to the same. */
  interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  /**
   * Runs the work and commits. A thread's interrupt flag is laid aside meanwhile, since pools
   * refuse interrupted threads.
   *
   * @param what what fails if it fails, as a sentence without its full stop
   * @param remedy which state things are in then, and what to do
   */
  <T> T run(String what, String remedy, Work<T> work) {
    boolean interrupted = Thread.interrupted();
    try {
      for (int attempt = 1; ; attempt++) {
        try (Connection connection = connect(what, remedy)) {
          return in(connection, work);
        } catch (SQLException e) {
          if (attempt == ATTEMPTS || !mayPass(e)) {
            throw failure(what, remedy, e);
          }
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Connection connect(String what, String remedy) {
    try {
      return source.getConnection();
    } catch (SQLException e) {
      throw new StateException(what + ": there is no connection to its database.", remedy, e);
    }
  }

  private static <T> T in(Connection connection, Work<T> work) throws SQLException {
    boolean autoCommit = connection.getAutoCommit();
    if (autoCommit) {
      connection.setAutoCommit(false);
    }
    Throwable failed = null;
    try {
      T result = work.run(connection);
      connection.commit();
      return result;
    } catch (SQLException | RuntimeException | Error e) {
      failed = e;
      throw e;
    } finally {
      tidy(connection, failed, autoCommit);
    }
  }

  private static void tidy(Connection connection, @Nullable Throwable failed, boolean autoCommit)
      throws SQLException {
    try {
      if (failed != null) {
        connection.rollback();
      }
      if (autoCommit) {
        connection.setAutoCommit(true);
      }
    } catch (SQLException e) {
      if (failed == null) {
        throw e;
      }
      failed.addSuppressed(e);
    }
  }

  /** Rolled back for another one's sake; connection lost; ended by the server's administrator. */
  private static boolean mayPass(SQLException e) {
    return is(e, "40") || is(e, "08") || is(e, "57P") || e instanceof SQLRecoverableException;
  }

  /** Whether another transaction has inserted the same key: an integrity constraint violation. */
  static boolean isDuplicate(SQLException e) {
    return is(e, "23");
  }

  private static boolean is(SQLException e, String sqlState) {
    return e.getSQLState() != null && e.getSQLState().startsWith(sqlState);
  }

  private static StateException failure(String what, String remedy, SQLException e) {
    return new StateException(
        what
            + String.format(
                Locale.ROOT, " (SQLSTATE %s, error %d).", e.getSQLState(), e.getErrorCode()),
        remedy,
        HARMLESS.stream().anyMatch(harmless -> is(e, harmless)) ? e : withoutMessage(e));
  }

  /** Drivers' messages can quote what was bound. */
  private static SQLException withoutMessage(SQLException e) {
    SQLException bare =
        new SQLException(
            e.getClass().getName() + ", message withheld", e.getSQLState(), e.getErrorCode());
    bare.setStackTrace(e.getStackTrace());
    return bare;
  }
}
