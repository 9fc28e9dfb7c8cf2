package dev.bobbin.testservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A MySQL or MariaDB server for tests, on 127.0.0.1 and a free port, without databases but the
 * system's own.
 *
 * <p>{@link #shared(MySqlVersion)} is one server per version and JVM: each test class makes a
 * database of its own with {@link #createDatabase()}. A test that stops, kills or restarts its
 * server, or wants other settings, starts one of its own, which takes about a second: {@link
 * #start(MySqlVersion)} or {@link #version(MySqlVersion)}. No server survives this JVM, not even
 * its being killed.
 *
 * <p>The settings are small and fast (16 MB of buffer pool, no fsync; what was committed survives a
 * {@link #kill()}), the time zone is -03:30 (no test should pass by luck of UTC), the character set
 * utf8mb4 with the version's own collation, names keep their case, there is no binary log, no
 * performance schema and no LOCAL INFILE, and the superuser has no password. A value of more than 3
 * MB may need {@code config("innodb_log_file_size", "…")}.
 *
 * <p>Thread-safe. Failures to start or stop are {@link UncheckedIOException} with the server's log.
 */
public final class MySqlServer implements AutoCloseable {

  /** The superuser of every server started here. */
  static final String SUPERUSER = "root";

  private final Endpoint endpoint;
  private final MySqlVersion version;
  private final @Nullable ServerProcess process;
  private final @Nullable MySqlSettings settings;
  private final boolean shared;
  private final Set<String> databases = ConcurrentHashMap.newKeySet();

  MySqlServer(
      Endpoint endpoint,
      MySqlVersion version,
      @Nullable ServerProcess process,
      @Nullable MySqlSettings settings,
      boolean shared) {
    this.endpoint = endpoint;
    this.version = version;
    this.process = process;
    this.settings = settings;
    this.shared = shared;
  }

  /** Starts a server with the default settings. */
  public static MySqlServer start(MySqlVersion version) {
    return new MySqlServerBuilder(version).start();
  }

  /** Begins the description of a server of a bundled version. */
  public static MySqlServerBuilder version(MySqlVersion version) {
    return new MySqlServerBuilder(version);
  }

  /** Begins the description of a server of a bundled version, such as "MySQL 8.0". */
  public static MySqlServerBuilder version(String version) {
    return new MySqlServerBuilder(MySqlVersion.of(version));
  }

  /**
   * The server of this version that the whole JVM shares, started on first use. For the default
   * version it is the external one that BOBBIN_TEST_MYSQL_URL names, whatever its version, where
   * that is set. Closing it does nothing.
   */
  public static MySqlServer shared(MySqlVersion version) {
    return SharedMySql.of(version);
  }

  /** See {@link #shared(MySqlVersion)}; the version by its name, such as "MariaDB 11.4". */
  public static MySqlServer shared(String version) {
    return shared(MySqlVersion.of(version));
  }

  /**
   * A server that somebody else runs, such as one in a container. The caller stops it; closing this
   * drops the databases made here.
   *
   * @param user may create and drop databases
   */
  public static MySqlServer at(String host, int port, String user, String password)
      throws SQLException {
    Endpoint endpoint =
        new Endpoint(Engine.MYSQL, host, port, user, password, Engine.MYSQL.database(), Map.of());
    String version = endpoint.query(endpoint.adminDatabase(), "SELECT version()");
    MySqlVersion known = MySqlVersion.ofServer(String.valueOf(version));
    Announcements.once(known + " elsewhere", known + ", started elsewhere, at " + endpoint);
    return new MySqlServer(endpoint, known, null, null, false);
  }

  /** The version; of an external server the real one, which need not be a bundled one. */
  public MySqlVersion version() {
    return version;
  }

  /** Whether it is MariaDB and not MySQL. */
  public boolean isMariaDb() {
    return version.mariaDb();
  }

  public String host() {
    return endpoint.host();
  }

  public int port() {
    return endpoint.port();
  }

  /** A user who may create and drop databases; a superuser on all but external servers. */
  public String user() {
    return endpoint.user();
  }

  /** The user's password, or empty where there is none. */
  public Optional<String> password() {
    return Optional.ofNullable(endpoint.password());
  }

  /** A URL for Connector/J without user and password; no database where the name is empty. */
  public String jdbcUrl(String database) {
    return endpoint.jdbcUrl(database);
  }

  /** The same URL through a proxy in front of this server. */
  public String jdbcUrl(String database, TcpProxy proxy) {
    return endpoint.through(proxy).jdbcUrl(database);
  }

  /** A new connection, to be closed by the caller; in no database where the name is empty. */
  public Connection connect(String database) throws SQLException {
    return connect(database, Map.of());
  }

  /** A new connection with properties of the driver, such as {@code sslMode} or {@code user}. */
  public Connection connect(String database, Map<String, String> driverProperties)
      throws SQLException {
    return endpoint.connect(database, driverProperties);
  }

  /** A new connection through a proxy in front of this server. */
  public Connection connect(String database, TcpProxy proxy) throws SQLException {
    return endpoint.through(proxy).connect(database, Map.of());
  }

  /** A proxy in front of this server, to be closed by the caller. */
  public TcpProxy proxy() {
    return TcpProxy.to(host(), port());
  }

  /** Executes each statement in a transaction of its own, over one connection. */
  public void execute(String database, String... sql) throws SQLException {
    endpoint.execute(database, sql);
  }

  /** The first column of the first row as text; null where it is NULL or there is no row. */
  public @Nullable String query(String database, String sql) throws SQLException {
    return endpoint.query(database, sql);
  }

  /** Creates an empty database with a generated name and returns the name. */
  public String createDatabase() throws SQLException {
    return createDatabase(Endpoint.newDatabaseName());
  }

  /** Creates an empty database in the server's character set and returns its name. */
  public String createDatabase(String name) throws SQLException {
    return create(name, "");
  }

  /** Creates an empty database with another default collation, such as latin1_swedish_ci. */
  public String createDatabase(String name, String collation) throws SQLException {
    return create(name, " COLLATE " + quoted(collation));
  }

  private String create(String name, String options) throws SQLException {
    execute(endpoint.adminDatabase(), "CREATE DATABASE " + quoted(name) + options);
    databases.add(name);
    return name;
  }

  /**
   * Drops a database, ending the connections to it. Now and then MySQL 5.7 marks a connection as
   * killed that then waits for its client all the same, with its locks; such a server is restarted.
   */
  public void dropDatabase(String name) throws SQLException {
    try {
      tryToDrop(name);
    } catch (SQLException e) {
      if (e.getErrorCode() != LOCK_WAIT_TIMEOUT || !canControlProcess()) {
        throw e;
      }
      restart();
      tryToDrop(name);
    }
    databases.remove(name);
  }

  private void tryToDrop(String name) throws SQLException {
    try (Connection connection = connect(endpoint.adminDatabase());
        Statement statement = connection.createStatement()) {
      kill(connection, connections(connection, "db", name));
      statement.execute("SET SESSION lock_wait_timeout = 5");
      statement.execute("DROP DATABASE IF EXISTS " + quoted(name));
    }
  }

  /** The ids of the connections that this user has now. */
  public List<Long> connectionsOf(String user) throws SQLException {
    try (Connection connection = connect(endpoint.adminDatabase())) {
      return connections(connection, "user", user);
    }
  }

  /** Ends the connections that this user has and returns how many there were. */
  public int killConnectionsOf(String user) throws SQLException {
    try (Connection connection = connect(endpoint.adminDatabase())) {
      List<Long> ids = connections(connection, "user", user);
      kill(connection, ids);
      return ids.size();
    }
  }

  /** Ends one connection; does nothing where it has ended. */
  public void killConnection(long id) throws SQLException {
    try (Connection connection = connect(endpoint.adminDatabase())) {
      kill(connection, List.of(id));
    }
  }

  /** The text of the statements that this user's connections are executing now. */
  public List<String> statementsOf(String user) throws SQLException {
    List<String> statements = new ArrayList<>();
    try (Connection connection = connect(endpoint.adminDatabase());
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT info FROM information_schema.processlist"
                    + " WHERE user = ? AND info IS NOT NULL AND id <> connection_id()")) {
      statement.setString(1, user);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          statements.add(rows.getString(1));
        }
      }
    }
    return statements;
  }

  private static List<Long> connections(Connection connection, String column, String value)
      throws SQLException {
    List<Long> ids = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT id FROM information_schema.processlist WHERE "
                + column
                + " = ? AND id <> connection_id()")) {
      statement.setString(1, value);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          ids.add(rows.getLong(1));
        }
      }
    }
    return ids;
  }

  private static void kill(Connection connection, List<Long> ids) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (long id : ids) {
        try {
          statement.execute("KILL " + id);
        } catch (SQLException e) {
          if (e.getErrorCode() != NO_SUCH_THREAD) {
            throw e;
          }
        }
      }
    }
  }

  private static final int NO_SUCH_THREAD = 1094;
  private static final int LOCK_WAIT_TIMEOUT = 1205;

  /** False where the server is external or shared: the methods below then throw. */
  public boolean canControlProcess() {
    return process != null && !shared;
  }

  /** False after a stop or a kill; true of external servers. */
  public boolean isRunning() {
    return process == null || process.isRunning();
  }

  /** Stops in order, which ends all connections, and keeps the data. */
  public void stop() {
    ServerProcess controlled = controlled("stop");
    UncheckedAction.run(() -> controlled.stop("TERM"));
  }

  /** SIGKILL to the server; the next start recovers what was committed. */
  public void kill() {
    ServerProcess controlled = controlled("kill");
    UncheckedAction.run(controlled::kill);
  }

  /** Starts again, after a stop or a kill, on the same port with the same data. */
  public void start() {
    ServerProcess controlled = controlled("start");
    UncheckedAction.run(controlled::start);
  }

  /** Stops in order if it runs, and starts again on the same port with the same data. */
  public void restart() {
    ServerProcess controlled = controlled("restart");
    UncheckedAction.run(
        () -> {
          controlled.stop("TERM");
          controlled.start();
        });
  }

  /** Everything that the server has logged since it was made. */
  public String log() {
    ServerProcess controlled = process;
    if (controlled == null) {
      throw noControl("read the log of");
    }
    try {
      return controlled.log();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The authority behind this server's own certificate. */
  public CertificateAuthority authority() {
    MySqlSettings own = settings;
    if (own == null || own.authority() == null) {
      throw new IllegalStateException("This server was not started with ssl()");
    }
    return own.authority();
  }

  /** The certificate of the authority behind this server's own, a PEM file. */
  public Path caCertificate() {
    return authority().certificate();
  }

  /** Replaces the server's certificate: MariaDB takes it as it runs, MySQL is started anew. */
  public void useCertificate(CertificateAuthority.Issued issued) {
    ServerProcess controlled = controlled("give another certificate to");
    UncheckedAction.run(
        () -> {
          controlled.write("server.crt", Files.readString(issued.certificate()));
          controlled.write("server.key", Files.readString(issued.key()));
        });
    if (!isMariaDb()) {
      restart();
      return;
    }
    // Whatever the certificate was until now.
    try (Connection connection = connect("", Map.of("sslMode", "DISABLED"));
        Statement statement = connection.createStatement()) {
      statement.execute("FLUSH SSL");
    } catch (SQLException e) {
      throw new IllegalStateException("The certificate was not taken", e);
    }
  }

  /** Ends the server at once and deletes its data. Does nothing to a shared server. */
  @Override
  public void close() {
    if (!shared) {
      release();
    }
  }

  /** The real close: also drops what was created on an external server. */
  void release() {
    ServerProcess own = process;
    if (own != null) {
      UncheckedAction.run(own::close);
      return;
    }
    for (String database : databases) {
      try {
        dropDatabase(database);
      } catch (SQLException e) {
        System.err.println("[test-servers] could not drop " + database + ": " + e.getMessage());
      }
    }
  }

  /** An identifier in backticks. */
  static String quoted(String identifier) {
    return '`' + identifier.replace("`", "``") + '`';
  }

  /** What it is and where. */
  @Override
  public String toString() {
    return version + " at " + endpoint.host() + ":" + endpoint.port();
  }

  private ServerProcess controlled(String operation) {
    ServerProcess own = process;
    if (own == null || shared) {
      throw noControl(operation);
    }
    return own;
  }

  private NoProcessControlException noControl(String operation) {
    return new NoProcessControlException(
        operation,
        toString(),
        process == null
            ? "it is external; start one with version(..)"
            : "other test classes share it; start one with version(\"" + version + "\")");
  }
}
