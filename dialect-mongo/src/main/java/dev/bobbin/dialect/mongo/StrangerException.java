package dev.bobbin.dialect.mongo;

import java.io.IOException;

/** Somebody answers, but not as a server with MongoDB's protocol does. */
final class StrangerException extends IOException {

  private static final long serialVersionUID = 1L;

  private final boolean wantsTls;

  /**
   * An answer that is none.
   *
   * @param message what came, as a clause; nothing of what a server says word for word
   */
  StrangerException(String message) {
    this(message, false);
  }

  private StrangerException(String message, boolean wantsTls) {
    super(message);
    this.wantsTls = wantsTls;
  }

  /** Who answers plain words in TLS. */
  static StrangerException withTls() {
    return new StrangerException("it asks for TLS, which is turned off here", true);
  }

  /** Whether it is TLS that it speaks. */
  boolean wantsTls() {
    return wantsTls;
  }
}
