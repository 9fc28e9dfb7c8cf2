package dev.bobbin.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.util.Set;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.common.SSHException;
import org.jspecify.annotations.Nullable;

/**
 * A socket whose connection an SSH server forwards: connected from the beginning, and without a
 * port of this machine. Thread-safe.
 *
 * <p>It honours {@link #setSoTimeout}, half closes, and a close by any thread. Options of TCP mean
 * nothing in a channel: drivers may set them, and nothing happens.
 */
@SuppressWarnings("UnsynchronizedOverridesSynchronized") // a close must not wait for anything
final class ForwardedSocket extends Socket {
  private final ForwardedChannel channel;
  private final InetAddress address;
  private volatile int timeoutMillis;

  private ForwardedSocket(ForwardedChannel channel) throws IOException {
    super((@Nullable SocketImpl) null);
    this.channel = channel;
    // It is the server that knows the name's address.
    this.address = InetAddress.getByAddress(channel.getRemoteHost(), new byte[4]);
  }

  /**
   * Asks the server for a connection and waits for it, as long as the session's timeout allows.
   *
   * @param host as the server sees it
   * @param whenClosed is run once, when the socket is closed; it must not throw
   * @throws net.schmizz.sshj.connection.channel.OpenFailException if the server refuses
   * @throws SSHException if the session is dead, or the server does not answer in time
   */
  static ForwardedSocket open(SSHClient client, String host, int port, Runnable whenClosed)
      throws IOException {
    return new ForwardedSocket(ForwardedChannel.open(client, host, port, whenClosed));
  }

  @Override
  public InputStream getInputStream() throws SocketException {
    requireOpen();
    return new ForwardedChannelInput(channel, () -> timeoutMillis);
  }

  @Override
  public OutputStream getOutputStream() throws SocketException {
    requireOpen();
    return new ForwardedChannelOutput(channel);
  }

  @Override
  public void setSoTimeout(int timeout) throws SocketException {
    requireOpen();
    if (timeout < 0) {
      throw new IllegalArgumentException("timeout < 0");
    }
    timeoutMillis = timeout;
  }

  @Override
  public int getSoTimeout() throws SocketException {
    requireOpen();
    return timeoutMillis;
  }

  @Override
  public void shutdownInput() throws SocketException {
    requireOpen();
    channel.endInput();
  }

  @Override
  public void shutdownOutput() throws IOException {
    channel.endOutput();
  }

  @Override
  public void close() {
    channel.close();
  }

  @Override
  public boolean isClosed() {
    return channel.isClosed();
  }

  @Override
  public boolean isInputShutdown() {
    return channel.isInputEnded();
  }

  @Override
  public boolean isOutputShutdown() {
    return channel.isOutputEnded();
  }

  @Override
  public boolean isConnected() {
    return true;
  }

  @Override
  public boolean isBound() {
    return true;
  }

  /** The host that was asked for, by name; its number is 0.0.0.0, as nobody here knows it. */
  @Override
  public InetAddress getInetAddress() {
    return address;
  }

  @Override
  public int getPort() {
    return channel.getRemotePort();
  }

  @Override
  public SocketAddress getRemoteSocketAddress() {
    return InetSocketAddress.createUnresolved(channel.getRemoteHost(), channel.getRemotePort());
  }

  @Override
  public InetAddress getLocalAddress() {
    return InetAddress.getLoopbackAddress();
  }

  @Override
  public int getLocalPort() {
    return 0;
  }

  @Override
  public SocketAddress getLocalSocketAddress() {
    return new InetSocketAddress(getLocalAddress(), 0);
  }

  @Override
  public void connect(SocketAddress endpoint, int timeout) throws SocketException {
    throw new SocketException("Already connected");
  }

  @Override
  public void bind(@Nullable SocketAddress local) throws SocketException {
    throw new SocketException("Already bound");
  }

  @Override
  public void sendUrgentData(int data) throws SocketException {
    throw new SocketException("A channel has no urgent data");
  }

  @Override
  public void setTcpNoDelay(boolean on) {}

  @Override
  public boolean getTcpNoDelay() {
    return true;
  }

  @Override
  public void setKeepAlive(boolean on) {}

  @Override
  public boolean getKeepAlive() {
    return true;
  }

  @Override
  public void setSoLinger(boolean on, int seconds) {}

  @Override
  public int getSoLinger() {
    return -1;
  }

  @Override
  public void setOOBInline(boolean on) {}

  @Override
  public boolean getOOBInline() {
    return false;
  }

  @Override
  public void setSendBufferSize(int size) {}

  @Override
  public int getSendBufferSize() {
    return ForwardedChannel.WINDOW;
  }

  @Override
  public void setReceiveBufferSize(int size) {}

  @Override
  public int getReceiveBufferSize() {
    return ForwardedChannel.WINDOW;
  }

  @Override
  public void setTrafficClass(int trafficClass) {}

  @Override
  public int getTrafficClass() {
    return 0;
  }

  @Override
  public void setReuseAddress(boolean on) {}

  @Override
  public boolean getReuseAddress() {
    return false;
  }

  @Override
  public <T> Socket setOption(SocketOption<T> name, T value) {
    return this;
  }

  @Override
  public <T> T getOption(SocketOption<T> name) {
    throw new UnsupportedOperationException(name + " means nothing in a channel");
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return Set.of();
  }

  @Override
  public String toString() {
    return "ForwardedSocket[" + channel.getRemoteHost() + ":" + channel.getRemotePort() + "]";
  }

  private void requireOpen() throws SocketException {
    if (channel.isClosed()) {
      throw new SocketException("Socket closed");
    }
  }
}
