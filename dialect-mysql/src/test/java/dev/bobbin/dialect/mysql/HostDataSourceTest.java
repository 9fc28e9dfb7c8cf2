package dev.bobbin.dialect.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mysql.cj.jdbc.MysqlDataSource;
import com.zaxxer.hikari.HikariDataSource;
import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.SinkException;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.state.MemoryStateStore;
import dev.bobbin.testkit.CollectingSink;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.tls.Tls;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections of the host application: they come back as they came, and change no value. */
class HostDataSourceTest {

  /** What changes values, hides rows or ends reads, if Bobbin lets it. */
  private static final List<String> ODD =
      List.of(
          "SET SESSION time_zone = '+05:45', sql_mode ="
              + " 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH',"
              + " character_set_results = latin1, sql_select_limit = 5, net_write_timeout = 3,"
              + " wait_timeout = 77, lock_wait_timeout = 88, sql_big_selects = 0, max_join_size ="
              + " 4, div_precision_increment = 7, group_concat_max_len = 5000",
          "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE");

  private static MySqlServer server(String version) {
    return MySqlServer.shared(version);
  }

  private static String odd(String version) {
    return version.startsWith("Maria")
        ? "SET SESSION max_statement_time = 0.5"
        : "SET SESSION max_execution_time = 500";
  }

  private static String database(MySqlServer server) throws SQLException {
    String database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, flag tinyint(1), seen timestamp(6) NULL,"
            + " day date NULL, at datetime(6), word varchar(20), padded char(8), big bigint"
            + " unsigned, bits bit(1), y year, pay text, KEY (seen)) CHARSET utf8mb4");
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute("SET SESSION sql_mode = '', time_zone = '+00:00'");
      for (int i = 1; i <= 8; i++) {
        statement.execute(
            "INSERT INTO t VALUES ("
                + i
                + ", "
                + (i - 3)
                + ", '2024-03-31 01:30:00.00000"
                + i
                + "', "
                + (i == 3 ? "'0000-00-00'" : i == 4 ? "'2020-00-10'" : "'2024-02-29'")
                + ", '2024-03-31 02:30:00.123456', CONVERT(X'F09F9880C3A9' USING utf8mb4), 'ab',"
                + " 18446744073709551615, 1, 1999, REPEAT('x', 3000))");
      }
    }
    return database;
  }

  private static HikariDataSource pool(MySqlServer server, String database, String parameters) {
    HikariDataSource pool = new HikariDataSource();
    String url = server.jdbcUrl(database);
    pool.setJdbcUrl(url + (url.contains("?") ? "&" : "?") + parameters);
    pool.setUsername(server.user());
    pool.setPassword(server.password().orElse(""));
    pool.setMaximumPoolSize(4);
    pool.setPoolName("host");
    return pool;
  }

  /** A pool whose connections are set in an odd way. */
  private static DataSource oddly(HikariDataSource pool, String version) {
    return (DataSource)
        Proxy.newProxyInstance(
            HostDataSourceTest.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (self, method, arguments) -> {
              Object result = method.invoke(pool, arguments);
              if (result instanceof Connection connection && !isOdd(connection)) {
                try (Statement statement = connection.createStatement()) {
                  for (String sql : ODD) {
                    statement.execute(sql);
                  }
                  statement.execute(odd(version));
                }
              }
              return result;
            });
  }

  private static boolean isOdd(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT @@SESSION.wait_timeout")) {
      row.next();
      return row.getInt(1) == 77;
    }
  }

  /** Everything that a session has, by connection. */
  private static Map<String, String> state(DataSource source) throws SQLException {
    Map<String, String> state = new TreeMap<>();
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      state.put("autocommit of JDBC", "" + connection.getAutoCommit());
      state.put("readOnly of JDBC", "" + connection.isReadOnly());
      state.put("isolation of JDBC", "" + connection.getTransactionIsolation());
      state.put("networkTimeout", "" + connection.getNetworkTimeout());
      state.put("catalog", "" + connection.getCatalog());
      statement.execute("SET SESSION sql_select_limit = 18446744073709551615, sql_big_selects = 1");
      try (ResultSet rows = statement.executeQuery("SHOW SESSION VARIABLES")) {
        while (rows.next()) {
          state.put(rows.getString(1), rows.getString(2));
        }
      }
      statement.execute("SET SESSION sql_select_limit = 5, sql_big_selects = 0");
      state
          .keySet()
          .removeIf(
              name ->
                  name.matches(
                      "timestamp|pseudo_thread_id|rand_seed.*|.*gtid.*|last_insert_id|identity|insert_id|proxy_user|error_count|warning_count"));
      if (!connection.getAutoCommit()) {
        connection.rollback();
      }
    }
    return state;
  }

  private static Replicator replicator(DataSource source, int readers, MemoryStateStore store) {
    return Replicator.from(MySqlDialect.from(source))
        .named("Host")
        .rememberIn(store)
        .parallelism(readers)
        .batchRows(3)
        .lockTimeout(Duration.ofSeconds(20))
        .retry(RetryPolicy.NONE)
        .build();
  }

  private static Selection selection(String database, boolean incremental) {
    TableSelection t = TableSelection.table(database + ".t");
    return Selection.of(incremental ? t.incrementalBy("seen") : t);
  }

  private static CollectingSink plain(String version, String database) {
    MySqlServer server = server(version);
    CollectingSink sink = new CollectingSink();
    try (Replicator replicator =
        Replicator.from(
                MySqlDialect.at(server.host(), server.port(), database)
                    .tls(Tls.off())
                    .login(server.user(), server.password().orElse("")))
            .named("Plain")
            .build()) {
      replicator.replicate(selection(database, false), sink).throwIfFailed();
    }
    return sink;
  }

  @ParameterizedTest
  @CsvSource({
    "MySQL 5.7,true,1",
    "MySQL 5.7,false,1",
    "MySQL 8.0,true,2",
    "MySQL 8.0,false,1",
    "MariaDB 11.4,true,2",
    "MariaDB 11.4,false,1"
  })
  void connectionsComeBackAsTheyCame(String version, boolean autoCommit, int readers)
      throws SQLException {
    MySqlServer server = server(version);
    String database = database(server);
    try (HikariDataSource pool = pool(server, database, "")) {
      pool.setAutoCommit(autoCommit);
      pool.setMaximumPoolSize(2 * readers + 1);
      DataSource source = oddly(pool, version);
      Map<String, String> before = state(source);
      assertThat(before).containsEntry("wait_timeout", "77");
      MemoryStateStore store = new MemoryStateStore();
      CollectingSink sink = new CollectingSink();
      try (Replicator replicator = replicator(source, readers, store)) {
        replicator.discover();
        assertThat(state(source)).isEqualTo(before);
        for (boolean incremental : new boolean[] {false, true}) {
          replicator.resetAll();
          replicator.replicate(selection(database, incremental), sink).throwIfFailed();
          assertThat(state(source)).isEqualTo(before);
        }
        // The second run of an incremental table finds nothing.
        replicator.replicate(selection(database, true), sink).throwIfFailed();
        // A failure of the sink in mid-scan, and of the table.
        replicator.resetAll();
        FailingSink failing = new FailingSink(sink).before(Call.WRITE, 2, FailingSink.diskFull());
        RunReport failed = replicator.replicate(selection(database, false), failing);
        assertThat(failed.tables().get(0).failure().orElseThrow())
            .isInstanceOf(SinkException.class);
        assertThat(state(source)).isEqualTo(before);
        assertThatThrownBy(
                () ->
                    replicator.replicate(
                        Selection.of(TableSelection.table(database + ".none")), sink))
            .isInstanceOf(ConfigurationException.class);
      }
      assertThat(pool.isClosed()).isFalse();
      assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
      // All connections of the pool, not only the next one.
      List<Connection> all = new ArrayList<>();
      try {
        for (int i = 0; i < pool.getMaximumPoolSize(); i++) {
          all.add(source.getConnection());
        }
        for (Connection one : all) {
          try (Statement statement = one.createStatement();
              ResultSet row =
                  statement.executeQuery(
                      "SELECT @@SESSION.time_zone, @@SESSION.sql_select_limit,"
                          + " @@SESSION.net_write_timeout, @@SESSION.sql_mode LIKE '%PIPES%'")) {
            row.next();
            assertThat(row.getString(1)).isEqualTo("+05:45");
            assertThat(row.getInt(2)).isEqualTo(5);
            assertThat(row.getInt(3)).isEqualTo(3);
            assertThat(row.getInt(4)).isEqualTo(1);
          }
          assertThat(one.getAutoCommit()).isEqualTo(autoCommit);
        }
      } finally {
        for (Connection one : all) {
          one.close();
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "MySQL 5.7,tinyInt1isBit=true&zeroDateTimeBehavior=CONVERT_TO_NULL&useServerPrepStmts=false",
    "MySQL 5.7,tinyInt1isBit=true&transformedBitIsBoolean=true&yearIsDateType=true&useServerPrepStmts=true&cachePrepStmts=true",
    "MySQL 8.0,zeroDateTimeBehavior=ROUND&useCursorFetch=true&defaultFetchSize=2",
    "MySQL 8.0,characterEncoding=ISO-8859-1&connectionTimeZone=%2B05:45&forceConnectionTimeZoneToSession=true&preserveInstants=true",
    "MySQL 8.0,allowMultiQueries=true&rewriteBatchedStatements=true&maxRows=3&useServerPrepStmts=true&useCompression=true",
    "MySQL 8.0,characterSetResults=latin1&sessionVariables=sql_mode=ANSI_QUOTES&jdbcCompliantTruncation=true&elideSetAutoCommits=true&useLocalSessionState=true&useLocalTransactionState=true",
    "MariaDB 11.4,tinyInt1isBit=true&zeroDateTimeBehavior=CONVERT_TO_NULL&useServerPrepStmts=true&useReadAheadInput=true&useLocalSessionState=true",
    "MariaDB 11.4,characterEncoding=windows-1252&connectionTimeZone=America/St_Johns&useInformationSchema=true&alwaysSendSetIsolation=false&cacheServerConfiguration=true"
  })
  void propertiesAndSettingsOfTheHostChangeNoValueAndHideNoRow(String version, String parameters)
      throws SQLException {
    MySqlServer server = server(version);
    String database = database(server);
    CollectingSink expected = plain(version, database);
    TableId t = TableId.of(database, "t");
    assertThat(expected.rows(t)).hasSize(8);
    for (boolean odd : new boolean[] {false, true}) {
      for (boolean incremental : new boolean[] {false, true}) {
        try (HikariDataSource pool = pool(server, database, parameters)) {
          CollectingSink sink = new CollectingSink();
          try (Replicator replicator =
              replicator(odd ? oddly(pool, version) : pool, 1, new MemoryStateStore())) {
            replicator.replicate(selection(database, incremental), sink).throwIfFailed();
          }
          assertThat(sink.rows(t))
              .as("odd settings: %s, incremental: %s", odd, incremental)
              .containsExactlyInAnyOrderElementsOf(expected.rows(t));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void aSmallLimitOfTheHostsStatementsEndsNoScan(String version) throws SQLException {
    MySqlServer server = server(version);
    String database = database(server);
    try (HikariDataSource pool = pool(server, database, "socketTimeout=700")) {
      DataSource source = oddly(pool, version);
      Map<String, String> before = state(source);
      CollectingSink sink = new CollectingSink();
      FailingSink slow = new FailingSink(sink);
      slow.before(Call.WRITE, 2, () -> Thread.sleep(1_500));
      try (Replicator replicator = replicator(source, 1, new MemoryStateStore())) {
        replicator.replicate(selection(database, true), slow).throwIfFailed();
      }
      assertThat(sink.rows(TableId.of(database, "t"))).hasSize(8);
      assertThat(state(source)).isEqualTo(before);
    }
  }

  @Test
  void itStaysInTheTransactionOfNobody() throws SQLException {
    MySqlServer server = server("MySQL 8.0");
    String database = database(server);
    try (HikariDataSource pool = pool(server, database, "")) {
      pool.setAutoCommit(false);
      pool.setMaximumPoolSize(3);
      pool.setConnectionTestQuery("SELECT COUNT(*) FROM t"); // begins a transaction
      try (Replicator replicator = replicator(pool, 1, new MemoryStateStore())) {
        replicator.replicate(selection(database, true), batch -> {}).throwIfFailed();
      }
      try (Connection other = server.connect(database);
          Statement statement = other.createStatement()) {
        statement.execute("SET lock_wait_timeout = 1");
        statement.execute("ALTER TABLE t ADD x int"); // nobody has a lock on it
      }
    }
  }

  @Test
  void refusesADataSourceThatIsNotOfMysqlsDriver() {
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
    try (Replicator replicator = Replicator.from(MySqlDialect.from(other)).named("x").build()) {
      assertThatThrownBy(replicator::discover)
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("MySqlDialect.from")
          .hasMessageContaining("com.mysql.cj.jdbc.JdbcConnection")
          .hasMessageContaining("MySqlDialect.at(");
    }
  }

  @Test
  void refusesALoginBesideIt() {
    MySqlDialect dialect = MySqlDialect.from(new MysqlDataSource());
    assertThatThrownBy(() -> dialect.login("etl", "x")).isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> dialect.property("allowPublicKeyRetrieval", "true"))
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> dialect.tls(Tls.verifyFull()))
        .isInstanceOf(ConfigurationException.class);
  }
}
