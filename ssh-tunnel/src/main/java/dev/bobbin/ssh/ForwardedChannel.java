package dev.bobbin.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.common.Buffer;
import net.schmizz.sshj.common.DisconnectReason;
import net.schmizz.sshj.common.Message;
import net.schmizz.sshj.common.SSHException;
import net.schmizz.sshj.common.SSHPacket;
import net.schmizz.sshj.connection.Connection;
import net.schmizz.sshj.connection.ConnectionException;
import net.schmizz.sshj.connection.channel.ChannelInputStream;
import net.schmizz.sshj.connection.channel.direct.DirectConnection;
import net.schmizz.sshj.transport.TransportException;
import org.jspecify.annotations.Nullable;

/**
 * A connection that an SSH server makes for us and forwards: a channel of the kind direct-tcpip
 * (RFC 4254, section 7.2). Thread-safe.
 *
 * <p>It differs from sshj's own in what a socket must be able to do: reads have a timeout, and
 * every read and write ends at once when the channel is closed, by whatever thread, or the session
 * dies. What the server sends waits in a buffer of {@value #WINDOW} bytes at most, as it may not
 * send more than is acknowledged: so the thread that reads for all channels of the session never
 * waits for one of them.
 */
final class ForwardedChannel extends DirectConnection {
  /** What the server may send before the reader has taken any of it: 40 ms at 100 MB/s. */
  static final int WINDOW = 4 << 20;

  /** The largest packet, either way. OpenSSH seldom fills larger ones, and hangs at 256 KiB. */
  private static final int LARGEST_PACKET = 32 << 10;

  private final Runnable whenClosed;
  private final ReentrantLock sending = new ReentrantLock();
  private final ForwardedChannelBuffer received = new ForwardedChannelBuffer(WINDOW);

  // Of what follows nothing has an initializer: sshj knows the channel, and may tell it of the
  // session's death, before its constructor comes to them. All are guarded by this.
  private @Nullable SSHException failure;
  private boolean closed;
  private boolean inputEnded;
  private boolean outputEnded;
  private int waitingReaders;
  private int taken;
  private long remoteWindow;
  private int largestPacketSent;

  private ForwardedChannel(Connection connection, String host, int port, Runnable whenClosed) {
    super(connection, host, port);
    this.whenClosed = whenClosed;
  }

  /**
   * Asks the server for a connection and waits for it, as long as the session's timeout allows.
   *
   * @param host as the server sees it
   * @param whenClosed is run once, when the channel is closed here; it must not throw
   * @throws net.schmizz.sshj.connection.channel.OpenFailException if the server refuses
   * @throws SSHException if the session is dead, or the server does not answer in time
   */
  static ForwardedChannel open(SSHClient client, String host, int port, Runnable whenClosed)
      throws SSHException {
    ForwardedChannel channel = new ForwardedChannel(client.getConnection(), host, port, whenClosed);
    try {
      channel.open();
      return channel;
    } catch (SSHException e) {
      channel.abandon();
      throw e;
    }
  }

  /** A server that answers later is told that nobody waits any more. */
  private void abandon() {
    synchronized (this) {
      closed = true;
    }
    // It may have answered just before.
    tellOfClose();
  }

  @Override
  public long getLocalWinSize() {
    return WINDOW;
  }

  @Override
  public int getLocalMaxPacketSize() {
    return LARGEST_PACKET;
  }

  @Override
  protected void init(int recipient, long remoteWinSize, long remoteMaxPacketSize) {
    super.init(recipient, remoteWinSize, remoteMaxPacketSize);
    synchronized (this) {
      remoteWindow = remoteWinSize;
      largestPacketSent = (int) Math.min(remoteMaxPacketSize, LARGEST_PACKET);
    }
  }

  @Override
  public void handle(Message message, SSHPacket packet) throws SSHException {
    if (message == Message.CHANNEL_WINDOW_ADJUST) {
      try {
        widen(packet.readUInt32());
      } catch (Buffer.BufferException e) {
        throw new ConnectionException(e);
      }
      return;
    }
    super.handle(message, packet);
    if (message == Message.CHANNEL_OPEN_CONFIRMATION && isClosed()) {
      tellOfClose();
    }
  }

  private synchronized void widen(long bytes) {
    remoteWindow += bytes;
    notifyAll();
  }

  @Override
  protected void receiveInto(ChannelInputStream sshjs, SSHPacket packet) throws SSHException {
    int length;
    try {
      length = packet.readUInt32AsInt();
    } catch (Buffer.BufferException e) {
      throw new ConnectionException(e);
    }
    if (length < 0 || length > packet.available()) {
      throw new ConnectionException(DisconnectReason.PROTOCOL_ERROR, "Bad length: " + length);
    }
    synchronized (this) {
      if (closed || inputEnded) {
        return;
      }
      boolean fits;
      try {
        fits = received.put(packet.array(), packet.rpos(), length);
      } catch (OutOfMemoryError e) {
        // An error would end sshj's reader without a word, and leave everybody waiting.
        throw new ConnectionException("There is no memory for what the server sends", e);
      }
      if (!fits) {
        throw new ConnectionException(
            DisconnectReason.PROTOCOL_ERROR, "The server sends more than the window allows");
      }
      if (waitingReaders > 0) {
        notifyAll();
      }
    }
  }

  @Override
  protected void eofInputStreams() {
    super.eofInputStreams();
    endInput();
  }

  /** Those of sshj are not in use. */
  @Override
  protected synchronized void closeAllStreams() {
    inputEnded = true;
    outputEnded = true;
    notifyAll();
  }

  @Override
  public void notifyError(SSHException error) {
    synchronized (this) {
      if (failure == null) {
        failure = error;
      }
      notifyAll();
    }
    super.notifyError(error);
  }

  /**
   * Waits for bytes and takes as many as there are.
   *
   * @param timeoutMillis 0 for none
   * @return how many; -1 at the end
   * @throws SocketTimeoutException if none came in time
   * @throws SocketException if the channel was closed here, or the session has died
   */
  int read(byte[] to, int offset, int length, int timeoutMillis) throws IOException {
    if (length == 0) {
      return 0;
    }
    int count;
    int acknowledged = 0;
    synchronized (this) {
      if (!awaitInput(timeoutMillis)) {
        return -1;
      }
      count = received.take(to, offset, length);
      taken += count;
      if (taken >= WINDOW / 4) {
        acknowledged = taken;
        taken = 0;
      }
    }
    if (acknowledged > 0) {
      acknowledge(acknowledged);
    }
    return count;
  }

  /** False at the end of the input. */
  private boolean awaitInput(int timeoutMillis) throws SocketException, SocketTimeoutException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    boolean interrupted = false;
    waitingReaders++;
    try {
      while (true) {
        requireOpen();
        if (received.size() > 0) {
          return true;
        }
        if (inputEnded) {
          return false;
        }
        requireAlive();
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime() + 999_999);
        if (timeoutMillis > 0 && left <= 0) {
          throw new SocketTimeoutException("Read timed out");
        }
        try {
          wait(timeoutMillis > 0 ? left : 0);
        } catch (InterruptedException e) {
          interrupted = true; // which does not end a read of a socket
        }
      }
    } finally {
      waitingReaders--;
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Without the monitor: the session's reader needs it to go on, and may have to first. */
  private void acknowledge(int bytes) {
    try {
      send(newBuffer(Message.CHANNEL_WINDOW_ADJUST).putUInt32(bytes));
    } catch (IOException e) {
      // What ended the channel is told by the next read. If nothing did, that one says it again.
      synchronized (this) {
        taken += bytes;
      }
    }
  }

  /** How many bytes can be read without waiting. */
  synchronized int available() throws SocketException {
    requireOpen();
    return received.size();
  }

  /**
   * Sends the bytes, and waits where the server does not take them.
   *
   * @throws SocketException if the channel was closed, here or there, or the session has died
   */
  void write(byte[] from, int offset, int length) throws IOException {
    int sent = 0;
    while (sent < length) {
      int next = awaitWindow(length - sent);
      SSHPacket packet = newBuffer(Message.CHANNEL_DATA);
      send(packet.putBytes(from, offset + sent, next));
      sent += next;
    }
  }

  private synchronized int awaitWindow(int wanted) throws SocketException {
    boolean interrupted = false;
    try {
      while (true) {
        requireOpen();
        requireAlive();
        if (outputEnded) {
          throw new SocketException("The connection is closed for writing");
        }
        if (remoteWindow > 0) {
          int granted = (int) Math.min(Math.min(wanted, largestPacketSent), remoteWindow);
          remoteWindow -= granted;
          return granted;
        }
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Nothing may follow a close: a server ends the session if something does. */
  private void send(SSHPacket packet) throws IOException {
    // An interrupt ends no write of a socket, but would end the wait for an exchange of keys.
    boolean interrupted = Thread.interrupted();
    sending.lock();
    try {
      if (isOpen()) {
        trans.write(packet);
      }
    } finally {
      sending.unlock();
      if (isClosed()) {
        tellOfClose();
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  protected void sendClose() throws TransportException {
    // As in send: sshj takes a close for sent even if the wait before it was interrupted.
    boolean interrupted = Thread.interrupted();
    sending.lock();
    try {
      super.sendClose();
    } finally {
      sending.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** No more will be read: what the server still sends is thrown away. */
  synchronized void endInput() {
    inputEnded = true;
    notifyAll();
  }

  /** No more will be written: the server is told. */
  void endOutput() throws IOException {
    synchronized (this) {
      requireOpen();
      if (outputEnded) {
        return;
      }
      outputEnded = true;
      notifyAll();
    }
    send(newBuffer(Message.CHANNEL_EOF));
  }

  synchronized boolean isInputEnded() {
    return inputEnded;
  }

  synchronized boolean isOutputEnded() {
    return outputEnded;
  }

  synchronized boolean isClosed() {
    return closed;
  }

  /**
   * Ends every read and write and tells the server, without waiting for it. Closing twice does
   * nothing.
   */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      received.clear();
      notifyAll();
    }
    tellOfClose();
    whenClosed.run();
  }

  /** Where another thread is sending, that one does it next. */
  private void tellOfClose() {
    if (sending.tryLock()) {
      try {
        if (isOpen()) {
          sendClose();
        }
      } catch (TransportException e) {
        log.debug("The server could not be told that a channel is closed: {}", e.toString());
      } finally {
        sending.unlock();
      }
    }
  }

  @Override
  public InputStream getInputStream() {
    return new ForwardedChannelInput(this, () -> 0);
  }

  @Override
  public OutputStream getOutputStream() {
    return new ForwardedChannelOutput(this);
  }

  private void requireOpen() throws SocketException {
    if (closed) {
      throw new SocketException("Socket closed");
    }
  }

  private void requireAlive() throws SocketException {
    SSHException cause = failure;
    if (cause != null) {
      SocketException e =
          new SocketException("The SSH session has ended: " + SshFailures.said(cause));
      e.initCause(cause);
      throw e;
    }
  }
}
