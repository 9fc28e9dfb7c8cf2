package dev.bobbin.dialect.sqlserver;

import java.util.Arrays;

/**
 * A text that is taken apart into UTF-8, over and over in the same memory. What is no Unicode, such
 * as half of a surrogate pair, is kept beside it: {@link #isExact} tells. Not thread-safe.
 */
final class Utf8Text {

  private static final int LARGE = 1 << 20;
  private static final int USUAL = 256;

  private byte[] bytes = new byte[USUAL];
  private char[] chars = new char[USUAL];
  private int length;
  private char high;
  private boolean exact = true;
  private final boolean replaced;

  /**
   * An empty text.
   *
   * @param replaced whether U+FFFD stands for what the driver could not read, as in a code page
   */
  Utf8Text(boolean replaced) {
    this.replaced = replaced;
  }

  /** Begins another text. */
  void begin() {
    length = 0;
    high = 0;
    exact = true;
  }

  /** Appends a whole text. */
  void append(String text) {
    int count = text.length();
    if (count > chars.length) {
      chars = new char[Math.max(count, 2 * chars.length)];
    }
    text.getChars(0, count, chars, 0);
    append(chars, count);
  }

  /** Appends the next characters; a pair may be split between two calls. */
  void append(char[] from, int count) {
    reserve(3L * count + 3);
    byte[] to = bytes;
    int at = length;
    int i = 0;
    if (high == 0) {
      while (i < count && from[i] < 0x80) {
        to[at++] = (byte) from[i++];
      }
    }
    for (; i < count; i++) {
      char c = from[i];
      if (high != 0) {
        if (Character.isLowSurrogate(c)) {
          int point = Character.toCodePoint(high, c);
          to[at++] = (byte) (0xf0 | point >> 18);
          to[at++] = (byte) (0x80 | (point >> 12 & 0x3f));
          to[at++] = (byte) (0x80 | (point >> 6 & 0x3f));
          to[at++] = (byte) (0x80 | (point & 0x3f));
          high = 0;
          continue;
        }
        at = half(to, at, high);
        high = 0;
      }
      if (c < 0x80) {
        to[at++] = (byte) c;
      } else if (c < 0x800) {
        to[at++] = (byte) (0xc0 | c >> 6);
        to[at++] = (byte) (0x80 | (c & 0x3f));
      } else if (Character.isHighSurrogate(c)) {
        high = c;
      } else if (Character.isLowSurrogate(c)) {
        at = half(to, at, c);
      } else {
        exact &= !replaced || c != 0xfffd;
        at = three(to, at, c);
      }
    }
    length = at;
  }

  /** Ends the text. */
  void end() {
    if (high != 0) {
      reserve(3);
      length = half(bytes, length, high);
      high = 0;
    }
  }

  private int half(byte[] to, int at, char c) {
    exact = false;
    return three(to, at, c);
  }

  private static int three(byte[] to, int at, char c) {
    to[at] = (byte) (0xe0 | c >> 12);
    to[at + 1] = (byte) (0x80 | (c >> 6 & 0x3f));
    to[at + 2] = (byte) (0x80 | (c & 0x3f));
    return at + 3;
  }

  private void reserve(long more) {
    long wanted = length + more;
    if (wanted > bytes.length) {
      if (wanted > Integer.MAX_VALUE - 8) {
        throw new OutOfMemoryError("a text of more than 2 GiB");
      }
      bytes =
          Arrays.copyOf(
              bytes, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(wanted, 2L * bytes.length)));
    }
  }

  /** Whether it is Unicode, and nothing was replaced. */
  boolean isExact() {
    return exact;
  }

  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  /** The characters as they came; of a text that is not exact. */
  String original() {
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; ) {
      int b = bytes[i] & 0xff;
      if (b < 0x80) {
        text.append((char) b);
        i++;
      } else if (b < 0xe0) {
        text.append((char) ((b & 0x1f) << 6 | (bytes[i + 1] & 0x3f)));
        i += 2;
      } else if (b < 0xf0) {
        text.append((char) ((b & 0xf) << 12 | (bytes[i + 1] & 0x3f) << 6 | (bytes[i + 2] & 0x3f)));
        i += 3;
      } else {
        text.appendCodePoint(
            (b & 7) << 18
                | (bytes[i + 1] & 0x3f) << 12
                | (bytes[i + 2] & 0x3f) << 6
                | (bytes[i + 3] & 0x3f));
        i += 4;
      }
    }
    return text.toString();
  }

  /** Lets go of the memory of a large text. */
  void release() {
    if (bytes.length > LARGE) {
      bytes = new byte[USUAL];
    }
    if (chars.length > LARGE) {
      chars = new char[USUAL];
    }
  }
}
