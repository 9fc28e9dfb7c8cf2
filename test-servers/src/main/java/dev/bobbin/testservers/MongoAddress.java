package dev.bobbin.testservers;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.mongodb.ConnectionString;
import com.mongodb.ServerAddress;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a server, or a replica set of them, is reached and as whom.
 *
 * @param login user and password as they stand in an address; empty where there are none
 * @param hosts as they stand in an address, with commas between them
 * @param options as they stand in an address, with ampersands between them; without any: empty
 */
record MongoAddress(String login, String hosts, String options) {
  /** The environment variable that names a server which somebody else runs. */
  static final String VARIABLE = "BOBBIN_TEST_MONGODB_URL";

  /** The superuser of every server started here that has users. */
  static final String SUPERUSER = "root";

  private static final Pattern FORM =
      Pattern.compile("mongodb://(?:([^@/]*)@)?([^@/?]+)(?:/([^?]*))?(?:\\?(.*))?");

  private static final Pattern ROUTING =
      Pattern.compile("(?i)(replicaSet|directConnection|loadBalanced)=.*");

  static Optional<MongoAddress> configured() {
    return Optional.ofNullable(System.getenv(VARIABLE))
        .filter(url -> !url.isBlank())
        .map(url -> parse(url.strip()));
  }

  static MongoAddress parse(String url) {
    Matcher parts = FORM.matcher(url);
    if (!parts.matches() || !isUnderstood(url)) {
      // without a cause: its message might hold the password
      throw new IllegalArgumentException(
          VARIABLE + " is not of the form mongodb://user:password@host:27017/?options");
    }
    String options = orEmpty(parts.group(4));
    String database = orEmpty(parts.group(3));
    if (!database.isEmpty() && !options.toLowerCase(Locale.ROOT).contains("authsource=")) {
      options += (options.isEmpty() ? "" : "&") + "authSource=" + database;
    }
    return new MongoAddress(orEmpty(parts.group(1)), parts.group(2), options);
  }

  private static boolean isUnderstood(String url) {
    try {
      return !new ConnectionString(url).getHosts().isEmpty();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  /**
   * A server on this machine.
   *
   * @param password the superuser's; null where there are no users
   */
  static MongoAddress local(int port, @Nullable String password, boolean tls) {
    String login = "";
    if (password != null) {
      login = SUPERUSER + ":" + URLEncoder.encode(password, UTF_8).replace("+", "%20");
    }
    return new MongoAddress(login, LoopbackPorts.HOST + ":" + port, tls ? "tls=true" : "");
  }

  /** The same server, or the first one of the set, through a proxy in front of it. */
  MongoAddress through(TcpProxy proxy) {
    String kept =
        Stream.of(options.split("&", -1))
            .filter(option -> !option.isEmpty() && !ROUTING.matcher(option).matches())
            .map(option -> option + "&")
            .collect(Collectors.joining());
    return new MongoAddress(
        login, LoopbackPorts.HOST + ":" + proxy.port(), kept + "directConnection=true");
  }

  /** A connection string, without a database. */
  String uri() {
    return "mongodb://"
        + (login.isEmpty() ? "" : login + "@")
        + hosts
        + "/"
        + (options.isEmpty() ? "" : "?" + options);
  }

  /** That of the first server. */
  String host() {
    return first().getHost();
  }

  /** That of the first server. */
  int port() {
    return first().getPort();
  }

  private ServerAddress first() {
    return new ServerAddress(hosts.split(",", 2)[0]);
  }

  Optional<String> user() {
    return part(0);
  }

  Optional<String> password() {
    return part(1);
  }

  private Optional<String> part(int index) {
    String[] parts = login.split(":", 2);
    return login.isEmpty() || parts.length <= index
        ? Optional.empty()
        : Optional.of(URLDecoder.decode(parts[index].replace("+", "%2B"), UTF_8));
  }

  /** Without the password. */
  @Override
  public String toString() {
    return user().map(name -> name + "@").orElse("") + hosts;
  }
}
