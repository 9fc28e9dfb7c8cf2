package dev.bobbin.state;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/**
 * The bytes of a file that holds a document: one line of JSON, the envelope, and then the content.
 *
 * <pre>{"sha256":"(64 hex digits)","format":1,"token":7,"name":"checkpoint orders"}
 * (content)</pre>
 *
 * <p>The checksum covers every byte after its own digits, and what stands before them is constant,
 * so that no byte can change unseen. This holds for every format: that is how a file of a newer
 * format is told from a damaged one. It is SHA-256 and not CRC32C since the documents are small (a
 * checkpoint's costs microseconds, beside an fsync), and 32 bits would let one in four billion
 * arbitrary damages, such as blocks of an older file, pass. It has no key: it finds damage, not
 * forgery.
 *
 * @param name the document's name
 * @param token the fencing token of the lease that saved it
 * @param content the document
 */
record StateFile(String name, long token, String content) {

  static final int FORMAT = 1;

  private static final byte[] START = "{\"sha256\":\"".getBytes(US_ASCII);
  private static final int DIGITS = 64;
  private static final int MIN_LENGTH = START.length + DIGITS;
  private static final int PREFIX_LENGTH = 40;
  private static final int HASH_BYTES = 16;

  // Names are written in ASCII, so that one with half a surrogate pair survives too.
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  /** The file is not what was once written. */
  static final class DamagedException extends Exception {
    private static final long serialVersionUID = 1L;

    DamagedException(String what) {
      super(what);
    }
  }

  /** The file is whole, but a later version of Bobbin wrote it. */
  static final class NewerFormatException extends Exception {
    private static final long serialVersionUID = 1L;

    NewerFormatException(int format) {
      super("format " + format + ", newer than this version reads (" + FORMAT + ")");
    }
  }

  /**
   * The name of the file for a document: a readable part, and a hash that alone tells names apart,
   * on file systems that ignore case too. It holds only lower-case letters, digits, '_' and '-'.
   */
  static String fileName(String documentName) {
    StringBuilder readable = new StringBuilder();
    String lower = documentName.toLowerCase(Locale.ROOT);
    for (int i = 0; i < lower.length() && i < PREFIX_LENGTH; i++) {
      char c = lower.charAt(i);
      readable.append((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_');
    }
    byte[] hash = sha256().digest(quoted(documentName).getBytes(US_ASCII));
    return readable + "-" + HexFormat.of().formatHex(hash, 0, HASH_BYTES);
  }

  /**
   * The bytes to write.
   *
   * @throws CharacterCodingException if the content has half a surrogate pair, which UTF-8 cannot
   *     hold
   */
  byte[] toBytes() throws CharacterCodingException {
    byte[] envelope =
        ("\",\"format\":" + FORMAT + ",\"token\":" + token + ",\"name\":" + quoted(name) + "}\n")
            .getBytes(US_ASCII);
    ByteBuffer body = UTF_8.newEncoder().encode(java.nio.CharBuffer.wrap(content));
    MessageDigest digest = sha256();
    digest.update(envelope);
    digest.update(body.duplicate());
    return ByteBuffer.allocate(MIN_LENGTH + envelope.length + body.remaining())
        .put(START)
        .put(HexFormat.of().formatHex(digest.digest()).getBytes(US_ASCII))
        .put(envelope)
        .put(body)
        .array();
  }

  /** Reads what {@link #toBytes} wrote. The exceptions' messages hold nothing of the content. */
  static StateFile parse(byte[] bytes) throws DamagedException, NewerFormatException {
    if (bytes.length == 0) {
      throw new DamagedException("it is empty");
    }
    if (bytes.length < MIN_LENGTH || !Arrays.equals(START, Arrays.copyOf(bytes, START.length))) {
      throw new DamagedException("it does not begin as a state file does");
    }
    String expected = new String(bytes, START.length, DIGITS, US_ASCII);
    MessageDigest digest = sha256();
    digest.update(bytes, MIN_LENGTH, bytes.length - MIN_LENGTH);
    if (!HexFormat.of().formatHex(digest.digest()).equals(expected)) {
      throw new DamagedException("its checksum is wrong");
    }
    int end = MIN_LENGTH;
    while (end < bytes.length && bytes[end] != '\n') {
      end++;
    }
    if (end == bytes.length) {
      throw new DamagedException("its first line has no end");
    }
    int format = 0;
    Long token = null;
    String name = null;
    try (JsonParser json = JSON.createParser(bytes, 0, end)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String field = json.currentName();
        json.nextToken();
        switch (field) {
          case "format" -> format = json.getIntValue();
          case "token" -> token = json.getLongValue();
          case "name" -> name = json.getText();
          default -> json.skipChildren();
        }
      }
    } catch (IOException e) {
      throw new DamagedException("its first line is not what it should be");
    }
    if (format > FORMAT) {
      throw new NewerFormatException(format);
    }
    if (format < 1 || token == null || name == null) {
      throw new DamagedException("its first line is not what it should be");
    }
    return new StateFile(name, token, new String(bytes, end + 1, bytes.length - end - 1, UTF_8));
  }

  private static String quoted(String text) {
    StringWriter quoted = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(quoted)) {
      json.writeString(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return quoted.toString();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** The name alone, since the content holds key values. */
  @Override
  public String toString() {
    return "state file of " + name;
  }
}
