package dev.bobbin.testservers;

import dev.bobbin.testservers.ReplayCommands.Documents;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.bson.BsonDocument;
import org.bson.RawBsonDocument;
import org.bson.codecs.BsonDocumentCodec;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a {@link ReplayServer}: its messages, OP_MSG (manual: "MongoDB Wire Protocol")
 * and, for the first one of a driver, OP_QUERY. Used by one thread.
 */
final class ReplayConnection {

  private static final int OP_REPLY = 1;
  private static final int OP_QUERY = 2004;
  private static final int OP_MSG = 2013;
  private static final int HEADER = 16;
  private static final int BUFFER = 256 << 10;

  /** What the documents of one answer come to at most, as MongoDB has it. */
  private static final int MOST_BYTES = 16 << 20;

  private final ReplayCommands commands;
  private final SocketChannel channel;
  private final ByteBuffer out = buffer(BUFFER);
  private ByteBuffer in = buffer(4096);
  private int request;

  ReplayConnection(ReplayCommands commands, SocketChannel channel) {
    this.commands = commands;
    this.channel = channel;
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Answers until the client has gone, which throws. */
  void serve() throws IOException {
    while (true) {
      read(HEADER);
      int length = in.getInt();
      request = in.getInt();
      in.getInt();
      int code = in.getInt();
      read(length - HEADER);
      in.getInt(); // flags
      if (code == OP_QUERY) {
        cString();
        in.position(in.position() + 8);
      } else if (code != OP_MSG || in.get() != 0) {
        throw new IOException("a message of kind " + code);
      }
      answer(command(), code == OP_QUERY);
    }
  }

  private void read(int size) throws IOException {
    if (size > in.capacity()) {
      in = buffer(size);
    }
    in.clear().limit(size);
    while (in.hasRemaining()) {
      if (channel.read(in) < 0) {
        throw new EOFException();
      }
    }
    in.flip();
  }

  private void cString() {
    while (in.get() != 0) {
      // its end is all that matters
    }
  }

  private BsonDocument command() {
    byte[] bytes = new byte[in.getInt(in.position())];
    in.get(bytes);
    return new RawBsonDocument(bytes).decode(new BsonDocumentCodec());
  }

  private void answer(BsonDocument command, boolean old) throws IOException {
    @Nullable Documents documents;
    BsonDocument answer;
    try {
      documents = commands.documents(command);
      answer = documents == null ? commands.answer(command) : new BsonDocument();
    } catch (ReplayFailure e) {
      documents = null;
      answer = e.answer();
    }
    if (documents == null) {
      send(ReplayCollection.encode(answer), old);
    } else {
      send(documents);
    }
    flush();
  }

  private void send(byte[] answer, boolean old) throws IOException {
    begin(answer.length, old);
    int sent = 0;
    while (sent < answer.length) {
      room(1);
      int part = Math.min(out.remaining(), answer.length - sent);
      out.put(answer, sent, part);
      sent += part;
    }
  }

  /** What stands before the document of an answer. */
  private void begin(int length, boolean old) throws IOException {
    int more = old ? 4 + 8 + 4 + 4 : 4 + 1;
    room(HEADER + more);
    out.putInt(HEADER + more + length).putInt(0).putInt(request);
    if (old) {
      out.putInt(OP_REPLY).putInt(8).putLong(0).putInt(0).putInt(1);
    } else {
      out.putInt(OP_MSG).putInt(0).put((byte) 0);
    }
  }

  private void send(Documents documents) throws IOException {
    ReplayCursor cursor = documents.cursor();
    ReplayCollection collection = cursor.collection();
    int most = Math.min(documents.most(), cursor.left());
    int count = 0;
    int bytes = 0;
    while (count < most) {
      int size = 1 + digits(count) + 1 + collection.size(cursor.id(count));
      if (count > 0 && bytes + size > MOST_BYTES) {
        break;
      }
      bytes += size;
      count++;
    }
    byte[] field = cString(documents.id() == 0 ? "firstBatch" : "nextBatch");
    byte[] namespace = cString(commands.namespace(cursor));
    int array = 4 + bytes + 1;
    int inner = 4 + 1 + field.length + array + 12 + 8 + namespace.length + 1;
    int whole = 4 + 8 + inner + 12 + 1;
    begin(whole, false);
    room(4 + 8 + 4 + 1 + field.length + 4);
    out.putInt(whole).put((byte) 3).put(cString("cursor"));
    out.putInt(inner).put((byte) 4).put(field).putInt(array);
    for (int i = 0; i < count; i++) {
      put(collection, cursor.id(i), i);
    }
    cursor.skip(count);
    long id = commands.idAfter(documents);
    room(64 + namespace.length);
    out.put((byte) 0);
    out.put((byte) 0x12).put(cString("id")).putLong(id);
    out.put((byte) 2).put(cString("ns")).putInt(namespace.length).put(namespace);
    out.put((byte) 0);
    out.put((byte) 1).put(cString("ok")).putDouble(1).put((byte) 0);
  }

  private void put(ReplayCollection collection, int id, int number) throws IOException {
    byte[] kind = collection.kind(id);
    room(16 + Math.min(kind.length, BUFFER / 2));
    out.put((byte) 3);
    name(number);
    int from = out.position();
    if (kind.length <= out.remaining()) {
      out.put(kind);
      out.putInt(from + ReplayCollection.idAt(), id);
      return;
    }
    int part = ReplayCollection.idAt();
    out.put(kind, 0, part).putInt(id);
    part += 4;
    while (part < kind.length) {
      room(1);
      int more = Math.min(out.remaining(), kind.length - part);
      out.put(kind, part, more);
      part += more;
    }
  }

  /** An element's number as a name. */
  private void name(int number) {
    int end = out.position() + digits(number);
    int rest = number;
    for (int at = end - 1; at >= out.position(); at--) {
      out.put(at, (byte) ('0' + rest % 10));
      rest /= 10;
    }
    out.position(end).put((byte) 0);
  }

  private static int digits(int number) {
    int digits = 1;
    for (int rest = number; rest >= 10; rest /= 10) {
      digits++;
    }
    return digits;
  }

  private static byte[] cString(String text) {
    return (text + '\0').getBytes(StandardCharsets.UTF_8);
  }

  /** Sees to it that so many bytes can be put. */
  private void room(int bytes) throws IOException {
    if (out.remaining() < bytes) {
      flush();
    }
  }

  private void flush() throws IOException {
    out.flip();
    while (out.hasRemaining()) {
      channel.write(out);
    }
    out.clear();
  }
}
