package dev.bobbin.dialect.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.CALLS_REAL_METHODS;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import java.net.ConnectException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class ConnectionPoolTest {

  private final Vendor vendor = mock(Vendor.class, CALLS_REAL_METHODS);
  private final SqlFailures failures =
      new SqlFailures(new Endpoint("PostgreSQL", "shop", "db", 5432, "etl"), vendor);
  private final List<Connection> made = new ArrayList<>();
  private final AtomicInteger tries = new AtomicInteger();
  private final AtomicReference<SQLException> failure = new AtomicReference<>();

  private Connection connect(String user, String password) throws SQLException {
    tries.incrementAndGet();
    if (failure.get() != null) {
      throw failure.get();
    }
    Connection connection = connection();
    made.add(connection);
    return connection;
  }

  private static Connection connection() throws SQLException {
    Connection connection = mock(Connection.class);
    when(connection.getAutoCommit()).thenReturn(true);
    when(connection.isValid(anyInt())).thenReturn(true);
    when(connection.getNetworkTimeout()).thenReturn(1000);
    return connection;
  }

  private ConnectionPool pool(String... passwords) {
    AtomicInteger asked = new AtomicInteger();
    Credentials credentials =
        new Credentials(
            "etl", () -> passwords[Math.min(asked.getAndIncrement(), passwords.length - 1)]);
    return ConnectionPool.own(
        new Login(credentials), this::connect, 2, Duration.ofSeconds(10), failures, vendor);
  }

  @Test
  void lendsAConnectionAgainAfterItWasGivenBack() {
    try (ConnectionPool pool = pool("x")) {
      pool.borrow().close();
      pool.borrow().close();
      assertThat(made).hasSize(1);
    }
  }

  @Test
  void neverLendsADiscardedConnectionAgain() throws SQLException {
    try (ConnectionPool pool = pool("x")) {
      BorrowedConnection borrowed = pool.borrow();
      borrowed.discard();
      borrowed.close();
      verify(made.get(0)).abort(any());
      verify(vendor).cancel(any());
      pool.borrow().close();
      assertThat(made).hasSize(2);
    }
  }

  @Test
  void failsAtOnceWithTheRealCauseAndTriesOncePerBorrower() {
    failure.set(new SQLException("refused", "08001", new ConnectException("Connection refused")));
    try (ConnectionPool pool = pool("x")) {
      for (int i = 1; i <= 3; i++) {
        SourceException thrown = catchThrowableOfType(SourceException.class, pool::borrow);
        assertThat(thrown.kind()).isEqualTo(Kind.TRANSIENT);
        assertThat(thrown).hasMessageContaining("db:5432 refused the connection");
        assertThat(tries).hasValue(i);
      }
      failure.set(null);
      pool.borrow().close();
      assertThat(made).hasSize(1);
    }
  }

  @Test
  void asksTheServerAtMostTwiceWithRefusedPasswords() {
    failure.set(new SQLException("password authentication failed", "28P01"));
    try (ConnectionPool pool = pool("one", "two", "three", "four")) {
      for (int i = 0; i < 4; i++) {
        assertThatThrownBy(pool::borrow)
            .isInstanceOf(SourceException.class)
            .hasMessageContaining("as user etl")
            .hasMessageContaining("does not try again")
            .hasMessageNotContaining("three");
      }
      assertThat(tries).hasValue(2);
    }
  }

  @Test
  void abortsWhatIsLentAndEndsItsThreadsWhenItIsClosed() throws SQLException {
    ConnectionPool pool = pool("x");
    BorrowedConnection lent = pool.borrow();
    pool.close();
    verify(made.get(0), atLeastOnce()).abort(any());
    lent.close();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(t -> t.getName().equals("bobbin-connections"));
    assertThatThrownBy(pool::borrow).isInstanceOf(SourceException.class);
  }

  @Test
  void givesTheHostsConnectionsBackAsTheyCame() throws SQLException {
    Connection connection = connection();
    DataSource source = mock(DataSource.class);
    when(source.getConnection()).thenReturn(connection);
    try (ConnectionPool pool = ConnectionPool.over(source, failures, vendor)) {
      BorrowedConnection borrowed = pool.borrow();
      when(connection.getAutoCommit()).thenReturn(false);
      when(connection.getNetworkTimeout()).thenReturn(0);
      borrowed.close();
    }
    verify(connection).rollback();
    verify(connection).setAutoCommit(true);
    verify(connection).setNetworkTimeout(any(), org.mockito.ArgumentMatchers.eq(1000));
    verify(connection).close();
    verify(connection, never()).abort(any());
    verify(connection, never()).setReadOnly(true);
  }
}
