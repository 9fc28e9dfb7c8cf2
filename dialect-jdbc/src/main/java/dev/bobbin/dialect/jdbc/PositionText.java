package dev.bobbin.dialect.jdbc;

import dev.bobbin.error.StateException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The form of positions: a format number, and then names and values in a fixed order, such as
 * {@code 1;slice;system=7;…}. Read strictly: a text that is not just what is expected is damaged.
 */
public final class PositionText {

  private static final String FORMAT = "1";

  private final String text;
  private int at;

  private PositionText(String text) {
    this.text = text;
  }

  /**
   * Begins to read a position.
   *
   * @param kind what it has to be a position of
   * @throws StateException if it is of another kind or of a format that is not known
   */
  public static PositionText read(String text, String kind) {
    PositionText position = new PositionText(text);
    String format = position.word();
    if (!format.equals(FORMAT) && format.matches("[1-9][0-9]{0,3}")) {
      throw new StateException(
          "A saved position is of format " + format + ", which this version does not know.",
          "Use the version of Bobbin that wrote it, or reset the table.",
          null);
    }
    if (!format.equals(FORMAT) || !position.word().equals(kind)) {
      throw position.damaged("it is not that of a " + kind);
    }
    return position;
  }

  /**
   * The next value.
   *
   * @param name its name
   * @param form what it has to match as a whole
   */
  public Matcher next(String name, Pattern form) {
    String value = value(name);
    Matcher matcher = form.matcher(value);
    if (!matcher.matches()) {
      throw damaged("its " + name + " is none");
    }
    return matcher;
  }

  /** The next value, which was written with {@link #escaped}. */
  public String nextEscaped(String name) {
    String value = value(name);
    try {
      String decoded = URLDecoder.decode(value, StandardCharsets.UTF_8);
      if (escaped(decoded).equals(value)) {
        return decoded;
      }
    } catch (IllegalArgumentException e) {
      throw damaged("its " + name + " is none");
    }
    throw damaged("its " + name + " is none");
  }

  private String value(String name) {
    String word = word();
    if (!word.startsWith(name + "=")) {
      throw damaged("it has no " + name);
    }
    return word.substring(name.length() + 1);
  }

  /** Whether the next name is this one. */
  public boolean isNext(String name) {
    return text.startsWith(name + "=", at);
  }

  /** Reads a number that matched a pattern. */
  public long number(String digits) {
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw damaged("a number is too large");
    }
  }

  /** Ends reading. */
  public void end() {
    if (at <= text.length()) {
      throw damaged("something follows its end");
    }
  }

  private String word() {
    if (at > text.length()) {
      throw damaged("it is cut off");
    }
    int end = text.indexOf(';', at);
    int to = end < 0 ? text.length() : end;
    String word = text.substring(at, to);
    at = to + 1;
    return word;
  }

  /** The failure of a position that is not what it should be; it does not show the position. */
  public StateException damaged(String how) {
    return new StateException(
        "A saved position is damaged: " + how + ". Nothing has been read.",
        "Restore the state from a backup, or reset the table, which then begins a new load.",
        null);
  }

  /** Begins a text. */
  public static StringBuilder begin(String kind) {
    return new StringBuilder(FORMAT).append(';').append(kind);
  }

  /** A text as a value. */
  public static String escaped(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }
}
