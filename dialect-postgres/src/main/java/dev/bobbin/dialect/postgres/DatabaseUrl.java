package dev.bobbin.dialect.postgres;

import dev.bobbin.error.ConfigurationException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A URL of the form {@code postgres://user:password@host:port/database} (PostgreSQL's manual,
 * 32.1.1 Connection URIs), as hosting providers hand it out. Neither it nor its refusals show it:
 * they name the part that does not fit.
 */
final class DatabaseUrl {

  private static final Set<String> PARTS =
      Set.of("host", "hostaddr", "port", "dbname", "user", "password", "service");
  private static final Set<String> FILES =
      Set.of("sslrootcert", "sslcert", "sslkey", "sslpassword");

  private final String host;
  private final int port;
  private final String database;
  private final String user;
  private final String password;
  private final boolean verified;

  private DatabaseUrl(
      String host, int port, String database, String user, String password, boolean verified) {
    this.host = host;
    this.port = port;
    this.database = database;
    this.user = user;
    this.password = password;
    this.verified = verified;
  }

  /**
   * Takes a URL apart.
   *
   * @throws ConfigurationException if a part is missing or cannot be read, or contradicts TLS
   */
  static DatabaseUrl parse(@Nullable String url) {
    if (url == null || url.isBlank()) {
      throw refused(
          "There is no database URL.", "Is the variable, usually DATABASE_URL, set here?");
    }
    String text = url.strip();
    int start = text.indexOf("://");
    String scheme = start < 0 ? "" : text.substring(0, start).toLowerCase(Locale.ROOT);
    if (!scheme.equals("postgres") && !scheme.equals("postgresql")) {
      throw refused(
          scheme.startsWith("jdbc:")
              ? "The database URL is one of JDBC."
              : "The database URL does not begin with postgres:// or postgresql://.",
          "Give it as the provider shows it: postgres://user:password@host:5432/database.");
    }
    String rest = text.substring(start + 3);
    int path = rest.indexOf('/') + 1;
    if (path > 0 && rest.indexOf('@', path) >= 0) {
      throw notEncoded("an at sign");
    }
    int fragment = rest.indexOf('#');
    rest = fragment < 0 ? rest : rest.substring(0, fragment);
    int question = rest.indexOf('?');
    String query = question < 0 ? "" : rest.substring(question + 1);
    rest = question < 0 ? rest : rest.substring(0, question);
    int slash = rest.indexOf('/');
    if (slash >= 0 && rest.indexOf('/', slash + 1) >= 0) {
      throw notEncoded("a slash");
    }
    String authority = slash < 0 ? rest : rest.substring(0, slash);
    String database = slash < 0 ? "" : decoded(rest.substring(slash + 1), "database");
    int at = authority.lastIndexOf('@');
    String login = at < 0 ? "" : authority.substring(0, at);
    int colon = login.indexOf(':');
    return withHost(
        authority.substring(at + 1),
        required(database, "database"),
        required(decoded(colon < 0 ? login : login.substring(0, colon), "user"), "user"),
        required(colon < 0 ? "" : decoded(login.substring(colon + 1), "password"), "password"),
        isVerified(query));
  }

  private static DatabaseUrl withHost(
      String hostAndPort, String database, String user, String password, boolean verified) {
    int bracket = hostAndPort.startsWith("[") ? hostAndPort.indexOf(']') : -1;
    int colon = hostAndPort.indexOf(':', Math.max(0, bracket));
    String host = colon < 0 ? hostAndPort : hostAndPort.substring(0, colon);
    String port = colon < 0 ? "" : hostAndPort.substring(colon + 1);
    if (bracket > 0 && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    if (!port.matches("\\d{0,5}")) {
      throw refused(
          "The port in the database URL is not a number.",
          "It stands behind the host and a colon, and is usually 5432.");
    }
    return new DatabaseUrl(
        required(decoded(host, "host"), "host"),
        port.isEmpty() ? 5432 : Integer.parseInt(port),
        database,
        user,
        password,
        verified);
  }

  private static String required(String value, String part) {
    if (value.isEmpty()) {
      throw refused(
          "The database URL has no " + part + ".",
          "It has to be of the form postgres://user:password@host:5432/database.");
    }
    return value;
  }

  /** What a query says of TLS; what the connection's other settings are is not the URL's to say. */
  private static boolean isVerified(String query) {
    boolean verified = false;
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = decoded(equals < 0 ? pair : pair.substring(0, equals), "query");
      String value = equals < 0 ? "" : decoded(pair.substring(equals + 1), "query");
      if (PARTS.contains(name) || FILES.contains(name)) {
        throw refused(
            "The database URL sets " + name + " in its query.",
            FILES.contains(name)
                ? "Take it out, and add .tls(Tls.verifyFull().ca(file)) to the dialect."
                : "Take it out: user, password, host, port and database stand before the query.");
      }
      if (name.equals("sslmode")) {
        switch (value) {
          case "require" -> {}
          case "verify-ca", "verify-full" -> verified = true;
          default ->
              throw refused(
                  "The database URL asks for connections that need not be encrypted (sslmode).",
                  "Take sslmode out, or set it to require.");
        }
      }
    }
    return verified;
  }

  private static String decoded(String text, String part) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      if (c == '%') {
        int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
        int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          throw undecodable(part);
        }
        bytes.write(high << 4 | low);
        i += 3;
      } else {
        bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
        i += Character.charCount(c);
      }
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw undecodable(part);
    }
  }

  /** More likely of a password than of a database: what would be taken for one is not shown. */
  private static ConfigurationException notEncoded(String sign) {
    return refused(
        "The database URL has " + sign + " behind the slash that ends the host.",
        "Percent-encode the password, and the other parts: @ is %40, / is %2F.");
  }

  private static ConfigurationException undecodable(String part) {
    return refused(
        "The " + part + " in the database URL cannot be decoded.",
        "A percent sign has to stand before two hexadecimal digits of UTF-8; write one as %25.");
  }

  private static ConfigurationException refused(String problem, String remedy) {
    return new ConfigurationException(problem, remedy);
  }

  /** Whether this is the same user at the same place. */
  boolean isSameUser(DatabaseUrl other) {
    return host.equals(other.host)
        && port == other.port
        && database.equals(other.database)
        && user.equals(other.user);
  }

  String host() {
    return host;
  }

  int port() {
    return port;
  }

  String database() {
    return database;
  }

  String user() {
    return user;
  }

  String password() {
    return password;
  }

  /** Whether the URL asks for the server to be verified. */
  boolean isVerified() {
    return verified;
  }

  @Override
  public String toString() {
    return "the database URL";
  }
}
