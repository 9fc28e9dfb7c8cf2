package dev.bobbin.record;

/**
 * Bytes that are not a BSON document: what is wrong, and at which byte. The message holds no names
 * and no values of the document.
 */
public final class MalformedDocumentException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int offset;

  MalformedDocumentException(String problem, int offset) {
    super("The document is not valid BSON: " + problem + ", at byte " + offset + ".");
    this.offset = offset;
  }

  /** Where it was noticed: bytes from the beginning of the whole document, the first one is 0. */
  public int offset() {
    return offset;
  }
}
