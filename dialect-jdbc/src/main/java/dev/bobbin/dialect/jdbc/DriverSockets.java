package dev.bobbin.dialect.jdbc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import javax.net.SocketFactory;
import jdk.net.ExtendedSocketOptions;

/**
 * The socket factory that is given to JDBC drivers: its sockets go through a tunnel where there is
 * one, whatever host and port the driver is told, and notice a peer that has vanished within about
 * a minute (TCP keep-alive after 30 s, every 10 s, 3 times, where the platform lets that be set).
 *
 * <p>Public for drivers only. Thread-safe.
 */
public final class DriverSockets extends SocketFactory {

  private final Route route;

  /**
   * A factory; called by drivers.
   *
   * @param name of a {@link Route}
   */
  public DriverSockets(String name) throws IOException {
    this.route = Route.named(name);
  }

  /** Whether its sockets come connected, to the far end of a tunnel. */
  public boolean isTunnel() {
    return route.isTunnel();
  }

  /** TLS over a connected socket, for drivers without a factory of such sockets. */
  public Socket encrypt(Socket connected, String host, int port) throws IOException {
    return route.encrypt(connected, host, port, true);
  }

  /** A socket: connected to the tunnel's far end, or not yet connected where there is no tunnel. */
  @Override
  public Socket createSocket() throws IOException {
    Socket socket = route.socket();
    keepAlive(socket);
    return socket;
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return connected(new InetSocketAddress(host, port), null);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return connected(
        new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return connected(new InetSocketAddress(host, port), null);
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localAddress, int localPort)
      throws IOException {
    return connected(
        new InetSocketAddress(host, port), new InetSocketAddress(localAddress, localPort));
  }

  private Socket connected(
      InetSocketAddress address, @org.jspecify.annotations.Nullable InetSocketAddress local)
      throws IOException {
    Socket socket = createSocket();
    if (!socket.isConnected()) {
      try {
        if (local != null) {
          socket.bind(local);
        }
        socket.connect(address);
      } catch (IOException e) {
        socket.close();
        throw e;
      }
    }
    return socket;
  }

  private static void keepAlive(Socket socket) {
    set(socket, StandardSocketOptions.SO_KEEPALIVE, true);
    set(socket, ExtendedSocketOptions.TCP_KEEPIDLE, 30);
    set(socket, ExtendedSocketOptions.TCP_KEEPINTERVAL, 10);
    set(socket, ExtendedSocketOptions.TCP_KEEPCOUNT, 3);
  }

  /** Best effort: a tunnel's socket need not be one of TCP, nor every platform have the option. */
  private static <T> void set(Socket socket, SocketOption<T> option, T value) {
    try {
      if (socket.supportedOptions().contains(option)) {
        socket.setOption(option, value);
      }
    } catch (IOException | UnsupportedOperationException | UncheckedIOException unsupported) {
      // then the platform's own keep-alive has to do
    }
  }
}
