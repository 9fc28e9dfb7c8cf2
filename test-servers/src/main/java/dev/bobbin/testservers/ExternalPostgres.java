package dev.bobbin.testservers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.URLDecoder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the address of a PostgreSQL server that somebody else runs, from the environment: {@code
 * postgresql://user:password@host:5432/postgres?sslmode=require}, with or without {@code jdbc:}
 * before it; user and password may stand among the parameters too.
 */
final class ExternalPostgres {
  static final String VARIABLE = "BOBBIN_TEST_POSTGRES_URL";

  private ExternalPostgres() {}

  static Optional<PostgresEndpoint> configured() {
    return Optional.ofNullable(System.getenv(VARIABLE))
        .filter(url -> !url.isBlank())
        .map(url -> parse(url.strip()));
  }

  static PostgresEndpoint parse(String url) {
    URI uri;
    try {
      uri = URI.create(url.startsWith("jdbc:") ? url.substring("jdbc:".length()) : url);
    } catch (IllegalArgumentException e) {
      throw malformed(); // without the cause: its message holds the password
    }
    String scheme = uri.getScheme();
    if (uri.getHost() == null || !("postgresql".equals(scheme) || "postgres".equals(scheme))) {
      throw malformed();
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    if (uri.getRawQuery() != null) {
      for (String pair : uri.getRawQuery().split("&", -1)) {
        String[] parts = pair.split("=", 2);
        parameters.put(decode(parts[0]), parts.length == 2 ? decode(parts[1]) : "");
      }
    }
    String user = parameters.remove("user");
    String password = parameters.remove("password");
    if (uri.getRawUserInfo() != null) {
      String[] parts = uri.getRawUserInfo().split(":", 2);
      user = decode(parts[0].replace("+", "%2B"));
      password = parts.length == 2 ? decode(parts[1].replace("+", "%2B")) : password;
    }
    if (user == null) {
      throw malformed();
    }
    String path = uri.getPath();
    String database = path == null || path.length() < 2 ? "postgres" : path.substring(1);
    int port = uri.getPort() == -1 ? 5432 : uri.getPort();
    return new PostgresEndpoint(uri.getHost(), port, user, password, database, parameters);
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, UTF_8);
  }

  private static IllegalArgumentException malformed() {
    return new IllegalArgumentException(
        VARIABLE + " is not of the form postgresql://user:password@host:5432/database");
  }
}
