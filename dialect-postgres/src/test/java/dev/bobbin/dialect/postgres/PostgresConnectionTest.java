package dev.bobbin.dialect.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.SourceSettings;
import dev.bobbin.spi.Tunnel;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.tls.Tls;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.Socket;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PostgresConnectionTest {

  private static final String SECRET = "s3cr3t-canary";

  private static PostgresServer locked;

  @BeforeAll
  static void start() {
    locked = PostgresServer.version("18").password(SECRET).start();
  }

  @AfterAll
  static void stop() {
    locked.close();
  }

  private static PostgresDialect login(Supplier<String> password) {
    return PostgresDialect.at(locked.host(), locked.port(), "postgres")
        .tls(Tls.off())
        .login("postgres", password);
  }

  private static int refusals() {
    return locked.log().split("password authentication failed for user", -1).length - 1;
  }

  private static SourceException refusal(PostgresDialect dialect) {
    return catchThrowableOfType(
        SourceException.class, () -> dialect.connect(Sources.settings()).close());
  }

  private static String everything(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  @Test
  void triesAWrongPasswordOnceWhenTheSupplierHasNoOther() {
    int before = refusals();
    AtomicInteger asked = new AtomicInteger();
    SourceException refused =
        refusal(
            login(
                () -> {
                  asked.incrementAndGet();
                  return "wrong-canary";
                }));

    assertThat(refused.kind()).isEqualTo(Kind.PERMANENT);
    assertThat(refused)
        .hasMessageContaining("as user postgres")
        .hasMessageContaining(locked.host() + ":" + locked.port());
    assertThat(everything(refused)).doesNotContain("wrong-canary");
    assertThat(asked).hasValue(2);
    assertThat(refusals() - before).isEqualTo(1);
  }

  @Test
  void triesTwiceWhenTheSupplierHasAnotherPasswordAndNeverAgain() throws SQLException {
    int before = refusals();
    AtomicInteger asked = new AtomicInteger();
    refusal(login(() -> "wrong-" + asked.incrementAndGet()));
    assertThat(refusals() - before).isEqualTo(2);

    // A session whose password is changed under it: the pool must not hammer the server.
    locked.execute("postgres", "CREATE USER roamer PASSWORD 'first'");
    AtomicInteger tries = new AtomicInteger();
    PostgresDialect dialect =
        PostgresDialect.at(locked.host(), locked.port(), "postgres")
            .tls(Tls.off())
            .login("roamer", () -> tries.get() == 0 ? "first" : "wrong-" + tries.incrementAndGet());
    String application = Sources.applicationName();
    try (SourceSession session = dialect.connect(Sources.settings(application))) {
      locked.execute("postgres", "ALTER USER roamer PASSWORD 'second'");
      locked.terminateBackends(application);
      tries.set(1);
      int then = refusals();
      for (int i = 0; i < 5; i++) {
        assertThatThrownBy(() -> session.discover(d -> true)).isInstanceOf(SourceException.class);
      }
      assertThat(refusals() - then).isBetween(1, 2);
    }
  }

  @Test
  void asksForThePasswordAgainAfterItWasRotated() throws SQLException {
    locked.execute("postgres", "CREATE USER rotated PASSWORD 'new'");
    AtomicInteger asked = new AtomicInteger();
    PostgresDialect dialect =
        PostgresDialect.at(locked.host(), locked.port(), "postgres")
            .tls(Tls.off())
            .login("rotated", () -> asked.incrementAndGet() == 1 ? "old" : "new");
    try (SourceSession session = dialect.connect(Sources.settings())) {
      assertThat(session.discover(d -> true).databases()).contains("postgres");
    }
    assertThat(asked).hasValue(2);
  }

  @Test
  void saysThatThePasswordSupplierFailed() {
    assertThat(refusal(login(() -> null))).hasMessageContaining("gave null");
    assertThat(
            refusal(
                login(
                    () -> {
                      throw new IllegalStateException("vault");
                    })))
        .hasMessageContaining("password supplier of user postgres")
        .hasRootCauseMessage("vault");
  }

  @Test
  void saysThatTheHostIsUnknownOrThePortRefuses() {
    SourceException unknown =
        refusal(
            PostgresDialect.at("no-such-host.invalid", 5432, "shop")
                .tls(Tls.off())
                .login("etl", ""));
    assertThat(unknown.kind()).isEqualTo(Kind.PERMANENT);
    assertThat(unknown).hasMessageContaining("the host name no-such-host.invalid is not known");

    SourceException refused =
        refusal(PostgresDialect.at("127.0.0.1", 1, "shop").tls(Tls.off()).login("etl", ""));
    assertThat(refused.kind()).isEqualTo(Kind.TRANSIENT);
    assertThat(refused)
        .hasMessageContaining("PostgreSQL shop at 127.0.0.1:1")
        .hasMessageContaining("refused the connection")
        .hasMessageContaining("server is running");
  }

  @Test
  void failsWithinTheTimeoutWhenTheServerIsSilent() {
    try (TcpProxy proxy = locked.proxy()) {
      proxy.blackHole();
      SourceSettings settings =
          new SourceSettings("x", null, 1, 1, 1, 1, Duration.ofSeconds(1), Duration.ofSeconds(1));
      PostgresDialect dialect =
          PostgresDialect.at(proxy.host(), proxy.port(), "postgres")
              .tls(Tls.off())
              .login("postgres", SECRET);
      SourceException failure =
          catchThrowableOfType(SourceException.class, () -> dialect.connect(settings));
      assertThat(failure.kind()).isEqualTo(Kind.TRANSIENT);
      assertThat(failure).hasMessageContaining("did not answer in time");
      assertThat(proxy.connections()).isEqualTo(1);
    }
  }

  @Test
  void leavesNoBackendAndNoThreadAfterClose() throws SQLException {
    String application = Sources.applicationName();
    SourceSession session = login(() -> SECRET).connect(Sources.settings(application));
    session.discover(d -> true);
    assertThat(locked.backendsOf(application)).isEqualTo(1);
    session.close();
    session.close();
    // The backend is told to end; the server takes a moment for it.
    await(() -> locked.backendsOf(application) == 0);
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(
            t -> t.getName().contains("bobbin-connections") || t.getName().contains("Hikari"));
    assertThatThrownBy(() -> session.discover(d -> true))
        .isInstanceOf(SourceException.class)
        .hasMessageContaining("has been closed");
  }

  @Test
  void connectsAgainAfterTheServersBackendWasEnded() throws SQLException {
    String application = Sources.applicationName();
    try (SourceSession session = login(() -> SECRET).connect(Sources.settings(application))) {
      session.discover(d -> true);
      locked.terminateBackends(application);
      boolean again = false;
      for (int i = 0; i < 2 && !again; i++) {
        try {
          again = session.discover(d -> true).databases().contains("postgres");
        } catch (SourceException e) {
          assertThat(e.kind()).isEqualTo(Kind.TRANSIENT);
        }
      }
      assertThat(again).isTrue();
    }
  }

  @Test
  void goesThroughATunnelUnderTheDatabasesOwnName() throws SQLException {
    AtomicInteger opened = new AtomicInteger();
    AtomicInteger closed = new AtomicInteger();
    List<String> asked = new java.util.concurrent.CopyOnWriteArrayList<>();
    SourceSettings direct = Sources.settings();
    SourceSettings settings =
        new SourceSettings(
            direct.applicationName(),
            (host, port) -> {
              asked.add(host + ":" + port);
              return new Tunnel() {
                @Override
                public Socket connect() throws IOException {
                  opened.incrementAndGet();
                  return new Socket(locked.host(), locked.port());
                }

                @Override
                public void close() {
                  closed.incrementAndGet();
                }
              };
            },
            2,
            1 << 20,
            1000,
            1 << 20,
            Duration.ofSeconds(5),
            Duration.ofSeconds(5));
    PostgresDialect dialect =
        PostgresDialect.at("db.only-there.invalid", 6543, "postgres")
            .tls(Tls.off())
            .login("postgres", SECRET);
    try (SourceSession session = dialect.connect(settings)) {
      assertThat(session.discover(d -> true).databases()).contains("postgres");
    }
    assertThat(asked).containsExactly("db.only-there.invalid:6543");
    assertThat(opened.get()).isPositive();
    assertThat(closed).hasValue(1);
  }

  @Test
  void refusesWhatCannotBeMeant() {
    assertThatThrownBy(() -> PostgresDialect.at("db:5432", 5432, "shop"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("has a port at its end");
    assertThatThrownBy(() -> PostgresDialect.at("one,two", 5432, "shop"))
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> PostgresDialect.at("db", 0, "shop"))
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(
            () ->
                PostgresDialect.at("db", 5432, "shop")
                    .tls(Tls.off())
                    .property("socketFactory", "x"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("channelBinding, scramMaxIterations. TLS is set by tls(Tls)");
    assertThatThrownBy(() -> PostgresDialect.at("db", 5432, "shop").connect(Sources.settings()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(".login(");
    assertThat(PostgresDialect.at("::1", 5432, "shop").describe())
        .isEqualTo("PostgreSQL shop at [::1]:5432");
    assertThat(
            PostgresDialect.at("db.internal", 5432, "shop")
                .tls(Tls.off())
                .login("etl", SECRET)
                .toString())
        .isEqualTo("PostgreSQL shop at db.internal:5432");
  }

  private interface Condition {
    boolean holds() throws SQLException;
  }

  /** Asks the server again and again; each question takes a round trip, so it does not spin. */
  private static void await(Condition condition) throws SQLException {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
    }
  }
}
