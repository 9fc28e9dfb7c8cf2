package dev.bobbin.dialect.jdbc;

import dev.bobbin.error.BobbinException;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Logs in to one server on behalf of one session, with a password asked for anew each time, and
 * never more than twice with passwords that are refused: a server may lock an account after a few
 * failures. A refused login is tried once more if the supplier then gives another password; after
 * that every attempt of the session fails at once, without the server being asked.
 *
 * <p>A refusal counts for one database alone where it cannot be the password's fault: another
 * database has taken the same one, and the SQLState is not that of a wrong password.
 *
 * <p>Shared by all pools of a session. Thread-safe; one login is under way at a time, since several
 * at once would each count as a failure.
 */
public final class Login {

  /** PostgreSQL: not authorised for some other reason than the password, such as pg_hba.conf. */
  private static final String NOT_AUTHORISED = "28000";

  private final Credentials credentials;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, SourceException> refusedByDatabase = new HashMap<>();
  private @Nullable SourceException refused;
  private @Nullable String accepted;
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
   * @param failures words the refusal, and knows the database
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
      SourceException before =
          refused != null ? refused : refusedByDatabase.get(failures.endpoint().database());
      if (before != null) {
        // Each thrower has an exception of its own: the runner may add suppressed ones.
        throw new SourceException(
            Kind.PERMANENT, before.problem(), before.remedy(), before.getCause());
      }
      return tryTwice(failures, connector);
    } finally {
      lock.unlock();
    }
  }

  private Connection tryTwice(SqlFailures failures, Connector connector) throws SQLException {
    String password = password(failures);
    try {
      return once(connector, password);
    } catch (SQLException first) {
      if (!failures.isLoginRefused(first)) {
        throw first;
      }
      String other = password(failures);
      if (other.equals(password)) {
        throw remember(
            failures, first, password, "The password supplier was asked again and gave the same");
      }
      try {
        return once(connector, other);
      } catch (SQLException second) {
        if (!failures.isLoginRefused(second)) {
          throw second;
        }
        throw remember(
            failures,
            second,
            other,
            "The password supplier was asked again and gave another, which was refused too");
      }
    }
  }

  private Connection once(Connector connector, String password) throws SQLException {
    Connection connection = connector.connect(credentials.user(), password);
    accepted = password;
    connected = true;
    return connection;
  }

  private SourceException remember(
      SqlFailures failures, SQLException cause, String password, String tried) {
    SourceException refusal = failures.loginRefused(cause, tried);
    if (password.equals(accepted) && NOT_AUTHORISED.equals(cause.getSQLState())) {
      refusedByDatabase.put(failures.endpoint().database(), refusal);
    } else {
      refused = refusal;
    }
    return refusal;
  }

  private String password(SqlFailures failures) {
    @Nullable String password;
    try {
      password = credentials.password().get();
    } catch (BobbinException e) {
      throw e; // of a preset, and says itself what to do
    } catch (RuntimeException e) {
      throw failures.noPassword("failed", e);
    }
    if (password == null) {
      throw failures.noPassword("gave null", null);
    }
    return password;
  }
}
