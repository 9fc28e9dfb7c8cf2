package dev.bobbin.dialect.mongo;

import java.io.IOException;

/**
 * Watches how long the messages are that a server sends. The driver believes what a server says of
 * the longest that it may send, and takes the memory before the bytes are there. Not thread-safe.
 */
final class ReplyFrames {

  /** MongoDB's own limit for each message (manual: maxMessageSizeBytes), and a little more. */
  private static final int MOST_BYTES = 48_000_000 + (1 << 20);

  private static final int HEADER = 16;
  private static final int OP_COMPRESSED = 2012;

  /** Up to the length of what was compressed (specification of OP_COMPRESSED). */
  private static final int LONGER_HEADER = HEADER + 8;

  /** More answers than a login takes. */
  private static final int ANSWERS_OF_LOGIN = 6;

  private final LoginGate gate;
  private final byte[] body = new byte[LoginGate.MOST_BYTES];
  private int answers;
  private final byte[] header = new byte[LONGER_HEADER];
  private int known;
  private long left;

  /**
   * Watches the answers of one connection.
   *
   * @param gate is shown the first of them
   */
  ReplyFrames(LoginGate gate) {
    this.gate = gate;
  }

  /**
   * Takes what was received.
   *
   * @throws StrangerException if a message begins in it that is longer than any can be
   */
  void take(byte[] bytes, int offset, int length) throws IOException {
    int at = offset;
    int end = offset + length;
    while (at < end) {
      if (left > 0) {
        int step = (int) Math.min(left, end - at);
        if (answers <= ANSWERS_OF_LOGIN) {
          keep(bytes, at, step);
        }
        at += step;
        left -= step;
        continue;
      }
      header[known++] = bytes[at++];
      if (known == HEADER) {
        check(number(0), HEADER);
        if (number(12) != OP_COMPRESSED) {
          begin(HEADER);
        }
      } else if (known == LONGER_HEADER) {
        check(number(20), 0);
        begin(LONGER_HEADER);
      }
    }
  }

  /** Whether the next byte is the first of a message. */
  boolean isBetween() {
    return known == 0 && left == 0;
  }

  private void begin(int read) {
    left = Math.max(0, number(0) - read);
    known = 0;
    answers++;
  }

  /** Keeps short answers as they come, and shows them when they are whole. */
  private void keep(byte[] bytes, int at, int length) {
    int size = number(0) - HEADER;
    if (size > body.length) {
      return;
    }
    int before = (int) (size - left);
    if (before < 0) {
      return; // of what was compressed
    }
    System.arraycopy(bytes, at, body, before, length);
    if (length == left) {
      gate.look(body, size);
    }
  }

  private static void check(int bytes, int least) throws StrangerException {
    if (bytes < least || bytes > MOST_BYTES) {
      throw new StrangerException("it announced a message of " + (bytes & 0xffff_ffffL) + " bytes");
    }
  }

  private int number(int at) {
    return (header[at] & 0xff)
        | (header[at + 1] & 0xff) << 8
        | (header[at + 2] & 0xff) << 16
        | (header[at + 3] & 0xff) << 24;
  }
}
