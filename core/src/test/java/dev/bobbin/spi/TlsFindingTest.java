package dev.bobbin.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Result;
import dev.bobbin.tls.Tls;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.net.ssl.SSLSession;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Test;

class TlsFindingTest {

  private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");

  private static Finding validFor(Duration time, Tls tls) throws Exception {
    X509Certificate certificate = mock(X509Certificate.class);
    when(certificate.getSubjectX500Principal()).thenReturn(new X500Principal("CN=db"));
    when(certificate.getIssuerX500Principal()).thenReturn(new X500Principal("CN=ca"));
    when(certificate.getNotAfter()).thenReturn(Date.from(NOW.plus(time)));
    SSLSession session = mock(SSLSession.class);
    when(session.getProtocol()).thenReturn("TLSv1.3");
    when(session.getPeerCertificates()).thenReturn(new Certificate[] {certificate});
    return TlsFinding.of(tls, session, NOW);
  }

  @Test
  void warnsOfACertificateThatEndsWithinAMonth() throws Exception {
    Finding later = validFor(Duration.ofDays(30), Tls.verifyFull());
    assertThat(later.result()).isEqualTo(Result.PASS);
    assertThat(later.seen())
        .isEqualTo(
            "TLSv1.3; the certificate of CN=db, issued by CN=ca, is valid until 2030-01-31.");
    Finding soon = validFor(Duration.ofDays(29), Tls.verifyFull());
    assertThat(soon.result()).isEqualTo(Result.WARNING);
    assertThat(soon.seen()).endsWith("until 2030-01-30, for 29 days more.");
  }

  @Test
  void warnsOfWhatIsNotVerifiedOrNotEncrypted() throws Exception {
    Finding unverified = validFor(Duration.ofDays(99), Tls.withoutVerification());
    assertThat(unverified.result()).isEqualTo(Result.WARNING);
    assertThat(unverified.seen()).contains("It is not verified (Tls.withoutVerification())");
    assertThat(TlsFinding.off(Tls.off(), false, false).result()).isEqualTo(Result.WARNING);
    assertThat(TlsFinding.off(Tls.off(), true, false).result()).isEqualTo(Result.PASS);
    assertThat(TlsFinding.off(Tls.off(), false, true).result()).isEqualTo(Result.PASS);
  }
}
