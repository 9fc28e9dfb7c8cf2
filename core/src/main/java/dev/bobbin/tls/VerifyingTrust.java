package dev.bobbin.tls;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's verification of a server's certificate, whose refusals say what is wrong with it.
 * Thread-safe.
 */
final class VerifyingTrust extends X509ExtendedTrustManager {

  private static final int DNS_NAME = 2; // RFC 5280, 4.2.1.6: GeneralName
  private static final int IP_ADDRESS = 7;

  private final X509ExtendedTrustManager jdk;
  private final String settings;

  private VerifyingTrust(X509ExtendedTrustManager jdk, String settings) {
    this.jdk = jdk;
    this.settings = settings;
  }

  /**
   * The verification by some roots.
   *
   * @param roots null for the JDK's
   * @param settings for the messages
   */
  static VerifyingTrust of(@Nullable PemFile roots, Tls settings) throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    if (roots == null) {
      factory.init((KeyStore) null);
    } else {
      KeyStore store = PemFile.emptyStore();
      List<X509Certificate> all = roots.certificates();
      for (int i = 0; i < all.size(); i++) {
        store.setCertificateEntry("root" + i, all.get(i));
      }
      factory.init(store);
    }
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager jdk) {
        return new VerifyingTrust(jdk, settings.toString());
      }
    }
    throw new GeneralSecurityException("the JDK has no X509ExtendedTrustManager");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    try {
      jdk.checkServerTrusted(chain, authType, socket);
      chain[0].checkValidity(); // the JDK asks no dates of a certificate that is a root itself
    } catch (CertificateException e) {
      SSLSession session = socket instanceof SSLSocket tls ? tls.getHandshakeSession() : null;
      throw refusal(chain, authType, session, e);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    try {
      jdk.checkServerTrusted(chain, authType, engine);
      chain[0].checkValidity(); // the JDK asks no dates of a certificate that is a root itself
    } catch (CertificateException e) {
      throw refusal(chain, authType, engine.getHandshakeSession(), e);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    try {
      jdk.checkServerTrusted(chain, authType);
      chain[0].checkValidity();
    } catch (CertificateException e) {
      throw refusal(chain, authType, null, e);
    }
  }

  private UntrustedCertificateException refusal(
      X509Certificate[] chain,
      String authType,
      @Nullable SSLSession session,
      CertificateException cause) {
    X509Certificate server = chain[0];
    CertificateException unvouched = null;
    try {
      jdk.checkServerTrusted(chain, authType);
    } catch (CertificateException e) {
      unvouched = e;
    }
    // A server may send more than what vouches for it: an old certificate there does no harm.
    for (X509Certificate certificate : unvouched == null ? List.of(server) : List.of(chain)) {
      try {
        certificate.checkValidity();
      } catch (CertificateExpiredException e) {
        return new UntrustedCertificateException(
            "the certificate of "
                + name(certificate)
                + " has expired on "
                + certificate.getNotAfter().toInstant().atOffset(ZoneOffset.UTC).toLocalDate(),
            "Have it renewed; if it is still valid, this machine's clock is wrong.",
            cause);
      } catch (CertificateNotYetValidException e) {
        return new UntrustedCertificateException(
            "the certificate of "
                + name(certificate)
                + " is valid from "
                + certificate.getNotBefore().toInstant().atOffset(ZoneOffset.UTC).toLocalDate()
                + " only",
            "Check this machine's clock.",
            cause);
      }
    }
    if (unvouched != null) {
      return untrusted(chain, unvouched);
    }
    return wrongHost(
        server, session == null ? "the host" : String.valueOf(session.getPeerHost()), cause);
  }

  /** The refusal of a certificate for the name in it. */
  static UntrustedCertificateException wrongHost(
      X509Certificate server, String host, @Nullable CertificateException cause) {
    return new UntrustedCertificateException(
        "the certificate is not made out to "
            + host
            + " but to "
            + String.join(", ", namesOf(server)),
        "Connect by one of those names, or have a certificate issued for "
            + host
            + ". Through a tunnel give the database's own name, not localhost.",
        cause);
  }

  private UntrustedCertificateException untrusted(
      X509Certificate[] chain, CertificateException cause) {
    X509Certificate last = chain[chain.length - 1];
    boolean selfSigned =
        chain.length == 1 && last.getSubjectX500Principal().equals(last.getIssuerX500Principal());
    return new UntrustedCertificateException(
        selfSigned
            ? "the certificate of " + name(last) + " is self-signed and not among the trusted roots"
            : "no trusted root vouches for the certificate of "
                + name(chain[0])
                + ", issued by "
                + last.getIssuerX500Principal().getName(),
        "Get the authority's certificate as a PEM file from whoever runs the server, and name it:"
            + " Tls.verifyFull().ca(file). Trusted are those of "
            + settings
            + ".",
        cause);
  }

  private static String name(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().getName();
  }

  private static List<String> namesOf(X509Certificate certificate) {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives != null) {
        for (List<?> alternative : alternatives) {
          if (alternative.get(0).equals(DNS_NAME) || alternative.get(0).equals(IP_ADDRESS)) {
            names.add(String.valueOf(alternative.get(1)));
          }
        }
      }
    } catch (CertificateParsingException e) {
      names.clear();
    }
    return names.isEmpty() ? List.of(name(certificate)) : names;
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    jdk.checkClientTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    jdk.checkClientTrusted(chain, authType, socket);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    jdk.checkClientTrusted(chain, authType, engine);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return jdk.getAcceptedIssuers();
  }
}
