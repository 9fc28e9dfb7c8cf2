package dev.bobbin.dialect.jdbc;

import dev.bobbin.spi.Tunnel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.net.SocketFactory;
import jdk.net.ExtendedSocketOptions;

/**
 * The socket factory that is given to JDBC drivers: its sockets go through a tunnel where there is
 * one, and notice a peer that has vanished within about a minute (TCP keep-alive after 30 s, every
 * 10 s, 3 times, where the platform lets that be set).
 *
 * <p>A driver makes the factory itself, by its class name and a text. So a tunnel can only be
 * handed over by a name, under which it is registered: {@link #through(Tunnel)}. This is the one
 * piece of static state in Bobbin; an entry lives until its {@link Route} is closed, its name is
 * random, and nothing but open tunnels is in it.
 *
 * <p>Public for drivers only. Thread-safe.
 */
public final class DriverSockets extends SocketFactory {

  private static final ConcurrentMap<String, Tunnel> TUNNELS = new ConcurrentHashMap<>();
  private static final String DIRECT = "direct";

  private final String name;

  /**
   * A factory; called by drivers.
   *
   * @param name of a {@link Route}
   */
  public DriverSockets(String name) {
    this.name = name;
  }

  /**
   * The way that a driver's connections take. Closing it ends the registration, not the tunnel.
   * Thread-safe.
   */
  public static final class Route implements AutoCloseable {
    private final String name;

    private Route(String name) {
      this.name = name;
    }

    /** The class name for the driver's property. */
    public String factory() {
      return DriverSockets.class.getName();
    }

    /** The argument for the driver's property. */
    public String argument() {
      return name;
    }

    @Override
    public void close() {
      TUNNELS.remove(name);
    }
  }

  /** The route without a tunnel. */
  public static Route direct() {
    return new Route(DIRECT);
  }

  /**
   * The route through a tunnel, to its far end whatever host and port the driver is told; these
   * stay the database's own, so that TLS verifies its name.
   *
   * @param tunnel stays the caller's
   */
  public static Route through(Tunnel tunnel) {
    String name = UUID.randomUUID().toString();
    TUNNELS.put(name, tunnel);
    return new Route(name);
  }

  /** Whether its sockets come connected, to the far end of a tunnel. */
  public boolean isTunnel() {
    return !name.equals(DIRECT);
  }

  /** The number of registered tunnels, for the test that none is left. */
  static int registered() {
    return TUNNELS.size();
  }

  /** A socket: connected to the tunnel's far end, or not yet connected where there is no tunnel. */
  @Override
  public Socket createSocket() throws IOException {
    if (!isTunnel()) {
      Socket socket = new Socket();
      keepAlive(socket);
      return socket;
    }
    Tunnel tunnel = TUNNELS.get(name);
    if (tunnel == null) {
      throw new IOException("the tunnel to the database has been closed");
    }
    Socket socket = tunnel.connect();
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
