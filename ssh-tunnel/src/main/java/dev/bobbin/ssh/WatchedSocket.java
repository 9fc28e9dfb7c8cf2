package dev.bobbin.ssh;

import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connection to an SSH server, which breaks by itself when the server is silent for too long:
 * until the login, at a deadline; after it, when nothing at all has come although a sign of life
 * was asked for. sshj's keep-alive alone does not do: it cannot notice anything while its own
 * packet waits for another that a dead server does not take.
 */
final class WatchedSocket extends Socket {

  /** Far more than a server sends before the login; what sends more is no SSH server. */
  private static final long MOST_BEFORE_LOGIN = 1 << 20;

  private static final int MOST_KEPT = 512;

  private final Socket socket;
  private final Deadline deadline;
  private final long silenceNanos;
  private final InputStream in;
  private final OutputStream out;
  private final ByteArrayOutputStream start = new ByteArrayOutputStream();

  private volatile boolean loggedIn;
  private volatile boolean silent;
  private volatile boolean writing;
  private volatile @Nullable Thread reader;

  /**
   * @param socket is connected, and from now on this socket's
   * @param deadline of the login
   * @param silence that is too long, after the login
   */
  WatchedSocket(Socket socket, Deadline deadline, Duration silence) throws IOException {
    this.socket = socket;
    this.deadline = deadline;
    this.silenceNanos = silence.toNanos();
    this.in = new Incoming(socket.getInputStream());
    this.out = new Outgoing(socket.getOutputStream());
  }

  /** From now on, silence counts. */
  void loggedIn() {
    loggedIn = true;
  }

  /** Whether the connection broke since the server was silent for too long. */
  boolean isSilent() {
    return silent;
  }

  /** Whether some thread is sending, and perhaps cannot go on. */
  boolean isWriting() {
    return writing;
  }

  /** The thread that read last. */
  @Nullable Thread reader() {
    return reader;
  }

  /** Whether anything came from the server. */
  boolean hasHeard() {
    synchronized (start) {
      return start.size() > 0;
    }
  }

  /** Whether the server said that it speaks SSH; lines before that are allowed. */
  boolean hasHeardSsh() {
    synchronized (start) {
      String text = start.toString(StandardCharsets.ISO_8859_1);
      return text.startsWith("SSH-") || text.contains("\nSSH-");
    }
  }

  @Override
  public InputStream getInputStream() {
    return in;
  }

  @Override
  public OutputStream getOutputStream() {
    return out;
  }

  @Override
  public boolean isConnected() {
    return true;
  }

  @Override
  public boolean isClosed() {
    return socket.isClosed();
  }

  /** Does nothing: how long is waited has been said. */
  @Override
  @SuppressWarnings("UnsynchronizedOverridesSynchronized")
  public void setSoTimeout(int millis) {}

  @Override
  public InetAddress getInetAddress() {
    return socket.getInetAddress();
  }

  @Override
  public int getPort() {
    return socket.getPort();
  }

  @Override
  public int getLocalPort() {
    return socket.getLocalPort();
  }

  @Override
  public InetAddress getLocalAddress() {
    return socket.getLocalAddress();
  }

  /** Never waits, and so takes no lock. */
  @Override
  @SuppressWarnings("UnsynchronizedOverridesSynchronized")
  public void close() throws IOException {
    socket.close();
  }

  private final class Incoming extends FilterInputStream {

    private long before;
    private long lastNanos = System.nanoTime();
    private int timeout = -1;

    Incoming(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      reader = Thread.currentThread();
      while (true) {
        boolean established = loggedIn;
        // Never longer than the silence that counts: the login may come while this read waits.
        int most = millisOf(silenceNanos - (System.nanoTime() - lastNanos));
        setTimeout(established ? most : Math.min(most, deadline.millis()));
        try {
          int read = in.read(bytes, offset, length);
          if (established) {
            lastNanos = System.nanoTime();
          } else {
            beforeLogin(bytes, offset, read);
          }
          return read;
        } catch (SocketTimeoutException e) {
          boolean waits =
              loggedIn ? System.nanoTime() - lastNanos < silenceNanos : !deadline.isOver();
          if (!loggedIn && waits) {
            lastNanos = System.nanoTime();
          }
          if (!waits) {
            silent = true;
            socket.close();
            // Not e: sshj would try to read on.
            throw new IOException("The SSH server has been silent for too long.");
          }
        }
      }
    }

    private void setTimeout(int millis) throws IOException {
      if (millis != timeout) {
        socket.setSoTimeout(millis);
        timeout = millis;
      }
    }

    private void beforeLogin(byte[] bytes, int offset, int read) throws IOException {
      lastNanos = System.nanoTime();
      if (read <= 0) {
        return;
      }
      before += read;
      if (before > MOST_BEFORE_LOGIN) {
        socket.close();
        throw new IOException("The server sends too much before the login.");
      }
      synchronized (start) {
        start.write(bytes, offset, Math.min(read, Math.max(0, MOST_KEPT - start.size())));
      }
    }
  }

  private static int millisOf(long nanos) {
    // 0 means for ever.
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(nanos)));
  }

  private final class Outgoing extends FilterOutputStream {

    Outgoing(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      writing = true;
      try {
        out.write(bytes, offset, length);
      } catch (IOException e) {
        // So that nobody takes the session for alive until its reader notices too.
        try {
          WatchedSocket.this.close();
        } catch (IOException closing) {
          e.addSuppressed(closing);
        }
        throw e;
      } finally {
        writing = false;
      }
    }

    @Override
    public void close() throws IOException {
      WatchedSocket.this.close();
    }
  }
}
