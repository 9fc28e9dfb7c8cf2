package dev.bobbin.dialect.postgres.faults;

import static dev.bobbin.select.TableSelection.table;
import static dev.bobbin.testsupport.Findings.assertFinding;
import static dev.bobbin.testsupport.Findings.failure;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.check.CheckReport;
import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Result;
import dev.bobbin.check.Finding.Subject;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.TunnelException;
import dev.bobbin.select.Selection;
import dev.bobbin.spi.TunnelProvider;
import dev.bobbin.testservers.CertificateAuthority;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testservers.PostgresVersion;
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.testsupport.StraightTunnel;
import dev.bobbin.tls.Tls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A check of a way that is broken in one place: it says in which, what was seen there and what to
 * do, and looks no further. Faults 38 and 42 among them.
 */
class CheckFaultsTest {

  private static final String PASSWORD = "CanaryPassword1";
  private static final String WRONG = "CanaryPassword2";

  private static PostgresServer server;
  private static CertificateAuthority authority;

  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws SQLException {
    authority = CertificateAuthority.create();
    server =
        PostgresServer.version("18")
            .password(PASSWORD)
            .ssl(authority)
            .hba("host all outsider 127.0.0.1/32 reject", "host all all 127.0.0.1/32 scram-sha-256")
            .start();
    server.createDatabase("shop");
    server.createDatabase("closed");
    server.execute(
        "shop",
        "REVOKE CONNECT ON DATABASE closed FROM PUBLIC",
        "CREATE ROLE etl LOGIN PASSWORD '" + PASSWORD + "'",
        "CREATE ROLE outsider LOGIN PASSWORD '" + PASSWORD + "'",
        "CREATE TABLE t (id int PRIMARY KEY)",
        "GRANT SELECT ON t TO etl");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Tls tls() {
    return Tls.verifyFull().ca(authority.certificate());
  }

  private static PostgresDialect at(String host, int port) {
    return PostgresDialect.at(host, port, "shop").tls(tls()).login("etl", PASSWORD);
  }

  private static CheckReport check(PostgresDialect dialect) {
    return check(Replicator.from(dialect));
  }

  private static CheckReport check(Replicator.Builder builder) {
    try (Replicator replicator = builder.named("check").build()) {
      CheckReport report = replicator.check(Selection.of(table("t")));
      assertThat(report.toString() + report.describe()).doesNotContain(PASSWORD, WRONG);
      return report;
    }
  }

  @Test
  void aNameThatIsNotKnown() {
    Finding finding = failure(check(at("no-such-host.invalid", 5432)));
    assertFinding(
        finding,
        Subject.NAME,
        "The host name no-such-host.invalid is not known.",
        "Check the name");
  }

  @Test
  void aPortThatRefuses() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, LOOPBACK)) {
      port = free.getLocalPort();
    }
    Finding finding = failure(check(at("127.0.0.1", port)), Subject.NAME);
    assertFinding(
        finding, Subject.PORT, "127.0.0.1:" + port + " refuses connections.", "is running");
    assertThat(finding.remedy()).contains("let in 127.0.0.1");
  }

  @Test
  void aPortThatIsSilent() {
    try (TcpProxy proxy = server.proxy()) {
      proxy.blackHole();
      for (Tls tls : List.of(tls(), Tls.off())) {
        Finding finding =
            failure(
                check(
                    Replicator.from(at("127.0.0.1", proxy.port()).tls(tls))
                        .connectTimeout(Duration.ofSeconds(1))),
                Subject.NAME);
        assertFinding(finding, Subject.PORT, "says nothing within 1.0 s", "security group");
        assertThat(finding.remedy()).contains("let in 127.0.0.1").contains("NAT");
      }
    }
  }

  /** Nobody takes the connection: the queue of those that wait to be taken is full. */
  @Test
  void aPortThatDoesNotAnswer() throws IOException {
    try (ServerSocket full = new ServerSocket(0, 1, LOOPBACK);
        Socket first = new Socket(full.getInetAddress(), full.getLocalPort());
        Socket second = new Socket(full.getInetAddress(), full.getLocalPort())) {
      assertThat(first.isConnected() && second.isConnected()).isTrue();
      Finding finding =
          failure(
              check(
                  Replicator.from(at("127.0.0.1", full.getLocalPort()))
                      .connectTimeout(Duration.ofSeconds(1))),
              Subject.NAME);
      assertFinding(finding, Subject.PORT, "does not answer within 1.0 s", "security group");
    }
  }

  @Test
  void somethingElseThanADatabase() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 5, LOOPBACK)) {
      Thread web =
          new Thread(
              () -> {
                try (Socket socket = other.accept()) {
                  socket
                      .getOutputStream()
                      .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(UTF_8));
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      web.start();
      Finding finding = failure(check(at("127.0.0.1", other.getLocalPort())), Subject.NAME);
      assertThat(finding.subject()).as("%s", finding).isEqualTo(Subject.PORT);
      web.join();
    }
  }

  /** Fault 38: nothing is sent in plaintext, not even the user's name. */
  @Test
  void aServerWithoutTls() throws Exception {
    try (StubServer stub = StubServer.ofVersion("18.0")) {
      Finding finding = failure(check(at("127.0.0.1", stub.port())), Subject.NAME, Subject.PORT);
      assertFinding(finding, Subject.TLS, "offers no TLS", "Turn TLS on in the server");
    }
  }

  /** Fault 38. */
  @Test
  void aCertificateThatNoRootVouchesFor() {
    Finding finding =
        failure(
            check(at("localhost", server.port()).tls(Tls.verifyFull())),
            Subject.NAME,
            Subject.PORT);
    assertFinding(finding, Subject.TLS, "no trusted root vouches", "Tls.verifyFull().ca(file)");
  }

  /** Fault 38. */
  @Test
  void aCertificateThatIsSelfSigned() throws Exception {
    try (StubServer stub = StubServer.selfSigned(folder)) {
      Finding finding = failure(check(at("localhost", stub.port())), Subject.NAME, Subject.PORT);
      assertFinding(finding, Subject.TLS, "is self-signed", "Tls.verifyFull().ca(file)");
    }
  }

  /** Fault 38. */
  @Test
  void aCertificateThatHasExpired() throws Exception {
    try (StubServer stub =
        StubServer.withCertificate(folder, "localhost", "-startdate", "-9d", "-validity", "5")) {
      Tls tls = Tls.verifyFull().ca(folder.resolve("ca.pem"));
      Finding finding =
          failure(check(at("localhost", stub.port()).tls(tls)), Subject.NAME, Subject.PORT);
      assertFinding(finding, Subject.TLS, "has expired on", "Have it renewed");
    }
  }

  /** Fault 38. */
  @Test
  void aCertificateOfAnotherHost() throws Exception {
    try (StubServer stub = StubServer.withCertificate(folder, "db.example.com")) {
      Tls tls = Tls.verifyFull().ca(folder.resolve("ca.pem"));
      Finding finding =
          failure(check(at("localhost", stub.port()).tls(tls)), Subject.NAME, Subject.PORT);
      assertFinding(
          finding,
          Subject.TLS,
          "not made out to localhost but to db.example.com",
          "Connect by one of those names");
    }
  }

  @Test
  void aFileOfRootsThatIsNotThere() {
    Tls tls = Tls.verifyFull().ca(folder.resolve("roots.pem"));
    Finding finding = failure(check(at("localhost", server.port()).tls(tls)), Subject.NAME);
    assertThat(finding.subject()).isEqualTo(Subject.TLS);
    assertThat(finding.seen()).contains("roots.pem");
  }

  @Test
  void tlsThatVerifiesNothingAndNoneAreKnownForWhatTheyAre() {
    CheckReport unverified = check(at("localhost", server.port()).tls(Tls.withoutVerification()));
    assertThat(unverified.isPassed()).isTrue();
    Finding tls = unverified.warnings().get(0);
    assertFinding(tls, Subject.TLS, "not verified", "Tls.verifyFull()");
    Finding off = check(at("localhost", server.port()).tls(Tls.off())).findings().get(2);
    assertThat(off.result()).isEqualTo(Result.PASS);
    assertThat(off.seen()).contains("Not encrypted").contains("stays on this machine");
  }

  @Test
  void aPasswordThatIsRefusedIsTriedOnce() {
    int before = refusals();
    AtomicInteger asked = new AtomicInteger();
    Supplier<String> password =
        () -> {
          asked.incrementAndGet();
          return WRONG;
        };
    Finding finding = login("etl", password);
    assertFinding(finding, Subject.LOGIN, "as user etl failed", "what the password supplier gives");
    assertThat(asked).hasValue(2);
    assertThat(refusals() - before).isEqualTo(1);
  }

  private static int refusals() {
    return server.log().split("password authentication failed for user", -1).length - 1;
  }

  private static Finding login(String user, Supplier<String> password) {
    return failure(
        check(
            PostgresDialect.at("localhost", server.port(), "shop")
                .tls(tls())
                .login(user, password)),
        Subject.NAME,
        Subject.PORT,
        Subject.TLS);
  }

  @Test
  void aUserThatIsNotThere() {
    assertFinding(
        login("nobody_here", () -> PASSWORD), Subject.LOGIN, "nobody_here", "Check the user");
  }

  @Test
  void aUserThatTheServerDoesNotLetInFromHere() {
    assertFinding(login("outsider", () -> PASSWORD), Subject.LOGIN, "pg_hba.conf", "pg_hba.conf");
  }

  @Test
  void aPasswordSupplierThatFails() {
    PostgresDialect dialect =
        PostgresDialect.at("localhost", server.port(), "shop")
            .tls(tls())
            .login(
                "etl",
                () -> {
                  throw new IllegalStateException(PASSWORD);
                });
    // Without a password nothing is tried, so nothing is said of port and TLS.
    Finding finding = failure(check(dialect), Subject.NAME);
    assertFinding(finding, Subject.LOGIN, "password supplier of user etl", "Mend the supplier");
  }

  @Test
  void nobodyToLogInAs() {
    Finding finding =
        failure(
            check(PostgresDialect.at("localhost", server.port(), "shop").tls(tls())), Subject.NAME);
    assertFinding(finding, Subject.LOGIN, "no user", ".login(user, password)");
  }

  @Test
  void aVersionThatIsTooOld() throws Exception {
    try (StubServer stub = StubServer.ofVersion("9.2.24")) {
      Finding finding =
          failure(
              check(at("127.0.0.1", stub.port()).tls(Tls.off())),
              Subject.NAME,
              Subject.PORT,
              Subject.TLS,
              Subject.LOGIN);
      assertFinding(finding, Subject.VERSION, "is of version 9.2.24", "9.3 and later");
    }
  }

  @Test
  void theOldestVersionPasses() throws SQLException {
    PostgresServer oldest = PostgresServer.shared(PostgresVersion.V9_3);
    String database = oldest.createDatabase();
    oldest.execute(database, "CREATE TABLE t (id int PRIMARY KEY)");
    CheckReport report =
        check(
            PostgresDialect.at(oldest.host(), oldest.port(), database)
                .tls(Tls.off())
                .login(oldest.user(), ""));
    assertThat(report.isPassed()).as(report.describe()).isTrue();
    assertThat(report.describe()).contains("PostgreSQL 9.3");
    oldest.dropDatabase(database);
  }

  private static Finding database(String name) {
    return failure(
        check(
            PostgresDialect.at("localhost", server.port(), name).tls(tls()).login("etl", PASSWORD)),
        Subject.NAME,
        Subject.PORT,
        Subject.TLS,
        Subject.LOGIN);
  }

  @Test
  void aDatabaseThatIsNotThere() {
    assertFinding(
        database("Shop"), Subject.DATABASE, "database \"Shop\" does not exist", "lower case");
  }

  @Test
  void theGrantOpensADatabaseThatTheUserMayNotConnectTo() throws SQLException {
    Finding finding = database("closed");
    assertFinding(finding, Subject.DATABASE, "permission denied", "CONNECT");
    String grant = finding.remedy().lines().skip(1).findFirst().orElseThrow();
    assertThat(grant).isEqualTo("GRANT CONNECT ON DATABASE \"closed\" TO \"etl\";");
    server.execute("closed", grant);
    CheckReport report =
        check(
            PostgresDialect.at("localhost", server.port(), "closed")
                .tls(tls())
                .login("etl", PASSWORD));
    assertThat(report.findings())
        .filteredOn(f -> f.subject() == Subject.DATABASE)
        .extracting(Finding::result)
        .containsExactly(Result.PASS);
  }

  /** A tunnel that does not come about, or leads nowhere, says so itself. */
  @Test
  void aTunnelThatIsDown() {
    TunnelProvider down =
        (host, port) -> {
          throw new TunnelException("The bastion refused the key.", "Add the key.", false, null);
        };
    Finding finding =
        failure(check(Replicator.from(at("db.only-there.invalid", 5432)).through(down)));
    assertFinding(finding, Subject.TUNNEL, "The bastion refused the key.", "Add the key.");
    TunnelProvider nowhere = StraightTunnel.to("127.0.0.1", 1);
    assertFinding(
        failure(check(Replicator.from(at("db.only-there.invalid", 5432)).through(nowhere))),
        Subject.TUNNEL,
        "db.only-there.invalid:5432 cannot be reached",
        "far end");
  }

  @Test
  void throughATunnelTheDatabasesOwnNameIsVerified() {
    TunnelProvider tunnel = StraightTunnel.to(server.host(), server.port());
    assertThat(check(Replicator.from(at("localhost", 6543)).through(tunnel)).isPassed()).isTrue();
    Finding finding =
        failure(
            check(Replicator.from(at("db.only-there.invalid", 6543)).through(tunnel)),
            Subject.TUNNEL);
    assertFinding(
        finding, Subject.TLS, "not made out to db.only-there.invalid", "the database's own name");
    CheckReport plain =
        check(Replicator.from(at("db.only-there.invalid", 6543).tls(Tls.off())).through(tunnel));
    assertThat(plain.isPassed()).isTrue();
    assertThat(plain.findings().get(1).seen()).contains("the tunnel protects the way");
  }

  @Test
  void aTunnelThatATunnelOfTheProviderRefuses() {
    TunnelProvider unfinished =
        (host, port) -> {
          throw new ConfigurationException("No host key is trusted.", "Call knownHosts(file).");
        };
    Finding finding = failure(check(Replicator.from(at("db.internal", 5432)).through(unfinished)));
    assertFinding(finding, Subject.TUNNEL, "No host key is trusted.", "knownHosts");
  }
}
