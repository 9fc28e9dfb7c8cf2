package dev.bobbin.record;

import dev.bobbin.error.ConfigurationException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A way to a value in a {@link Document}: names of fields, outermost first; in an array the number
 * of the element, counted from 0.
 *
 * <p>{@link #parse} reads what the getters of a document take as text; {@link #of} takes names as
 * they stand, whatever they hold. A path that is made once and used for every row saves reading its
 * text each time. Immutable and thread-safe.
 */
public final class DocumentPath {

  private final byte[][] names;

  private DocumentPath(List<String> names) {
    this.names = new byte[names.size()][];
    for (int i = 0; i < this.names.length; i++) {
      this.names[i] = utf8(names.get(i));
    }
  }

  private static byte[] utf8(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (name.indexOf('\0') >= 0 || hasHalfAPair(name)) {
      throw new ConfigurationException(
          "A name in the path of a document holds U+0000 or half a surrogate pair, as no name in a"
              + " document does.",
          "Give the name as it stands in the document.");
    }
    return bytes;
  }

  private static boolean hasHalfAPair(String name) {
    for (int i = 0; i < name.length(); i++) {
      if (Character.isSurrogate(name.charAt(i))) {
        if (Character.charCount(name.codePointAt(i)) == 1) {
          return true;
        }
        i++;
      }
    }
    return false;
  }

  /**
   * A path by its names, outermost first.
   *
   * @param names for example {@code "address", "city"}; at least one; dots, dollars and quotes mean
   *     nothing in them, and they may be empty
   */
  public static DocumentPath of(String... names) {
    return of(List.of(names));
  }

  /**
   * A path by its names, outermost first.
   *
   * @param names at least one
   */
  public static DocumentPath of(List<String> names) {
    if (names.isEmpty()) {
      throw new ConfigurationException(
          "A path of a document without names.", "Give at least one name.");
    }
    return new DocumentPath(names);
  }

  /**
   * Reads a path from text: names separated by dots, taken as they stand; a name in double quotes
   * may hold dots, be empty, and hold a double quote written twice.
   *
   * @param text for example {@code address.city}, {@code items.0.quantity} or {@code prices."1.5
   *     litres"}
   * @throws ConfigurationException if the text is not a path
   */
  public static DocumentPath parse(String text) {
    List<String> names = new ArrayList<>(4);
    int at = 0;
    while (true) {
      int end;
      if (at < text.length() && text.charAt(at) == '"') {
        StringBuilder name = new StringBuilder();
        end = quoted(text, at + 1, name);
        names.add(name.toString());
      } else {
        int dot = text.indexOf('.', at);
        end = dot < 0 ? text.length() : dot;
        if (end == at) {
          throw unreadable(text, "a name is empty");
        }
        names.add(text.substring(at, end));
      }
      if (end == text.length()) {
        return new DocumentPath(names);
      }
      if (text.charAt(end) != '.') {
        throw unreadable(text, "a dot is expected after a quoted name");
      }
      at = end + 1;
    }
  }

  /** Reads behind a double quote; returns the place behind the one that closes the name. */
  private static int quoted(String text, int from, StringBuilder name) {
    int at = from;
    while (true) {
      int quote = text.indexOf('"', at);
      if (quote < 0) {
        throw unreadable(text, "a quoted name is not closed");
      }
      name.append(text, at, quote);
      at = quote + 1;
      if (at == text.length() || text.charAt(at) != '"') {
        return at;
      }
      name.append('"');
      at++;
    }
  }

  private static ConfigurationException unreadable(String text, String why) {
    return new ConfigurationException(
        "The path " + text + " of a document cannot be read: " + why + ".",
        "Write address.city; put a name that is empty or holds a dot in double quotes.");
  }

  int length() {
    return names.length;
  }

  byte[] name(int index) {
    return names[index];
  }

  /** The number that a name is as the place in an array; -1 where it is none. */
  static int number(byte[] name) {
    if (name.length == 0 || name.length > 9 || (name[0] == '0' && name.length > 1)) {
      return -1; // no array in a document has 10^9 elements
    }
    int number = 0;
    for (byte digit : name) {
      if (digit < '0' || digit > '9') {
        return -1;
      }
      number = number * 10 + digit - '0';
    }
    return number;
  }

  /** The names, outermost first. */
  public List<String> names() {
    return Arrays.stream(names).map(name -> new String(name, StandardCharsets.UTF_8)).toList();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DocumentPath path && Arrays.deepEquals(names, path.names);
  }

  @Override
  public int hashCode() {
    return Arrays.deepHashCode(names);
  }

  /** The path in the form that {@link #parse} reads, quoted only where that is needed. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (String name : names()) {
      if (!text.isEmpty()) {
        text.append('.');
      }
      boolean plain = !name.isEmpty() && !name.startsWith("\"") && name.indexOf('.') < 0;
      text.append(plain ? name : '"' + name.replace("\"", "\"\"") + '"');
    }
    return text.toString();
  }
}
