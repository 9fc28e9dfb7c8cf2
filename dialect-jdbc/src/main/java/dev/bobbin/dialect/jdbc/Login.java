package dev.bobbin.dialect.jdbc;

import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Logs in to one server on behalf of one session, with a password asked for anew each time, and
 * never more than twice with passwords that are refused: a server may lock an account after a few
 * failures. A refused login is tried once more if the supplier then gives another password; after
 * that every attempt of the session fails at once, without the server being asked.
 *
 * <p>Shared by all pools of a session. Thread-safe; one login is under way at a time, since several
 * at once would each count as a failure.
 */
public final class Login {

  private final Credentials credentials;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable SourceException refused;
  private volatile boolean connected;

  /** A login that has not been tried. */
  public Login(Credentials credentials) {
    this.credentials = credentials;
  }

  /** Whether a connection has been opened before. */
  boolean hasConnected() {
    return connected;
  }

  /**
   * A new connection.
   *
   * @param failures words the refusal
   * @param connector opens the connection
   * @throws SourceException if user and password have been refused, now or before
   * @throws SQLException any other failure, as the driver threw it
   */
  Connection connect(SqlFailures failures, Connector connector) throws SQLException {
    try {
      lock.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted while waiting to log in", "08001", e);
    }
    try {
      if (refused != null) {
        throw again(refused);
      }
      String password = password(failures);
      try {
        return connect(connector, password);
      } catch (SQLException first) {
        if (!SqlFailures.isLoginRefused(first)) {
          throw first;
        }
        String other = password(failures);
        if (other.equals(password)) {
          throw remember(
              failures, first, "The password supplier was asked again and gave the same");
        }
        return retry(failures, connector, other);
      }
    } finally {
      lock.unlock();
    }
  }

  private Connection retry(SqlFailures failures, Connector connector, String password)
      throws SQLException {
    try {
      return connect(connector, password);
    } catch (SQLException second) {
      if (!SqlFailures.isLoginRefused(second)) {
        throw second;
      }
      throw remember(
          failures,
          second,
          "The password supplier was asked again and gave another," + " which was refused too");
    }
  }

  private Connection connect(Connector connector, String password) throws SQLException {
    Connection connection = connector.connect(credentials.user(), password);
    connected = true;
    return connection;
  }

  private SourceException remember(SqlFailures failures, SQLException cause, String tried) {
    SourceException refusal = failures.loginRefused(cause, tried);
    refused = refusal;
    return refusal;
  }

  /** Each thrower has an exception of its own: the runner may add suppressed ones. */
  private static SourceException again(SourceException first) {
    return new SourceException(Kind.PERMANENT, first.problem(), first.remedy(), first.getCause());
  }

  private String password(SqlFailures failures) {
    @Nullable String password;
    try {
      password = credentials.password().get();
    } catch (RuntimeException e) {
      throw failures.noPassword("failed", e);
    }
    if (password == null) {
      throw failures.noPassword("gave null", null);
    }
    return password;
  }
}
