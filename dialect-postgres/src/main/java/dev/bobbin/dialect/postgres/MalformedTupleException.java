package dev.bobbin.dialect.postgres;

/** What the server sent is not in the binary format of COPY; the message holds no values. */
final class MalformedTupleException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  MalformedTupleException(String message) {
    super(message);
  }
}
