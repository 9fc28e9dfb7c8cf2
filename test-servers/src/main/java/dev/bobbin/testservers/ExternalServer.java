package dev.bobbin.testservers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.URLDecoder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the address of a server that somebody else runs, from the environment: {@code
 * postgresql://user:password@host:5432/postgres?sslmode=require}, with or without {@code jdbc:}
 * before it; user and password may stand among the parameters too.
 */
final class ExternalServer {
  private ExternalServer() {}

  static Optional<Endpoint> configured(Engine engine) {
    return Optional.ofNullable(System.getenv(engine.variable()))
        .filter(url -> !url.isBlank())
        .map(url -> parse(engine, url.strip()));
  }

  static Endpoint parse(Engine engine, String url) {
    URI uri;
    try {
      uri = URI.create(url.startsWith("jdbc:") ? url.substring("jdbc:".length()) : url);
    } catch (IllegalArgumentException e) {
      throw malformed(engine); // without the cause: its message holds the password
    }
    String scheme = uri.getScheme();
    if (uri.getHost() == null || scheme == null || !engine.schemes().contains(scheme)) {
      throw malformed(engine);
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
      throw malformed(engine);
    }
    String path = uri.getPath();
    String database = path == null || path.length() < 2 ? engine.database() : path.substring(1);
    int port = uri.getPort() == -1 ? engine.port() : uri.getPort();
    return new Endpoint(engine, uri.getHost(), port, user, password, database, parameters);
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, UTF_8);
  }

  private static IllegalArgumentException malformed(Engine engine) {
    return new IllegalArgumentException(
        engine.variable() + " is not of the form " + engine.example());
  }
}
