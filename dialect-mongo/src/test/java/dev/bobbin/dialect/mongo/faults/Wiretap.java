package dev.bobbin.dialect.mongo.faults;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Hands everything on to a server, and keeps what clients sent. */
final class Wiretap implements AutoCloseable {

  private final ServerSocket listener;
  private final int behind;
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

  /**
   * Listens on 127.0.0.1.
   *
   * @param behind the port of the server
   */
  Wiretap(int behind) throws IOException {
    this.behind = behind;
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::serve);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Everything that clients sent, a character for a byte. */
  String sent() {
    synchronized (sent) {
      return sent.toString(ISO_8859_1);
    }
  }

  /** How often clients sent a word. */
  int count(String word) {
    return sent().split(java.util.regex.Pattern.quote(word), -1).length - 1;
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "wiretap");
    thread.setDaemon(true);
    thread.start();
  }

  private void serve() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), behind);
        start(() -> copy(server, client, false));
        start(() -> copy(client, server, true));
      } catch (IOException gone) {
        // the next client, if there still is one
      }
    }
  }

  private void copy(Socket from, Socket to, boolean kept) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        if (kept) {
          synchronized (sent) {
            sent.write(buffer, 0, n);
          }
        }
        out.write(buffer, 0, n);
      }
    } catch (IOException gone) {
      // one of both has closed its connection
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
