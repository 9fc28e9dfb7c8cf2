package dev.bobbin.testservers;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;

/** Sends back what it gets; for every connection that it takes, until it is closed. */
final class EchoServer implements AutoCloseable {
  private final ServerSocket listener;

  EchoServer() throws IOException {
    listener = new ServerSocket(0, 50, LoopbackPorts.address());
    daemon(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        daemon(() -> echo(socket));
      }
    } catch (IOException closed) {
      // the end
    }
  }

  private static void echo(Socket socket) {
    try (socket) {
      socket.getInputStream().transferTo(socket.getOutputStream());
    } catch (IOException e) {
      // the client has gone
    }
  }

  private static void daemon(Runnable body) {
    Thread thread = new Thread(body, "echo");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
