package dev.bobbin.record;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The array that a BSON document lies in, and the reads from it. Places are places in the array;
 * those in exceptions count from where the whole document begins.
 *
 * <p>Every document is bounded by its <em>limit</em>, the place of its last byte, which is known to
 * be 0 before anything within is read: a search for the end of a name needs no other bound.
 */
final class BsonBytes {

  /** How deep documents may be nested; MongoDB itself refuses more than 100. */
  static final int MAX_DEPTH = 200;

  private static final int SMALLEST_DOCUMENT = 5;
  private static final int OBJECT_ID = 12;

  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  final byte[] array;
  private final int origin;

  /**
   * @param array kept, not copied
   * @param origin where the whole document begins
   */
  BsonBytes(byte[] array, int origin) {
    this.array = array;
    this.origin = origin;
  }

  int int32(int at) {
    return (int) INTS.get(array, at);
  }

  long int64(int at) {
    return (long) LONGS.get(array, at);
  }

  Document.MalformedException malformed(String problem, int at) {
    return new Document.MalformedException(problem, at - origin);
  }

  /**
   * The limit of the document that begins here.
   *
   * @param at where its length stands
   * @param end where it must end
   */
  int documentLimit(int at, int end) {
    if (end - at < SMALLEST_DOCUMENT) {
      throw malformed("a document of fewer than 5 bytes", at);
    }
    int length = int32(at);
    if (length != end - at) {
      throw malformed("a document's length that is not that of its bytes", at);
    }
    if (array[end - 1] != 0) {
      throw malformed("a document that does not end with a zero byte", end - 1);
    }
    return end - 1;
  }

  /** The place of the zero byte that ends the name, or other C string, that begins here. */
  int nameEnd(int at, int limit) {
    int end = at;
    while (array[end] != 0) {
      end++;
    }
    if (end >= limit) {
      throw malformed("a name or a regular expression that is not ended", at);
    }
    return end;
  }

  /**
   * Where a value ends, after its last byte.
   *
   * @param type its type
   * @param at where it begins
   * @param limit of the document around it, which it must not reach beyond
   */
  int valueEnd(BsonType type, int at, int limit) {
    return switch (type) {
      case UNDEFINED, NULL, MIN_KEY, MAX_KEY -> at;
      case BOOL -> fixed(1, at, limit);
      case INT -> fixed(4, at, limit);
      case DOUBLE, DATE, TIMESTAMP, LONG -> fixed(8, at, limit);
      case OBJECT_ID -> fixed(OBJECT_ID, at, limit);
      case DECIMAL -> fixed(16, at, limit);
      case STRING, CODE, SYMBOL -> stringEnd(at, limit);
      case OBJECT, ARRAY -> sized(at, SMALLEST_DOCUMENT, limit);
      case CODE_WITH_SCOPE -> sized(at, 4 + SMALLEST_DOCUMENT + SMALLEST_DOCUMENT, limit);
      case BINARY -> {
        int data = fixed(5, at, limit);
        int length = int32(at);
        if (length < 0 || length > limit - data) {
          throw malformed("a length that does not fit its document", at);
        }
        yield data + length;
      }
      case REGEX -> {
        // the name's zero byte may be the last but one of the document
        int options = nameEnd(at, limit) + 1;
        yield nameEnd(options, limit) + 1;
      }
      case DB_POINTER -> fixed(OBJECT_ID, stringEnd(at, limit), limit);
    };
  }

  private int fixed(int size, int at, int limit) {
    if (limit - at < size) {
      throw malformed("a value that does not fit its document", at);
    }
    return at + size;
  }

  /** Of a value whose length, which counts itself, stands first. */
  private int sized(int at, int smallest, int limit) {
    fixed(smallest, at, limit);
    int length = int32(at);
    if (length < smallest || length > limit - at) {
      throw malformed("a length that does not fit its document", at);
    }
    return at + length;
  }

  /** Of a string: its length, its bytes, a zero byte that the length counts. */
  int stringEnd(int at, int limit) {
    int text = fixed(4, at, limit);
    int length = int32(at);
    if (length < 1 || length > limit - text) {
      throw malformed("a string's length that does not fit its document", at);
    }
    return text + length;
  }

  /** The text of the string that begins here. */
  String string(int at) {
    int length = int32(at);
    int last = at + 4 + length - 1;
    if (array[last] != 0) {
      throw malformed("a string that does not end with a zero byte", last);
    }
    return text(at + 4, last);
  }

  /** The text of bytes in UTF-8. */
  String text(int from, int to) {
    String text = new String(array, from, to - from, StandardCharsets.UTF_8);
    // What is not UTF-8 is replaced by this character, which can be meant, too.
    if (text.indexOf('\ufffd') >= 0) {
      try {
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(array, from, to - from));
      } catch (CharacterCodingException e) {
        throw malformed("a text that is not UTF-8", from);
      }
    }
    return text;
  }
}
