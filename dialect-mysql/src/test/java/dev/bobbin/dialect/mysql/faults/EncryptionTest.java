package dev.bobbin.dialect.mysql.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.dialect.mysql.MySqlDialect;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.select.Selection;
import dev.bobbin.spi.TunnelProvider;
import dev.bobbin.testservers.CertificateAuthority;
import dev.bobbin.testservers.CertificateAuthority.Issued;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.testsupport.StandardError;
import dev.bobbin.testsupport.StraightTunnel;
import dev.bobbin.tls.Tls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fault 38: servers whose certificate is expired, self-signed, of an unknown authority or of
 * another host. Nothing of the login is sent to them: the server logs who tries. The users can log
 * in over TLS alone, so the server vouches for connections being encrypted.
 */
class EncryptionTest {

  private static final String PASSWORD = "etl-Password-1";
  private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");
  private static final Instant LESS_LONG_AGO = Instant.parse("2021-03-04T00:00:00Z");

  private static CertificateAuthority authority;
  private static final Map<String, MySqlServer> SERVERS = new HashMap<>();

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws SQLException {
    authority = CertificateAuthority.create();
    for (String version : new String[] {"MySQL 8.0", "MariaDB 11.4"}) {
      MySqlServer server =
          MySqlServer.version(version)
              .ssl(authority)
              .config("general_log", "ON")
              .config("log_output", "TABLE")
              .start();
      SERVERS.put(version, server);
      server.execute(
          "",
          "CREATE USER 'etl'@'%' IDENTIFIED BY '" + PASSWORD + "' REQUIRE SSL",
          "CREATE USER 'certified'@'%' IDENTIFIED BY '" + PASSWORD + "' REQUIRE X509",
          "CREATE DATABASE shop",
          "CREATE TABLE shop.t (id int PRIMARY KEY)",
          "INSERT INTO shop.t VALUES (1), (2), (3)",
          "GRANT SELECT ON shop.* TO 'etl'@'%'",
          "GRANT SELECT ON shop.* TO 'certified'@'%'");
    }
  }

  @AfterAll
  static void stop() {
    SERVERS.values().forEach(MySqlServer::close);
  }

  private static MySqlServer server(String version) {
    return java.util.Objects.requireNonNull(SERVERS.get(version));
  }

  private static Tls trusting(CertificateAuthority root) {
    return Tls.verifyFull().ca(root.certificate());
  }

  private static MySqlDialect at(String host, MySqlServer server, Tls tls) {
    return MySqlDialect.at(host, server.port(), "shop").login("etl", PASSWORD).tls(tls);
  }

  private static int copied(MySqlDialect dialect, @Nullable TunnelProvider tunnel) {
    int[] rows = {0};
    Replicator.Builder builder =
        Replicator.from(dialect).named("encrypted").retry(RetryPolicy.NONE);
    if (tunnel != null) {
      builder.through(tunnel);
    }
    try (Replicator replicator = builder.build()) {
      replicator
          .replicate(Selection.of(table("t")), batch -> rows[0] += batch.rowCount())
          .throwIfFailed();
    }
    return rows[0];
  }

  private static SourceException failure(MySqlDialect dialect, @Nullable TunnelProvider tunnel) {
    SourceException failure =
        catchThrowableOfType(SourceException.class, () -> copied(dialect, tunnel));
    assertThat(failure).isNotNull();
    assertThat(failure.kind()).isEqualTo(Kind.PERMANENT);
    assertThat(failure).hasMessageNotContaining(PASSWORD);
    return failure;
  }

  private static SourceException refusal(
      MySqlServer server, MySqlDialect dialect, @Nullable TunnelProvider tunnel) {
    int before = logins(server);
    SourceException refused = failure(dialect, tunnel);
    assertThat(logins(server)).as("logins that the server has heard of").isEqualTo(before);
    return refused;
  }

  private static int logins(MySqlServer server) {
    try (Connection connection = server.connect("", Map.of("sslMode", "DISABLED"));
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT count(*) FROM mysql.general_log WHERE command_type = 'Connect' AND"
                    + " argument LIKE '%etl%'")) {
      assertThat(row.next()).isTrue();
      return row.getInt(1);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  /** A tunnel whose far end is the server, whatever name it is asked for. */
  private static TunnelProvider tunnel(MySqlServer server) {
    return StraightTunnel.to(server.host(), server.port());
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 8.0", "MariaDB 11.4"})
  void copiesOverEncryptedConnectionsToTheServerThatWasVerified(String version) {
    MySqlServer server = server(version);
    int before = logins(server);
    assertThat(copied(at("localhost", server, trusting(authority)), null)).isEqualTo(3);
    assertThat(copied(at("127.0.0.1", server, trusting(authority)), null)).isEqualTo(3);
    assertThat(logins(server)).isGreaterThan(before);
    assertThat(
            failure(
                at("localhost", server, Tls.off()).property("allowPublicKeyRetrieval", "true"),
                null))
        .as("the user cannot log in without TLS")
        .hasMessageContaining("Access denied");
  }

  /** Fault 38. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 8.0", "MariaDB 11.4"})
  void refusesAnUnknownAuthority(String version) {
    MySqlServer server = server(version);
    assertThat(
            refusal(server, at("localhost", server, trusting(CertificateAuthority.create())), null))
        .hasMessageContaining("the server's certificate was not accepted: no trusted root vouches")
        .hasMessageContaining("Tls.verifyFull().ca(file)");
    assertThat(
            refusal(
                server,
                MySqlDialect.at("localhost", server.port(), "shop").login("etl", PASSWORD),
                null))
        .as("by the JDK's roots, as it is when nobody says otherwise")
        .hasMessageContaining("no trusted root vouches");
  }

  /** Fault 38. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 8.0", "MariaDB 11.4"})
  void refusesBadCertificatesAndVerifiesTheDatabasesOwnNameThroughATunnel(String version) {
    MySqlServer server = server(version);
    assertThat(refusal(server, at("db.internal", server, trusting(authority)), tunnel(server)))
        .hasMessageContaining("is not made out to db.internal but to localhost, 127.0.0.1")
        .hasMessageContaining("Connect by one of those names");
    try {
      server.useCertificate(authority.issue("db", "dns:db.internal"));
      assertThat(copied(at("db.internal", server, trusting(authority)), tunnel(server)))
          .isEqualTo(3);
      assertThat(refusal(server, at("localhost", server, trusting(authority)), null))
          .hasMessageContaining("is not made out to localhost but to db.internal");

      if (server.isMariaDb()) { // which takes it without a restart
        server.useCertificate(authority.selfSigned("localhost", "dns:localhost"));
        assertThat(refusal(server, at("localhost", server, trusting(authority)), null))
            .hasMessageContaining("is self-signed and not among the trusted roots");
      }

      server.useCertificate(authority.issue("localhost", "dns:localhost", LONG_AGO, LESS_LONG_AGO));
      assertThat(refusal(server, at("localhost", server, trusting(authority)), null))
          .hasMessageContaining("has expired on 2021-03-04")
          .hasMessageContaining("Have it renewed");
      assertWarnsAtEachConnection(server);
    } finally {
      server.useCertificate(authority.issueForLoopback());
    }
  }

  private static void assertWarnsAtEachConnection(MySqlServer server) {
    int before = logins(server);
    String log =
        StandardError.during(
            () ->
                assertThat(copied(at("localhost", server, Tls.withoutVerification()), null))
                    .isEqualTo(3));
    int connections = logins(server) - before;
    assertThat(connections).isPositive();
    assertThat(
            Pattern.compile("is not verified \\(Tls\\.withoutVerification\\(\\)\\)")
                .matcher(log)
                .results()
                .count())
        .isEqualTo(connections);
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 8.0", "MariaDB 11.4"})
  void showsAClientCertificate(String version) {
    MySqlServer server = server(version);
    Issued own = authority.issue("certified", "dns:certified");
    MySqlDialect certified =
        MySqlDialect.at("localhost", server.port(), "shop").login("certified", PASSWORD);
    Tls without = trusting(authority);
    assertThat(copied(certified.tls(without.clientCertificate(own.certificate(), own.key())), null))
        .isEqualTo(3);
    assertThat(failure(certified.tls(without), null))
        .hasMessageContaining("Access denied for user 'certified'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 8.0", "MariaDB 11.4"})
  void readsTheFilesAnewInEachRun(String version) throws IOException {
    MySqlServer server = server(version);
    Path roots = folder.resolve("roots.pem");
    Files.copy(CertificateAuthority.create().certificate(), roots);
    MySqlDialect dialect = at("localhost", server, Tls.verifyFull().ca(roots));
    try (Replicator replicator = Replicator.from(dialect).named("anew").build()) {
      assertThat(catchThrowableOfType(SourceException.class, replicator::discover))
          .hasMessageContaining("no trusted root vouches");
      Files.writeString(roots, Files.readString(authority.certificate()));
      assertThat(replicator.discover().tables()).isNotEmpty();
    }
  }
}
