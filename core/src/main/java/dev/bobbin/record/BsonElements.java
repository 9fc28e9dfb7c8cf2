package dev.bobbin.record;

import java.util.Arrays;

/**
 * A walk over the elements of one document or array. {@link #next()} goes to the next one, which
 * the other methods are about; values are skipped by their length and not looked into.
 */
final class BsonElements {

  private final BsonBytes bytes;
  private final int limit;
  private int nameAt;
  private int nameEnd;
  private int valueEnd;
  private BsonType type = BsonType.NULL;

  /**
   * @param bytes where the document lies
   * @param at where it begins
   * @param end where it ends
   */
  BsonElements(BsonBytes bytes, int at, int end) {
    this.bytes = bytes;
    this.limit = bytes.documentLimit(at, end);
    this.valueEnd = at + 4;
  }

  boolean next() {
    int at = valueEnd;
    byte code = bytes.array[at];
    if (code == 0) {
      if (at != limit) {
        throw bytes.malformed("a document that ends before its length", at);
      }
      return false;
    }
    BsonType known = BsonType.of(code);
    if (known == null) {
      throw bytes.malformed(
          "the type 0x"
              + Character.forDigit(code >> 4 & 15, 16)
              + Character.forDigit(code & 15, 16)
              + ", which there is not",
          at);
    }
    type = known;
    nameAt = at + 1;
    nameEnd = bytes.nameEnd(nameAt, limit);
    valueEnd = bytes.valueEnd(known, nameEnd + 1, limit);
    return true;
  }

  boolean isNamed(byte[] name) {
    int length = nameEnd - nameAt;
    return length == name.length && Arrays.equals(bytes.array, nameAt, nameEnd, name, 0, length);
  }

  String name() {
    return bytes.text(nameAt, nameEnd);
  }

  BsonValue value() {
    return new BsonValue(bytes, type, nameEnd + 1, valueEnd);
  }
}
