package dev.bobbin.ssh;

import dev.bobbin.check.Finding.Subject;
import dev.bobbin.error.TunnelException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.net.SocketFactory;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.common.DisconnectReason;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to open a session: the connection, the host key, the login. Another thread may {@link
 * #cancel} it.
 */
final class SessionOpening {

  private static final int KEY_EXCHANGE_MILLIS = 30_000;

  private final Hop hop;
  private final Route route;
  private final Deadline deadline;
  private final PasswordMemory memory;
  private final Steps steps;
  private final SshFailures failures;

  private boolean cancelled;
  private @Nullable WatchedSocket connected;

  /**
   * @param hop is complete
   * @param route is the session's, or closed if none comes about
   */
  SessionOpening(Hop hop, Route route, Deadline deadline, PasswordMemory memory, Steps steps) {
    this.hop = hop;
    this.route = route;
    this.deadline = deadline;
    this.memory = memory;
    this.steps = steps;
    this.failures = new SshFailures(hop.host());
  }

  /**
   * The session.
   *
   * @throws TunnelException if none came about
   */
  SshSession open() {
    boolean opened = false;
    try {
      SshSession session = openWithAnyHostKey();
      opened = true;
      return session;
    } finally {
      if (!opened) {
        route.close();
      }
    }
  }

  /**
   * A server has keys of several types and shows one. Where a fingerprint is pinned, nobody knows
   * of which type the key is, so the server is asked for the others too.
   */
  private SshSession openWithAnyHostKey() {
    List<String> shown = new ArrayList<>();
    RuntimeException first = null;
    while (true) {
      HostKeyCheck check =
          new HostKeyCheck(hop.host(), Objects.requireNonNull(hop.trust()), List.copyOf(shown));
      try {
        return attempt(check);
      } catch (TunnelException e) {
        HostKey key = check.key();
        boolean anotherType =
            check.refusal() != null
                && hop.trust() instanceof HostKeyTrust.Pins
                && key != null
                && !shown.contains(key.type());
        if (key == null || !anotherType) {
          throw first != null ? first : e;
        }
        first = first == null ? e : first;
        shown.add(key.type());
      }
    }
  }

  private SshSession attempt(HostKeyCheck check) {
    WatchedSocket socket;
    try {
      Socket plain = route.connect(hop.host(), deadline, steps);
      socket = new WatchedSocket(plain, deadline, hop.patience().silence());
    } catch (IOException e) {
      throw new TunnelException(
          "The connection to the SSH server " + hop.host() + " broke.", "Try again.", true, e);
    }
    connected(socket);
    SSHClient client = client(check, socket);
    boolean opened = false;
    try {
      steps.begin(Subject.SSH_HOST_KEY);
      client.connect(hop.host().name(), hop.host().port());
      steps.passed(check.seen());
      steps.begin(Subject.SSH_LOGIN);
      steps.passed(new Authentication(client, hop, memory).login());
      socket.loggedIn();
      // From now on this is for exchanges of keys, which a busy server may take its time for.
      client.getTransport().setTimeoutMs(Math.max(KEY_EXCHANGE_MILLIS, connectMillis()));
      opened = true;
      return new SshSession(hop.host(), client, socket, route);
    } catch (TunnelException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      RuntimeException refusal = check.refusal();
      throw isCancelled()
          ? failures.closed()
          : refusal != null ? refusal : failures.duringHandshake(socket, e);
    } finally {
      if (!opened) {
        SshSession.end(client, socket);
      }
    }
  }

  private SSHClient client(HostKeyCheck check, WatchedSocket socket) {
    SSHClient client = SshSettings.newClient(hop.patience().keepAlive());
    client.addHostKeyVerifier(check);
    client.setSocketFactory(new Given(socket));
    client.getTransport().setTimeoutMs(deadline.millis());
    client.getConnection().setTimeoutMs(connectMillis());
    client
        .getTransport()
        .setDisconnectListener(
            (reason, message) -> {
              // A good-bye of ours is still to be sent; one to a dead server would wait for it.
              if (reason != DisconnectReason.BY_APPLICATION) {
                closeQuietly(socket);
              }
            });
    return client;
  }

  private int connectMillis() {
    return (int) hop.patience().connect().toMillis();
  }

  private void connected(WatchedSocket socket) {
    boolean late;
    synchronized (this) {
      connected = socket;
      late = cancelled;
    }
    if (late) {
      closeQuietly(socket);
      throw failures.closed();
    }
  }

  private synchronized boolean isCancelled() {
    return cancelled;
  }

  /** Makes an attempt that is under way fail soon. */
  void cancel() {
    WatchedSocket socket;
    synchronized (this) {
      cancelled = true;
      socket = connected;
    }
    route.close();
    if (socket != null) {
      closeQuietly(socket);
    }
  }

  /** What was under way last. */
  Subject step() {
    return steps.current();
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone all the same.
    }
  }

  /** Makes one socket, which is there already. */
  private static final class Given extends SocketFactory {

    private final Socket socket;

    Given(Socket socket) {
      this.socket = socket;
    }

    @Override
    public Socket createSocket() {
      return socket;
    }

    @Override
    public Socket createSocket(String host, int port) {
      return socket;
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress from, int fromPort) {
      return socket;
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
      return socket;
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort) {
      return socket;
    }
  }
}
