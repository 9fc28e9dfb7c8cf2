package dev.bobbin.testservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The description of a PostgreSQL server to be started. Not thread-safe; {@link #start()} may be
 * called again for another server of the same kind.
 */
public final class PostgresServerBuilder {
  private final PostgresVersion version;
  private final Map<String, String> config = new LinkedHashMap<>();
  private final List<String> hba = new ArrayList<>();
  private @Nullable String password;
  private @Nullable CertificateAuthority authority;

  PostgresServerBuilder(PostgresVersion version) {
    this.version = version;
  }

  /** A setting of postgresql.conf, over this module's own default; the value is quoted. */
  public PostgresServerBuilder config(String name, String value) {
    config.put(name, value);
    return this;
  }

  /** The server's time zone. */
  public PostgresServerBuilder timeZone(String zone) {
    return config("timezone", zone);
  }

  /** Asks every client for a password: by SCRAM since version 10, by MD5 before. */
  public PostgresServerBuilder password(String superuserPassword) {
    if (superuserPassword.contains("\n")) {
      throw new IllegalArgumentException("A password of one line, please");
    }
    this.password = superuserPassword;
    return this;
  }

  /**
   * The lines of pg_hba.conf, instead of the one that trusts everybody or asks for the password.
   * The superuser must remain able to log in.
   */
  public PostgresServerBuilder hba(String... lines) {
    hba.addAll(List.of(lines));
    return this;
  }

  /** Offers TLS, with a certificate for localhost by a new authority. */
  public PostgresServerBuilder ssl() {
    return ssl(CertificateAuthority.create());
  }

  /** Offers TLS, with a certificate for localhost by this authority. */
  public PostgresServerBuilder ssl(CertificateAuthority signer) {
    this.authority = signer;
    return this;
  }

  /** Starts the server and returns when it takes queries. */
  public PostgresServer start() {
    return start(false);
  }

  PostgresServer start(boolean shared) {
    PostgresSettings settings = new PostgresSettings(version, config, hba, password, authority);
    PostgresBinaries binaries = PostgresBinaries.of(version);
    try {
      ServerProcess process = new ServerProcess(binaries, Cache.running("postgres-" + version));
      try {
        binaries.copyTemplate(process.data());
        settings.writeTo(process);
        if (password != null) {
          binaries.runSingle(
              process.data(),
              "ALTER ROLE "
                  + PostgresServer.SUPERUSER
                  + " PASSWORD '"
                  + password.replace("'", "''")
                  + "'");
        }
        process.start();
        return of(process, binaries, settings, null, shared);
      } catch (IOException | RuntimeException e) {
        process.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  static PostgresServer of(
      ServerProcess process,
      PostgresBinaries binaries,
      PostgresSettings settings,
      @Nullable PostgresServer primary,
      boolean shared) {
    Announcements.once(
        "PostgreSQL " + settings.version(),
        "PostgreSQL " + binaries.release() + " from Maven artifacts");
    Endpoint endpoint =
        Endpoint.local(
            Engine.POSTGRES, process.port(), PostgresServer.SUPERUSER, settings.password());
    return new PostgresServer(endpoint, settings.version(), process, settings, primary, shared);
  }
}
