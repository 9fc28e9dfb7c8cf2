package dev.bobbin.tls;

import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * The verification of a server's certificate and of its name, for drivers that make TLS sockets
 * themselves and may have been told another host, such as a tunnel's end. Thread-safe.
 *
 * <p>Names are compared as RFC 2818 says: those among the subject's alternative names, or its
 * common name where there are none; a star stands for the first label of a name that has three or
 * more.
 */
final class HostTrust extends X509ExtendedTrustManager {

  private static final int DNS_NAME = 2; // RFC 5280, 4.2.1.6: GeneralName
  private static final int IP_ADDRESS = 7;
  private static final Pattern COMMON_NAME = Pattern.compile("(?:^|,)CN=([^,+\\\\]+)(?:,|$)");
  private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|.*:.*");

  private final X509ExtendedTrustManager trust;
  private final String host;

  /**
   * A verification.
   *
   * @param trust of the chain
   * @param host to whom the certificate has to be made out
   */
  HostTrust(X509ExtendedTrustManager trust, String host) {
    this.trust = trust;
    this.host = host;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    trust.checkServerTrusted(chain, authType, socket);
    checkName(chain[0]);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    trust.checkServerTrusted(chain, authType, engine);
    checkName(chain[0]);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    trust.checkServerTrusted(chain, authType);
    checkName(chain[0]);
  }

  private void checkName(X509Certificate certificate) throws CertificateException {
    if (!isMadeOutTo(certificate, host)) {
      throw VerifyingTrust.wrongHost(certificate, host, null);
    }
  }

  /** Whether a certificate is made out to a host. */
  static boolean isMadeOutTo(X509Certificate certificate, String host) throws CertificateException {
    boolean address = ADDRESS.matcher(host).matches();
    boolean named = false;
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    for (List<?> name : names == null ? List.<List<?>>of() : names) {
      String value = String.valueOf(name.get(1));
      if (name.get(0).equals(DNS_NAME)) {
        named = true;
        if (!address && isSameName(value, host)) {
          return true;
        }
      } else if (address && name.get(0).equals(IP_ADDRESS) && isSameAddress(value, host)) {
        return true;
      }
    }
    return !address && !named && isSameName(commonName(certificate), host);
  }

  private static boolean isSameAddress(String address, String host) {
    try {
      return InetAddress.getByName(address).equals(InetAddress.getByName(host)); // both literal
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static boolean isSameName(String pattern, String host) {
    String name = withoutDot(host);
    String wanted = withoutDot(pattern);
    if (!wanted.startsWith("*.")) {
      return !wanted.isEmpty() && wanted.indexOf('*') < 0 && wanted.equals(name);
    }
    int dot = name.indexOf('.');
    String rest = wanted.substring(1);
    return dot > 0 && rest.indexOf('.', 1) > 0 && rest.equals(name.substring(dot));
  }

  private static String withoutDot(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  private static String commonName(X509Certificate certificate) {
    Matcher name = COMMON_NAME.matcher(certificate.getSubjectX500Principal().getName());
    return name.find() ? name.group(1) : "";
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    trust.checkClientTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    trust.checkClientTrusted(chain, authType, socket);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    trust.checkClientTrusted(chain, authType, engine);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return trust.getAcceptedIssuers();
  }
}
