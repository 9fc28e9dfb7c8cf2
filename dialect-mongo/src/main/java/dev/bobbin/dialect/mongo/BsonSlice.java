package dev.bobbin.dialect.mongo;

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
 * @param array where it lies, from the beginning; not changed
 * @param length its length
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record BsonSlice(byte[] array, int length) {

  /** The value of a field of its own; null where there is none. */
  @Nullable BsonValue get(String name) {
    return new RawBsonDocument(array, 0, length).get(name);
  }

  /** Takes documents out of the server's answers as they are. */
  static final class AsSent implements Codec<BsonSlice> {

    private static final int SMALLEST = 5;

    /** More than any message holds: what is said to be longer is not believed. */
    private static final int LARGEST = 48_000_000;

    @Override
    public BsonSlice decode(BsonReader reader, DecoderContext context) {
      int size = size(reader);
      // Of the right size from the beginning: grown from the usual one it would be copied often.
      BasicOutputBuffer buffer = new BasicOutputBuffer(size);
      try (BsonBinaryWriter writer = new BsonBinaryWriter(buffer)) {
        writer.pipe(reader);
      }
      return new BsonSlice(buffer.getInternalBuffer(), buffer.getPosition());
    }

    private static int size(BsonReader reader) {
      if (!(reader instanceof BsonBinaryReader binary)) {
        return 1024;
      }
      BsonInput input = binary.getBsonInput();
      BsonInputMark mark = input.getMark(4);
      int size = input.readInt32();
      mark.reset();
      if (size < SMALLEST || size > LARGEST) {
        throw new BsonSerializationException("a document of " + size + " bytes");
      }
      return size;
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
