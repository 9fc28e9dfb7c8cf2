package dev.bobbin.dialect.jdbc;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.ssl.SSLSocketFactory;

/**
 * The factory of TLS sockets that is given to JDBC drivers: its sockets verify what the dialect's
 * TLS settings say, by the host that the driver was told, which through a tunnel is the database's
 * own too.
 *
 * <p>Public for drivers only. Thread-safe.
 */
public final class DriverTls extends SSLSocketFactory {

  private final Route route;

  /**
   * A factory; called by drivers.
   *
   * @param name of a {@link Route}
   */
  public DriverTls(String name) throws IOException {
    this.route = Route.named(name);
  }

  @Override
  public Socket createSocket(Socket connected, String host, int port, boolean autoClose)
      throws IOException {
    return route.encrypt(connected, host, port, autoClose);
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return route.factory().createSocket(host, port);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return route.factory().createSocket(host, port, localHost, localPort);
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return route.factory().createSocket(host, port);
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localAddress, int localPort)
      throws IOException {
    return route.factory().createSocket(host, port, localAddress, localPort);
  }

  @Override
  public String[] getDefaultCipherSuites() {
    return route.factory().getDefaultCipherSuites();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return route.factory().getSupportedCipherSuites();
  }
}
