package dev.bobbin.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes TLS sockets that verify the name of the host that they were made for. Thread-safe. */
final class TlsSockets extends SSLSocketFactory {

  private static final Logger log = LoggerFactory.getLogger(Tls.class);

  private final SSLSocketFactory factory;
  private final boolean verified;

  TlsSockets(SSLSocketFactory factory, boolean verified) {
    this.factory = factory;
    this.verified = verified;
  }

  private Socket prepared(Socket socket, String host, int port) {
    if (socket instanceof SSLSocket tls) {
      tls.setUseClientMode(true);
      if (verified) {
        SSLParameters parameters = tls.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS"); // RFC 2818: the name in the SAN
        tls.setSSLParameters(parameters);
      }
    }
    if (!verified) {
      log.warn(
          "The certificate of {}:{} is not verified (Tls.withoutVerification()): somebody in the"
              + " middle can read and change everything. Use Tls.verifyFull(), with ca(…) for an"
              + " authority of your own.",
          host,
          port);
    }
    return socket;
  }

  @Override
  public Socket createSocket(Socket connected, String host, int port, boolean autoClose)
      throws IOException {
    return prepared(factory.createSocket(connected, host, port, autoClose), host, port);
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return prepared(factory.createSocket(host, port), host, port);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return prepared(factory.createSocket(host, port, localHost, localPort), host, port);
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return prepared(factory.createSocket(host, port), host.getHostName(), port);
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return prepared(
        factory.createSocket(host, port, localHost, localPort), host.getHostName(), port);
  }

  @Override
  public String[] getDefaultCipherSuites() {
    return factory.getDefaultCipherSuites();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return factory.getSupportedCipherSuites();
  }
}
