package dev.bobbin.dialect.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.catalog.TableId;
import dev.bobbin.testkit.Gate;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PoolClosingTest {

  private static final Vendor NO_VENDOR =
      new Vendor() {
        @Override
        public String primaryMessage(SQLException failure) {
          return "";
        }

        @Override
        public String grant(TableId table, String user) {
          return "";
        }

        @Override
        public void cancel(Connection connection) {}
      };

  private final CountDownLatch secondClosed = new CountDownLatch(1);

  /** A connection that knows nothing but whether it is closed. */
  private Connection connection(int number) {
    AtomicBoolean closed = new AtomicBoolean();
    return (Connection)
        Proxy.newProxyInstance(
            Connection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              switch (method.getName()) {
                case "close", "abort" -> {
                  closed.set(true);
                  if (number == 2) {
                    secondClosed.countDown();
                  }
                  return null;
                }
                case "isClosed" -> {
                  return closed.get();
                }
                case "isWrapperFor" -> {
                  return false;
                }
                case "isValid", "getAutoCommit" -> {
                  return true;
                }
                case "equals" -> {
                  return proxy == arguments[0];
                }
                case "hashCode" -> {
                  return number;
                }
                default -> {
                  return method.getReturnType() == int.class
                      ? Integer.valueOf(1000)
                      : method.getReturnType() == boolean.class ? Boolean.FALSE : null;
                }
              }
            });
  }

  /** Contract 10: no backend is left, not even that of a connection that comes about too late. */
  @Test
  void endsAConnectionThatComesAboutWhileThePoolIsClosed() throws Exception {
    AtomicInteger attempts = new AtomicInteger();
    Gate late = new Gate();
    Connector connector =
        (user, password) -> {
          int number = attempts.incrementAndGet();
          if (number == 2) {
            late.pass();
          }
          return connection(number);
        };
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    ConnectionPool pool =
        ConnectionPool.own(
            new Login(new Credentials("u", () -> "")),
            connector,
            2,
            Duration.ofSeconds(10),
            new SqlFailures(new Endpoint("X", "d", "h", 1, "u"), NO_VENDOR),
            NO_VENDOR);
    BorrowedConnection first = pool.borrow();
    Thread second = new Thread(() -> pool.borrow().close());
    second.setUncaughtExceptionHandler((thread, failure) -> failures.add(failure));
    second.start();
    late.awaitReached(); // a second connection is on its way …
    first.close(); // … but its borrower gets the first
    second.join(TimeUnit.SECONDS.toMillis(60));
    Thread closing = new Thread(pool::close);
    closing.start();
    while (closing.isAlive() && closing.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait(); // until it waits for the pool's threads to end
    }
    late.open();
    closing.join(TimeUnit.SECONDS.toMillis(60));

    assertThat(failures).isEmpty();
    assertThat(secondClosed.await(60, TimeUnit.SECONDS)).isTrue();
  }
}
