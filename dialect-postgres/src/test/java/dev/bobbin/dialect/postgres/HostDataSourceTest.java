package dev.bobbin.dialect.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.bobbin.catalog.Catalog;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.tls.Tls;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostDataSourceTest {

  private static final PostgresServer SERVER = PostgresServer.shared("18");

  private static HikariDataSource hostPool(String database) {
    HikariDataSource pool = new HikariDataSource();
    pool.setJdbcUrl(SERVER.jdbcUrl(database));
    pool.setUsername(SERVER.user());
    pool.setPassword(SERVER.password().orElse(""));
    pool.setMaximumPoolSize(1);
    return pool;
  }

  private static Map<String, String> state(DataSource source) throws SQLException {
    Map<String, String> state = new TreeMap<>();
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      state.put("autocommit", "" + connection.getAutoCommit());
      state.put("readOnly", "" + connection.isReadOnly());
      state.put("isolation", "" + connection.getTransactionIsolation());
      state.put("networkTimeout", "" + connection.getNetworkTimeout());
      state.put("holdability", "" + connection.getHoldability());
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT name, setting FROM pg_settings WHERE name NOT LIKE 'transaction_%'")) {
        while (rows.next()) {
          state.put(rows.getString(1), rows.getString(2));
        }
      }
      state.put("backend", first(statement, "SELECT pg_backend_pid()"));
      state.put(
          "locks",
          first(statement, "SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass"));
      if (!connection.getAutoCommit()) {
        connection.rollback();
      }
    }
    return state;
  }

  private static String first(Statement statement, String sql) throws SQLException {
    try (ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"true,never", "false,never", "true,always", "false,always"})
  void givesConnectionsBackAsTheyCame(boolean autoCommit, String autosave) throws SQLException {
    String database = SERVER.createDatabase();
    SERVER.execute(database, "CREATE TABLE t AS SELECT generate_series(1, 10) AS a");
    try (HikariDataSource pool = hostPool(database)) {
      pool.setAutoCommit(autoCommit);
      pool.addDataSourceProperty("autosave", autosave);
      Map<String, String> before = state(pool);
      try (SourceSession session = PostgresDialect.from(pool).connect(Sources.settings())) {
        Catalog catalog = session.discover(database::equals);
        assertThat(session.defaultNamespace()).containsExactly(database, "public");
        try (BatchReader reader =
            session.open(
                new TableScan(
                    catalog.table("t").orElseThrow(), TableScan.ALL, new ScanRange.WholeTable()))) {
          while (reader.next().isPresent()) {
            // to the end
          }
        }
      }
      assertThat(pool.isClosed()).isFalse();
      assertThat(state(pool)).isEqualTo(before);
    }
  }

  @Test
  void abortsTheConnectionOfAnUnfinishedScanSoThatThePoolReplacesIt() throws SQLException {
    String database = SERVER.createDatabase();
    SERVER.execute(
        database,
        "CREATE TABLE t AS SELECT i AS a, repeat('x', 500) AS b FROM generate_series(1, 50000) i");
    try (HikariDataSource pool = hostPool(database)) {
      String backend = state(pool).get("backend");
      try (SourceSession session = PostgresDialect.from(pool).connect(Sources.settings())) {
        Catalog catalog = session.discover(database::equals);
        BatchReader reader =
            session.open(
                new TableScan(
                    catalog.table("t").orElseThrow(), TableScan.ALL, new ScanRange.WholeTable()));
        reader.next();
        reader.close();
      }
      assertThat(state(pool).get("backend")).isNotEqualTo(backend);
    }
  }

  @Test
  void looksOnlyIntoTheDatabaseOfTheDataSource() throws SQLException {
    String database = SERVER.createDatabase();
    try (HikariDataSource pool = hostPool(database);
        SourceSession session = PostgresDialect.from(pool).connect(Sources.settings())) {
      Catalog catalog = session.discover(d -> true);
      assertThat(catalog.databases()).containsExactly(database);
      assertThat(catalog.notes()).anyMatch(n -> n.contains("DataSource leads to " + database));
    }
  }

  @Test
  void asksAConstantNumberOfQueries() throws SQLException {
    String database = SERVER.createDatabase();
    SERVER.execute(database, "CREATE TABLE t (a int)");
    List<String> few = queries(database);
    for (int i = 0; i < 40; i++) {
      SERVER.execute(database, "CREATE TABLE t" + i + " (a int PRIMARY KEY, b text)");
    }
    List<String> many = queries(database);
    assertThat(many).hasSameSizeAs(few);
    assertThat(many.stream().filter(q -> q.contains("SELECT"))).hasSizeLessThanOrEqualTo(5);
  }

  private static List<String> queries(String database) throws SQLException {
    List<String> queries = new CopyOnWriteArrayList<>();
    try (HikariDataSource pool = hostPool(database);
        SourceSession session =
            PostgresDialect.from(recording(pool, queries)).connect(Sources.settings())) {
      queries.clear();
      session.discover(database::equals);
      return new ArrayList<>(queries);
    }
  }

  private static DataSource recording(DataSource source, List<String> queries) {
    return proxy(DataSource.class, source, queries);
  }

  private static <T> T proxy(Class<T> type, Object target, List<String> queries) {
    return type.cast(
        Proxy.newProxyInstance(
            HostDataSourceTest.class.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              if (method.getName().startsWith("execute") && arguments != null) {
                queries.add(String.valueOf(arguments[0]));
              }
              try {
                Object result = method.invoke(target, arguments);
                if (result instanceof Connection && method.getName().equals("getConnection")) {
                  return proxy(Connection.class, result, queries);
                }
                return method.getName().equals("createStatement")
                    ? proxy(Statement.class, result, queries)
                    : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  @Test
  void refusesADataSourceThatIsNotOfPostgresqlsDriver() {
    DataSource other =
        (DataSource)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {DataSource.class},
                (self, method, arguments) ->
                    Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {Connection.class},
                        (c, m, a) ->
                            m.getReturnType() == boolean.class
                                ? m.getName().equals("getAutoCommit")
                                : m.getReturnType() == int.class ? 0 : null));
    assertThatThrownBy(() -> PostgresDialect.from(other).connect(Sources.settings()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("PostgresDialect.from")
        .hasMessageContaining("org.postgresql.PGConnection")
        .hasMessageContaining("PostgresDialect.at(");
  }

  @Test
  void refusesALoginAndATunnelBesideIt() {
    PostgresDialect dialect = PostgresDialect.from(new HikariDataSource());
    assertThatThrownBy(() -> dialect.login("etl", "x")).isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> dialect.property("channelBinding", "require"))
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> dialect.tls(Tls.verifyFull()))
        .isInstanceOf(ConfigurationException.class);
  }
}
