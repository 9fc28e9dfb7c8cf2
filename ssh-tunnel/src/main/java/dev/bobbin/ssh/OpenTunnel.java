package dev.bobbin.ssh;

import dev.bobbin.error.TunnelException;
import dev.bobbin.spi.Tunnel;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A tunnel to one host and port, over a session that others may use too. Thread-safe. */
final class OpenTunnel implements Tunnel {

  private final SharedSession shared;
  private final String host;
  private final int port;
  private final Set<Socket> sockets = new HashSet<>();
  private volatile boolean closed;

  OpenTunnel(SharedSession shared, String host, int port) {
    this.shared = shared;
    this.host = host;
    this.port = port;
    shared.enter();
  }

  boolean isClosed() {
    return closed;
  }

  /**
   * Makes sure that there is a session.
   *
   * @throws TunnelException if there is none
   */
  void prepare() {
    shared.get(this);
  }

  @Override
  public Socket connect() throws IOException {
    try {
      return keep(connectOnce());
    } catch (TunnelException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private Socket connectOnce() {
    SshSession session = shared.get(this);
    try {
      return session.connect(host, port, this::forgetClosed);
    } catch (TunnelException e) {
      if (session.isAlive() || closed) {
        throw e;
      }
      // It had broken before, and nobody had noticed yet.
      return shared.get(this).connect(host, port, this::forgetClosed);
    }
  }

  @Override
  public boolean isAlive() {
    return !closed && shared.isAlive();
  }

  private Socket keep(Socket socket) throws IOException {
    synchronized (sockets) {
      if (!closed) {
        sockets.add(socket);
        return socket;
      }
    }
    socket.close();
    throw new IOException("The tunnel to " + SshHost.text(host, port) + " was closed.");
  }

  private void forgetClosed() {
    synchronized (sockets) {
      sockets.removeIf(Socket::isClosed);
    }
  }

  @Override
  public void close() {
    List<Socket> open;
    synchronized (sockets) {
      if (closed) {
        return;
      }
      closed = true;
      open = new ArrayList<>(sockets);
      sockets.clear();
    }
    // The session first: with it go its sockets, without a word to a server that may be dead.
    shared.leave();
    for (Socket socket : open) {
      try {
        socket.close();
      } catch (IOException e) {
        // It is gone all the same.
      }
    }
  }

  @Override
  public String toString() {
    return "tunnel to " + SshHost.text(host, port);
  }
}
