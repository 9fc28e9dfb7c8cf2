package dev.bobbin.dialect.mongo;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.bson.BSONException;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.RawBsonDocument;
import org.bson.codecs.BsonDocumentCodec;

/**
 * The first words with a server, before the driver's: whether MongoDB's protocol is spoken there at
 * all. The driver asks again and again until its time is over, and then does not say what came.
 */
final class Greeting {

  private static final int NUMBER = 0x0b0bb1;
  private static final int OP_MSG = 2013;
  private static final int HEADER = 16;

  /** As many bytes as others give themselves away with. */
  private static final int FIRST = 5;

  /** Flags, and the kind of the one section (specification of OP_MSG). */
  private static final int BEFORE_BODY = 5;

  private static final int MOST_BYTES = 1 << 20;

  private Greeting() {}

  /**
   * Says hello.
   *
   * @param millis how long to wait for the whole answer; 0 for as long as it takes
   * @return what the server says of itself, or that it knows no such word
   * @throws StrangerException if the answer is none of MongoDB's protocol
   */
  static BsonDocument exchange(Socket socket, int millis) throws IOException {
    BsonDocument hello =
        new BsonDocument("hello", new BsonInt32(1)).append("$db", new BsonString("admin"));
    byte[] body = bytes(hello);
    byte[] question = new byte[HEADER + BEFORE_BODY + body.length];
    ByteBuffer message = ByteBuffer.wrap(question).order(ByteOrder.LITTLE_ENDIAN);
    message.putInt(question.length).putInt(NUMBER).putInt(0).putInt(OP_MSG);
    message.putInt(0).put((byte) 0).put(body);
    socket.getOutputStream().write(question);
    socket.getOutputStream().flush();

    long end = System.nanoTime() + millis * 1_000_000L;
    byte[] header = new byte[HEADER];
    int got = read(socket, header, 0, FIRST, millis, end);
    recognise(header, got);
    got += got < FIRST ? 0 : read(socket, header, FIRST, HEADER, millis, end);
    check(header, got);
    ByteBuffer parts = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    byte[] answer = new byte[parts.getInt(0) - HEADER];
    if (read(socket, answer, 0, answer.length, millis, end) < answer.length) {
      throw new EOFException("the connection ended in the middle of an answer");
    }
    return parsed(answer);
  }

  private static byte[] bytes(BsonDocument document) {
    ByteBuffer raw = new RawBsonDocument(document, new BsonDocumentCodec()).getByteBuffer().asNIO();
    byte[] bytes = new byte[raw.remaining()];
    raw.get(bytes);
    return bytes;
  }

  /** Fills a part of the array, unless the stream ends before; returns how many bytes came. */
  private static int read(Socket socket, byte[] into, int from, int to, int millis, long end)
      throws IOException {
    InputStream in = socket.getInputStream();
    int got = from;
    while (got < to) {
      if (millis > 0) {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          throw new SocketTimeoutException("no whole answer in time");
        }
        socket.setSoTimeout((int) Math.max(1, Math.min(Integer.MAX_VALUE, left)));
      }
      int read = in.read(into, got, to - got);
      if (read < 0) {
        break;
      }
      got += read;
    }
    return got - from;
  }

  private static void recognise(byte[] header, int got) throws StrangerException {
    if (got >= 2 && header[0] == 0x15 && header[1] == 3) { // an alert (RFC 8446, 5.1)
      throw StrangerException.withTls();
    }
    String text = new String(header, 0, got, StandardCharsets.ISO_8859_1);
    if (text.startsWith("HTTP/")) {
      throw new StrangerException("it speaks HTTP");
    }
    if (text.startsWith("SSH-")) {
      throw new StrangerException("it speaks SSH");
    }
  }

  private static void check(byte[] header, int got) throws IOException {
    if (got < HEADER) {
      throw new EOFException("the connection ended");
    }
    ByteBuffer parts = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    if (parts.getInt(0) < HEADER + BEFORE_BODY
        || parts.getInt(0) > MOST_BYTES
        || parts.getInt(8) != NUMBER
        || parts.getInt(12) != OP_MSG) {
      throw new StrangerException("its answer is none of that protocol");
    }
  }

  private static BsonDocument parsed(byte[] answer) throws StrangerException {
    try {
      return new RawBsonDocument(answer, BEFORE_BODY, answer.length - BEFORE_BODY)
          .decode(new BsonDocumentCodec());
    } catch (BSONException | IllegalArgumentException | BufferUnderflowException e) {
      throw new StrangerException("its answer is not BSON");
    }
  }
}
