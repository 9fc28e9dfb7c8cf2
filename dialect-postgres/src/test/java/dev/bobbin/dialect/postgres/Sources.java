package dev.bobbin.dialect.postgres;

import dev.bobbin.spi.SourceSettings;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.tls.Tls;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** Dialects and settings for the tests of this package. */
final class Sources {

  private static final AtomicInteger COUNT = new AtomicInteger();

  private Sources() {}

  /** An application name that no other test has. */
  static String applicationName() {
    return "bobbin-test-" + COUNT.incrementAndGet() + "-" + System.nanoTime();
  }

  static SourceSettings settings() {
    return settings(applicationName());
  }

  static SourceSettings settings(String applicationName) {
    return settings(applicationName, Duration.ofSeconds(10));
  }

  static SourceSettings settings(String applicationName, Duration lockTimeout) {
    return new SourceSettings(
        applicationName, null, 2, 1 << 20, 10_000, 1 << 24, lockTimeout, Duration.ofSeconds(10));
  }

  static PostgresDialect dialect(PostgresServer server, String database) {
    return PostgresDialect.at(server.host(), server.port(), database)
        .tls(Tls.off())
        .login(server.user(), server.password().orElse(""));
  }

  static PostgresDialect dialect(PostgresServer server, String database, String user) {
    return PostgresDialect.at(server.host(), server.port(), database)
        .tls(Tls.off())
        .login(user, "");
  }
}
