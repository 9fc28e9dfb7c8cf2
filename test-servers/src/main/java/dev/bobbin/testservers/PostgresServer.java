package dev.bobbin.testservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server for tests, on 127.0.0.1 and a free port, empty but for what initdb makes.
 *
 * <p>{@link #shared(String)} is one server per version and JVM: each test class makes a database of
 * its own with {@link #createDatabase()}. A test that stops, kills, restarts or replicates its
 * server, or wants other settings, starts one of its own, which takes about half a second: {@link
 * #start(PostgresVersion)} or {@link #version(String)}. No server survives this JVM, not even its
 * being killed.
 *
 * <p>The settings are fast and unsafe (no fsync), the time zone is America/St_Johns (no test should
 * pass by luck of UTC), collation is C, encoding UTF8, authentication trust.
 *
 * <p>Thread-safe. Failures to start or stop are {@link UncheckedIOException} with the server's log.
 */
public final class PostgresServer implements AutoCloseable {

  /** How a server is asked to stop: the manual's three shutdown modes. */
  public enum StopMode {
    /** Waits until the last client has gone. */
    SMART("TERM"),
    /** Ends the clients' sessions, then shuts down in order. */
    FAST("INT"),
    /** Ends without order; the next start recovers. */
    IMMEDIATE("QUIT");

    private final String signal;

    StopMode(String signal) {
      this.signal = signal;
    }
  }

  /** The superuser of every server started here. */
  static final String SUPERUSER = "postgres";

  private final Endpoint endpoint;
  private final PostgresVersion version;
  private final @Nullable ServerProcess process;
  private final @Nullable PostgresSettings settings;
  private final @Nullable PostgresServer primary;
  private final boolean shared;
  private final Set<String> databases = ConcurrentHashMap.newKeySet();

  PostgresServer(
      Endpoint endpoint,
      PostgresVersion version,
      @Nullable ServerProcess process,
      @Nullable PostgresSettings settings,
      @Nullable PostgresServer primary,
      boolean shared) {
    this.endpoint = endpoint;
    this.version = version;
    this.process = process;
    this.settings = settings;
    this.primary = primary;
    this.shared = shared;
  }

  /** Starts a server with the default settings. */
  public static PostgresServer start(PostgresVersion version) {
    return new PostgresServerBuilder(version).start();
  }

  /** Begins the description of a server of a bundled version, such as "18" or "9.6". */
  public static PostgresServerBuilder version(String version) {
    return new PostgresServerBuilder(PostgresVersion.of(version));
  }

  /** Begins the description of a server of a bundled version. */
  public static PostgresServerBuilder version(PostgresVersion version) {
    return new PostgresServerBuilder(version);
  }

  /**
   * The server of this version that the whole JVM shares, started on first use. For the default
   * version it is the external one that BOBBIN_TEST_POSTGRES_URL names, whatever its version, where
   * that is set. Closing it does nothing.
   */
  public static PostgresServer shared(String version) {
    return shared(PostgresVersion.of(version));
  }

  /** See {@link #shared(String)}. */
  public static PostgresServer shared(PostgresVersion version) {
    return SharedPostgres.of(version);
  }

  /** The version; of an external server the real one, which need not be a bundled one. */
  public PostgresVersion version() {
    return version;
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

  /** The user's password, or empty where none is asked for. */
  public Optional<String> password() {
    return Optional.ofNullable(endpoint.password());
  }

  /** A URL without user and password. */
  public String jdbcUrl(String database) {
    return endpoint.jdbcUrl(database);
  }

  /** The same URL through a proxy in front of this server. */
  public String jdbcUrl(String database, TcpProxy proxy) {
    return endpoint.through(proxy).jdbcUrl(database);
  }

  /** A new connection, to be closed by the caller. */
  public Connection connect(String database) throws SQLException {
    return connect(database, Map.of());
  }

  /** A new connection with properties of the driver, such as {@code sslmode} or {@code user}. */
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

  /** Creates an empty database in the server's encoding and returns its name. */
  public String createDatabase(String name) throws SQLException {
    return create(name, "");
  }

  /**
   * Creates an empty database in another encoding, such as SQL_ASCII, which takes any bytes, or
   * LATIN1, and returns its name.
   */
  public String createDatabase(String name, String encoding) throws SQLException {
    return create(
        name, " ENCODING '" + encoding.replace("'", "''") + "' LC_COLLATE 'C' LC_CTYPE 'C'");
  }

  private String create(String name, String options) throws SQLException {
    execute(
        endpoint.adminDatabase(),
        "CREATE DATABASE " + quoted(name) + " TEMPLATE template0" + strategy() + options);
    databases.add(name);
    return name;
  }

  /** Without fsync, copying the files is quicker than writing them to the log. */
  private String strategy() {
    return process != null && version.atLeast(15) ? " STRATEGY FILE_COPY" : "";
  }

  /** Drops a database, ending the sessions in it. */
  public void dropDatabase(String name) throws SQLException {
    terminate("datname", name);
    execute(endpoint.adminDatabase(), "DROP DATABASE IF EXISTS " + quoted(name));
    databases.remove(name);
  }

  /** The number of backends that serve this application_name now. */
  public int backendsOf(String applicationName) throws SQLException {
    return Integer.parseInt(
        require(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = "
                + literal(applicationName)));
  }

  /** Ends the backends that serve this application_name and returns how many there were. */
  public int terminateBackends(String applicationName) throws SQLException {
    return terminate("application_name", applicationName);
  }

  private int terminate(String column, String value) throws SQLException {
    return Integer.parseInt(
        require(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
                + column
                + " = "
                + literal(value)
                + " AND pid <> pg_backend_pid()"));
  }

  /** False where the server is external or shared: the methods below then throw. */
  public boolean canControlProcess() {
    return process != null && !shared;
  }

  /** False after a stop or a kill; true of external servers. */
  public boolean isRunning() {
    return process == null || process.isRunning();
  }

  /** Stops in mode FAST if it runs, and starts again on the same port with the same data. */
  public void restart() {
    restart(StopMode.FAST);
  }

  /** Stops if it runs, and starts again on the same port with the same data. */
  public void restart(StopMode mode) {
    ServerProcess controlled = controlled("restart");
    UncheckedAction.run(
        () -> {
          controlled.stop(mode.signal);
          controlled.start();
        });
  }

  /** Stops and keeps the data; {@link #restart()} starts it again. */
  public void stop(StopMode mode) {
    ServerProcess controlled = controlled("stop");
    UncheckedAction.run(() -> controlled.stop(mode.signal));
  }

  /** SIGKILL to the postmaster and its children; {@link #restart()} starts it again. */
  public void kill() {
    ServerProcess controlled = controlled("kill");
    UncheckedAction.run(controlled::kill);
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
    PostgresSettings own = settings;
    if (own == null || own.authority() == null) {
      throw new IllegalStateException("This server was not started with ssl()");
    }
    return own.authority();
  }

  /** The certificate of the authority behind this server's own, for {@code sslrootcert}. */
  public Path caCertificate() {
    return authority().certificate();
  }

  /** Replaces the server's certificate, and starts the server anew. */
  public void useCertificate(CertificateAuthority.Issued issued) {
    ServerProcess controlled = controlled("give another certificate to");
    UncheckedAction.run(
        () -> {
          controlled.write("server.crt", Files.readString(issued.certificate()));
          controlled.write("server.key", Files.readString(issued.key()));
        });
    restart();
  }

  /** Starts a hot standby of this server, with this server's settings. */
  public PostgresServer standby() throws SQLException {
    return standby(Map.of());
  }

  /**
   * Starts a hot standby of this server: a base backup that streams from here. The caller closes
   * it.
   *
   * @param config settings that differ from this server's, such as max_standby_streaming_delay
   */
  public PostgresServer standby(Map<String, String> config) throws SQLException {
    ServerProcess controlled = controlled("make a standby of");
    PostgresSettings own = settings;
    if (own == null) {
      throw noControl("make a standby of");
    }
    return PostgresStandby.start(this, controlled, own.with(config));
  }

  /** True of a standby until it is promoted. */
  public boolean isInRecovery() throws SQLException {
    return require("SELECT pg_is_in_recovery()").equals("t");
  }

  /** Returns when this standby shows all that its primary had committed at the time of the call. */
  public void awaitCaughtUp() throws SQLException {
    PostgresServer upstream = primary;
    if (upstream == null) {
      throw new IllegalStateException("This server is not a standby");
    }
    boolean ten = version.atLeast(10);
    String written =
        upstream.require(ten ? "SELECT pg_current_wal_lsn()" : "SELECT pg_current_xlog_location()");
    String caughtUp =
        (ten
                ? "SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '"
                : "SELECT pg_xlog_location_diff(pg_last_xlog_replay_location(), '")
            + written
            + "') >= 0";
    await(caughtUp, "The standby has not replayed " + written);
  }

  /** Makes this standby a primary and returns when it takes writes. */
  public void promote() throws SQLException {
    ServerProcess controlled = controlled("promote");
    UncheckedAction.run(() -> PostgresBinaries.of(version).promote(controlled.data()));
    await("SELECT NOT pg_is_in_recovery()", "The standby was not promoted");
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

  /** Where it is and of what version. */
  @Override
  public String toString() {
    return "PostgreSQL " + version + " at " + endpoint.host() + ":" + endpoint.port();
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
            ? "it is external (" + Engine.POSTGRES.variable() + "); start one with version(..)"
            : "other test classes share it; start one with version(\"" + version + "\")");
  }

  private void await(String condition, String failure) throws SQLException {
    long deadline = System.nanoTime() + 60_000_000_000L;
    try (Connection connection = connect(endpoint.adminDatabase());
        Statement statement = connection.createStatement()) {
      while (true) {
        try (ResultSet rows = statement.executeQuery(condition)) {
          if (rows.next() && rows.getBoolean(1)) {
            return;
          }
        }
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException(failure + " within 60 s:\n" + log());
        }
        LockSupport.parkNanos(10_000_000);
      }
    }
  }

  private String require(String sql) throws SQLException {
    String value = query(endpoint.adminDatabase(), sql);
    if (value == null) {
      throw new SQLException("No value: " + sql);
    }
    return value;
  }

  private static String quoted(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }

  private static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }
}
