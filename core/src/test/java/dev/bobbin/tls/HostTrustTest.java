package dev.bobbin.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.error.ConfigurationException;
import dev.bobbin.testservers.CertificateAuthority;
import dev.bobbin.testservers.CertificateAuthority.Issued;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Test;

/** Names in certificates, for drivers that leave them to the verification of certificates. */
class HostTrustTest {

  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create();

  private static X509Certificate certificate(Issued issued) throws GeneralSecurityException {
    return PemFile.read(issued.certificate(), "certificate").certificates().get(0);
  }

  private static boolean fits(String alternatives, String host) throws Exception {
    return HostTrust.isMadeOutTo(certificate(AUTHORITY.issue("other", alternatives)), host);
  }

  @Test
  void comparesNamesAsRfc2818Says() throws Exception {
    assertThat(fits("dns:db.example.com", "DB.example.com")).isTrue();
    assertThat(fits("dns:db.example.com", "db.example.com.")).isTrue();
    assertThat(fits("dns:db.example.com", "a.db.example.com")).isFalse();
    assertThat(fits("dns:db.example.com", "other")).isFalse(); // the common name does not count
    assertThat(fits("dns:*.example.com", "db.example.com")).isTrue();
    assertThat(fits("dns:*.example.com", "a.db.example.com")).isFalse();
    assertThat(fits("dns:*.example.com", "example.com")).isFalse();
    assertThat(fits("ip:10.1.2.3", "10.1.2.3")).isTrue();
    assertThat(fits("ip:10.1.2.3", "10.1.2.4")).isFalse();
    assertThat(fits("dns:10.1.2.3", "10.1.2.3")).isFalse(); // an address is no name
  }

  @Test
  void refusesAnotherHostWithTheNamesOfTheCertificate() throws Exception {
    Issued issued = AUTHORITY.issue("db", "dns:db.example.com");
    Path roots = AUTHORITY.certificate();
    X509Certificate[] chain = {certificate(issued)};
    X509ExtendedTrustManager right = Tls.verifyFull().ca(roots).trust("db.example.com");
    assertThatThrownBy(
            () -> Tls.verifyFull().ca(roots).trust("127.0.0.1").checkServerTrusted(chain, "RSA"))
        .isInstanceOf(UntrustedCertificateException.class)
        .hasMessageContaining("not made out to 127.0.0.1 but to db.example.com");
    assertThatThrownBy(
            () -> Tls.verifyFull().trust("db.example.com").checkServerTrusted(chain, "RSA"))
        .isInstanceOf(UntrustedCertificateException.class)
        .hasMessageContaining("no trusted root");
    assertThat(trusts(right, chain)).isTrue();
    assertThat(trusts(Tls.withoutVerification().trust("whoever"), chain)).isTrue();
    assertThatThrownBy(() -> Tls.off().trust("db")).isInstanceOf(ConfigurationException.class);
  }

  private static boolean trusts(X509ExtendedTrustManager trust, X509Certificate[] chain) {
    try {
      trust.checkServerTrusted(chain, "RSA");
      return true;
    } catch (CertificateException e) {
      return false;
    }
  }
}
