package dev.bobbin.dialect.jdbc;

import java.io.IOException;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedTrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The trust manager that is given to JDBC drivers which make their TLS sockets themselves: it
 * verifies what the dialect's TLS settings say, by the database's own host, whatever host the
 * driver was told.
 *
 * <p>Public for drivers only. Thread-safe.
 */
public final class DriverTrust extends X509ExtendedTrustManager {

  private static final Logger log = LoggerFactory.getLogger(DriverTrust.class);

  private final Route route;
  private final X509ExtendedTrustManager trust;

  /**
   * A trust manager; called by drivers.
   *
   * @param name of a {@link Route}
   */
  public DriverTrust(String name) throws IOException {
    this.route = Route.named(name);
    this.trust = route.trust();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    if (socket instanceof SSLSocket encrypted) {
      route.begunTls(encrypted);
    }
    if (!route.isVerified()) {
      log.warn(
          "The certificate of a server is not verified (Tls.withoutVerification()): somebody in the"
              + " middle can read and change everything. Use Tls.verifyFull(), with ca(…) for an"
              + " authority of your own.");
    }
    trust.checkServerTrusted(chain, authType, socket);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    trust.checkServerTrusted(chain, authType, engine);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    trust.checkServerTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("this is no server");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw new CertificateException("this is no server");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("this is no server");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return trust.getAcceptedIssuers();
  }
}
