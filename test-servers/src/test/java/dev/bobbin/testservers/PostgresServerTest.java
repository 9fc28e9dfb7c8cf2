package dev.bobbin.testservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.testservers.PostgresServer.StopMode;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresServerTest {
  static List<PostgresVersion> versions() {
    return PostgresVersion.bundled();
  }

  @ParameterizedTest
  @MethodSource("versions")
  void startsEveryBundledVersionWithTheTestSettings(PostgresVersion version) throws Exception {
    try (PostgresServer server = PostgresServer.start(version)) {
      assertThat(server.version()).isEqualTo(version);
      assertThat(server.canControlProcess()).isTrue();
      int number = Integer.parseInt(server.query("postgres", "SHOW server_version_num"));
      assertThat(PostgresVersion.ofNumber(number)).isEqualTo(version);
      assertThat(server.query("postgres", "SHOW server_encoding")).isEqualTo("UTF8");
      assertThat(
              server.query(
                  "postgres", "SELECT datcollate FROM pg_database WHERE datname = 'postgres'"))
          .isEqualTo("C");
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void takesDatabasesOfOtherEncodings(PostgresVersion version) throws Exception {
    PostgresServer server = PostgresServer.shared(version);
    String ascii = server.createDatabase("raw " + System.nanoTime(), "SQL_ASCII");
    String latin = server.createDatabase("latin\"1 " + System.nanoTime(), "LATIN1");
    assertThat(server.query(ascii, "SHOW server_encoding")).isEqualTo("SQL_ASCII");
    assertThat(server.query(latin, "SHOW server_encoding")).isEqualTo("LATIN1");
    server.dropDatabase(ascii);
    server.dropDatabase(latin);
    assertThatThrownBy(() -> server.connect(ascii)).isInstanceOf(SQLException.class);
  }

  @Test
  void isFastAndNotInUtc() throws Exception {
    try (PostgresServer server = PostgresServer.start(PostgresVersion.V18)) {
      assertThat(inFile(server, "fsync")).isEqualTo("off");
      assertThat(inFile(server, "timezone")).isEqualTo("America/St_Johns");
    }
  }

  @Test
  void takesSettingsWithSpacesAndQuotes() throws Exception {
    try (PostgresServer server =
        PostgresServer.version("18")
            .config("wal_level", "logical")
            .config("search_path", "\"it's a \\ schema\", public")
            .timeZone("Asia/Kathmandu")
            .start()) {
      assertThat(server.query("postgres", "SHOW wal_level")).isEqualTo("logical");
      assertThat(server.query("postgres", "SHOW search_path"))
          .isEqualTo("\"it's a \\ schema\", public");
      assertThat(inFile(server, "timezone")).isEqualTo("Asia/Kathmandu");
    }
  }

  @Test
  void saysWhyItDidNotStart() {
    PostgresServerBuilder broken = PostgresServer.version("18").config("shared_buffers", "lots");
    assertThatThrownBy(broken::start).hasMessageContaining("shared_buffers");
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.3", "9.6", "18"})
  void asksForThePassword(String version) throws Exception {
    try (PostgresServer server = PostgresServer.version(version).password("s3cret'\\ x").start()) {
      assertThat(server.password()).contains("s3cret'\\ x");
      assertThat(server.query("postgres", "SELECT 1")).isEqualTo("1");
      assertThatThrownBy(() -> server.connect("postgres", Map.of("password", "wrong")))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("password authentication failed");
      String stored =
          server.query("postgres", "SELECT rolpassword FROM pg_authid WHERE rolname = 'postgres'");
      assertThat(stored)
          .startsWith(PostgresVersion.of(version).atLeast(10) ? "SCRAM-SHA-256$" : "md5");
    }
  }

  @Test
  void takesHbaLines() throws Exception {
    try (PostgresServer server =
        PostgresServer.version("13")
            .hba("host all guest 127.0.0.1/32 reject", "host all all 127.0.0.1/32 trust")
            .start()) {
      server.execute("postgres", "CREATE ROLE guest LOGIN");
      assertThatThrownBy(() -> server.connect("postgres", Map.of("user", "guest")))
          .hasMessageContaining("pg_hba.conf rejects");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.3", "9.6", "18"})
  void offersTlsThatVerifies(String version) throws Exception {
    try (PostgresServer server = PostgresServer.version(version).ssl().start()) {
      Map<String, String> verify =
          Map.of("sslmode", "verify-full", "sslrootcert", server.caCertificate().toString());
      try (Connection connection = server.connect("postgres", verify);
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("SHOW ssl")) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getString(1)).isEqualTo("on");
      }
      String stranger = CertificateAuthority.create().certificate().toString();
      Map<String, String> distrust = Map.of("sslmode", "verify-full", "sslrootcert", stranger);
      assertThatThrownBy(() -> server.connect("postgres", distrust))
          .isInstanceOf(SQLException.class);
    }
  }

  @ParameterizedTest
  @EnumSource(StopMode.class)
  void keepsPortAndDataOverRestarts(StopMode mode) throws Exception {
    try (PostgresServer server = PostgresServer.start(PostgresVersion.V18)) {
      int port = server.port();
      server.execute("postgres", "CREATE TABLE kept AS SELECT 42 AS answer");
      server.restart(mode);
      assertThat(server.port()).isEqualTo(port);
      assertThat(server.query("postgres", "SELECT answer FROM kept")).isEqualTo("42");
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void recoversAfterKill(PostgresVersion version) throws Exception {
    try (PostgresServer server = PostgresServer.start(version)) {
      server.execute("postgres", "CREATE TABLE kept AS SELECT 42 AS answer");
      server.kill();
      assertThat(server.isRunning()).isFalse();
      assertThatThrownBy(() -> server.connect("postgres"))
          .satisfies(e -> assertThat(((SQLException) e).getSQLState()).startsWith("08"));
      server.restart();
      assertThat(server.isRunning()).isTrue();
      assertThat(server.query("postgres", "SELECT answer FROM kept")).isEqualTo("42");
      assertThat(server.log()).contains("not properly shut down");
    }
  }

  @Test
  void killsBackendsThatAreAtWork() throws Exception {
    try (PostgresServer server = PostgresServer.start(PostgresVersion.V18);
        Connection connection = server.connect("postgres");
        Statement statement = connection.createStatement()) {
      statement.execute("BEGIN");
      String pid =
          server.query(
              "postgres",
              "SELECT max(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'");
      server.kill();
      assertThat(ServerProcess.isRunning(Long.parseLong(pid))).isFalse();
      assertThatThrownBy(() -> statement.execute("SELECT 1")).isInstanceOf(SQLException.class);
    }
  }

  @Test
  void countsAndTerminatesBackendsByName() throws Exception {
    PostgresServer server = PostgresServer.shared("18");
    String name = "it's me " + System.nanoTime();
    String database = server.createDatabase();
    try (Connection one = server.connect(database, Map.of("ApplicationName", name));
        Connection two = server.connect(database, Map.of("ApplicationName", name))) {
      assertThat(server.backendsOf(name)).isEqualTo(2);
      assertThat(server.terminateBackends(name)).isEqualTo(2);
      assertThatThrownBy(() -> one.createStatement().execute("SELECT 1"))
          .satisfies(e -> assertThat(((SQLException) e).getSQLState()).isEqualTo("57P01"));
      assertThat(two.isValid(5)).isFalse();
    }
  }

  @Test
  void sharesOneServerPerVersionThatNobodyStops() throws Exception {
    PostgresServer server = PostgresServer.shared("18");
    assertThat(PostgresServer.shared(PostgresVersion.V18)).isSameAs(server);
    server.close();
    assertThat(server.query("postgres", "SELECT 1")).isEqualTo("1");
    assertThat(server.canControlProcess()).isFalse();
    assertThatThrownBy(server::restart)
        .isInstanceOf(NoProcessControlException.class)
        .hasMessageContaining("start one with version(");
    assertThat(server.createDatabase()).isNotEqualTo(server.createDatabase());
  }

  @Test
  void namesTheVersionsItHas() {
    assertThatThrownBy(() -> PostgresServer.version("8.4"))
        .hasMessageContaining("8.4")
        .hasMessageContaining("9.3");
  }

  @Test
  void holdsTextInUtf8() throws Exception {
    PostgresServer server = PostgresServer.shared("9.3");
    String database = server.createDatabase();
    server.execute(database, "CREATE TABLE t (a text)", "INSERT INTO t VALUES ('Żółć 🧵')");
    assertThat(server.query(database, "SELECT a FROM t")).isEqualTo("Żółć 🧵");
    assertThat(server.query(database, "SELECT octet_length(a) FROM t"))
        .isEqualTo(String.valueOf("Żółć 🧵".getBytes(StandardCharsets.UTF_8).length));
    assertThat(server.query(database, "SELECT upper('ä')")).isEqualTo("Ä");
  }

  private static String inFile(PostgresServer server, String name) throws SQLException {
    return server.query(
        "postgres", "SELECT setting FROM pg_file_settings WHERE name = '" + name + "'");
  }
}
