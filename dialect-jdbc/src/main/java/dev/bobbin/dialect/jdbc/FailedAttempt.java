package dev.bobbin.dialect.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The failure to open a connection, dressed up as a connection so that it travels through HikariCP
 * to whoever waits for one. HikariCP would otherwise try again in the background, several times a
 * second, and tell the waiter only when its time is up.
 */
interface FailedAttempt {

  /** What the driver, the tunnel or the login threw. */
  Exception failure();

  /**
   * A connection that can do nothing but be pooled, be recognised and be closed.
   *
   * @param networkTimeout in milliseconds, which HikariCP learns from the first connection
   */
  static Connection connection(Exception failure, int networkTimeout) {
    Class<?>[] types = {Connection.class, FailedAttempt.class};
    return (Connection)
        Proxy.newProxyInstance(
            FailedAttempt.class.getClassLoader(), types, new Answers(failure, networkTimeout));
  }

  /** What such a connection answers. */
  final class Answers implements InvocationHandler {
    private final Exception failure;
    private final int networkTimeout;
    private final AtomicBoolean closed = new AtomicBoolean();

    Answers(Exception failure, int networkTimeout) {
      this.failure = failure;
      this.networkTimeout = networkTimeout;
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
        throws SQLException {
      return switch (method.getName()) {
        case "failure" -> failure;
        case "isWrapperFor" -> arguments != null && ((Class<?>) arguments[0]).isInstance(proxy);
        case "unwrap" -> proxy;
        case "isValid", "getAutoCommit" -> true;
        case "isReadOnly" -> false;
        case "isClosed" -> closed.get();
        case "getTransactionIsolation" -> Connection.TRANSACTION_READ_COMMITTED;
        case "getNetworkTimeout" -> networkTimeout;
        case "close", "abort" -> {
          closed.set(true);
          yield null;
        }
        case "hashCode" -> System.identityHashCode(proxy);
        case "equals" -> arguments != null && arguments[0] == proxy;
        case "toString" -> "a failed attempt to connect";
        default -> {
          if (method.getReturnType() == void.class) {
            yield null;
          }
          throw new SQLException("the connection could not be opened", "08003");
        }
      };
    }
  }
}
