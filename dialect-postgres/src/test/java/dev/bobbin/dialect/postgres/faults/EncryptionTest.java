package dev.bobbin.dialect.postgres.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.select.Selection;
import dev.bobbin.spi.TunnelProvider;
import dev.bobbin.testservers.CertificateAuthority;
import dev.bobbin.testservers.CertificateAuthority.Issued;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testservers.PostgresVersion;
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.testsupport.StandardError;
import dev.bobbin.testsupport.StraightTunnel;
import dev.bobbin.tls.Tls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fault 38: servers whose certificate is expired, self-signed, of an unknown authority or of
 * another host, and servers that refuse TLS. Nothing of the login is sent to them. The server logs
 * who gets in.
 */
class EncryptionTest {

  private static final String PASSWORD = "etl-Password-1";
  private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");
  private static final Instant LESS_LONG_AGO = Instant.parse("2021-03-04T00:00:00Z");

  private static CertificateAuthority authority;
  private static Issued good;
  private static PostgresServer server;

  private boolean isGood = true;
  @TempDir private Path folder;

  @BeforeAll
  static void start() throws Exception {
    authority = CertificateAuthority.create();
    good = authority.issueForLoopback();
    server =
        PostgresServer.version(PostgresVersion.DEFAULT)
            .ssl(authority)
            .password("root-Password-0")
            .config("log_connections", "on")
            .hba(
                "hostssl all certified 127.0.0.1/32 scram-sha-256 clientcert=verify-full",
                "host all all 127.0.0.1/32 scram-sha-256")
            .start();
    server.execute(
        "postgres",
        "CREATE ROLE etl LOGIN PASSWORD '" + PASSWORD + "'",
        "CREATE ROLE certified LOGIN PASSWORD '" + PASSWORD + "'",
        "CREATE TABLE t AS SELECT i AS id FROM generate_series(1, 500) AS i",
        "GRANT SELECT ON t TO etl, certified");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @AfterEach
  void useTheGoodCertificate() {
    if (!isGood) {
      server.useCertificate(good);
    }
  }

  private void use(Issued issued) {
    isGood = false;
    server.useCertificate(issued);
  }

  private static Tls trusting(CertificateAuthority root) {
    return Tls.verifyFull().ca(root.certificate());
  }

  private static PostgresDialect at(String host, Tls tls) {
    return PostgresDialect.at(host, server.port(), "postgres").login("etl", PASSWORD).tls(tls);
  }

  /** Copies, and gives what the server says of the connections meanwhile. */
  private static List<String> copied(PostgresDialect dialect, @Nullable TunnelProvider tunnel) {
    List<String> seen = new ArrayList<>();
    int[] rows = {0};
    Replicator.Builder builder =
        Replicator.from(dialect).named("encrypted").batchRows(100).retry(RetryPolicy.NONE);
    if (tunnel != null) {
      builder.through(tunnel);
    }
    try (Replicator replicator = builder.build()) {
      replicator
          .replicate(
              Selection.of(table("t")),
              batch -> {
                rows[0] += batch.rowCount();
                seen.add(
                    String.valueOf(
                        server.query(
                            "postgres",
                            "SELECT string_agg(DISTINCT s.ssl::text || coalesce(' ' || s.client_dn,"
                                + " ''), ', ') FROM pg_stat_ssl s JOIN pg_stat_activity a USING"
                                + " (pid) WHERE a.usename IN ('etl', 'certified')")));
              })
          .throwIfFailed();
    }
    assertThat(rows[0]).isEqualTo(500);
    return seen.stream().distinct().toList();
  }

  private static SourceException refusal(PostgresDialect dialect, @Nullable TunnelProvider tunnel) {
    int before = server.log().length();
    SourceException refused =
        catchThrowableOfType(SourceException.class, () -> copied(dialect, tunnel));
    assertThat(refused).isNotNull();
    assertThat(refused.kind()).isEqualTo(Kind.PERMANENT);
    assertThat(refused).hasMessageNotContaining(PASSWORD);
    // Neither user nor database, which come first in a login.
    assertThat(server.log().substring(before)).doesNotContain("user=etl");
    return refused;
  }

  /** A tunnel whose far end is the server, whatever name it is asked for. */
  private static TunnelProvider tunnel() {
    return StraightTunnel.to(server.host(), server.port());
  }

  @Test
  void copiesOverEncryptedConnectionsToTheServerThatWasVerified() {
    int before = server.log().length();
    assertThat(copied(at("localhost", trusting(authority)), null)).containsExactly("true");
    assertThat(copied(at("127.0.0.1", trusting(authority)), null)).containsExactly("true");
    assertThat(server.log().substring(before)).contains("user=etl").contains("SSL enabled");
  }

  /** Fault 38. */
  @Test
  void refusesAnUnknownAuthority() {
    assertThat(refusal(at("localhost", trusting(CertificateAuthority.create())), null))
        .hasMessageContaining("the server's certificate was not accepted: no trusted root vouches")
        .hasMessageContaining("Tls.verifyFull().ca(file)");
    assertThat(
            refusal(
                PostgresDialect.at("localhost", server.port(), "postgres").login("etl", PASSWORD),
                null))
        .as("by the JDK's roots, as it is when nobody says otherwise")
        .hasMessageContaining("no trusted root vouches");
  }

  /** Fault 38. */
  @Test
  void refusesACertificateThatHasExpiredUnlessNothingIsVerified() {
    use(authority.issue("localhost", "dns:localhost", LONG_AGO, LESS_LONG_AGO));
    assertThat(refusal(at("localhost", trusting(authority)), null))
        .hasMessageContaining("has expired on 2021-03-04")
        .hasMessageContaining("Have it renewed");

    int before = server.log().length();
    String log =
        StandardError.during(
            () ->
                assertThat(copied(at("localhost", Tls.withoutVerification()), null))
                    .containsExactly("true"));
    int connections = times(server.log().substring(before), "connection authorized: user=etl");
    assertThat(connections).isPositive();
    assertThat(times(log, "is not verified (Tls.withoutVerification())"))
        .as("a warning at each connection")
        .isEqualTo(connections);
  }

  private static int times(String text, String part) {
    return text.split(java.util.regex.Pattern.quote(part), -1).length - 1;
  }

  /** Fault 38. */
  @Test
  void refusesASelfSignedCertificate() {
    use(authority.selfSigned("localhost", "dns:localhost"));
    assertThat(refusal(at("localhost", trusting(authority)), null))
        .hasMessageContaining("is self-signed and not among the trusted roots");
  }

  /** Fault 38, through a tunnel: the database's own name is verified, not localhost. */
  @Test
  void verifiesTheDatabasesOwnNameThroughATunnel() {
    assertThat(refusal(at("db.internal", trusting(authority)), tunnel()))
        .hasMessageContaining("is not made out to db.internal but to localhost, 127.0.0.1")
        .hasMessageContaining("Connect by one of those names");
    use(authority.issue("db", "dns:db.internal"));
    assertThat(copied(at("db.internal", trusting(authority)), tunnel())).containsExactly("true");
    assertThat(refusal(at("localhost", trusting(authority)), null))
        .hasMessageContaining("is not made out to localhost but to db.internal");
  }

  /** Fault 38: a server without TLS gets the question for it, of eight bytes, and nothing else. */
  @Test
  void sendsNothingToAServerThatOffersNoTls() {
    PostgresServer plain = PostgresServer.shared(PostgresVersion.DEFAULT);
    try (TcpProxy proxy = plain.proxy()) {
      SourceException refused =
          refusal(
              PostgresDialect.at(proxy.host(), proxy.port(), "postgres")
                  .login("etl", PASSWORD)
                  .tls(trusting(authority)),
              null);
      assertThat(refused)
          .hasMessageContaining("the server offers no TLS, so nothing was sent to it")
          .hasMessageContaining(".tls(Tls.off())");
      assertThat(proxy.bytesToServer()).isEqualTo(8L * proxy.connections());
      assertThat(
              refusal(
                  PostgresDialect.at(proxy.host(), proxy.port(), "postgres")
                      .login("etl", PASSWORD)
                      .tls(Tls.withoutVerification()),
                  null))
          .hasMessageContaining("the server offers no TLS");
      assertThat(proxy.bytesToServer()).isEqualTo(8L * proxy.connections());
    }
  }

  @Test
  void encryptsNothingWhereTlsIsOff() {
    assertThat(copied(at("localhost", Tls.off()), null)).containsExactly("false");
  }

  @Test
  void showsAClientCertificate() {
    Issued own = authority.issue("certified", "dns:certified");
    Tls with = trusting(authority).clientCertificate(own.certificate(), own.key());
    PostgresDialect certified =
        PostgresDialect.at("localhost", server.port(), "postgres").login("certified", PASSWORD);
    assertThat(copied(certified.tls(with), null)).containsExactly("true /CN=certified");

    SourceException without =
        catchThrowableOfType(
            SourceException.class, () -> copied(certified.tls(trusting(authority)), null));
    assertThat(without)
        .hasMessageContaining("connection requires a valid client certificate")
        .hasMessageContaining("pg_hba.conf");
    Issued another = authority.issue("another", "dns:another");
    SourceException wrong =
        catchThrowableOfType(
            SourceException.class,
            () ->
                copied(
                    certified.tls(
                        trusting(authority)
                            .clientCertificate(another.certificate(), another.key())),
                    null));
    assertThat(wrong).hasMessageContaining("user certified").hasMessageNotContaining(PASSWORD);
  }

  @Test
  void readsTheFilesAnewInEachRun() throws IOException {
    Path roots = folder.resolve("roots.pem");
    Files.copy(CertificateAuthority.create().certificate(), roots);
    PostgresDialect dialect = at("localhost", Tls.verifyFull().ca(roots));
    try (Replicator replicator = Replicator.from(dialect).named("anew").build()) {
      SourceException refused = catchThrowableOfType(SourceException.class, replicator::discover);
      assertThat(refused).hasMessageContaining("no trusted root vouches");
      Files.writeString(roots, Files.readString(authority.certificate()));
      assertThat(replicator.discover().tables()).isNotEmpty();
    }
  }
}
