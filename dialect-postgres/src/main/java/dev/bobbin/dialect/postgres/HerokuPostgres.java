package dev.bobbin.dialect.postgres;

import dev.bobbin.error.ConfigurationException;
import dev.bobbin.tls.Tls;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Heroku Postgres, by the URL that Heroku keeps in {@code DATABASE_URL}.
 *
 * <pre>{@code
 * PostgresDialect shop = HerokuPostgres.from(() -> System.getenv("DATABASE_URL"));
 * }</pre>
 *
 * <p><strong>Connections are encrypted, but the server is not verified</strong>, since Heroku's own
 * certificates cannot be: they are signed by themselves, and Heroku's guides ask for {@code
 * sslmode=require}, which verifies nothing. That is {@link Tls#withoutVerification()}, and each
 * connection logs its warning: somebody in the middle could read the password and the rows. For a
 * database with Heroku's <em>enhanced certificates</em>, whose authority is among the JDK's roots,
 * ask for more, as everywhere else; {@code sslmode=verify-full} in the URL does the same:
 *
 * <pre>{@code
 * HerokuPostgres.from(url).tls(Tls.verifyFull())
 * }</pre>
 */
public final class HerokuPostgres {

  private HerokuPostgres() {}

  /**
   * The database of a URL whose password does not change.
   *
   * @param databaseUrl {@code postgres://user:password@host:5432/database}; user, password and
   *     database percent-encoded. In its query, {@code sslmode} must not ask for less than TLS;
   *     what else stands there is left aside
   * @throws ConfigurationException if a part is missing or cannot be read; never shows the URL
   */
  public static PostgresDialect from(@Nullable String databaseUrl) {
    DatabaseUrl url = DatabaseUrl.parse(databaseUrl);
    return dialect(url).login(url.user(), url.password());
  }

  /**
   * The database of a URL whose password Heroku may rotate.
   *
   * @param databaseUrl asked now, and for the password of every new connection. If it then names
   *     another user, host or database, or asks for the server to be verified as it did not before,
   *     the connection fails: that takes a new replicator
   * @throws ConfigurationException if a part is missing or cannot be read; never shows the URL
   */
  public static PostgresDialect from(Supplier<@Nullable String> databaseUrl) {
    DatabaseUrl first = DatabaseUrl.parse(databaseUrl.get());
    return dialect(first)
        .login(
            first.user(),
            () -> {
              DatabaseUrl now = DatabaseUrl.parse(databaseUrl.get());
              if (!now.isSameUser(first)) {
                throw new ConfigurationException(
                    "The database URL now names another user, host or database than "
                        + first.user()
                        + " at "
                        + first.host()
                        + ".",
                    "Build the replicator anew, from HerokuPostgres.from(...): its state stays"
                        + " good.");
              }
              if (now.isVerified() && !first.isVerified()) {
                throw new ConfigurationException(
                    "The database URL now asks for the server to be verified (sslmode), and did"
                        + " not before.",
                    "Build the replicator anew, from HerokuPostgres.from(...): its state stays"
                        + " good.");
              }
              return now.password();
            });
  }

  private static PostgresDialect dialect(DatabaseUrl url) {
    return PostgresDialect.at(url.host(), url.port(), url.database())
        .tls(url.isVerified() ? Tls.verifyFull() : Tls.withoutVerification());
  }
}
