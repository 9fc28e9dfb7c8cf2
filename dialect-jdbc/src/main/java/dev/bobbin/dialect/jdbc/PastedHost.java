package dev.bobbin.dialect.jdbc;

import dev.bobbin.dialect.jdbc.ConnectionSettings.Words;
import dev.bobbin.error.ConfigurationException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What was given for a host, where more was pasted than a host: an endpoint with its port, as a
 * console shows it, or a whole URL. Its refusal shows the call that was meant, and of a URL never
 * user and password.
 */
final class PastedHost {

  private static final Pattern HOST_AND_PORT =
      Pattern.compile("([^:/@?=;()\\s]*|\\[[0-9a-fA-F:.%]+\\]):(\\d*)");
  private static final Pattern IN_BRACKETS = Pattern.compile("\\[([0-9a-fA-F:.%]+)\\]");

  /**
   * Scheme, user and password, host, port, database, the rest. With an at sign in the rest, all
   * before it may be a password that is not encoded.
   */
  private static final Pattern URL =
      Pattern.compile(
          "(?:jdbc:)?[A-Za-z][A-Za-z0-9+.:-]*://(?:[^?#]*@)?([A-Za-z0-9._-]+|\\[[0-9a-fA-F:.%]+\\])"
              + "(?::(\\d+))?(?:/([A-Za-z0-9_-]+)?)?(?:[?#][^@]*)?",
          Pattern.DOTALL);

  private static final Pattern DIGITS = Pattern.compile("\\d{1,5}");

  private final Words words;
  private final String text;
  private final int port;
  private final String database;

  PastedHost(Words words, String text, int port, String database) {
    this.words = words;
    this.text = text;
    this.port = port;
    this.database = database;
  }

  /** Whether it is more than a host. */
  boolean isMore() {
    return isUrl() || HOST_AND_PORT.matcher(text).matches() || IN_BRACKETS.matcher(text).matches();
  }

  private boolean isUrl() {
    return text.contains("://") || text.startsWith("jdbc:") || text.indexOf('@') >= 0;
  }

  ConfigurationException refusal() {
    if (isUrl()) {
      Matcher url = URL.matcher(text);
      return new ConfigurationException(
          "The host is a URL, or has a user before it.",
          "Give its parts apart: "
              + (url.matches() ? call(url.group(1), url.group(2), url.group(3)) : words.example())
              + ".login(user, password).");
    }
    Matcher brackets = IN_BRACKETS.matcher(text);
    if (brackets.matches()) {
      return new ConfigurationException(
          "The host " + text + " is in brackets.",
          "Give the address alone: " + call(text, null, null) + ".");
    }
    Matcher both = HOST_AND_PORT.matcher(text);
    String remedy =
        both.matches() && !both.group(1).isEmpty()
            ? call(both.group(1), both.group(2), null)
            : words.example();
    return new ConfigurationException(
        "The host " + text + " has a port at its end.",
        "Give host and port apart: " + remedy + ".");
  }

  private String call(String host, @Nullable String otherPort, @Nullable String otherDatabase) {
    Matcher brackets = IN_BRACKETS.matcher(host);
    String in = otherDatabase == null ? database : otherDatabase;
    return words.dialect()
        + ".at("
        + literal(brackets.matches() ? brackets.group(1) : host)
        + ", "
        + (otherPort != null && DIGITS.matcher(otherPort).matches() ? otherPort : port)
        + (in.isEmpty() ? "" : ", " + literal(in))
        + ")";
  }

  private static String literal(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
