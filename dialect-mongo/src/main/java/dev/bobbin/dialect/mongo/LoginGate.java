package dev.bobbin.dialect.mongo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Lets connections of one client of the driver begin, until a server has refused its login: the
 * driver would try the same password for each connection that it wants. Thread-safe.
 */
final class LoginGate {

  /** Nobody is to log in with a password that was refused. */
  static final class ShutException extends IOException {
    private static final long serialVersionUID = 1L;

    ShutException() {
      super("the login has been refused");
    }
  }

  /** The longest answer that is looked into. */
  static final int MOST_BYTES = 1024;

  /** AuthenticationFailed, and that the command failed, as they stand in an answer. */
  private static final byte[] REFUSED = bytes("\2codeName\0\25\0\0\0AuthenticationFailed\0");

  private static final byte[] FAILED = bytes("\1ok\0\0\0\0\0\0\0\0\0");

  private volatile boolean shut;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Fails where a login was refused. */
  void pass() throws ShutException {
    if (shut) {
      throw new ShutException();
    }
  }

  void shut() {
    shut = true;
  }

  boolean isShut() {
    return shut;
  }

  /** Looks at an answer of a connection that may still be logging in. */
  void look(byte[] answer, int length) {
    if (holds(answer, length, REFUSED) && holds(answer, length, FAILED)) {
      shut = true;
    }
  }

  private static boolean holds(byte[] bytes, int length, byte[] part) {
    for (int at = 0; at + part.length <= length; at++) {
      int same = 0;
      while (same < part.length && bytes[at + same] == part[same]) {
        same++;
      }
      if (same == part.length) {
        return true;
      }
    }
    return false;
  }
}
