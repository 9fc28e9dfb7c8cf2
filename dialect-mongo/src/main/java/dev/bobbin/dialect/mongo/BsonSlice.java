package dev.bobbin.dialect.mongo;

import dev.bobbin.record.Document;
import org.bson.BsonBinaryReader;
import org.bson.BsonBinaryWriter;
import org.bson.BsonReader;
import org.bson.BsonSerializationException;
import org.bson.BsonValue;
import org.bson.BsonWriter;
import org.bson.RawBsonDocument;
import org.bson.codecs.Codec;
import org.bson.codecs.DecoderContext;
import org.bson.codecs.EncoderContext;
import org.bson.io.BasicOutputBuffer;
import org.bson.io.BsonInput;
import org.bson.io.BsonInputMark;
import org.jspecify.annotations.Nullable;

/**
 * One document as the server sent it.
 *
 * @param array where it lies, beside others of the same answer; not changed
 * @param offset where it begins
 * @param length its length
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record BsonSlice(byte[] array, int offset, int length) {

  /** The value of a field of its own; null where there is none. */
  @Nullable BsonValue get(String name) {
    return raw().get(name);
  }

  /** The same as the driver sees it. */
  RawBsonDocument raw() {
    return new RawBsonDocument(array, offset, length);
  }

  /** The same as sinks see it. */
  Document document() {
    return Document.of(array, offset, length);
  }

  /** Takes documents out of the server's answers as they are. Used by one thread. */
  static final class AsSent implements Codec<BsonSlice> {

    private static final int SMALLEST = 5;

    /** More than any message holds: what is said to be longer is not believed. */
    private static final int LARGEST = 48_000_000;

    /** Small documents lie in one array together, which is quicker made than one for each. */
    private static final int TOGETHER = 64 << 10;

    private static final int SMALL = TOGETHER / 8;

    private byte[] array = {};
    private int used;

    @Override
    public BsonSlice decode(BsonReader reader, DecoderContext context) {
      if (reader.getCurrentBsonType() == null) {
        reader.readBsonType(); // of a document that stands alone, not in an answer
      }
      return reader instanceof BsonBinaryReader binary ? taken(binary) : piped(reader);
    }

    /** Copied once: a writer would do it twice, and costs more than that to be made. */
    private BsonSlice taken(BsonBinaryReader reader) {
      BsonInput input = reader.getBsonInput();
      BsonInputMark begin = input.getMark(Integer.BYTES);
      int size = input.readInt32();
      begin.reset();
      if (size < SMALLEST || size > LARGEST) {
        throw new BsonSerializationException("a document of " + size + " bytes");
      }
      BsonSlice slice = room(size);
      input.readBytes(slice.array, slice.offset, size);
      begin.reset();
      reader.skipValue();
      return slice;
    }

    private BsonSlice room(int size) {
      if (size > SMALL) {
        return new BsonSlice(new byte[size], 0, size);
      }
      if (size > array.length - used) {
        array = new byte[TOGETHER];
        used = 0;
      }
      BsonSlice slice = new BsonSlice(array, used, size);
      used += size;
      return slice;
    }

    private static BsonSlice piped(BsonReader reader) {
      BasicOutputBuffer buffer = new BasicOutputBuffer();
      try (BsonBinaryWriter writer = new BsonBinaryWriter(buffer)) {
        writer.pipe(reader);
      }
      return new BsonSlice(buffer.getInternalBuffer(), 0, buffer.getPosition());
    }

    @Override
    public void encode(BsonWriter writer, BsonSlice value, EncoderContext context) {
      throw new IllegalStateException("nothing is written");
    }

    @Override
    public Class<BsonSlice> getEncoderClass() {
      return BsonSlice.class;
    }
  }
}
