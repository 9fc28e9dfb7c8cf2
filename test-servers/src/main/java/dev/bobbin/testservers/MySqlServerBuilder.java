package dev.bobbin.testservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The description of a MySQL or MariaDB server to be started. Not thread-safe; {@link #start()} may
 * be called again for another server of the same kind.
 */
public final class MySqlServerBuilder {
  private final MySqlVersion version;
  private final Map<String, String> config = new LinkedHashMap<>();
  private @Nullable String password;
  private @Nullable String authenticationPlugin;
  private @Nullable CertificateAuthority authority;

  MySqlServerBuilder(MySqlVersion version) {
    this.version = version;
  }

  /** An option of the server, over this module's own default: {@code log_bin}, {@code sql_mode}. */
  public MySqlServerBuilder config(String name, String value) {
    config.put(name.replace('-', '_'), value);
    return this;
  }

  /**
   * The server's time zone, as an offset such as {@code +05:45}: zones with names need tables that
   * these servers have not.
   */
  public MySqlServerBuilder timeZone(String offset) {
    String id = ZoneOffset.of(offset).getId();
    return config("default_time_zone", id.equals("Z") ? "+00:00" : id);
  }

  /** The superuser's password; by default there is none. */
  public MySqlServerBuilder password(String superuserPassword) {
    this.password = superuserPassword;
    return this;
  }

  /**
   * The plugin by which MySQL checks passwords, unless a user is created with another: {@code
   * mysql_native_password}, {@code caching_sha2_password}.
   */
  public MySqlServerBuilder authenticationPlugin(String plugin) {
    if (version.mariaDb()) {
      throw new IllegalStateException("MariaDB has no default for authentication plugins");
    }
    this.authenticationPlugin = plugin;
    return this;
  }

  /** Offers TLS, with a certificate for localhost by a new authority; MySQL 8.0 and MariaDB can. */
  public MySqlServerBuilder ssl() {
    return ssl(CertificateAuthority.create());
  }

  /** Offers TLS, with a certificate for localhost by this authority; MySQL 8.0 and MariaDB can. */
  public MySqlServerBuilder ssl(CertificateAuthority signer) {
    if (!version.mariaDb() && !version.isMySqlSince(8, 0)) {
      throw new IllegalStateException("The TLS of " + version + " is older than what Java speaks");
    }
    this.authority = signer;
    return this;
  }

  /** Starts the server and returns when it takes queries. */
  public MySqlServer start() {
    return start(false);
  }

  MySqlServer start(boolean shared) {
    MySqlSettings settings =
        new MySqlSettings(version, config, password, authenticationPlugin, authority);
    MySqlBinaries binaries = MySqlBinaries.of(version);
    try {
      ServerProcess process =
          new ServerProcess(new MySqlProgram(binaries, settings), Cache.running("mysql"));
      try {
        binaries.copyTemplate(process.data());
        settings.writeTo(process);
        process.start();
        String own = password;
        if (own != null) {
          setPassword(Endpoint.local(Engine.MYSQL, process.port(), MySqlServer.SUPERUSER, ""), own);
        }
        Announcements.once(version.toString(), binaries.product() + " from Maven artifacts");
        return new MySqlServer(
            Endpoint.local(Engine.MYSQL, process.port(), MySqlServer.SUPERUSER, own),
            version,
            process,
            settings,
            shared);
      } catch (IOException | RuntimeException e) {
        process.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private void setPassword(Endpoint endpoint, String own) throws IOException {
    String plugin = authenticationPlugin;
    try (Connection connection = endpoint.connect(endpoint.adminDatabase(), Map.of());
        PreparedStatement statement =
            connection.prepareStatement(
                // Not CURRENT_USER(), for which MariaDB 11.4 forgets the password.
                "ALTER USER '"
                    + MySqlServer.SUPERUSER
                    + "'@'localhost' IDENTIFIED "
                    + (plugin == null ? "" : "WITH " + MySqlServer.quoted(plugin) + " ")
                    + "BY ?")) {
      statement.setString(1, own);
      statement.execute();
    } catch (SQLException e) {
      throw new IOException("Could not set the password: " + e.getSQLState(), e);
    }
  }
}
