package dev.bobbin.testservers;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A SQL Server, or a PostgreSQL behind Babelfish, that somebody else runs: none comes as a Maven
 * artifact. It is named by the environment variable {@value #VARIABLE}, in one of two forms:
 *
 * <pre>
 * sqlserver://user:password@host:1433/database?encrypt=false
 * jdbc:sqlserver://host:1433;user=…;password=…;encrypt=false;databaseName=…
 * </pre>
 *
 * <p>The user may create and drop databases. Where the server does not let it, as Babelfish in its
 * mode of one database, schemas of the tests' own are made in the database that is named.
 */
public final class SqlServer {

  /** The environment variable. */
  public static final String VARIABLE = "BOBBIN_TEST_SQLSERVER_URL";

  private static final String EXAMPLE =
      "sqlserver://user:password@host:1433/database?encrypt=false";
  private static final int USUAL_PORT = 1433;

  /** Whether the tests' connections to it are encrypted; nothing of the product falls back. */
  public enum Encryption {
    /** The URL says {@code encrypt=false}, or says nothing and the server has no TLS. */
    OFF,
    /** Whoever made the certificate. */
    UNVERIFIED,
    /** The URL says {@code trustServerCertificate=false}. */
    VERIFIED
  }

  /**
   * Where tests may make what they like.
   *
   * @param database its name
   * @param schema the schema in it
   * @param own whether the database was made for the tests, and not the schema alone
   */
  public record Home(String database, String schema, boolean own) {}

  private final String host;
  private final int port;
  private final String user;
  private final String password;
  private final String database;
  private final Encryption encryption;
  private final boolean babelfish;

  private SqlServer(
      String host,
      int port,
      String user,
      String password,
      String database,
      Encryption encryption,
      boolean babelfish) {
    this.host = host;
    this.port = port;
    this.user = user;
    this.password = password;
    this.database = database;
    this.encryption = encryption;
    this.babelfish = babelfish;
  }

  private static final class Shared {
    static final Optional<SqlServer> SERVER = open();

    private static Optional<SqlServer> open() {
      String url = System.getenv(VARIABLE);
      if (url == null || url.isBlank()) {
        return Optional.empty();
      }
      SqlServer server = connect(parse(url.strip()));
      Announcements.once(
          "SQL Server",
          (server.babelfish ? "Babelfish" : "SQL Server")
              + ", external, at "
              + server.host
              + ":"
              + server.port
              + ", encryption "
              + server.encryption
              + " ("
              + VARIABLE
              + ")");
      return Optional.of(server);
    }
  }

  /** The server that the environment names; empty where it names none. */
  public static Optional<SqlServer> external() {
    return Shared.SERVER;
  }

  /** A server in a container. */
  public static SqlServer at(String host, int port, String user, String password) {
    Map<String, String> parts = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    parts.put("host", host);
    parts.put("port", Integer.toString(port));
    parts.put("user", user);
    parts.put("password", password);
    return connect(parts);
  }

  /** Says, once in this JVM, that there is no server, and so what is skipped. */
  public static void announceNone(String skipped) {
    Announcements.once(
        "none " + skipped,
        skipped
            + " skipped: there is no SQL Server, neither in "
            + VARIABLE
            + " (as in "
            + EXAMPLE
            + ") nor in Docker");
  }

  /** The parts of an address, by the driver's names of them. */
  static Map<String, String> parse(String url) {
    Map<String, String> parts = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    String rest = url.startsWith("jdbc:") ? url.substring("jdbc:".length()) : url;
    String scheme = "sqlserver://";
    if (!rest.startsWith(scheme)) {
      throw malformed();
    }
    rest = rest.substring(scheme.length());
    int semicolon = rest.indexOf(';');
    if (semicolon >= 0) {
      properties(rest.substring(semicolon), parts);
      rest = rest.substring(0, semicolon);
    }
    int query = rest.indexOf('?');
    if (query >= 0) {
      for (String pair : rest.substring(query + 1).split("&", -1)) {
        int equals = pair.indexOf('=');
        if (equals > 0) {
          parts.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
        }
      }
      rest = rest.substring(0, query);
    }
    int at = rest.lastIndexOf('@');
    if (at >= 0) {
      String[] login = rest.substring(0, at).split(":", 2);
      parts.put("user", decode(login[0]));
      parts.put("password", login.length == 2 ? decode(login[1]) : "");
      rest = rest.substring(at + 1);
    }
    int slash = rest.indexOf('/');
    if (slash >= 0) {
      if (slash + 1 < rest.length()) {
        parts.put("databaseName", decode(rest.substring(slash + 1)));
      }
      rest = rest.substring(0, slash);
    }
    int colon = rest.lastIndexOf(':');
    boolean port = colon >= 0 && rest.indexOf(']', colon) < 0;
    if (port) {
      parts.put("port", rest.substring(colon + 1));
      rest = rest.substring(0, colon);
    }
    if (!rest.isEmpty()) {
      parts.put("host", rest);
    }
    alias(parts, "serverName", "host");
    alias(parts, "portNumber", "port");
    alias(parts, "userName", "user");
    alias(parts, "database", "databaseName");
    if (!parts.containsKey("host") || !parts.containsKey("user")) {
      throw malformed();
    }
    return parts;
  }

  private static void alias(Map<String, String> parts, String name, String usual) {
    String value = parts.remove(name);
    if (value != null) {
      parts.put(usual, value);
    }
  }

  /** {@code ;name=value}, a value in braces where it holds a semicolon. */
  private static void properties(String text, Map<String, String> parts) {
    int at = 0;
    while (at < text.length()) {
      int equals = text.indexOf('=', at);
      if (equals < 0) {
        return;
      }
      String name = text.substring(at, equals).replace(";", "").strip();
      int end;
      String value;
      if (text.startsWith("{", equals + 1)) {
        int close = equals + 2;
        StringBuilder braced = new StringBuilder();
        while (close < text.length()
            && (text.charAt(close) != '}' || text.startsWith("}}", close))) {
          braced.append(text.charAt(close));
          close += text.startsWith("}}", close) ? 2 : 1;
        }
        value = braced.toString();
        end = text.indexOf(';', close);
      } else {
        end = text.indexOf(';', equals);
        value = end < 0 ? text.substring(equals + 1) : text.substring(equals + 1, end);
      }
      parts.put(name, value);
      at = end < 0 ? text.length() : end + 1;
    }
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static IllegalArgumentException malformed() {
    return new IllegalArgumentException(VARIABLE + " is not of the form " + EXAMPLE);
  }

  private static SqlServer connect(Map<String, String> parts) {
    String encrypt = parts.getOrDefault("encrypt", "");
    Encryption[] tried =
        encrypt.equalsIgnoreCase("false") || encrypt.equalsIgnoreCase("optional")
            ? new Encryption[] {Encryption.OFF}
            : encrypt.isEmpty()
                ? new Encryption[] {Encryption.UNVERIFIED, Encryption.OFF}
                : "false".equalsIgnoreCase(parts.get("trustServerCertificate"))
                    ? new Encryption[] {Encryption.VERIFIED}
                    : new Encryption[] {Encryption.UNVERIFIED};
    SQLException failure = null;
    for (Encryption encryption : tried) {
      SqlServer server = of(parts, encryption, false);
      try (Connection connection = server.connect("");
          Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("SELECT @@VERSION, DB_NAME()")) {
        row.next();
        boolean babelfish = String.valueOf(row.getString(1)).contains("Babelfish");
        parts.putIfAbsent("databaseName", String.valueOf(row.getString(2)));
        return of(parts, encryption, babelfish);
      } catch (SQLException e) {
        failure = e;
      }
    }
    throw new IllegalStateException(
        "The SQL Server of the tests cannot be reached (" + VARIABLE + ")", failure);
  }

  private static SqlServer of(Map<String, String> parts, Encryption encryption, boolean babelfish) {
    String port = parts.getOrDefault("port", "");
    return new SqlServer(
        String.valueOf(parts.get("host")),
        port.isEmpty() ? USUAL_PORT : Integer.parseInt(port),
        String.valueOf(parts.get("user")),
        parts.getOrDefault("password", ""),
        parts.getOrDefault("databaseName", ""),
        encryption,
        babelfish);
  }

  public String host() {
    return host;
  }

  public int port() {
    return port;
  }

  public String user() {
    return user;
  }

  public String password() {
    return password;
  }

  public Encryption encryption() {
    return encryption;
  }

  /** Whether it is PostgreSQL behind Babelfish. */
  public boolean isBabelfish() {
    return babelfish;
  }

  /**
   * A connection of the tests' own, in autocommit mode.
   *
   * @param to the database; empty for the one that was named, or the login's own
   */
  public Connection connect(String to) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    properties.setProperty("encrypt", Boolean.toString(encryption != Encryption.OFF));
    properties.setProperty(
        "trustServerCertificate", Boolean.toString(encryption != Encryption.VERIFIED));
    properties.setProperty("loginTimeout", "30");
    properties.setProperty("applicationName", "bobbin-test-servers");
    String name = to.isEmpty() ? database : to;
    if (!name.isEmpty()) {
      properties.setProperty("databaseName", name);
    }
    return DriverManager.getConnection("jdbc:sqlserver://" + host + ":" + port, properties);
  }

  /** Runs statements. */
  public void execute(String to, String... statements) throws SQLException {
    try (Connection connection = connect(to);
        Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** The first value of a query; null for NULL, or where there is no row. */
  public @Nullable String query(String to, String sql) throws SQLException {
    try (Connection connection = connect(to);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? row.getString(1) : null;
    }
  }

  /**
   * A place for tests, which is dropped when this JVM ends: a database, with SNAPSHOT isolation and
   * names whose case counts where the server has these; or a schema, where it gives no database.
   */
  public Home makeHome() {
    String name = "bobbin_" + UUID.randomUUID().toString().replace("-", "").substring(0, 12);
    Home home = tried(name);
    AtExit.close(() -> drop(home));
    return home;
  }

  private Home tried(String name) {
    String sensitive = babelfish ? "" : " COLLATE Latin1_General_100_CS_AS_SC";
    try {
      execute("", "CREATE DATABASE [" + name + "]" + sensitive);
      if (!babelfish) {
        execute("", "ALTER DATABASE [" + name + "] SET ALLOW_SNAPSHOT_ISOLATION ON");
      }
      return new Home(name, "dbo", true);
    } catch (SQLException refused) {
      try {
        execute(database, "CREATE SCHEMA [" + name + "]");
        String written = query(database, "SELECT name FROM sys.databases WHERE name = DB_NAME()");
        return new Home(written == null ? database : written, name, false);
      } catch (SQLException e) {
        e.addSuppressed(refused);
        throw new IllegalStateException(
            "The SQL Server of the tests gives neither a database nor a schema", e);
      }
    }
  }

  private void drop(Home home) throws SQLException {
    if (home.own()) {
      if (!babelfish) {
        execute(
            "master",
            "ALTER DATABASE [" + home.database() + "] SET SINGLE_USER WITH ROLLBACK IMMEDIATE");
      }
      execute("master", "DROP DATABASE [" + home.database() + "]");
    } else {
      execute(home.database(), "DROP SCHEMA [" + home.schema() + "]");
    }
  }

  @Override
  public String toString() {
    return (babelfish ? "Babelfish" : "SQL Server") + " at " + host + ":" + port;
  }
}
