package dev.bobbin.dialect.mysql.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;

/**
 * A server that hands everything on to a real one, but answers commands that hold some text with a
 * request for a file of the client (MySQL's protocol, LOCAL INFILE Request).
 */
final class GreedyServer implements AutoCloseable {

  private final ServerSocket listener;
  private final int behind;
  private final String trigger;
  private final Path wanted;
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private volatile boolean asked;

  /**
   * A server on 127.0.0.1.
   *
   * @param behind the port of the real one, which must not ask for TLS
   * @param trigger the text of the commands that are answered with the request
   * @param wanted the file that is asked for
   */
  GreedyServer(int behind, String trigger, Path wanted) throws IOException {
    this.behind = behind;
    this.trigger = trigger;
    this.wanted = wanted;
    this.listener = new ServerSocket(0, 50, loopback());
    start(this::serve);
  }

  private static InetAddress loopback() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Whether a client was asked for the file. */
  boolean asked() {
    return asked;
  }

  /** Everything that clients sent. */
  String received() {
    synchronized (received) {
      return received.toString(UTF_8);
    }
  }

  /** Forgets what clients sent, and that they were asked. */
  void forget() {
    asked = false;
    synchronized (received) {
      received.reset();
    }
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "greedy-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void serve() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        start(() -> talk(client));
      } catch (IOException gone) {
        // the next client, if there still is one
      }
    }
  }

  private void talk(Socket client) {
    try (client;
        Socket server = new Socket(loopback(), behind)) {
      OutputStream toClient = client.getOutputStream();
      start(() -> copy(server, toClient));
      DataInputStream fromClient = new DataInputStream(client.getInputStream());
      while (true) {
        byte[] packet = read(fromClient);
        // The first packet of a command has the number 0 (manual, MySQL Packets).
        if (packet[3] == 0 && new String(packet, UTF_8).contains(trigger)) {
          asked = true;
          byte[] name = wanted.toString().getBytes(UTF_8);
          toClient.write(new byte[] {(byte) (name.length + 1), 0, 0, 1, (byte) 0xfb});
          toClient.write(name);
          toClient.flush();
          int number = 2;
          while (read(fromClient).length > 4) {
            number++; // the file's content, if it came; an empty packet ends it
          }
          toClient.write(new byte[] {7, 0, 0, (byte) number, 0, 0, 0, 2, 0, 0, 0});
          toClient.flush();
        } else {
          server.getOutputStream().write(packet);
          server.getOutputStream().flush();
        }
      }
    } catch (IOException gone) {
      // the client has closed its connection, or the server
    }
  }

  private static void copy(Socket from, OutputStream to) {
    try {
      InputStream in = from.getInputStream();
      in.transferTo(to);
    } catch (IOException gone) {
      // as above
    }
  }

  private byte[] read(DataInputStream in) throws IOException {
    byte[] header = in.readNBytes(4);
    if (header.length < 4) {
      throw new EOFException();
    }
    int length = (header[0] & 0xff) | (header[1] & 0xff) << 8 | (header[2] & 0xff) << 16;
    byte[] packet = new byte[length + 4];
    System.arraycopy(header, 0, packet, 0, 4);
    in.readFully(packet, 4, length);
    synchronized (received) {
      received.writeBytes(packet);
    }
    return packet;
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
