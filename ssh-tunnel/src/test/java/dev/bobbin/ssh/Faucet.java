package dev.bobbin.ssh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** A server on the loopback address that sends without end, and reads nothing. */
final class Faucet implements AutoCloseable {

  private final ServerSocket listener;
  private final List<Socket> accepted = new ArrayList<>();

  Faucet() {
    try {
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    daemon(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        synchronized (accepted) {
          accepted.add(socket);
        }
        daemon(() -> send(socket));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private static void send(Socket socket) {
    byte[] bytes = new byte[1 << 16];
    try (socket) {
      while (true) {
        socket.getOutputStream().write(bytes);
      }
    } catch (IOException e) {
      // The other side has gone.
    }
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "faucet");
    thread.setDaemon(true);
    thread.start();
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
