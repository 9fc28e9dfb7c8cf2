package dev.bobbin.ssh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A server that says one thing to everybody, and then hangs up, or never says anything more. */
final class Greeter implements AutoCloseable {

  private final ServerSocket listener;
  private final List<Socket> accepted = new ArrayList<>();

  Greeter(String greeting, boolean hangsUp) {
    try {
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread thread = new Thread(() -> greet(greeting, hangsUp), "greeter");
    thread.setDaemon(true);
    thread.start();
  }

  private void greet(String greeting, boolean hangsUp) {
    try {
      while (true) {
        Socket socket = listener.accept();
        synchronized (accepted) {
          accepted.add(socket);
        }
        socket.getOutputStream().write(greeting.getBytes(StandardCharsets.US_ASCII));
        if (hangsUp) {
          socket.shutdownOutput();
        }
      }
    } catch (IOException e) {
      // closed
    }
  }

  /** A tunnel through this server. */
  SshTunnel tunnel() {
    return SshTunnel.via("127.0.0.1", listener.getLocalPort())
        .user("etl")
        .key(SshKeyPair.generate())
        .hostKey(SshKeyPair.generate().fingerprint());
  }

  int port() {
    return listener.getLocalPort();
  }

  int accepted() {
    synchronized (accepted) {
      return accepted.size();
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
      synchronized (accepted) {
        for (Socket socket : accepted) {
          socket.close();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
