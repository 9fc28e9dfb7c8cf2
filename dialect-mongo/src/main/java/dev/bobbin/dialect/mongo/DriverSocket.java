package dev.bobbin.dialect.mongo;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A socket as MongoDB's driver wants one, over one that {@link Route} makes: direct or through a
 * tunnel, encrypted or not.
 *
 * <p>The driver takes sockets of others where it believes that they encrypt, so this is a TLS
 * socket for it in any case. What it asks of it as such, protocols and names to verify, is not its
 * affair: {@link dev.bobbin.tls.Tls} has settled that before the first byte of the driver is sent.
 */
// Its own methods may be called while another thread waits in one: none of them is synchronized.
@SuppressWarnings("UnsynchronizedOverridesSynchronized")
final class DriverSocket extends SSLSocket {

  private static final Logger LOG = LoggerFactory.getLogger(DriverSocket.class);

  private final Route route;
  private final LoginGate gate;
  private final Map<SocketOption<?>, Object> options = new HashMap<>();
  private volatile @Nullable Socket wire;
  private volatile @Nullable Socket socket;
  private volatile boolean closed;
  private volatile boolean reading;
  private volatile int driversTimeout;
  private int timeout = -1;
  private @Nullable InputStream input;
  private @Nullable OutputStream output;

  DriverSocket(Route route, LoginGate gate) {
    this.route = route;
    this.gate = gate;
  }

  private Socket open() throws SocketException {
    Socket connected = socket;
    if (closed || connected == null) {
      throw new SocketException(closed ? "Socket closed" : "Socket is not connected");
    }
    return connected;
  }

  @Override
  public void connect(SocketAddress endpoint) throws IOException {
    connect(endpoint, 0);
  }

  @Override
  public void connect(SocketAddress endpoint, int millis) throws IOException {
    Turn turn = route.turns().current();
    if (turn != null) {
      turn.enter(this);
    }
    try {
      if (turn != null) { // the driver's own threads watch the server, and never log in
        gate.pass();
      }
      Socket direct = route.reach((InetSocketAddress) endpoint, millis, this::keep);
      direct.setTcpNoDelay(true);
      direct.setKeepAlive(true);
      apply(direct);
      Socket connected = route.encrypted(direct, (InetSocketAddress) endpoint, millis);
      socket = connected;
      input = new Counted(connected.getInputStream());
      output = connected.getOutputStream();
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    } finally {
      if (turn != null) {
        turn.leave();
      }
    }
  }

  /** So that what is being connected can be aborted. */
  private void keep(Socket connecting) throws IOException {
    wire = connecting;
    if (closed) {
      connecting.close();
      throw new SocketException("Socket closed");
    }
  }

  @SuppressWarnings("unchecked")
  private void apply(Socket connected) throws IOException {
    for (Map.Entry<SocketOption<?>, Object> option : options.entrySet()) {
      if (connected.supportedOptions().contains(option.getKey())) {
        connected.setOption((SocketOption<Object>) option.getKey(), option.getValue());
      }
    }
  }

  /** Closes the socket under whoever uses it; waits for nobody, as closing TLS would. */
  void abort() {
    closed = true;
    Socket direct = wire;
    if (direct != null) {
      try {
        direct.close();
      } catch (IOException e) {
        LOG.debug("Closing a connection failed: {}", e.getMessage());
      }
    }
    route.closed(this);
  }

  /** Counts what is received, and knows whom to wake. */
  private final class Counted extends FilterInputStream {
    private final ReplyFrames frames = new ReplyFrames(gate);

    Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      Turn turn = route.turns().current();
      if (turn != null && frames.isBetween()) {
        turn.await();
      }
      int wanted = turn == null ? driversTimeout : turn.patienceMillis();
      if (wanted != timeout) {
        open().setSoTimeout(wanted);
        timeout = wanted;
      }
      if (turn != null) {
        turn.enter(DriverSocket.this);
      }
      reading = true;
      try {
        int read = in.read(into, offset, length);
        if (read > 0) {
          if (turn != null) {
            turn.receive(read);
          }
          frames.take(into, offset, read);
        }
        return read;
      } finally {
        reading = false;
        if (turn != null) {
          turn.leave();
        }
      }
    }
  }

  @Override
  public InputStream getInputStream() throws IOException {
    if (input == null) {
      throw new SocketException("Socket is not connected");
    }
    return input;
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    if (output == null) {
      throw new SocketException("Socket is not connected");
    }
    return output;
  }

  /** Waits for nobody: a good-bye in TLS would wait for who reads, as the driver's monitors do. */
  @Override
  public void close() throws IOException {
    if (reading) {
      abort();
      return;
    }
    closed = true;
    route.closed(this);
    Socket connected = socket == null ? wire : socket;
    if (connected != null) {
      connected.close();
    }
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public boolean isConnected() {
    return socket != null;
  }

  @Override
  public void setSoTimeout(int millis) {
    driversTimeout = millis;
  }

  @Override
  public int getSoTimeout() {
    return driversTimeout;
  }

  @Override
  public <T> Socket setOption(SocketOption<T> name, T value) throws IOException {
    options.put(name, value);
    return this;
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return Set.of();
  }

  @Override
  public void setTcpNoDelay(boolean on) {}

  @Override
  public void setKeepAlive(boolean on) {}

  @Override
  public void setReceiveBufferSize(int size) {}

  @Override
  public void setSendBufferSize(int size) {}

  @Override
  public @Nullable InetAddress getInetAddress() {
    Socket connected = socket;
    return connected == null ? null : connected.getInetAddress();
  }

  @Override
  public String toString() {
    return "socket of " + route;
  }

  // What a TLS socket is asked: all of it has been settled.

  @Override
  public SSLParameters getSSLParameters() {
    return new SSLParameters();
  }

  @Override
  public void setSSLParameters(SSLParameters parameters) {}

  @Override
  public void startHandshake() {}

  @Override
  public @Nullable SSLSession getSession() {
    return socket instanceof SSLSocket encrypted ? encrypted.getSession() : null;
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return new String[0];
  }

  @Override
  public String[] getEnabledCipherSuites() {
    return new String[0];
  }

  @Override
  public void setEnabledCipherSuites(String[] suites) {}

  @Override
  public String[] getSupportedProtocols() {
    return new String[0];
  }

  @Override
  public String[] getEnabledProtocols() {
    return new String[0];
  }

  @Override
  public void setEnabledProtocols(String[] protocols) {}

  @Override
  public void addHandshakeCompletedListener(HandshakeCompletedListener listener) {}

  @Override
  public void removeHandshakeCompletedListener(HandshakeCompletedListener listener) {}

  @Override
  public void setUseClientMode(boolean mode) {}

  @Override
  public boolean getUseClientMode() {
    return true;
  }

  @Override
  public void setNeedClientAuth(boolean need) {}

  @Override
  public boolean getNeedClientAuth() {
    return false;
  }

  @Override
  public void setWantClientAuth(boolean want) {}

  @Override
  public boolean getWantClientAuth() {
    return false;
  }

  @Override
  public void setEnableSessionCreation(boolean flag) {}

  @Override
  public boolean getEnableSessionCreation() {
    return true;
  }
}
