package dev.bobbin.dialect.jdbc;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Names of documents in ASCII: the backslash and everything outside it as {@code \}{@code uXXXX},
 * so that any text is kept in a database of any encoding, characters that it refuses (NUL)
 * included.
 */
final class AsciiNames {

  private static final int ESCAPE_LENGTH = 6;

  private AsciiNames() {}

  static String encode(String name) {
    StringBuilder ascii = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c >= ' ' && c <= '~' && c != '\\') {
        ascii.append(c);
      } else {
        ascii.append("\\u").append(HexFormat.of().toHexDigits(c));
      }
    }
    return ascii.toString();
  }

  static String decode(String ascii) {
    StringBuilder name = new StringBuilder(ascii.length());
    int at = 0;
    while (at < ascii.length()) {
      if (ascii.charAt(at) == '\\' && at + ESCAPE_LENGTH <= ascii.length()) {
        name.append((char) HexFormat.fromHexDigits(ascii, at + 2, at + ESCAPE_LENGTH));
        at += ESCAPE_LENGTH;
      } else {
        name.append(ascii.charAt(at));
        at++;
      }
    }
    return name.toString();
  }

  /** SHA-256 of the encoded name in hex: a key of the same length for any name. */
  static String key(String name) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(encode(name).getBytes(US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
