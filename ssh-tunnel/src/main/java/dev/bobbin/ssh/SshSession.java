package dev.bobbin.ssh;

import dev.bobbin.error.TunnelException;
import java.io.IOException;
import java.net.Socket;
import net.schmizz.keepalive.KeepAlive;
import net.schmizz.sshj.SSHClient;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection to one SSH server on which a user has logged in. Thread-safe. */
final class SshSession implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(SshSession.class);
  private static final long JOIN_MILLIS = 5_000;

  private final SshHost host;
  private final SSHClient client;
  private final WatchedSocket socket;
  private final Route route;

  SshSession(SshHost host, SSHClient client, WatchedSocket socket, Route route) {
    this.host = host;
    this.client = client;
    this.socket = socket;
    this.route = route;
  }

  boolean isAlive() {
    return client.getTransport().isRunning() && !socket.isClosed();
  }

  /**
   * A new connection from the SSH server to a host and port.
   *
   * @param whenClosed is run once the socket is closed
   * @throws TunnelException if the server does not make it, or the session broke
   */
  Socket connect(String to, int port, Runnable whenClosed) {
    try {
      return ForwardedSocket.open(client, to, port, whenClosed);
    } catch (IOException e) {
      if (SshFailures.hasCause(e, InterruptedException.class)) {
        throw new SshFailures(host).interrupted(e);
      }
      throw new SshFailures(host).notForwarded(SshHost.text(to, port), e);
    }
  }

  /** Ends the session, every connection through it, and its threads. Closing twice does nothing. */
  @Override
  public void close() {
    end(client, socket);
    route.close();
    LOG.debug("The SSH session with {} is closed.", host);
  }

  /** Ends what may have been opened in part only. */
  static void end(SSHClient client, WatchedSocket socket) {
    try {
      if (socket.isWriting()) {
        // A dead server takes nothing, so a good-bye would wait behind what is being sent.
        socket.close();
      }
      client.disconnect();
    } catch (IOException e) {
      LOG.debug("The SSH server did not hear the good-bye: {}", SshFailures.said(e));
    } finally {
      closeQuietly(socket);
    }
    KeepAlive keepAlive = client.getConnection().getKeepAlive();
    keepAlive.interrupt();
    join(keepAlive);
    join(socket.reader());
  }

  private static void closeQuietly(WatchedSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      LOG.debug("Closing a connection failed: {}", SshFailures.said(e));
    }
  }

  /** Waits for a thread of sshj's that has nothing left to do. */
  private static void join(@Nullable Thread thread) {
    if (thread == null
        || thread == Thread.currentThread()
        || !thread.getClass().getName().startsWith("net.schmizz.")) {
      return;
    }
    awaitEnd(thread, JOIN_MILLIS);
  }

  /** Waits a while for a thread that is about to end; an interrupt is kept for later. */
  static void awaitEnd(Thread thread, long millis) {
    boolean interrupted = Thread.interrupted();
    try {
      thread.join(millis);
    } catch (InterruptedException e) {
      interrupted = true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
