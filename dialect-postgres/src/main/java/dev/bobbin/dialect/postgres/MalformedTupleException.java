package dev.bobbin.dialect.postgres;

import dev.bobbin.dialect.jdbc.MalformedDataException;

/** What the server sent is not in the binary format of COPY; the message holds no values. */
final class MalformedTupleException extends MalformedDataException {

  private static final long serialVersionUID = 1L;

  MalformedTupleException(String message) {
    super(message);
  }
}
