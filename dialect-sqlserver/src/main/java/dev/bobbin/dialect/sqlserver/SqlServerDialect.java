package dev.bobbin.dialect.sqlserver;

import dev.bobbin.check.Finding;
import dev.bobbin.dialect.jdbc.ConnectionCheck;
import dev.bobbin.dialect.jdbc.ConnectionCheck.Connected;
import dev.bobbin.dialect.jdbc.ConnectionSettings;
import dev.bobbin.dialect.jdbc.Login;
import dev.bobbin.dialect.jdbc.Route;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.select.Selection;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.SourceSettings;
import dev.bobbin.tls.Tls;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.sql.DataSource;

/**
 * A Microsoft SQL Server, 2016 or later, an Azure SQL database, or a PostgreSQL that speaks T-SQL
 * through Babelfish, 4 or later; primary or readable secondary. Immutable and thread-safe; connects
 * only when asked.
 *
 * <pre>{@code
 * SqlServerDialect shop =
 *     SqlServerDialect.at("db.internal", 1433, "shop").login("etl", secrets::password);
 * }</pre>
 *
 * <p>All databases of the server that the login can enter are part of the source, apart from {@code
 * master}, {@code model}, {@code msdb} and {@code tempdb}; the one that is named here is that of
 * table names without a database.
 *
 * <p>Connections use TLS, and the server's certificate and name are verified: {@link #tls} says
 * how, or that there is none.
 *
 * <p>Nothing is ever written. Rows are read with SNAPSHOT isolation where a database allows it,
 * else with READ COMMITTED, and never with NOLOCK.
 */
public final class SqlServerDialect implements SourceDialect {

  private static final int BROWSER_PORT = 1434;

  private static final ConnectionSettings.Words WORDS =
      new ConnectionSettings.Words(
          "SQL Server",
          1433,
          "SqlServerDialect",
          "host, port",
          "SqlServerDialect.at(\"db.internal\", 1433, \"shop\")",
          Set.of());

  private final ConnectionSettings connections;
  private final SqlServerOptions options;

  private SqlServerDialect(ConnectionSettings connections, SqlServerOptions options) {
    this.connections = connections;
    this.options = options;
  }

  /**
   * The server at a host and port, in the login's own default database. A {@link #login(String,
   * Supplier) login} has to follow.
   *
   * @param host a name or address, as the server's certificate has it; through a tunnel it is
   *     looked up at the tunnel's far end
   * @param port usually 1433
   * @throws ConfigurationException if the host cannot be one, or the port is none
   */
  public static SqlServerDialect at(String host, int port) {
    return at(host, port, "");
  }

  /**
   * The server at a host and port. A {@link #login(String, Supplier) login} has to follow.
   *
   * @param host a name or address, as the server's certificate has it; through a tunnel it is
   *     looked up at the tunnel's far end
   * @param port usually 1433
   * @param database the database that table names without one are in; empty for the login's own
   *     default one
   * @throws ConfigurationException if the host cannot be one, or the port is none
   */
  public static SqlServerDialect at(String host, int port, String database) {
    int backslash = host.indexOf('\\');
    if (backslash > 0) {
      throw new ConfigurationException(
          "The host has the name of an instance at its end.",
          "Use SqlServerDialect.atInstance(host, instance, database), or give the port that the"
              + " instance listens on.");
    }
    return new SqlServerDialect(
        ConnectionSettings.at(WORDS, host, port, database), SqlServerOptions.USUAL);
  }

  /**
   * The server that is a named instance on a host: {@code host\instance}. Its port is asked of the
   * host's SQL Server Browser (UDP port 1434) with each connection, so a firewall has to let both
   * through; where the port is known, {@link #at(String, int, String)} does without. A {@link
   * #login(String, Supplier) login} has to follow.
   *
   * @param host a name or address, as the server's certificate has it
   * @param instance its name, without the host and the backslash
   * @param database the database that table names without one are in; empty for the login's own
   *     default one
   * @throws ConfigurationException if the host cannot be one, or the instance has no name; and when
   *     connecting through a tunnel, which carries no UDP
   */
  public static SqlServerDialect atInstance(String host, String instance, String database) {
    if (instance.isEmpty() || !instance.matches("[^\\\\/:;={}\\s]+")) {
      throw new ConfigurationException(
          "The instance has no name, or one that none can have.",
          "Give its name alone, as in SqlServerDialect.atInstance(\"db.internal\", \"SALES\","
              + " \"shop\").");
    }
    SqlServerOptions usual = SqlServerOptions.USUAL;
    return new SqlServerDialect(
        ConnectionSettings.at(WORDS, host, BROWSER_PORT, database),
        new SqlServerOptions(instance, usual.readOnlyIntent(), usual.cutFrom()));
  }

  /**
   * The server that a DataSource of the host application leads to. It stays the host's: Bobbin
   * never closes it, gives connections back with the session settings with which they came, and
   * uses no tunnel.
   *
   * @param dataSource of Microsoft's own driver, mssql-jdbc: its connections unwrap to {@code
   *     com.microsoft.sqlserver.jdbc.ISQLServerConnection}, and their {@code abort} reaches the
   *     driver
   */
  public static SqlServerDialect from(DataSource dataSource) {
    return new SqlServerDialect(ConnectionSettings.from(WORDS, dataSource), SqlServerOptions.USUAL);
  }

  /**
   * The same server with a login and where its password comes from.
   *
   * @param user the name to log in with; SQL Server authentication
   * @param password asked for every new connection, so that rotated passwords work. A refused login
   *     is tried once more if the supplier then gives another password, and after that not again in
   *     the same session
   */
  public SqlServerDialect login(String user, Supplier<String> password) {
    return new SqlServerDialect(connections.login(user, password), options);
  }

  /**
   * The same server with a login and a password that does not change.
   *
   * @param user the name to log in with; SQL Server authentication
   * @param password its password
   */
  public SqlServerDialect login(String user, String password) {
    Objects.requireNonNull(password);
    return login(user, () -> password);
  }

  /**
   * The same server with other TLS than {@link Tls#verifyFull()}, which verifies the server's
   * certificate and its name, by the JDK's trusted roots. A client certificate is none that SQL
   * Server asks for.
   *
   * @param tls nothing ever falls back to plaintext: only {@link Tls#off()} does without TLS
   */
  public SqlServerDialect tls(Tls tls) {
    return new SqlServerDialect(connections.tls(tls), options);
  }

  /**
   * The same server, to be read from a secondary of its availability group where there is one that
   * takes such connections ({@code ApplicationIntent=ReadOnly}). A database has to be named, whose
   * group it is.
   *
   * @throws ConfigurationException if a DataSource connects itself
   */
  public SqlServerDialect readOnlyIntent() {
    if (connections.endpoint().host().isEmpty()) {
      throw new ConfigurationException(
          "The intent to read alone does not go with a DataSource of the host application.",
          "Set applicationIntent=ReadOnly where the DataSource is made.");
    }
    return new SqlServerDialect(connections, options.withReadOnlyIntent());
  }

  /**
   * The same server, of which smaller tables are cut into ranges, for tests: without privileges
   * nothing makes the server say that a small table is large.
   */
  SqlServerDialect cutFrom(long bytes) {
    return new SqlServerDialect(connections, options.cutFrom(bytes));
  }

  @Override
  public SourceSession connect(SourceSettings settings) {
    DataSource dataSource = connections.dataSource(settings);
    refuseInstanceThroughTunnel(settings);
    return new SqlServerSession(
        dataSource == null
            ? Server.connect(connections, options, settings)
            : Server.over(dataSource, connections.endpoint(), options, settings));
  }

  private void refuseInstanceThroughTunnel(SourceSettings settings) {
    if (options.isInstance() && settings.tunnel().isPresent()) {
      throw new ConfigurationException(
          "The port of a named instance cannot be asked for through a tunnel, which carries no UDP.",
          "Give the port that the instance listens on (SQL Server Configuration Manager, TCP/IP,"
              + " IPAll): SqlServerDialect.at(host, port, database).");
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws ConfigurationException if a name does not say which database it is in
   */
  @Override
  public String grants(String user, Selection selection) {
    return SqlServerGrants.of(connections.endpoint().database(), user, selection);
  }

  @Override
  public Optional<SourceSession> check(SourceSettings settings, Consumer<Finding> findings) {
    refuseInstanceThroughTunnel(settings);
    return new ConnectionCheck(connections, settings, SqlServerVendor.INSTANCE, findings)
        .run(
            new ConnectionCheck.Server() {
              @Override
              public Route route(ConnectionSettings to, SourceSettings chosen) {
                return Route.trusting(to, chosen);
              }

              @Override
              public Connected connect(Login login, Route route) {
                return connected(Server.connect(connections, options, settings, login, route));
              }

              @Override
              public Connected over(DataSource source) {
                return connected(Server.over(source, connections.endpoint(), options, settings));
              }
            });
  }

  private static Connected connected(Server server) {
    return new Connected(new SqlServerSession(server), server.endpoint(), server.kind().describe());
  }

  @Override
  public String describe() {
    return options.isInstance()
        ? connections.describe() + " (instance " + options.instance() + ")"
        : connections.describe();
  }

  @Override
  public String toString() {
    return describe();
  }
}
