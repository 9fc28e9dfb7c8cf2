package dev.bobbin.dialect.jdbc;

import dev.bobbin.spi.SourceSettings;
import dev.bobbin.spi.Tunnel;
import dev.bobbin.tls.Tls;
import java.io.IOException;
import java.net.Socket;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The way that a driver's connections take to one server: through a tunnel or not, with TLS or
 * without. Thread-safe.
 *
 * <p>A driver makes its socket factories itself, by class name and a text. So a route can only be
 * handed over by a name, under which it is registered. This is the one piece of static state in
 * Bobbin; an entry lives until its route is closed, its name is random, and nothing but open routes
 * is in it.
 */
public final class Route implements AutoCloseable {

  private static final ConcurrentMap<String, Route> OPEN = new ConcurrentHashMap<>();

  private final String name = UUID.randomUUID().toString();
  private final @Nullable Tunnel tunnel;
  private final @Nullable SSLSocketFactory tls;
  private final @Nullable X509ExtendedTrustManager trust;
  private final boolean verified;
  private volatile @Nullable Socket last;
  private volatile @Nullable SSLSocket encrypted;

  private Route(
      @Nullable Tunnel tunnel,
      @Nullable SSLSocketFactory tls,
      @Nullable X509ExtendedTrustManager trust,
      boolean verified) {
    this.tunnel = tunnel;
    this.tls = tls;
    this.trust = trust;
    this.verified = verified;
  }

  /**
   * The route to a server; opens the tunnel, if there is one.
   *
   * @throws dev.bobbin.error.TunnelException if the tunnel cannot be opened
   * @throws dev.bobbin.error.ConfigurationException if a file of the TLS settings cannot be read
   */
  public static Route open(ConnectionSettings connections, SourceSettings settings) {
    Tls tls = connections.tls();
    return open(connections, settings, tls.isOff() ? null : tls.sockets(), null);
  }

  /**
   * The same for a driver that makes its TLS sockets itself, and is given a {@link DriverTrust}.
   *
   * @throws dev.bobbin.error.TunnelException if the tunnel cannot be opened
   * @throws dev.bobbin.error.ConfigurationException if a file of the TLS settings cannot be read,
   *     or there is a client certificate
   */
  public static Route trusting(ConnectionSettings connections, SourceSettings settings) {
    Tls tls = connections.tls();
    return open(
        connections, settings, null, tls.isOff() ? null : tls.trust(connections.endpoint().host()));
  }

  private static Route open(
      ConnectionSettings connections,
      SourceSettings settings,
      @Nullable SSLSocketFactory tls,
      @Nullable X509ExtendedTrustManager trust) {
    Endpoint endpoint = connections.endpoint();
    Tunnel tunnel =
        settings.tunnel().map(t -> t.open(endpoint.host(), endpoint.port())).orElse(null);
    Route route = new Route(tunnel, tls, trust, connections.tls().isVerified());
    OPEN.put(route.name, route);
    return route;
  }

  /** The route of that name. */
  static Route named(String name) throws IOException {
    Route route = OPEN.get(name);
    if (route == null) {
      throw new IOException("the session to the database has been closed");
    }
    return route;
  }

  /** The number of open routes, for the test that none is left. */
  static int open() {
    return OPEN.size();
  }

  /** What a driver's socket factory is told. */
  public String name() {
    return name;
  }

  /** Whether connections are encrypted. */
  public boolean isEncrypted() {
    return tls != null || trust != null;
  }

  /** Whether the server is verified. */
  boolean isVerified() {
    return verified;
  }

  /** Whether it goes through a tunnel, so that it does not matter which host a driver is told. */
  public boolean isTunnel() {
    return tunnel != null;
  }

  /** Whether there is no tunnel, or it stands. */
  public boolean isAlive() {
    return tunnel == null || tunnel.isAlive();
  }

  /** A socket: connected to the tunnel's far end, or not yet connected where there is no tunnel. */
  Socket socket() throws IOException {
    Socket socket = tunnel == null ? new Socket() : tunnel.connect();
    last = socket;
    return socket;
  }

  /** Whether the connection that was tried last has reached its far end, if it ended since too. */
  boolean hasConnected() {
    Socket socket = last;
    return socket != null && socket.isConnected();
  }

  /** Whether TLS has been begun on some connection. */
  boolean hasBegunTls() {
    return encrypted != null;
  }

  /** TLS over a connected socket; the handshake is the driver's. */
  Socket encrypt(Socket connected, String host, int port, boolean autoClose) throws IOException {
    Socket socket = factory().createSocket(connected, host, port, autoClose);
    if (socket instanceof SSLSocket made) {
      encrypted = made;
    }
    return socket;
  }

  /** Notes that a driver has begun TLS on a connection. */
  void begunTls(SSLSocket socket) {
    encrypted = socket;
  }

  X509ExtendedTrustManager trust() {
    return Objects.requireNonNull(trust, "the connection is not to be encrypted");
  }

  SSLSocketFactory factory() {
    return Objects.requireNonNull(tls, "the connection is not to be encrypted");
  }

  /** The TLS session of the connection that was encrypted last; empty where none was. */
  public Optional<SSLSession> lastEncrypted() {
    // Not isValid(): it is false too where the server lets no session be resumed.
    return Optional.ofNullable(encrypted)
        .map(SSLSocket::getSession)
        .filter(session -> !session.getProtocol().equals("NONE"));
  }

  /** Ends the registration, and closes the tunnel with every connection through it. */
  @Override
  public void close() {
    OPEN.remove(name);
    if (tunnel != null) {
      tunnel.close();
    }
  }
}
