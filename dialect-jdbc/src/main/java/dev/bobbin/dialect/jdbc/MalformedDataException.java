package dev.bobbin.dialect.jdbc;

/** What the server sent is not in the form that its protocol has; the message holds no values. */
public class MalformedDataException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * An exception.
   *
   * @param message what is malformed, as a clause without a full stop
   */
  public MalformedDataException(String message) {
    super(message);
  }
}
