package dev.bobbin.testservers;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.RawBsonDocument;
import org.bson.codecs.BsonDocumentCodec;

/**
 * A collection of a {@link ReplayServer}: any number of documents that take some kinds in turn and
 * differ in their {@code _id}, an int that counts from 0. In memory are the kinds alone, encoded.
 * Immutable.
 */
public final class ReplayCollection {

  private static final String ID = "_id";

  /** Where the value of the first element lies: after a length, a type and the name. */
  private static final int ID_AT = 4 + 1 + 4;

  private final String name;
  private final int documents;
  private final byte[][] kinds;

  private ReplayCollection(String name, int documents, byte[][] kinds) {
    this.name = name;
    this.documents = documents;
    this.kinds = kinds;
  }

  /**
   * A collection.
   *
   * @param documents how many there are
   * @param kinds what they are in turn, without an {@code _id}; at least one
   */
  public static ReplayCollection of(String name, int documents, List<BsonDocument> kinds) {
    List<byte[]> encoded = new ArrayList<>();
    for (BsonDocument kind : kinds) {
      BsonDocument whole = new BsonDocument(ID, new BsonInt32(0));
      whole.putAll(kind);
      encoded.add(encode(whole));
    }
    if (encoded.isEmpty() || documents < 0) {
      throw new IllegalArgumentException("no kinds, or a negative number of documents");
    }
    return new ReplayCollection(name, documents, encoded.toArray(new byte[0][]));
  }

  static byte[] encode(BsonDocument document) {
    RawBsonDocument raw = new RawBsonDocument(document, new BsonDocumentCodec());
    byte[] bytes = new byte[raw.getByteBuffer().remaining()];
    raw.getByteBuffer().get(bytes);
    return bytes;
  }

  /** The same documents with nothing but their {@code _id}. */
  ReplayCollection idsAlone() {
    return of(name, documents, List.of(new BsonDocument()));
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** How many documents there are: the first {@code _id} that is not there. */
  public int documents() {
    return documents;
  }

  /** The bytes of all documents. */
  public long bytes() {
    long sum = 0;
    for (int i = 0; i < kinds.length; i++) {
      sum += (long) kinds[i].length * ((documents - i + kinds.length - 1) / kinds.length);
    }
    return sum;
  }

  /** The document of that {@code _id}. */
  public RawBsonDocument document(int id) {
    byte[] bytes = kind(id).clone();
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(ID_AT, id);
    return new RawBsonDocument(bytes);
  }

  /** A mark of its own, the same each time. */
  UUID uuid() {
    return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
  }

  int size(int id) {
    return kinds[id % kinds.length].length;
  }

  /** The document of that {@code _id} as all of its kind are: 0 stands where it belongs. */
  byte[] kind(int id) {
    return kinds[id % kinds.length];
  }

  /** Where in {@link #kind} the {@code _id} belongs. */
  static int idAt() {
    return ID_AT;
  }
}
