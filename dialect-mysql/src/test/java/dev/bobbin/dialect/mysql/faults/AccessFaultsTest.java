package dev.bobbin.dialect.mysql.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.RunReport.Status;
import dev.bobbin.dialect.mysql.MySqlDialect;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.select.Selection;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.testsupport.Retries;
import dev.bobbin.tls.Tls;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Who may come in: passwords that are rotated or wrong (fault 10), places where there is no server
 * or no database, servers that are full, and privileges (fault 37).
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AccessFaultsTest {

  private static final String NEW = "new-Password-2";

  private static Scene scene(String version) throws SQLException {
    return Scene.on(version, Scene.filled("t", 8_000, 3_000));
  }

  private static void rotate(Scene scene) throws SQLException {
    scene.execute(
        "SET PASSWORD FOR '"
            + scene.user
            + "'@'%' = "
            + (scene.server.isMariaDb() ? "PASSWORD('" + NEW + "')" : "'" + NEW + "'"));
  }

  private static MySqlDialect dialect(Scene scene, Supplier<String> password) {
    return MySqlDialect.at(scene.server.host(), scene.server.port(), scene.database)
        .tls(Tls.off())
        .login(scene.user, password);
  }

  private static SourceException failure(Replicator.Builder builder) {
    try (Replicator replicator = builder.build()) {
      Throwable failure =
          catchThrowable(() -> replicator.replicate(Selection.of(table("t")), batch -> {}));
      assertThat(failure).isInstanceOf(SourceException.class);
      return (SourceException) failure;
    }
  }

  /** Fault 10: the supplier gives what it had cached first, and the new one when asked again. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void triesOnceMoreWithWhatTheSupplierGivesThen(String version) throws SQLException {
    try (Scene scene = scene(version)) {
      rotate(scene);
      Deque<String> answers = new ArrayDeque<>(List.of(Scene.PASSWORD));
      scene
          .run(
              scene.replicator(dialect(scene, () -> answers.isEmpty() ? NEW : answers.poll())),
              table("t"))
          .throwIfFailed();
      scene.assertSameRows("t");
      scene.assertNothingIsLeft();
    }
  }

  /** Fault 10: rotated in the middle of a run, whose next connections need the new one. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 8.0", "MariaDB 11.4"})
  void goesOnWithTheNewPasswordInTheMiddleOfARun(String version) throws SQLException {
    try (Scene scene = scene(version)) {
      AtomicReference<String> vault = new AtomicReference<>(Scene.PASSWORD);
      FailingSink sink = new FailingSink(scene.sink);
      sink.after(
          Call.WRITE,
          7,
          () -> {
            rotate(scene);
            vault.set(NEW);
            assertThat(scene.server.killConnectionsOf(scene.user)).isPositive();
          });
      RunReport report =
          scene.run(scene.replicator(dialect(scene, vault::get)).parallelism(1), sink, table("t"));
      report.throwIfFailed();
      assertThat(Retries.in(report)).isPositive();
      scene.assertSameRows("t");
      scene.assertNothingIsLeft();
    }
  }

  /** Fault 10: a password that stays wrong is tried once, two different wrong ones once each. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void triesAWrongPasswordAtMostTwice(String version) throws SQLException {
    try (Scene scene = scene(version);
        TcpProxy proxy = scene.server.proxy()) {
      MySqlDialect there =
          MySqlDialect.at(proxy.host(), proxy.port(), scene.database).tls(Tls.off());
      SourceException failure = failure(scene.replicator(there.login(scene.user, "wrong-Canary")));
      assertThat(failure)
          .hasMessageContaining("as user " + scene.user)
          .hasMessageContaining("Access denied")
          .hasMessageContaining("The password supplier was asked again and gave the same")
          .hasMessageContaining("Check the user")
          .hasMessageNotContaining("Canary");
      assertThat(failure.kind()).isEqualTo(Kind.PERMANENT);
      assertThat(proxy.connections()).isEqualTo(1);

      AtomicInteger asked = new AtomicInteger();
      failure(scene.replicator(there.login(scene.user, () -> "wrong-" + asked.incrementAndGet())));
      assertThat(proxy.connections()).isEqualTo(1 + 2);
      assertThat(asked).hasValue(2);
    }
  }

  /** Fault 10: also in the middle of a run, over all readers and tables together. */
  @Test
  void triesAPasswordThatWentWrongInTheMiddleOfARunAtMostTwice() throws SQLException {
    try (Scene scene = scene("MySQL 8.0");
        TcpProxy proxy = scene.server.proxy()) {
      scene.execute(Scene.filled("u", 8_000, 3_000));
      AtomicInteger before = new AtomicInteger();
      FailingSink sink = new FailingSink(scene.sink);
      sink.after(
          Call.WRITE,
          7,
          () -> {
            rotate(scene);
            before.set(proxy.connections());
            scene.server.killConnectionsOf(scene.user);
          });
      AtomicInteger asked = new AtomicInteger();
      RunReport report =
          scene.run(
              scene
                  .replicator(
                      MySqlDialect.at(proxy.host(), proxy.port(), scene.database)
                          .tls(Tls.off())
                          .login(
                              scene.user,
                              () ->
                                  before.get() == 0
                                      ? Scene.PASSWORD
                                      : "wrong-" + asked.incrementAndGet()))
                  .parallelism(4),
              sink,
              table("t"),
              table("u"));
      assertThat(report.tables()).allMatch(t -> t.status() == Status.FAILED);
      assertThat(report.describe()).contains("password supplier").doesNotContain("wrong-");
      assertThat(asked.get()).isBetween(1, 2);
      // Each of the four readers may besides have asked the server, with the password that it came
      // with, to end a statement that was cut short.
      assertThat(proxy.connections() - before.get()).isBetween(1, 2 + 4);
      scene.assertNothingIsLeft();
    }
  }

  /** What a newcomer reads who has mistyped something. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void saysWhatToDoWhereThereIsNoServerOrDatabase(String version) throws Exception {
    try (Scene scene = scene(version)) {
      String host = scene.server.host();
      int port = scene.server.port();
      SourceException unknownHost =
          failure(
              scene.replicator(
                  MySqlDialect.at("no-such-host.invalid", port, "shop")
                      .tls(Tls.off())
                      .login("etl", "")));
      assertThat(unknownHost)
          .hasMessageContaining("the host name no-such-host.invalid is not known")
          .hasMessageContaining("Check the host name");
      assertThat(unknownHost.kind()).isEqualTo(Kind.PERMANENT);

      try (TcpProxy proxy = scene.server.proxy()) {
        proxy.refuse();
        SourceException refused =
            failure(scene.replicator(scene.through(proxy)).retry(RetryPolicy.NONE));
        assertThat(refused)
            .hasMessageContaining(proxy.host() + ":" + proxy.port() + " refused the connection")
            .hasMessageContaining("Check that the server is running");
        assertThat(refused.kind()).isEqualTo(Kind.TRANSIENT);
      }

      scene.execute("GRANT SELECT ON `no_such_db`.* TO '" + scene.user + "'@'%'");
      SourceException unknownDatabase =
          failure(
              scene.replicator(
                  MySqlDialect.at(host, port, "no_such_db")
                      .tls(Tls.off())
                      .login(scene.user, Scene.PASSWORD)));
      assertThat(unknownDatabase)
          .hasMessageContaining("no_such_db")
          .hasMessageContaining("Check the database's name");
      assertThat(unknownDatabase.kind()).isEqualTo(Kind.PERMANENT);

      SourceException forbiddenDatabase =
          failure(
              scene.replicator(
                  MySqlDialect.at(host, port, "mysql")
                      .tls(Tls.off())
                      .login(scene.user, Scene.PASSWORD)));
      assertThat(forbiddenDatabase)
          .hasMessageContaining("Access denied for user '" + scene.user)
          .hasMessageContaining("database 'mysql'")
          .hasMessageContaining("Grant user " + scene.user);
      assertThat(forbiddenDatabase.kind()).isEqualTo(Kind.PERMANENT);
      scene.assertNothingIsLeft();
    }
  }

  /** A port behind which something else listens, which never speaks first. */
  @Test
  void saysSoWhereSomethingElseListens() throws Exception {
    try (Scene scene = scene("MySQL 8.0");
        java.net.ServerSocket other =
            new java.net.ServerSocket(0, 5, java.net.InetAddress.getLoopbackAddress())) {
      SourceException silent =
          failure(
              scene
                  .replicator(
                      MySqlDialect.at("127.0.0.1", other.getLocalPort(), "shop")
                          .tls(Tls.off())
                          .login("etl", ""))
                  .connectTimeout(java.time.Duration.ofSeconds(1))
                  .retry(RetryPolicy.NONE));
      assertThat(silent).hasMessageContaining("did not answer in time");
    }
  }

  /** The server, or the user, has no connection left for a while. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void triesAgainWhenThereAreTooManyConnections(String version) throws SQLException {
    try (MySqlServer full = MySqlServer.version(version).config("max_connections", "10").start()) {
      Scene scene = Scene.on(full, Scene.filled("t", 8_000, 3_000));
      List<Connection> all = new ArrayList<>();
      try {
        // The superuser has one connection more than all others.
        for (int i = 0; i < 11; i++) {
          all.add(full.connect(""));
        }
        SourceException failure = failure(scene.replicator().retry(RetryPolicy.NONE));
        assertThat(failure)
            .hasMessageContaining("Too many connections")
            .hasMessageContaining("lower the replicator's parallelism");
        assertThat(failure.kind()).isEqualTo(Kind.TRANSIENT);

        FailingSink filling = new FailingSink(scene.sink);
        filling.after(
            Call.PROGRESS,
            1,
            () -> {
              // What the run gave back is taken by others, so its next readers get none.
              for (int i = 0; i < 5; i++) {
                all.add(full.connect(""));
              }
            });
        for (Connection one : all.subList(0, 6)) {
          one.close();
        }
        Retries retries =
            new Retries(
                () -> {
                  try {
                    all.remove(all.size() - 1).close();
                  } catch (SQLException e) {
                    throw new IllegalStateException(e);
                  }
                });
        scene
            .run(scene.replicator().parallelism(4).listener(retries), filling, table("t"))
            .throwIfFailed();
        assertThat(retries.causes()).isNotEmpty().allMatch(Retries::isTransient);
        scene.assertSameRows("t");
      } finally {
        for (Connection one : all) {
          one.close();
        }
      }
      scene.assertNothingIsLeft();
    }
  }

  /** A user who may have few connections: readers that get none fail and are tried again. */
  @Test
  void aLimitOfTheUsersConnectionsIsNamed() throws SQLException {
    try (Scene scene = scene("MySQL 8.0")) {
      scene.execute("ALTER USER '" + scene.user + "'@'%' WITH MAX_USER_CONNECTIONS 1");
      RunReport report =
          scene.run(scene.replicator().parallelism(4).retry(RetryPolicy.NONE), table("t"));
      // One reader needs one connection, but not to go on with what several have begun.
      scene.run(scene.replicator().named("One").parallelism(1), table("t")).throwIfFailed();
      report
          .tables()
          .forEach(
              t ->
                  t.failure()
                      .ifPresent(
                          f ->
                              assertThat(f)
                                  .hasMessageContaining("max_user_connections")
                                  .hasMessageContaining("lower the replicator's parallelism")));
      scene.assertSameRows("t");
      scene.assertNothingIsLeft();
    }
  }

  /** Fault 37: a privilege that is taken away in mid-run fails that table, naming the grant. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void aPrivilegeThatIsTakenAwayFailsThatTableNamingTheGrant(String version) throws SQLException {
    try (Scene scene =
        Scene.on(
            version,
            "CREATE TABLE a (id int PRIMARY KEY)",
            "CREATE TABLE `B b` (id int PRIMARY KEY, v int)",
            "INSERT INTO a VALUES (1)",
            "INSERT INTO `B b` VALUES (1, 1)")) {
      String of = "`" + scene.database + "`.";
      String user = "'" + scene.user + "'@'%'";
      scene.execute(
          "REVOKE SELECT ON " + of + "* FROM " + user,
          "GRANT SELECT ON " + of + "a TO " + user,
          "GRANT SELECT ON " + of + "`B b` TO " + user);
      FailingSink sink = new FailingSink(scene.sink);
      sink.before(
          Call.OPEN, 1, () -> scene.execute("REVOKE SELECT ON " + of + "`B b` FROM " + user));
      RunReport report =
          scene.run(scene.replicator().parallelism(1), sink, table("a"), table("\"B b\""));
      assertThat(scene.failureOf(report, "B b"))
          .hasMessageContaining(
              "GRANT SELECT ON `" + scene.database + "`.`B b` TO '" + scene.user + "'@'<host>'");
      assertThat(scene.fresh("a")).hasSize(1);
      scene.assertNothingIsLeft();
    }
  }
}
