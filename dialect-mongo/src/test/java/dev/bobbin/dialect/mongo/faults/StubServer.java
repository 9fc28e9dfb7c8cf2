package dev.bobbin.dialect.mongo.faults;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.Function;
import org.bson.BsonDocument;
import org.bson.RawBsonDocument;
import org.bson.codecs.BsonDocumentCodec;

/** A server that speaks as much of MongoDB's protocol as a test says, and as falsely. */
final class StubServer implements AutoCloseable {

  private static final int OP_REPLY = 1;
  private static final int OP_QUERY = 2004;
  private static final int OP_MSG = 2013;
  private static final int HEADER = 16;

  /** What becomes of an answer before it is sent. */
  interface Falsifier {
    byte[] of(BsonDocument command, byte[] message);
  }

  private final ServerSocket listener;
  private final Function<BsonDocument, BsonDocument> answers;
  private final Falsifier falsifier;

  StubServer(Function<BsonDocument, BsonDocument> answers, Falsifier falsifier) throws IOException {
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    this.answers = answers;
    this.falsifier = falsifier;
    start(this::serve);
  }

  int port() {
    return listener.getLocalPort();
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "stub-server");
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
    try (client) {
      DataInputStream in = new DataInputStream(client.getInputStream());
      while (true) {
        byte[] bytes = read(in);
        ByteBuffer message = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int number = message.getInt(4);
        boolean old = message.getInt(12) == OP_QUERY;
        int body = HEADER + 5;
        if (old) { // flags, name of the collection, skip, limit
          body = HEADER + 4;
          while (message.get(body) != 0) {
            body++;
          }
          body += 9;
        }
        BsonDocument command =
            new RawBsonDocument(bytes, body, message.getInt(body)).decode(new BsonDocumentCodec());
        byte[] answer = message(number, old, answers.apply(command));
        byte[] said = falsifier.of(command, answer);
        client.getOutputStream().write(said);
        client.getOutputStream().flush();
        if (said.length < answer.length) {
          return;
        }
      }
    } catch (IOException gone) {
      // the client has closed its connection
    }
  }

  private static byte[] read(DataInputStream in) throws IOException {
    byte[] length = in.readNBytes(4);
    if (length.length < 4) {
      throw new EOFException();
    }
    int size = ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getInt();
    byte[] message = Arrays.copyOf(length, size);
    in.readFully(message, 4, size - 4);
    return message;
  }

  private static byte[] message(int number, boolean old, BsonDocument answer) {
    ByteBuffer body = new RawBsonDocument(answer, new BsonDocumentCodec()).getByteBuffer().asNIO();
    int before = old ? 20 : 5;
    byte[] whole = new byte[HEADER + before + body.remaining()];
    ByteBuffer message = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
    message.putInt(whole.length).putInt(1).putInt(number).putInt(old ? OP_REPLY : OP_MSG);
    if (old) { // flags, cursor, from, how many
      message.putInt(8).putLong(0).putInt(0).putInt(1);
    } else {
      message.putInt(0).put((byte) 0);
    }
    message.put(body);
    return whole;
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
