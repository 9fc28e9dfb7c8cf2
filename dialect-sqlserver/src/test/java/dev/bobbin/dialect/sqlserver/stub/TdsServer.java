package dev.bobbin.dialect.sqlserver.stub;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A server that speaks TDS 7.4 as far as the driver needs it: PRELOGIN with TLS or without, LOGIN7,
 * batches, sp_executesql, attention. What it answers is said by a function of the statement.
 */
public final class TdsServer implements AutoCloseable {

  private static final int PRELOGIN = 0x12;
  private static final int LOGIN7 = 0x10;
  private static final int BATCH = 0x01;
  private static final int RPC = 0x03;
  private static final int ATTENTION = 0x06;
  private static final int RESPONSE = 0x04;
  private static final int HEADER = 8;
  private static final int PACKET = 4096;
  private static final int ENCRYPT_ON = 1;
  private static final int ENCRYPT_NOT_SUPPORTED = 2;
  private static final int DONE_ATTENTION = 0x20;

  /**
   * A statement that came.
   *
   * @param sql its text
   * @param parameters how its parameters are declared; empty for none
   */
  public record Request(String sql, String parameters) {}

  private final ServerSocket listener;
  private final Function<Request, Answer> answers;
  private final SSLContext tls;
  private final Answer loginFailure;
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private TdsServer(Function<Request, Answer> answers, SSLContext tls, Answer loginFailure)
      throws IOException {
    this.listener = new ServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    this.answers = answers;
    this.tls = tls;
    this.loginFailure = loginFailure;
    thread("accept", this::accept);
  }

  /** One without TLS. */
  public static TdsServer answering(Function<Request, Answer> answers) throws IOException {
    return new TdsServer(answers, null, null);
  }

  /** One that encrypts. */
  public static TdsServer encrypting(SSLContext tls, Function<Request, Answer> answers)
      throws IOException {
    return new TdsServer(answers, tls, null);
  }

  /** One that lets nobody in. */
  public static TdsServer refusing(int number, String message) throws IOException {
    return new TdsServer(unused -> Answer.done(), null, Answer.failure(number, message));
  }

  public String host() {
    return "127.0.0.1";
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** The statements that came, in order. */
  public List<Request> requests() {
    return List.copyOf(requests);
  }

  /** How many connections are open. */
  public int openConnections() {
    return open.size();
  }

  private static void thread(String name, Runnable work) {
    Thread thread = new Thread(work, "tds-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (true) {
      try {
        Socket socket = listener.accept();
        open.add(socket);
        thread("serve", () -> serve(socket));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      new Session(socket).run();
    } catch (IOException e) {
      // the client has gone, or is to be left
    } finally {
      open.remove(socket);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }

  private static final class Message {
    final int type;
    final byte[] body;

    Message(int type, byte[] body) {
      this.type = type;
      this.body = body;
    }
  }

  /** One connection. */
  private final class Session {
    private final Socket socket;
    private InputStream in;
    private OutputStream out;

    Session(Socket socket) throws IOException {
      this.socket = socket;
      socket.setTcpNoDelay(true);
      this.in = socket.getInputStream();
      this.out = socket.getOutputStream();
    }

    void run() throws IOException {
      while (true) {
        Message message = read();
        switch (message.type) {
          case PRELOGIN -> prelogin();
          case LOGIN7 -> {
            send(login());
            if (loginFailure != null) {
              return;
            }
          }
          case BATCH -> answer(new Request(batch(message.body), ""));
          case RPC -> answer(rpc(message.body));
          case ATTENTION -> send(Answer.done(DONE_ATTENTION, 0).toBytes());
          default -> throw new IOException("a message of type " + message.type);
        }
      }
    }

    private Message read() throws IOException {
      DataInputStream data = new DataInputStream(in);
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      while (true) {
        int type = data.read();
        if (type < 0) {
          throw new EOFException();
        }
        int status = data.read();
        int length = data.readUnsignedShort();
        data.readInt();
        body.write(data.readNBytes(length - HEADER));
        if ((status & 1) != 0) {
          return new Message(type, body.toByteArray());
        }
      }
    }

    private void send(byte[] body) throws IOException {
      send(RESPONSE, body, true);
    }

    private void send(int type, byte[] body, boolean whole) throws IOException {
      int most = PACKET - HEADER;
      for (int at = 0; at == 0 || at < body.length; at += most) {
        int length = Math.min(most, body.length - at);
        boolean last = whole && at + length == body.length;
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        packet.write(type);
        packet.write(last ? 1 : 0);
        packet.write((length + HEADER) >> 8);
        packet.write(length + HEADER);
        packet.writeBytes(new byte[] {0, 0, 1, 0});
        packet.write(body, at, length);
        out.write(packet.toByteArray());
      }
      out.flush();
    }

    private void prelogin() throws IOException {
      int table = 11; // two options of five bytes, and the end
      send(
          new Tokens()
              .bytes((byte) 0, (byte) 0, (byte) table, (byte) 0, (byte) 6)
              .bytes((byte) 1, (byte) 0, (byte) (table + 6), (byte) 0, (byte) 1)
              .u8(0xff)
              .bytes((byte) 16, (byte) 0, (byte) 4, (byte) 0, (byte) 0, (byte) 0)
              .u8(tls == null ? ENCRYPT_NOT_SUPPORTED : ENCRYPT_ON)
              .toBytes());
      if (tls != null) {
        Wrapped wrapped = new Wrapped();
        SSLSocket encrypted =
            (SSLSocket) tls.getSocketFactory().createSocket(wrapped, host(), port(), false);
        encrypted.setUseClientMode(false);
        encrypted.setEnabledProtocols(new String[] {"TLSv1.2"}); // nothing follows its handshake
        encrypted.startHandshake();
        wrapped.flushFlight();
        wrapped.done = true;
        in = encrypted.getInputStream();
        out = encrypted.getOutputStream();
      }
    }

    private byte[] login() {
      if (loginFailure != null) {
        return loginFailure.toBytes();
      }
      Tokens database = new Tokens().u8(1).text8("shop").text8("master");
      Tokens collation =
          new Tokens()
              .u8(7)
              .u8(5)
              .bytes((byte) 9, (byte) 4, (byte) 0xd0, (byte) 0, (byte) 0x34)
              .u8(0);
      Tokens ack =
          new Tokens()
              .u8(1)
              .bytes((byte) 0x74, (byte) 0, (byte) 0, (byte) 4)
              .text8("Microsoft SQL Server")
              .bytes((byte) 16, (byte) 0, (byte) 4, (byte) 0);
      return new Tokens()
          .u8(0xe3)
          .u16(database.size())
          .add(database)
          .u8(0xe3)
          .u16(collation.size())
          .add(collation)
          .u8(0xad)
          .u16(ack.size())
          .add(ack)
          .add(Answer.done(0, 0))
          .toBytes();
    }

    private void answer(Request request) throws IOException {
      requests.add(request);
      Answer answer = answers.apply(request);
      send(RESPONSE, answer.toBytes(), !answer.breaks());
      if (answer.breaks()) {
        socket.setSoLinger(true, 0);
        throw new IOException("broken as it should");
      }
    }

    /** A socket whose bytes travel in PRELOGIN packets until the handshake is done. */
    private final class Wrapped extends Socket {
      private final InputStream plainIn = in;
      private final OutputStream plainOut = out;
      private byte[] packet = {};
      private int at;
      private final ByteArrayOutputStream flight = new ByteArrayOutputStream();
      private boolean done;

      /** What is said before the other side speaks again is one message. */
      void flushFlight() throws IOException {
        if (flight.size() > 0) {
          send(PRELOGIN, flight.toByteArray(), true);
          flight.reset();
        }
      }

      @Override
      public boolean isConnected() {
        return true;
      }

      @Override
      public InputStream getInputStream() {
        return new InputStream() {
          @Override
          public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
          }

          @Override
          public int read(byte[] to, int offset, int length) throws IOException {
            if (done) {
              return plainIn.read(to, offset, length);
            }
            if (at == packet.length) {
              flushFlight();
              packet = Session.this.readPlain(plainIn);
              at = 0;
            }
            int count = Math.min(length, packet.length - at);
            System.arraycopy(packet, at, to, offset, count);
            at += count;
            return count;
          }
        };
      }

      @Override
      public OutputStream getOutputStream() {
        return new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
          }

          @Override
          public void write(byte[] from, int offset, int length) throws IOException {
            byte[] bytes = java.util.Arrays.copyOfRange(from, offset, offset + length);
            if (done) {
              plainOut.write(bytes);
              plainOut.flush();
            } else {
              flight.writeBytes(bytes);
            }
          }
        };
      }
    }

    private byte[] readPlain(InputStream from) throws IOException {
      DataInputStream data = new DataInputStream(from);
      data.readUnsignedShort();
      int length = data.readUnsignedShort();
      data.readInt();
      return data.readNBytes(length - HEADER);
    }
  }

  private static int u16(byte[] from, int at) {
    return (from[at] & 0xff) | (from[at + 1] & 0xff) << 8;
  }

  private static int u32(byte[] from, int at) {
    return u16(from, at) | u16(from, at + 2) << 16;
  }

  private static String batch(byte[] body) {
    int at = u32(body, 0); // behind the headers
    return new String(body, at, body.length - at, StandardCharsets.UTF_16LE);
  }

  /** sp_executesql: the statement, the declarations, and then the values. */
  private static Request rpc(byte[] body) {
    int at = u32(body, 0);
    int name = u16(body, at);
    at += 2;
    at += name == 0xffff ? 2 : 2 * name;
    at += 2; // options
    List<String> texts = new ArrayList<>();
    while (texts.size() < 2 && at < body.length) {
      at += 1 + 2 * (body[at] & 0xff); // its name
      at++; // its status
      int type = body[at++] & 0xff;
      if (type == 0x26) { // a handle, as of sp_prepexec
        at++;
        at += 1 + (body[at] & 0xff);
        continue;
      }
      int most = u16(body, at);
      at += 2 + 5;
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      if (most == 0xffff) {
        at += 8;
        for (int length = u32(body, at); length > 0; length = u32(body, at)) {
          text.write(body, at + 4, length);
          at += 4 + length;
        }
        at += 4;
      } else {
        int length = u16(body, at);
        at += 2;
        if (length != 0xffff) {
          text.write(body, at, length);
          at += length;
        }
      }
      texts.add(text.toString(StandardCharsets.UTF_16LE));
    }
    return new Request(texts.get(0), texts.size() > 1 ? texts.get(1) : "");
  }
}
