package dev.bobbin.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.error.ConfigurationException;
import dev.bobbin.testservers.CertificateAuthority;
import dev.bobbin.testservers.CertificateAuthority.Issued;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Handshakes with servers of the JDK, whose certificates are good or not. */
class TlsTest {

  private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");
  private static final Instant LESS_LONG_AGO = Instant.parse("2021-03-04T00:00:00Z");

  private static ExecutorService threads;
  private static CertificateAuthority authority;
  private static CertificateAuthority other;
  private static Issued good;

  @TempDir private Path folder;

  @BeforeAll
  static void create() {
    threads = Executors.newCachedThreadPool();
    authority = CertificateAuthority.create();
    other = CertificateAuthority.create();
    good = authority.issueForLoopback();
  }

  @AfterAll
  static void end() {
    threads.shutdownNow();
  }

  /** A server that answers one client with one byte; what is there in the end is its failure. */
  private static final class Server implements AutoCloseable {
    private final SSLServerSocket listener;
    private final Future<byte[]> served;

    Server(Issued issued, boolean clientCertificate) throws Exception {
      KeyStore keys = PemFile.emptyStore();
      keys.setKeyEntry(
          "server",
          PemFile.read(issued.key(), "key").privateKey(null),
          new char[0],
          PemFile.read(issued.certificate(), "certificate")
              .certificates()
              .toArray(new java.security.cert.Certificate[0]));
      KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
      own.init(keys, new char[0]);
      KeyStore roots = PemFile.emptyStore();
      roots.setCertificateEntry(
          "root", PemFile.read(authority.certificate(), "root").certificates().get(0));
      TrustManagerFactory clients = TrustManagerFactory.getInstance("PKIX");
      clients.init(roots);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(own.getKeyManagers(), clients.getTrustManagers(), null);
      listener =
          (SSLServerSocket)
              context
                  .getServerSocketFactory()
                  .createServerSocket(0, 5, InetAddress.getLoopbackAddress());
      listener.setNeedClientAuth(clientCertificate);
      served =
          threads.submit(
              () -> {
                try (SSLSocket client = (SSLSocket) listener.accept()) {
                  client.startHandshake();
                  client.getOutputStream().write(7);
                  client.getOutputStream().flush();
                  return client.getInputStream().readAllBytes();
                }
              });
    }

    /** Greets the server as a host, as a driver does, and gives its answer. */
    int greet(Tls tls, String host) throws IOException {
      Socket plain = new Socket(InetAddress.getLoopbackAddress(), listener.getLocalPort());
      try (Socket socket = tls.sockets().createSocket(plain, host, listener.getLocalPort(), true)) {
        return socket.getInputStream().read();
      }
    }

    @Override
    public void close() throws Exception {
      listener.close();
      served.cancel(true);
    }
  }

  private static int greet(Issued issued, Tls tls, String host) throws Exception {
    try (Server server = new Server(issued, false)) {
      return server.greet(tls, host);
    }
  }

  private static Tls trusting(CertificateAuthority root) {
    return Tls.verifyFull().ca(root.certificate());
  }

  private static UntrustedCertificateException refusal(Issued issued, Tls tls, String host)
      throws Exception {
    try {
      greet(issued, tls, host);
    } catch (SSLException e) {
      for (Throwable at = e; at != null; at = at.getCause()) {
        if (at instanceof UntrustedCertificateException refused) {
          assertThat(refused).hasMessage(refused.problem() + ". " + refused.remedy());
          return refused;
        }
      }
      throw e;
    }
    throw new AssertionError("the server was trusted");
  }

  @Test
  void trustsTheRightHostByNameAndByAddress() throws Exception {
    assertThat(greet(good, trusting(authority), "localhost")).isEqualTo(7);
    assertThat(greet(good, trusting(authority), "127.0.0.1")).isEqualTo(7);
    assertThat(
            greet(authority.issue("x", "dns:*.db.internal"), trusting(authority), "a.db.internal"))
        .isEqualTo(7);
  }

  @Test
  void trustsAChainWithAnAuthorityBetween() throws Exception {
    Issued issued = authority.intermediate().issue("db", "dns:localhost");
    assertThat(greet(issued, trusting(authority), "localhost")).isEqualTo(7);

    String chain = Files.readString(issued.certificate());
    Path alone =
        Files.writeString(
            folder.resolve("alone.pem"), chain.substring(0, chain.lastIndexOf("-----BEGIN")));
    assertThat(refusal(new Issued(alone, issued.key()), trusting(authority), "localhost").problem())
        .startsWith("no trusted root vouches for the certificate of CN=db, issued by CN=Bobbin");
  }

  @Test
  void trustsEachRootOfAFile() throws Exception {
    Path both =
        Files.writeString(
            folder.resolve("both.pem"),
            Files.readString(other.certificate()) + Files.readString(authority.certificate()));
    assertThat(greet(good, Tls.verifyFull().ca(both), "localhost")).isEqualTo(7);
    assertThat(greet(other.issueForLoopback(), Tls.verifyFull().ca(both), "localhost"))
        .isEqualTo(7);
  }

  @Test
  void refusesACertificateThatHasExpired() throws Exception {
    UntrustedCertificateException refused =
        refusal(
            authority.issue("db", "dns:localhost", LONG_AGO, LESS_LONG_AGO),
            trusting(authority),
            "localhost");
    assertThat(refused.problem()).isEqualTo("the certificate of CN=db has expired on 2021-03-04");
    assertThat(refused.remedy()).contains("Have it renewed").contains("clock is wrong");
  }

  /** The JDK asks no dates of a certificate that is a trusted root itself. */
  @Test
  void refusesACertificateThatHasExpiredThoughItIsARootItself() throws Exception {
    Issued own = authority.issue("db", "dns:localhost", LONG_AGO, LESS_LONG_AGO);
    UntrustedCertificateException refused =
        refusal(own, Tls.verifyFull().ca(own.certificate()), "localhost");
    assertThat(refused.problem()).contains("has expired on 2021-03-04");
  }

  @Test
  void refusesACertificateThatIsNotYetValid() throws Exception {
    Instant later =
        LocalDate.now(ZoneOffset.UTC).plusDays(10).atStartOfDay().toInstant(ZoneOffset.UTC);
    UntrustedCertificateException refused =
        refusal(
            authority.issue("db", "dns:localhost", later, later.plusSeconds(1_000_000)),
            trusting(authority),
            "localhost");
    assertThat(refused.problem())
        .isEqualTo(
            "the certificate of CN=db is valid from "
                + later.atOffset(ZoneOffset.UTC).toLocalDate()
                + " only");
    assertThat(refused.remedy()).isEqualTo("Check this machine's clock.");
  }

  @Test
  void refusesASelfSignedCertificate() throws Exception {
    UntrustedCertificateException refused =
        refusal(authority.selfSigned("db", "dns:localhost"), trusting(authority), "localhost");
    assertThat(refused.problem())
        .isEqualTo("the certificate of CN=db is self-signed and not among the trusted roots");
    assertThat(refused.remedy())
        .contains("Tls.verifyFull().ca(file)")
        .contains("Trusted are those of Tls.verifyFull().ca(" + authority.certificate() + ").");
  }

  @Test
  void trustsASelfSignedCertificateThatIsNamedAsARoot() throws Exception {
    Issued own = authority.selfSigned("db", "dns:localhost");
    assertThat(greet(own, Tls.verifyFull().ca(own.certificate()), "localhost")).isEqualTo(7);
    assertThat(refusal(own, Tls.verifyFull().ca(own.certificate()), "elsewhere.invalid").problem())
        .contains("is not made out to elsewhere.invalid");
  }

  @Test
  void refusesAnUnknownIssuer() throws Exception {
    assertThat(refusal(good, trusting(other), "localhost").problem())
        .isEqualTo(
            "no trusted root vouches for the certificate of CN=localhost, issued by CN=Bobbin test"
                + " authority");
    UntrustedCertificateException byTheJdksRoots = refusal(good, Tls.verifyFull(), "localhost");
    assertThat(byTheJdksRoots.problem()).startsWith("no trusted root vouches");
    assertThat(byTheJdksRoots.remedy())
        .contains("Get the authority's certificate as a PEM file")
        .contains("Tls.verifyFull().ca(file)");
  }

  @Test
  void refusesAnotherHost() throws Exception {
    UntrustedCertificateException refused = refusal(good, trusting(authority), "db.internal");
    assertThat(refused.problem())
        .isEqualTo("the certificate is not made out to db.internal but to localhost, 127.0.0.1");
    assertThat(refused.remedy())
        .contains("Connect by one of those names")
        .contains("issued for db.internal")
        .contains("the database's own name, not localhost");
    assertThat(refusal(good, trusting(authority), "127.0.0.2").problem())
        .contains("not made out to 127.0.0.2");
    // Names are those of the alternatives alone (RFC 6125): not the subject's.
    assertThat(
            refusal(authority.issue("localhost", "dns:else"), trusting(authority), "localhost")
                .problem())
        .isEqualTo("the certificate is not made out to localhost but to else");
  }

  /** A server may send an old certificate that nothing depends on. */
  @Test
  void blamesNoDatesOfACertificateThatIsSentNeedlessly() throws Exception {
    Issued old = other.issue("old", "dns:else", LONG_AGO, LESS_LONG_AGO);
    X509Certificate[] chain = {
      PemFile.read(good.certificate(), "server").certificates().get(0),
      PemFile.read(old.certificate(), "old").certificates().get(0)
    };
    VerifyingTrust trust =
        VerifyingTrust.of(PemFile.read(authority.certificate(), "root"), trusting(authority));
    trust.checkServerTrusted(chain, "UNKNOWN");
    // Without a handshake the host cannot be verified.
    SSLEngine engine = SSLContext.getDefault().createSSLEngine("db.internal", 5432);
    assertThatThrownBy(() -> trust.checkServerTrusted(chain, "UNKNOWN", engine))
        .isInstanceOf(UntrustedCertificateException.class)
        .hasMessageContaining("is not made out to the host");
  }

  @Test
  void verifiesNothingOnlyWhenAskedByName() throws Exception {
    Issued worst = other.issue("x", "dns:else", LONG_AGO, LESS_LONG_AGO);
    assertThat(greet(worst, Tls.withoutVerification(), "localhost")).isEqualTo(7);
  }

  @Test
  void showsAClientCertificateWhereTheServerAsks() throws Exception {
    Issued client = authority.intermediate().issue("etl", "dns:etl");
    Tls tls = trusting(authority);
    try (Server server = new Server(good, true)) {
      assertThat(
              server.greet(tls.clientCertificate(client.certificate(), client.key()), "localhost"))
          .isEqualTo(7);
    }
    try (Server server = new Server(good, true)) {
      assertThatThrownBy(() -> server.greet(tls, "localhost")).isInstanceOf(IOException.class);
    }
    Issued stranger = other.issue("etl", "dns:etl");
    try (Server server = new Server(good, true)) {
      Tls with = tls.clientCertificate(stranger.certificate(), stranger.key());
      assertThatThrownBy(() -> server.greet(with, "localhost")).isInstanceOf(IOException.class);
    }
  }

  @Test
  void refusesAKeyThatDoesNotBelongToItsCertificate() {
    Issued one = other.issue("etl", "dns:etl");
    Tls tls = Tls.verifyFull().clientCertificate(one.certificate(), good.key());
    assertThatThrownBy(tls::context)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("The client key " + good.key())
        .hasMessageContaining("does not belong to the first certificate in " + one.certificate());
  }

  @Test
  void readsTheFilesAnewEachTime() throws Exception {
    Path roots = Files.copy(other.certificate(), folder.resolve("roots.pem"));
    Tls tls = Tls.verifyFull().ca(roots);
    assertThat(refusal(good, tls, "localhost").problem()).startsWith("no trusted root");
    Files.writeString(roots, Files.readString(authority.certificate()));
    assertThat(greet(good, tls, "localhost")).isEqualTo(7);
  }

  @Test
  void refusesContradictions() {
    Path file = Path.of("roots.pem");
    for (Tls tls : new Tls[] {Tls.off(), Tls.withoutVerification()}) {
      assertThatThrownBy(() -> tls.ca(file))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(tls + ", which verifies nothing")
          .hasMessageContaining("Tls.verifyFull().ca(roots.pem)");
    }
    assertThatThrownBy(() -> Tls.off().clientCertificate(file, file))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("does not go with Tls.off()");
    assertThatThrownBy(Tls.off()::context).isInstanceOf(ConfigurationException.class);
    assertThat(Tls.withoutVerification().clientCertificate(file, file).isVerified()).isFalse();
  }

  @Test
  void showsTheModeAndTheFilesWithoutTheirContent() {
    assertThat(Tls.verifyFull()).hasToString("Tls.verifyFull()");
    assertThat(Tls.off()).hasToString("Tls.off()");
    assertThat(Tls.withoutVerification()).hasToString("Tls.withoutVerification()");
    assertThat(
            Tls.verifyFull()
                .ca(Path.of("roots.pem"))
                .clientCertificate(Path.of("etl.crt"), Path.of("etl.key"), () -> "canary"))
        .hasToString("Tls.verifyFull().ca(roots.pem)");
  }
}
