package dev.bobbin.testservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MySqlServerTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  static List<MySqlVersion> versions() {
    return MySqlVersion.bundled();
  }

  static List<MySqlVersion> versionsWithTls() {
    return List.of(MySqlVersion.V8_0, MySqlVersion.MARIADB_11_4);
  }

  @ParameterizedTest
  @MethodSource("versions")
  void startsEveryBundledVersionWithTheTestSettings(MySqlVersion version) throws Exception {
    try (MySqlServer server = MySqlServer.start(version)) {
      assertThat(server.version()).isEqualTo(version);
      assertThat(server.canControlProcess()).isTrue();
      assertThat(MySqlVersion.ofServer(server.query("", "SELECT version()"))).isEqualTo(version);
      assertThat(server.isMariaDb()).isEqualTo(version.equals(MySqlVersion.MARIADB_11_4));
      assertThat(server.query("", "SELECT @@character_set_server")).isEqualTo("utf8mb4");
      assertThat(server.query("", "SELECT @@default_storage_engine")).isEqualTo("InnoDB");
      assertThat(server.query("", "SELECT @@log_bin")).isEqualTo("0");
      assertThat(server.query("", "SELECT @@local_infile")).isEqualTo("0");
      assertThat(server.query("", "SELECT @@lower_case_table_names")).isEqualTo("0");
      assertThat(server.query("", "SELECT @@global.time_zone")).isEqualTo("-03:30");
      assertThat(server.query("", "SELECT count(*) FROM mysql.user WHERE user = ''"))
          .isEqualTo("0");
      assertThat(server.query("", "SHOW VARIABLES LIKE 'have_ssl'")).isNotEqualTo("YES");
    }
  }

  @Test
  void takesOptions() throws Exception {
    try (MySqlServer server =
        MySqlServer.version(MySqlVersion.V8_0)
            .config("log-bin", "changes")
            .config("init_connect", "SET @greeting = 'it''s \"me\" \\\\'")
            .timeZone("+05:45")
            .start()) {
      assertThat(server.query("", "SELECT @@log_bin")).isEqualTo("1");
      assertThat(server.query("", "SELECT @@global.init_connect"))
          .isEqualTo("SET @greeting = 'it''s \"me\" \\\\'");
      assertThat(server.query("", "SELECT @@global.time_zone")).isEqualTo("+05:45");
    }
  }

  @Test
  void saysWhyItDidNotStart() {
    MySqlServerBuilder broken =
        MySqlServer.version(MySqlVersion.V8_0).config("no_such_option", "lots");
    assertThatThrownBy(broken::start).hasMessageContaining("no_such_option");
  }

  @ParameterizedTest
  @MethodSource("versions")
  void asksForThePassword(MySqlVersion version) throws Exception {
    try (MySqlServer server = MySqlServer.version(version).password("s3cret'\\ x\"").start()) {
      assertThat(server.password()).contains("s3cret'\\ x\"");
      assertThat(server.query("", "SELECT 1")).isEqualTo("1");
      assertThatThrownBy(() -> server.connect("", Map.of("password", "wrong")))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("Access denied");
      server.restart();
      assertThat(server.query("", "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void checksPasswordsByThePluginAskedFor() throws Exception {
    try (MySqlServer server =
        MySqlServer.version(MySqlVersion.V8_0)
            .authenticationPlugin("mysql_native_password")
            .password("secret")
            .start()) {
      server.execute("", "CREATE USER guest IDENTIFIED BY 'guest'");
      assertThat(
              server.query(
                  "",
                  "SELECT group_concat(DISTINCT plugin) FROM mysql.user WHERE user IN ('root', 'guest')"))
          .isEqualTo("mysql_native_password");
    }
  }

  @ParameterizedTest
  @MethodSource("versionsWithTls")
  void offersTlsThatVerifies(MySqlVersion version) throws Exception {
    try (MySqlServer server = MySqlServer.version(version).ssl().start()) {
      try (Connection connection = server.connect("", trusting(server.authority()));
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("SHOW STATUS LIKE 'Ssl_version'")) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getString(2)).startsWith("TLSv1.");
      }
      assertThatThrownBy(() -> server.connect("", trusting(CertificateAuthority.create())))
          .isInstanceOf(SQLException.class);
    }
  }

  private static Map<String, String> trusting(CertificateAuthority authority) {
    return Map.of(
        "sslMode",
        "VERIFY_IDENTITY",
        "trustCertificateKeyStoreUrl",
        authority.trustStore().toUri().toString(),
        "trustCertificateKeyStoreType",
        "PKCS12",
        "trustCertificateKeyStorePassword",
        authority.trustStorePassword());
  }

  @Test
  void refusesTlsThatJavaDoesNotSpeak() {
    MySqlServerBuilder old = MySqlServer.version(MySqlVersion.V5_7);
    assertThatThrownBy(old::ssl).hasMessageContaining("MySQL 5.7");
  }

  @ParameterizedTest
  @MethodSource("versions")
  void keepsPortAndRowsOverRestarts(MySqlVersion version) throws Exception {
    try (MySqlServer server = MySqlServer.start(version)) {
      int port = server.port();
      String database = server.createDatabase();
      server.execute(database, "CREATE TABLE kept AS SELECT 42 AS answer");
      server.restart();
      assertThat(server.port()).isEqualTo(port);
      assertThat(server.query(database, "SELECT answer FROM kept")).isEqualTo("42");
      server.stop();
      assertThat(server.isRunning()).isFalse();
      server.start();
      assertThat(server.query(database, "SELECT answer FROM kept")).isEqualTo("42");
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void keepsCommittedRowsWhenKilled(MySqlVersion version) throws Exception {
    try (MySqlServer server = MySqlServer.start(version)) {
      String database = server.createDatabase();
      server.execute(database, "CREATE TABLE kept (answer int)", "INSERT INTO kept VALUES (42)");
      try (Connection open = server.connect(database);
          Statement statement = open.createStatement()) {
        statement.execute("BEGIN");
        statement.execute("INSERT INTO kept VALUES (43)");
        server.kill();
        assertThat(server.isRunning()).isFalse();
        assertThatThrownBy(() -> statement.execute("COMMIT")).isInstanceOf(SQLException.class);
      }
      assertThatThrownBy(() -> server.connect(database))
          .satisfies(e -> assertThat(((SQLException) e).getSQLState()).startsWith("08"));
      server.start();
      assertThat(server.isRunning()).isTrue();
      assertThat(server.query(database, "SELECT group_concat(answer) FROM kept")).isEqualTo("42");
    }
  }

  @Test
  void isAServerOfItsOwnEachTime() throws Exception {
    try (MySqlServer one = MySqlServer.start(MySqlVersion.V5_7);
        MySqlServer other = MySqlServer.start(MySqlVersion.V5_7)) {
      String identity = "SELECT @@server_uuid";
      String own = one.query("", identity);
      assertThat(other.query("", identity)).isNotEqualTo(own);
      one.restart();
      assertThat(one.query("", identity)).isEqualTo(own);
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void listsAndKillsTheConnectionsOfAUser(MySqlVersion version) throws Exception {
    MySqlServer server = MySqlServer.shared(version);
    String user = "u" + Long.toString(System.nanoTime(), 36);
    server.execute("", "CREATE USER " + user + " IDENTIFIED BY 'secret'");
    Map<String, String> login = Map.of("user", user, "password", "secret");
    try (Connection one = server.connect("", login);
        Connection two = server.connect("", login)) {
      assertThat(server.connectionsOf(user)).hasSize(2);
      assertThat(server.statementsOf(user)).isEmpty();
      assertThat(server.killConnectionsOf(user)).isEqualTo(2);
      assertThatThrownBy(() -> one.createStatement().execute("SELECT 1"))
          .isInstanceOf(SQLException.class);
      assertThat(two.isValid(5)).isFalse();
      for (long id : server.connectionsOf(user)) {
        server.killConnection(id); // one that is just ending
      }
    } finally {
      server.execute("", "DROP USER " + user);
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void dropsDatabasesThatAreInUse(MySqlVersion version) throws Exception {
    MySqlServer server = MySqlServer.shared(version);
    String database = server.createDatabase("it's `mine` " + System.nanoTime());
    server.execute(database, "CREATE TABLE t (n int)");
    try (Connection user = server.connect(database);
        Statement statement = user.createStatement()) {
      statement.execute("BEGIN");
      statement.execute("SELECT * FROM t");
      server.dropDatabase(database);
      assertThatThrownBy(() -> server.connect(database)).isInstanceOf(SQLException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void holdsTextInEveryCharacterSet(MySqlVersion version) throws Exception {
    MySqlServer server = MySqlServer.shared(version);
    String database = server.createDatabase();
    server.execute(database, "CREATE TABLE t (a text)", "INSERT INTO t VALUES ('Żółć 🧵')");
    assertThat(server.query(database, "SELECT a FROM t")).isEqualTo("Żółć 🧵");
    assertThat(server.query(database, "SELECT length(a) FROM t")).isEqualTo("13");
    String latin = server.createDatabase(Endpoint.newDatabaseName(), "latin1_german1_ci");
    server.execute(latin, "CREATE TABLE t (a text)", "INSERT INTO t VALUES ('ä')");
    assertThat(server.query(latin, "SELECT concat(length(a), charset(a)) FROM t"))
        .isEqualTo("1latin1");
    server.dropDatabase(database);
    server.dropDatabase(latin);
  }

  @Test
  void isReachedThroughAProxy() throws Exception {
    MySqlServer server = MySqlServer.shared(MySqlVersion.V8_0);
    try (TcpProxy proxy = server.proxy();
        Connection connection = server.connect("", proxy)) {
      assertThat(connection.isValid(5)).isTrue();
    }
  }

  @Test
  void sharesOneServerPerVersionThatNobodyStops() throws Exception {
    MySqlServer server = MySqlServer.shared("MySQL 8.0");
    assertThat(MySqlServer.shared(MySqlVersion.V8_0)).isSameAs(server);
    server.close();
    assertThat(server.query("", "SELECT 1")).isEqualTo("1");
    assertThat(server.canControlProcess()).isFalse();
    assertThatThrownBy(server::restart)
        .isInstanceOf(NoProcessControlException.class)
        .hasMessageContaining("start one with version(");
    assertThat(server.createDatabase()).isNotEqualTo(server.createDatabase());
  }

  @Test
  void namesTheVersionsItHas() {
    assertThatThrownBy(() -> MySqlServer.version("MySQL 4.1"))
        .hasMessageContaining("MySQL 4.1")
        .hasMessageContaining("MySQL 5.7");
  }

  @ParameterizedTest
  @MethodSource("versions")
  void leavesNothingWhenItsJvmIsKilled(MySqlVersion version) throws Exception {
    try (ChildJvm child = ChildJvm.of(Owner.class).arguments(version.toString()).start()) {
      Path folder = Path.of(child.awaitLine(line -> line.startsWith("/"), PATIENCE));
      long pid = Long.parseLong(Files.readString(folder.resolve("server.pid")).strip());
      assertThat(ServerProcess.isRunning(pid)).isTrue();
      child.killNow();
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (ServerProcess.isRunning(pid) || Files.exists(folder)) {
        assertThat(System.nanoTime()).isLessThan(deadline);
        LockSupport.parkNanos(20_000_000);
      }
    }
  }

  /** Starts a server, tells its folder, and waits. */
  static final class Owner {
    public static void main(String[] arguments) throws Exception {
      MySqlServer server = MySqlServer.start(MySqlVersion.of(arguments[0]));
      System.out.println(Path.of(server.query("", "SELECT @@datadir")).getParent());
      Thread.sleep(Long.MAX_VALUE);
    }
  }
}
