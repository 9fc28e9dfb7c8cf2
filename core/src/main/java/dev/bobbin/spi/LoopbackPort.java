package dev.bobbin.spi;

import dev.bobbin.error.TunnelException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A port of 127.0.0.1 that leads into a tunnel, for drivers that cannot be given a socket. Whatever
 * is connected to it is relayed by two threads; when the tunnel's side ends or breaks, the driver's
 * side is closed, and the other way round.
 *
 * <p>Every user of this machine can connect to the port: where a driver takes a socket factory,
 * give it {@link Tunnel#connect} instead.
 *
 * <p>Thread-safe. No thread and no socket of it is left after {@link #close}.
 */
public final class LoopbackPort implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LoopbackPort.class);
  private static final int BACKLOG = 50;
  private static final int BUFFER = 1 << 16;
  private static final long PAUSE_MILLIS = 100;
  private static final long JOIN_MILLIS = 10_000;

  private final Tunnel tunnel;
  private final ServerSocket listener;
  private final Set<Relay> relays = new HashSet<>();
  private final Set<Thread> threads = new HashSet<>();
  private boolean closed;
  private volatile @Nullable IOException failure;

  private LoopbackPort(Tunnel tunnel, ServerSocket listener) {
    this.tunnel = tunnel;
    this.listener = listener;
  }

  /**
   * Listens at a free port.
   *
   * @param tunnel stays the caller's, who closes it after the port
   * @throws TunnelException if no port can be had
   */
  public static LoopbackPort to(Tunnel tunnel) {
    try {
      ServerSocket listener = new ServerSocket();
      try {
        InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        listener.bind(new InetSocketAddress(loopback, 0), BACKLOG);
      } catch (IOException e) {
        listener.close();
        throw e;
      }
      LoopbackPort port = new LoopbackPort(tunnel, listener);
      port.start("accept", port::accept);
      return port;
    } catch (IOException e) {
      throw new TunnelException(
          "No port of 127.0.0.1 can be had for the tunnel.",
          "Check how many files this process may have open, and whether it may listen.",
          true,
          e);
    }
  }

  /** 127.0.0.1. */
  public String host() {
    return "127.0.0.1";
  }

  /** The port's number. */
  public int port() {
    return listener.getLocalPort();
  }

  /**
   * Why the last connection through the tunnel could not be made, which the driver cannot know;
   * empty if it could.
   */
  public Optional<IOException> failure() {
    return Optional.ofNullable(failure);
  }

  private void accept() {
    while (true) {
      Socket near;
      try {
        near = listener.accept();
      } catch (IOException e) {
        if (listener.isClosed()) {
          return;
        }
        // Such as too many open files: the driver that is waiting is told later.
        LOG.warn("A connection to a tunnel's port was not taken: {}", e.getMessage());
        if (!pause()) {
          return;
        }
        continue;
      }
      Relay relay = new Relay(near);
      if (!begin(relay)) {
        relay.close();
        return;
      }
    }
  }

  /** Whether to go on. */
  private static boolean pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  private boolean begin(Relay relay) {
    synchronized (this) {
      if (closed) {
        return false;
      }
      relays.add(relay);
      start("out", relay::out);
      return true;
    }
  }

  /** Starts a thread unless the port is closed. */
  private synchronized boolean start(String what, Runnable work) {
    if (closed) {
      return false;
    }
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } finally {
                forget(Thread.currentThread());
              }
            },
            "bobbin-loopback-" + port() + "-" + what);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
    return true;
  }

  private synchronized void forget(Thread thread) {
    threads.remove(thread);
  }

  private synchronized void forget(Relay relay) {
    relays.remove(relay);
  }

  /** Closes the port and all that is connected to it. Closing twice does nothing. */
  @Override
  public void close() {
    List<Relay> open;
    List<Thread> running;
    synchronized (this) {
      closed = true;
      open = new ArrayList<>(relays);
      running = new ArrayList<>(threads);
    }
    closeQuietly(listener);
    open.forEach(Relay::close);
    boolean interrupted = Thread.interrupted();
    for (Thread thread : running) {
      // It may be waiting for the tunnel to be built again.
      thread.interrupt();
    }
    for (Thread thread : running) {
      interrupted |= !join(thread);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether it was waited for without an interrupt. */
  private static boolean join(Thread thread) {
    if (thread == Thread.currentThread()) {
      return true;
    }
    try {
      thread.join(JOIN_MILLIS);
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  private static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      LOG.debug("Closing failed: {}", e.getMessage());
    }
  }

  /** A connection of the driver's, and its other half through the tunnel. */
  private final class Relay {

    private final Socket near;
    private @Nullable Socket far;
    private boolean ended;

    Relay(Socket near) {
      this.near = near;
    }

    /** In a thread of its own: what the driver sends. */
    void out() {
      try {
        near.setTcpNoDelay(true);
        Socket connected = tunnel.connect();
        failure = null;
        if (!keep(connected) || !start("in", () -> in(connected))) {
          closeQuietly(connected);
          return;
        }
        copy(near.getInputStream(), connected.getOutputStream());
        // No driver ends its half alone: it has closed, and a far end that is dead would not
        // answer.
        close();
      } catch (IOException | RuntimeException e) {
        if (!isEnded()) {
          failed(e);
        }
        close();
      }
    }

    private void failed(Exception e) {
      LOG.debug("A connection through a tunnel's port ended: {}", e.getMessage());
      if (!hasFar()) {
        failure = e instanceof IOException known ? known : new IOException(e.getMessage(), e);
      }
    }

    /** In a thread of its own: what the tunnel sends. */
    private void in(Socket connected) {
      try {
        copy(connected.getInputStream(), near.getOutputStream());
      } catch (IOException | RuntimeException e) {
        LOG.debug("A connection through a tunnel's port ended: {}", e.getMessage());
      } finally {
        close();
      }
    }

    private synchronized boolean keep(Socket connected) {
      far = connected;
      return !ended;
    }

    private synchronized boolean hasFar() {
      return far != null;
    }

    private synchronized boolean isEnded() {
      return ended;
    }

    void close() {
      Socket connected;
      synchronized (this) {
        ended = true;
        connected = far;
      }
      closeQuietly(near);
      if (connected != null) {
        closeQuietly(connected);
      }
      forget(this);
    }
  }

  private static void copy(InputStream from, OutputStream to) throws IOException {
    byte[] buffer = new byte[BUFFER];
    for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
      to.write(buffer, 0, n);
      to.flush();
    }
  }
}
