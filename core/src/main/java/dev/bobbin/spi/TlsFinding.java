package dev.bobbin.spi;

import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Subject;
import dev.bobbin.tls.Tls;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * What is to be said of a connection that came about as its TLS settings ask. For authors of
 * dialects.
 */
public final class TlsFinding {

  private static final Duration ENDS_SOON = Duration.ofDays(30);

  private TlsFinding() {}

  /**
   * Of a connection without TLS.
   *
   * @param tunnel whether it goes through a tunnel
   * @param local whether it stays on this machine
   */
  public static Finding off(Tls tls, boolean tunnel, boolean local) {
    if (tunnel || local) {
      return Finding.pass(
          Subject.TLS,
          "Not encrypted ("
              + tls
              + "): "
              + (tunnel
                  ? "the tunnel protects the way to its far end."
                  : "it stays on this machine."));
    }
    return Finding.warning(
        Subject.TLS,
        "Not encrypted (" + tls + "): whoever is on the way can read and change everything.",
        "Use Tls.verifyFull(), or a tunnel.");
  }

  /**
   * Of an encrypted connection.
   *
   * @param session after the handshake
   * @param now against which the certificate's end is held
   */
  public static Finding of(Tls tls, SSLSession session, Instant now) {
    X509Certificate certificate = certificate(session);
    String seen = session.getProtocol();
    if (certificate != null) {
      seen +=
          "; the certificate of "
              + certificate.getSubjectX500Principal().getName()
              + ", issued by "
              + certificate.getIssuerX500Principal().getName()
              + ", is valid until "
              + certificate.getNotAfter().toInstant().atOffset(ZoneOffset.UTC).toLocalDate();
    }
    if (!tls.isVerified()) {
      return Finding.warning(
          Subject.TLS,
          seen + ". It is not verified (" + tls + "): somebody in the middle could have made it.",
          "Use Tls.verifyFull(), with ca(…) for an authority of your own.");
    }
    if (certificate != null) {
      Duration left = Duration.between(now, certificate.getNotAfter().toInstant());
      if (left.compareTo(ENDS_SOON) < 0) {
        return Finding.warning(
            Subject.TLS,
            seen + ", for " + left.toDays() + " days more.",
            "Have it renewed: after that day no connection comes about.");
      }
    }
    return Finding.pass(Subject.TLS, seen + ".");
  }

  private static @Nullable X509Certificate certificate(SSLSession session) {
    try {
      Certificate[] chain = session.getPeerCertificates();
      return chain[0] instanceof X509Certificate certificate ? certificate : null;
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }
}
