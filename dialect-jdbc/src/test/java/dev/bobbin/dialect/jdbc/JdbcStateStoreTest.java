package dev.bobbin.dialect.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.doNothing;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import com.zaxxer.hikari.HikariDataSource;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.StateException;
import dev.bobbin.state.StateDocument;
import dev.bobbin.state.StateLease;
import dev.bobbin.state.StateStore;
import dev.bobbin.testkit.StateStoreContract;
import dev.bobbin.testservers.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.AdditionalAnswers;

/** The contract and more, on a real PostgreSQL. */
class JdbcStateStoreTest extends StateStoreContract {

  private final PostgresServer server = PostgresServer.shared("18");
  private String database;
  private HikariDataSource source;

  @BeforeEach
  void createDatabase() throws SQLException {
    database = server.createDatabase();
    source = new HikariDataSource();
    source.setJdbcUrl(server.jdbcUrl(database));
    source.setUsername(server.user());
    server.password().ifPresent(source::setPassword);
    source.setMaximumPoolSize(6);
  }

  @AfterEach
  void dropDatabase() throws SQLException {
    source.close();
    server.dropDatabase(database);
  }

  @Override
  protected StateStore store() {
    return JdbcStateStore.in(source);
  }

  @Override
  protected void loseLease(String replicator) throws SQLException {
    server.execute(
        database,
        "update bobbin_state_lease set expires_at = 0 where replicator = '" + replicator + "'");
  }

  @Test
  void leaseExpiresUnlessItIsUsed() throws Exception {
    JdbcStateStore store = JdbcStateStore.in(source).leaseTime(Duration.ofMinutes(1));
    StateLease first = store.lease("shop");
    loseLease("shop");
    first.renew(); // expired, but nobody took it
    assertThatThrownBy(() -> store.lease("shop")).isInstanceOf(StateException.class);
    loseLease("shop");
    first.save("orders", "{\"a\": 1}");
    assertThatThrownBy(() -> store.lease("shop")).isInstanceOf(StateException.class);
    loseLease("shop");
    try (StateLease second = store.lease("shop")) {
      assertThat(second.fencingToken()).isGreaterThan(first.fencingToken());
      assertThatThrownBy(() -> first.save("orders", "{\"a\": 2}"))
          .isInstanceOf(StateException.class)
          .hasMessageContaining("lost");
    }
  }

  @Test
  void refusalNamesHolderAndExpiry() {
    try (StateLease lease = store().lease("shop")) {
      assertThatThrownBy(() -> store().lease("shop"))
          .hasMessageContaining("process " + ProcessHandle.current().pid())
          .hasMessageMatching("(?s).*expires in (59|60) s.*");
    }
  }

  @Test
  void tokensGoOnAboveTheDocumentsWhenTheLeaseRowIsDeleted() throws SQLException {
    for (int i = 0; i < 3; i++) {
      store().lease("shop").close();
    }
    StateLease first = store().lease("shop");
    first.save("orders", "{}");
    server.execute(database, "delete from bobbin_state_lease");
    assertThatThrownBy(() -> first.save("orders", "{}")).hasMessageContaining("lost");
    try (StateLease second = store().lease("shop")) {
      assertThat(second.fencingToken()).isGreaterThan(first.fencingToken());
    }
  }

  /** A pool would restore it by itself and hide the fault. */
  @Test
  void keepsTheConnectionsAutocommit() throws SQLException {
    for (boolean autoCommit : new boolean[] {true, false}) {
      try (Connection connection = server.connect(database)) {
        connection.setAutoCommit(autoCommit);
        StateStore store = JdbcStateStore.in(lending(connection)).table("t_" + autoCommit);
        StateLease lease = store.lease("shop");
        assertThat(connection.getAutoCommit()).isEqualTo(autoCommit);
        lease.save("orders", "{}");
        assertThat(connection.getAutoCommit()).isEqualTo(autoCommit);
        assertThatThrownBy(() -> store.lease("shop")).isInstanceOf(StateException.class);
        assertThat(connection.getAutoCommit()).isEqualTo(autoCommit);
        lease.close();
        assertThat(store.read("shop")).hasSize(1);
        assertThat(connection.getAutoCommit()).isEqualTo(autoCommit);
      }
    }
  }

  @Test
  void savesThoughTheDataSourceRefusesInterruptedThreads() throws SQLException {
    try (Connection connection = server.connect(database)) {
      StateStore store = JdbcStateStore.in(lending(connection));
      try (StateLease lease = store.lease("shop")) {
        Thread.currentThread().interrupt();
        lease.save("orders", "{}");
      }
      assertThat(Thread.interrupted()).isTrue();
      assertThat(store.read("shop")).hasSize(1);
    } finally {
      Thread.interrupted();
    }
  }

  /** A DataSource that lends one connection, as it is, to threads that are not interrupted. */
  private static DataSource lending(Connection connection) throws SQLException {
    Connection lent = mock(Connection.class, AdditionalAnswers.delegatesTo(connection));
    doNothing().when(lent).close();
    DataSource source = mock(DataSource.class);
    when(source.getConnection())
        .thenAnswer(
            call -> {
              if (Thread.currentThread().isInterrupted()) {
                throw new SQLException("interrupted");
              }
              return lent;
            });
    return source;
  }

  @Test
  void worksWhereEveryTransactionIsSerializable() throws InterruptedException {
    source.close();
    HikariDataSource serializable = new HikariDataSource();
    serializable.setJdbcUrl(server.jdbcUrl(database));
    serializable.setUsername(server.user());
    server.password().ifPresent(serializable::setPassword);
    serializable.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
    source = serializable;
    savesFromManyThreads();
    givesLeaseToOneOfManyThreads();
  }

  @Test
  void createsNoTablesWhenToldSoAndSaysWhatToRun() throws SQLException {
    JdbcStateStore store =
        JdbcStateStore.in(source).schema("ops").table("Loads").createTables(false);
    assertThatThrownBy(() -> store.read("shop"))
        .isInstanceOf(StateException.class)
        .hasMessageContaining("JdbcStateStore.ddl(POSTGRESQL)")
        .hasCauseInstanceOf(SQLException.class);
    server.execute(database, "create schema ops");
    server.execute(database, store.ddl(JdbcStateStore.Product.POSTGRESQL).split(";\n"));
    try (StateLease lease = store.lease("shop")) {
      lease.save("orders", "{}");
    }
    assertThat(store.read("shop")).extracting(StateDocument::name).containsExactly("orders");
    assertThat(server.query(database, "select count(*) from ops.\"Loads\"")).isEqualTo("1");
  }

  @Test
  void needsNoRightToCreateWhatIsThere() throws SQLException {
    store().lease("shop").close();
    String login = database + "_writer";
    server.execute(
        database,
        "create role " + login + " login password 'pw'",
        "revoke create on schema public from public",
        "grant select, insert, update, delete on bobbin_state, bobbin_state_lease to " + login);
    try (HikariDataSource writers = new HikariDataSource()) {
      writers.setJdbcUrl(server.jdbcUrl(database));
      writers.setUsername(login);
      writers.setPassword("pw");
      try (StateLease lease = JdbcStateStore.in(writers).lease("shop")) {
        lease.save("orders", "{}");
      }
    } finally {
      server.execute(database, "drop owned by " + login, "drop role " + login);
    }
  }

  @Test
  void reportsALostServerAndGoesOnOnceItIsBack() throws SQLException {
    try (StateLease lease = store().lease("shop")) {
      lease.save("orders", "{\"a\": 1}");
      server.execute(
          database,
          "select pg_terminate_backend(pid) from pg_stat_activity"
              + " where datname = current_database() and pid <> pg_backend_pid()");
      lease.save("orders", "{\"a\": 2}"); // over a new connection
      server.execute(database, "alter table bobbin_state rename to elsewhere");
      assertThatThrownBy(() -> lease.save("orders", "{\"a\": \"canary\"}"))
          .isInstanceOf(StateException.class)
          .hasMessageContaining("orders")
          .hasMessageContaining("42P01")
          .hasStackTraceContaining("bobbin_state");
      server.execute(database, "alter table elsewhere rename to bobbin_state");
      assertThat(store().read("shop").get(0).content()).isEqualTo("{\"a\": 2}");
    }
  }

  @Test
  void failuresDoNotQuoteTheContent() throws SQLException {
    try (StateLease lease = store().lease("shop")) {
      server.execute(
          database,
          "alter table bobbin_state add constraint c check (content not like '%canary%')");
      assertThatThrownBy(() -> lease.save("orders", "{\"a\": \"canary\"}"))
          .isInstanceOf(StateException.class)
          .satisfies(e -> assertThat(stackTrace(e)).contains("23514").doesNotContain("canary\""));
      assertThat(store().read("shop")).isEmpty();
    }
  }

  @Test
  void refusesNamesThatAreNoIdentifiers() {
    for (String name : new String[] {"", "a b", "a\"; drop table x", "1a", "x".repeat(51), "é"}) {
      assertThatThrownBy(() -> JdbcStateStore.in(source).table(name))
          .isInstanceOf(ConfigurationException.class);
      assertThatThrownBy(() -> JdbcStateStore.in(source).schema(name))
          .isInstanceOf(ConfigurationException.class);
    }
    assertThatThrownBy(() -> JdbcStateStore.in(source).leaseTime(Duration.ofMillis(999)))
        .isInstanceOf(ConfigurationException.class);
  }

  private static String stackTrace(Throwable e) {
    java.io.StringWriter text = new java.io.StringWriter();
    e.printStackTrace(new java.io.PrintWriter(text));
    return text.toString();
  }
}
