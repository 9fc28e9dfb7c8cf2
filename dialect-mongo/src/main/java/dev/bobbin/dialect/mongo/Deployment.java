package dev.bobbin.dialect.mongo;

import com.mongodb.ConnectionString;
import com.mongodb.MongoCredential;
import com.mongodb.ReadPreference;
import com.mongodb.ServerAddress;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.tls.Tls;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a deployment is and how to log in to it. Immutable; {@link #toString()} has no secret. */
final class Deployment {

  private static final int PORT = 27017;
  private static final String ADMIN = "admin";
  private static final Pattern NOT_IN_HOSTS = Pattern.compile("[/?#@,;=()\\[\\]\\s\"'\\\\]");
  private static final Pattern URI =
      Pattern.compile(
          "(mongodb(?:\\+srv)?)://(?:([^@/?]*)@)?([^@/?]+)(?:/([^?/]*))?(?:\\?(.*))?",
          Pattern.DOTALL);
  private static final Pattern OPTION_ENDS = Pattern.compile("[&;]");
  private static final Pattern HOST_AND_PORT = Pattern.compile("([^:/@?=;()\\s]+):(\\d{1,5})");

  /** Options of connection strings that weaken TLS. */
  private static final Set<String> WEAKENING =
      Set.of(
          "tlsinsecure",
          "tlsallowinvalidhostnames",
          "tlsallowinvalidcertificates",
          "sslinvalidhostnameallowed");

  /** What is known of a deployment; not changed once a deployment has it. */
  private static final class Parts implements Cloneable {
    /** The connection string; null where host and port were given. */
    @Nullable String uri;

    /** For messages: host and port, or several with commas. */
    String hosts = "";

    /** The one host; empty where there are several, or the string is of DNS. */
    String host = "";

    int port = PORT;

    /** For names without one; empty for none. */
    String database = "";

    /** Its name; null where the string says, or none is asked for. */
    @Nullable String replicaSet;

    /** Where the user is kept; null for what the string says, or admin. */
    @Nullable String authDatabase;

    /** Empty where nobody logs in. */
    String user = "";

    /** Of the user; null where there is none, or the string has it. */
    @Nullable Supplier<String> password;

    /** Null for the string's, or the usual one. */
    @Nullable ReadPreference readPreference;

    Tls tls = Tls.verifyFull();

    @Override
    public Parts clone() {
      try {
        return (Parts) super.clone();
      } catch (CloneNotSupportedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private final Parts parts;

  private Deployment(Parts parts) {
    this.parts = parts;
  }

  static Deployment at(String host, int port, String database) {
    if (host.startsWith("mongodb://") || host.startsWith("mongodb+srv://")) {
      throw new ConfigurationException(
          "The host is a connection string.", "Use MongoDialect.uri(…) for those.");
    }
    Matcher both = HOST_AND_PORT.matcher(host);
    if (both.matches()) {
      throw new ConfigurationException(
          "The host " + host + " has a port at its end.",
          "Give host and port apart: MongoDialect.at(\""
              + both.group(1)
              + "\", "
              + both.group(2)
              + (database.isEmpty() ? ")." : ", \"" + database.replace("\"", "\\\"") + "\")."));
    }
    if (host.isEmpty() || NOT_IN_HOSTS.matcher(host).find()) {
      throw new ConfigurationException(
          "What was given for the host is not a host name or address.",
          "Give a name or address alone, without a protocol, user, path or second host; several"
              + " hosts go into MongoDialect.uri(…).");
    }
    if (port < 1 || port > 65535) {
      throw new ConfigurationException(
          "The port " + port + " is not between 1 and 65535.", "MongoDB's own is " + PORT + ".");
    }
    checkDatabase(database);
    Parts parts = new Parts();
    parts.hosts = (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    parts.host = host;
    parts.port = port;
    parts.database = database;
    return new Deployment(parts);
  }

  /** The same but for what is changed. */
  private Deployment with(Consumer<Parts> change) {
    Parts copy = parts.clone();
    change.accept(copy);
    return new Deployment(copy);
  }

  private static void checkDatabase(String database) {
    if (database.chars().anyMatch(c -> "/\\. \"$\0".indexOf(c) >= 0)) {
      throw new ConfigurationException(
          "The name of the database holds a character that no name can hold.",
          "Name a database that the user may read.");
    }
  }

  static Deployment uri(String text) {
    Matcher uri = URI.matcher(text);
    if (!uri.matches() || uri.group(3).isEmpty()) {
      throw new ConfigurationException(
          "That is not a connection string of MongoDB.",
          "It is mongodb://host:port/database or mongodb+srv://name/database; user and password in"
              + " it are percent-encoded, and better given to login(…).");
    }
    String options = uri.group(5) == null ? "" : uri.group(5);
    Tls tls = Tls.verifyFull();
    for (String option : OPTION_ENDS.split(options, -1)) {
      String name = option.replaceFirst("=.*", "").toLowerCase(Locale.ROOT);
      boolean on = option.toLowerCase(Locale.ROOT).endsWith("=true");
      if (WEAKENING.contains(name) && on) {
        throw new ConfigurationException(
            "The connection string says " + option + ", which makes TLS worthless.",
            "Take it out, and use tls(Tls.verifyFull().ca(…)) for an authority of your own, or say"
                + " it by name: tls(Tls.withoutVerification()).");
      }
      if ((name.equals("tls") || name.equals("ssl"))
          && option.toLowerCase(Locale.ROOT).endsWith("=false")) {
        tls = Tls.off();
      }
    }
    String userInfo = uri.group(2) == null ? "" : uri.group(2);
    String database = uri.group(4) == null ? "" : decoded(uri.group(4));
    checkDatabase(database);
    boolean srv = uri.group(1).endsWith("+srv");
    String hosts = uri.group(3);
    Matcher one = Pattern.compile("(\\[[^\\]]*\\]|[^:,]+)(?::(\\d{1,5}))?").matcher(hosts);
    Parts parts = new Parts();
    parts.uri = text;
    parts.hosts = hosts;
    if (!srv && one.matches()) {
      parts.host = one.group(1).replaceAll("[\\[\\]]", "");
      parts.port = one.group(2) == null ? PORT : Integer.parseInt(one.group(2));
    }
    parts.database = database;
    parts.user = decoded(userInfo.replaceFirst(":.*", ""));
    parts.tls = tls;
    Deployment deployment = new Deployment(parts);
    if (!srv) {
      deployment.connectionString(); // of the other kind it would ask the DNS
    }
    return deployment;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          "The connection string is not percent-encoded rightly.",
          "Write a percent sign as %25, and what follows of a character's bytes in hexadecimal.");
    }
  }

  private @Nullable ConnectionString connectionString() {
    if (parts.uri == null) {
      return null;
    }
    try {
      return new ConnectionString(parts.uri);
    } catch (IllegalArgumentException | com.mongodb.MongoException e) {
      // The driver's words can hold a piece of the string, and that the password.
      String message = String.valueOf(e.getMessage());
      boolean safe = parts.uri.indexOf('@') < 0;
      throw new ConfigurationException(
          "The connection string to "
              + parts.hosts
              + " cannot be used"
              + (safe ? ": " + message : "")
              + ".",
          "Check its hosts and options; a user and password in it must be percent-encoded. Of"
              + " mongodb+srv:// the name must be known to this machine's DNS.");
    }
  }

  Deployment login(String user, Supplier<String> password) {
    if (user.isEmpty()) {
      throw new ConfigurationException("The user has no name.", "Give the name to log in with.");
    }
    Objects.requireNonNull(password);
    return with(
        parts -> {
          parts.user = user;
          parts.password = password;
        });
  }

  Deployment authDatabase(String database) {
    Objects.requireNonNull(database);
    return with(parts -> parts.authDatabase = database);
  }

  Deployment replicaSet(String name) {
    Objects.requireNonNull(name);
    return with(parts -> parts.replicaSet = name);
  }

  Deployment readPreference(ReadPreference preference) {
    Objects.requireNonNull(preference);
    return with(parts -> parts.readPreference = preference);
  }

  Deployment tls(Tls tls) {
    Objects.requireNonNull(tls);
    return with(parts -> parts.tls = tls);
  }

  /**
   * The deployment for the driver; of a string that names a DNS record, looks that up.
   *
   * @throws ConfigurationException if the string cannot be used
   */
  Resolved resolve() {
    ConnectionString string = connectionString();
    ReadPreference preference = parts.readPreference;
    if (preference == null) {
      preference = string == null ? null : string.getReadPreference();
    }
    String set = parts.replicaSet;
    if (set == null && string != null) {
      set = string.getRequiredReplicaSetName();
    }
    List<ServerAddress> addresses =
        string == null
            ? List.of(new ServerAddress(parts.host, parts.port))
            : string.isSrvProtocol()
                ? List.of()
                : string.getHosts().stream().map(ServerAddress::new).toList();
    return new Resolved(
        string,
        addresses,
        set,
        preference == null ? ReadPreference.secondaryPreferred() : preference);
  }

  /**
   * A deployment for the driver.
   *
   * @param string the connection string; null where there is none
   * @param addresses empty where DNS names them
   * @param replicaSet its name; null where none is asked for
   * @param readPreference which members are read
   */
  record Resolved(
      @Nullable ConnectionString string,
      List<ServerAddress> addresses,
      @Nullable String replicaSet,
      ReadPreference readPreference) {

    boolean isLoadBalanced() {
      return string != null && Boolean.TRUE.equals(string.isLoadBalanced());
    }

    /** Whether it is the one server that was named, whatever that is a member of. */
    boolean isDirect() {
      return addresses.size() == 1
          && replicaSet == null
          && (string == null
              || (!Boolean.FALSE.equals(string.isDirectConnection()) && !isLoadBalanced()));
    }
  }

  Tls tls() {
    return parts.tls;
  }

  /** The database of names without one; empty for none. */
  String database() {
    return parts.database;
  }

  List<String> defaultNamespace() {
    return parts.database.isEmpty() ? List.of() : List.of(parts.database);
  }

  /** Whom to log in as; empty where nobody logs in. */
  String user() {
    return parts.user;
  }

  /** Where the password comes from; null where there is none, or the connection string has it. */
  @Nullable Supplier<String> password() {
    return parts.password;
  }

  /** Where the user is kept. */
  String authDatabase() {
    return parts.authDatabase == null ? ADMIN : parts.authDatabase;
  }

  /**
   * What to log in with.
   *
   * @param string the connection string; null where there is none
   * @param password null where the string has it, or there is none
   * @return null where nobody logs in
   */
  @Nullable MongoCredential credential(
      @Nullable ConnectionString string, @Nullable String password) {
    MongoCredential inString = string == null ? null : string.getCredential();
    if (password == null) {
      return inString;
    }
    char[] secret = password.toCharArray();
    String source =
        parts.authDatabase != null
            ? parts.authDatabase
            : inString != null ? inString.getSource() : authSource(string);
    String mechanism = string == null ? mechanism(inString) : mechanism(inString, string);
    return switch (mechanism) {
      case "PLAIN" -> MongoCredential.createPlainCredential(parts.user, external(source), secret);
      case "SCRAM-SHA-1" -> MongoCredential.createScramSha1Credential(parts.user, source, secret);
      case "SCRAM-SHA-256" ->
          MongoCredential.createScramSha256Credential(parts.user, source, secret);
      default -> MongoCredential.createCredential(parts.user, source, secret);
    };
  }

  private static String external(String source) {
    return source.equals(ADMIN) ? "$external" : source;
  }

  private static String mechanism(@Nullable MongoCredential credential) {
    return credential == null || credential.getMechanism() == null ? "" : credential.getMechanism();
  }

  private static String mechanism(@Nullable MongoCredential credential, ConnectionString string) {
    if (credential != null) {
      return mechanism(credential);
    }
    Matcher option =
        Pattern.compile("[?&;]authMechanism=([A-Za-z0-9-]+)", Pattern.CASE_INSENSITIVE)
            .matcher(string.getConnectionString());
    return option.find() ? option.group(1).toUpperCase(Locale.ROOT) : "";
  }

  private static String authSource(@Nullable ConnectionString string) {
    Matcher option =
        Pattern.compile("[?&;]authSource=([^&;]+)", Pattern.CASE_INSENSITIVE)
            .matcher(string == null ? "" : string.getConnectionString());
    return option.find() ? decoded(option.group(1)) : ADMIN;
  }

  /** The one host that was named; empty where there are several, or DNS knows them. */
  String host() {
    return parts.host;
  }

  int port() {
    return parts.port;
  }

  /** Host and port, or several of them. */
  String address() {
    return parts.hosts;
  }

  /** For example {@code MongoDB shop at db.internal:27017}. */
  String describe() {
    return (parts.database.isEmpty() ? "MongoDB" : "MongoDB " + parts.database)
        + " at "
        + parts.hosts;
  }

  @Override
  public String toString() {
    return describe();
  }
}
