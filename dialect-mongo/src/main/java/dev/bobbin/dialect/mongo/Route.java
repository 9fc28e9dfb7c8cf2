package dev.bobbin.dialect.mongo;

import com.mongodb.spi.dns.InetAddressResolver;
import dev.bobbin.error.TunnelException;
import dev.bobbin.spi.Tunnel;
import dev.bobbin.spi.TunnelProvider;
import dev.bobbin.tls.Tls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.KeyManagementException;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The way of one session to the servers of a deployment: directly or through a tunnel for each,
 * encrypted as the TLS settings say. MongoDB's driver gets its sockets here, by the context of TLS
 * that it is given. Thread-safe.
 */
final class Route implements AutoCloseable {

  /** Is told of a socket before it is connected. */
  @FunctionalInterface
  interface Keeper {
    void keep(Socket socket) throws IOException;
  }

  private record Address(String host, int port) {}

  private final @Nullable TunnelProvider provider;
  private final @Nullable SSLSocketFactory tls;
  private final Turns turns;
  private final Map<Address, Tunnel> tunnels = new HashMap<>();
  private final Set<DriverSocket> sockets = new HashSet<>();
  private volatile @Nullable SSLSession encrypted;
  private volatile @Nullable IOException failure;
  private boolean closed;

  /**
   * A way that nobody has gone yet.
   *
   * @throws dev.bobbin.error.ConfigurationException if a file of the TLS settings cannot be read
   */
  Route(Tls tls, Optional<TunnelProvider> tunnel, Turns turns) {
    this.provider = tunnel.orElse(null);
    this.tls = tls.isOff() ? null : tls.sockets();
    this.turns = turns;
  }

  Turns turns() {
    return turns;
  }

  boolean isTunnel() {
    return provider != null;
  }

  /** Looks names up; one that is behind a tunnel is known at its far end alone. */
  InetAddressResolver resolver() {
    return name ->
        provider == null
            ? Arrays.asList(InetAddress.getAllByName(name))
            : List.of(InetAddress.getByAddress(name, new byte[] {127, 0, 0, 1}));
  }

  /**
   * A connection, not encrypted yet.
   *
   * @param millis how long to try; 0 for as long as it takes
   * @param keeper is told of the socket as soon as there is one
   */
  Socket reach(InetSocketAddress to, int millis, Keeper keeper) throws IOException {
    try {
      Socket socket;
      if (provider != null) {
        socket = tunnel(provider, new Address(to.getHostString(), to.getPort())).connect();
        keeper.keep(socket);
      } else {
        socket = new Socket();
        keeper.keep(socket);
        socket.connect(to, millis);
      }
      return socket;
    } catch (TunnelException e) {
      throw failed(new IOException(e.problem(), e));
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private IOException failed(IOException e) {
    failure = e;
    return e;
  }

  /** Why the last connection could not be made; null if it could. */
  @Nullable IOException failure() {
    return failure;
  }

  private synchronized Tunnel tunnel(TunnelProvider from, Address to) throws IOException {
    if (closed) {
      throw new IOException("the session has been closed");
    }
    Tunnel tunnel = tunnels.get(to);
    if (tunnel == null) {
      tunnel = from.open(to.host(), to.port());
      tunnels.put(to, tunnel);
    }
    return tunnel;
  }

  /** The connection over which data goes: encrypted, after the handshake, where that is wanted. */
  Socket encrypted(Socket socket, InetSocketAddress to, int millis) throws IOException {
    try {
      Socket ready = socket;
      if (tls != null) {
        ready = tls.createSocket(socket, to.getHostString(), to.getPort(), true);
        ready.setSoTimeout(millis);
        SSLSocket handshake = (SSLSocket) ready;
        handshake.startHandshake();
        encrypted = handshake.getSession();
        ready.setSoTimeout(0);
      }
      failure = null;
      return ready;
    } catch (SocketTimeoutException e) {
      throw failed(new SSLException("no answer in time", e));
    } catch (SocketException e) {
      throw failed(tls == null ? e : new SSLException("the server closed the connection", e));
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** The TLS session of the connection that was encrypted last; empty where none was. */
  Optional<SSLSession> lastEncrypted() {
    return Optional.ofNullable(encrypted);
  }

  private synchronized DriverSocket socket(LoginGate gate) throws IOException {
    if (closed) {
      throw new IOException("the session has been closed");
    }
    DriverSocket socket = new DriverSocket(this, gate);
    sockets.add(socket);
    return socket;
  }

  synchronized void closed(DriverSocket socket) {
    sockets.remove(socket);
  }

  /** Closes all connections and tunnels. */
  @Override
  public void close() {
    List<DriverSocket> open;
    List<Tunnel> through;
    synchronized (this) {
      closed = true;
      open = new ArrayList<>(sockets);
      through = new ArrayList<>(tunnels.values());
    }
    open.forEach(DriverSocket::abort);
    through.forEach(Tunnel::close);
  }

  @Override
  public String toString() {
    return provider == null ? "a direct way" : "a way through a tunnel";
  }

  /**
   * What the driver is given in place of the JDK's TLS: it asks it for sockets and nothing else.
   *
   * @param gate of the driver's client
   */
  SSLContext context(LoginGate gate) {
    return new SSLContext(new Spi(gate), null, "TLS") {};
  }

  private final class Factory extends SSLSocketFactory {
    private final LoginGate gate;

    Factory(LoginGate gate) {
      this.gate = gate;
    }

    @Override
    public Socket createSocket() throws IOException {
      return socket(gate);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
      return createSocket(InetAddress.getByName(host), port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
      DriverSocket socket = socket(gate);
      socket.connect(new InetSocketAddress(host, port));
      return socket;
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort)
        throws IOException {
      return createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort)
        throws IOException {
      return createSocket(host, port);
    }

    @Override
    public Socket createSocket(Socket connected, String host, int port, boolean autoClose)
        throws IOException {
      throw new IOException("the way to the server is the dialect's, not over another socket");
    }

    @Override
    public String[] getDefaultCipherSuites() {
      return new String[0];
    }

    @Override
    public String[] getSupportedCipherSuites() {
      return new String[0];
    }
  }

  private final class Spi extends SSLContextSpi {
    private final LoginGate gate;

    Spi(LoginGate gate) {
      this.gate = gate;
    }

    @Override
    protected SSLSocketFactory engineGetSocketFactory() {
      return new Factory(gate);
    }

    @Override
    protected void engineInit(
        KeyManager @Nullable [] keys,
        TrustManager @Nullable [] trust,
        @Nullable SecureRandom random)
        throws KeyManagementException {
      throw new KeyManagementException("it is initialised");
    }

    @Override
    protected SSLServerSocketFactory engineGetServerSocketFactory() {
      return (SSLServerSocketFactory) SSLServerSocketFactory.getDefault();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine() {
      return jdk().createSSLEngine();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine(String host, int port) {
      return jdk().createSSLEngine(host, port);
    }

    @Override
    protected SSLSessionContext engineGetServerSessionContext() {
      return Objects.requireNonNull(jdk().getServerSessionContext());
    }

    @Override
    protected SSLSessionContext engineGetClientSessionContext() {
      return Objects.requireNonNull(jdk().getClientSessionContext());
    }

    private SSLContext jdk() {
      try {
        return SSLContext.getDefault();
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java runtime has TLS", e);
      }
    }
  }
}
