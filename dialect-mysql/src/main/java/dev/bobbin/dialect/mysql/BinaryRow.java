package dev.bobbin.dialect.mysql;

import dev.bobbin.dialect.jdbc.MalformedDataException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A row as the server's binary protocol sends it, and the place up to which it has been read: a
 * header, a bitmap of the NULLs, and the other values one behind the other (manual of the source
 * code, "Binary Protocol Resultset Row"). Every read moves on; none goes beyond the row's end.
 */
final class BinaryRow {

  private static final VarHandle INT2 = view(short[].class);
  private static final VarHandle INT4 = view(int[].class);
  private static final VarHandle INT8 = view(long[].class);
  private static final int BITMAP = 1;
  private static final int FIRST_BIT = 2;

  private byte[] bytes = {};
  private int end;
  private int at;

  private static VarHandle view(Class<?> type) {
    return MethodHandles.byteArrayViewVarHandle(type, ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Begins a row.
   *
   * @param packet whose first bytes are the row; lent until the next call
   * @param length the row's length
   * @param columns how many values it has
   */
  void begin(byte[] packet, int length, int columns) {
    bytes = packet;
    end = length;
    at = BITMAP + (columns + FIRST_BIT + 7) / 8;
    if (at > length || packet[0] != 0) {
      throw new MalformedDataException("a row has no header");
    }
  }

  /** Lets go of the packet. */
  void forget() {
    bytes = new byte[0];
    end = 0;
    at = 0;
  }

  /** The row's length in bytes. */
  int length() {
    return end;
  }

  /** Whether the value of a column is NULL, and therefore not among the values. */
  boolean isNull(int column) {
    int bit = column + FIRST_BIT;
    return (bytes[BITMAP + (bit >> 3)] & (1 << (bit & 7))) != 0;
  }

  /** The bytes that the values are in. */
  byte[] bytes() {
    return bytes;
  }

  /** Moves over so many bytes, and returns where they begin. */
  int skip(int length) {
    int from = at;
    if (length < 0 || length > end - from) {
      throw new MalformedDataException("a row is cut off");
    }
    at = from + length;
    return from;
  }

  byte int1() {
    return bytes[skip(1)];
  }

  short int2() {
    return (short) INT2.get(bytes, skip(2));
  }

  int int4() {
    return (int) INT4.get(bytes, skip(4));
  }

  long int8() {
    return (long) INT8.get(bytes, skip(8));
  }

  /** The length that comes before a value of no fixed one ("Protocol::LengthEncodedInteger"). */
  int valueLength() {
    int first = int1() & 0xff;
    return switch (first) {
      case 0xfb, 0xff -> throw new MalformedDataException("a value has no length");
      case 0xfc -> int2() & 0xffff;
      case 0xfd -> (int2() & 0xffff) | (int1() & 0xff) << 16;
      case 0xfe -> {
        long length = int8();
        if (length < 0 || length > end) {
          throw new MalformedDataException("a row is cut off");
        }
        yield (int) length;
      }
      default -> first;
    };
  }

  /** A whole number of two bytes within the row. */
  static short int2(byte[] from, int at) {
    return (short) INT2.get(from, at);
  }

  /** A whole number of four bytes within the row. */
  static int int4(byte[] from, int at) {
    return (int) INT4.get(from, at);
  }

  /** Writes a whole number of four bytes into the row. */
  static void int4(byte[] to, int at, int value) {
    INT4.set(to, at, value);
  }
}
