package dev.bobbin.dialect.mongo;

import java.util.ArrayList;
import java.util.List;

/**
 * Tells apart what is a string and what is code in a text for MongoDB's shell, as JavaScript does
 * (ECMA-262, 12.9.4): a string ends at its quote, and no line ends in it.
 */
final class Literals {

  private final List<String> strings = new ArrayList<>();
  private final StringBuilder code = new StringBuilder();

  private Literals(String script) {
    int at = 0;
    while (at < script.length()) {
      if (script.startsWith("//", at)) {
        while (at < script.length() && !isLineEnd(script.charAt(at))) {
          at++;
        }
      } else if (script.charAt(at) == '"') {
        at = string(script, at + 1);
      } else {
        code.append(script.charAt(at++));
      }
    }
  }

  private static boolean isLineEnd(char c) {
    return "\n\r\u2028\u2029".indexOf(c) >= 0;
  }

  private int string(String script, int from) {
    StringBuilder value = new StringBuilder();
    int at = from;
    while (script.charAt(at) != '"') {
      char c = script.charAt(at++);
      if (isLineEnd(c)) {
        throw new AssertionError("a line ends in a string: " + script);
      }
      if (c != '\\') {
        value.append(c);
      } else if (script.charAt(at) == 'u') {
        value.append((char) Integer.parseInt(script.substring(at + 1, at + 5), 16));
        at += 5;
      } else {
        value.append(script.charAt(at++));
      }
    }
    strings.add(value.toString());
    return at + 1;
  }

  /** The values of the strings. */
  static List<String> of(String script) {
    return new Literals(script).strings;
  }

  /** What is neither in a string nor in a comment. */
  static String outside(String script) {
    return new Literals(script).code.toString();
  }
}
