package dev.bobbin.dialect.mysql.faults;

import static dev.bobbin.select.TableSelection.table;
import static dev.bobbin.testsupport.Findings.assertFinding;
import static dev.bobbin.testsupport.Findings.failure;
import static dev.bobbin.testsupport.Findings.one;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.check.CheckReport;
import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Result;
import dev.bobbin.check.Finding.Subject;
import dev.bobbin.dialect.mysql.MySqlDialect;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testservers.CertificateAuthority;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.tls.Tls;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A check of a source that is as it should be, and of ones that are broken in one place: it says in
 * which, what was seen there and what to do. Faults 37, 38 and 42 among them.
 */
class CheckFaultsTest {

  private static CheckReport check(MySqlDialect dialect, TableSelection... lines) {
    return check(Replicator.from(dialect), lines);
  }

  private static CheckReport check(Replicator.Builder builder, TableSelection... lines) {
    try (Replicator replicator = builder.named("check").build()) {
      CheckReport report = replicator.check(Selection.of(lines));
      assertThat(report.toString() + report.describe()).doesNotContain(Scene.PASSWORD, "wrong-Ca");
      return report;
    }
  }

  private static MySqlDialect at(MySqlServer server, String database, String user) {
    return MySqlDialect.at(server.host(), server.port(), database)
        .tls(Tls.off())
        .login(user, Scene.PASSWORD);
  }

  private static MySqlDialect at(Scene scene) {
    return at(scene.server, scene.database, scene.user);
  }

  /** The statement in the last line of a remedy. */
  private static String statement(Finding finding) {
    return finding.remedy().substring(finding.remedy().lastIndexOf('\n') + 1);
  }

  /** Takes the user's privileges on the whole database away. */
  private static String account(Scene scene) throws SQLException {
    String account = "'" + scene.user + "'@'%'";
    scene.execute("REVOKE SELECT ON `" + scene.database + "`.* FROM " + account);
    return account;
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void aRightSetUpPasses(String version) throws SQLException {
    try (Scene scene =
        Scene.on(
            version,
            "CREATE TABLE t (id int PRIMARY KEY, changed datetime(6) NOT NULL, KEY (changed))")) {
      CheckReport report = check(at(scene), table("t").incrementalBy("changed"));
      report.throwIfFailed();
      assertThat(report.findings())
          .extracting(Finding::subject)
          .startsWith(
              Subject.NAME,
              Subject.PORT,
              Subject.TLS,
              Subject.LOGIN,
              Subject.VERSION,
              Subject.DATABASE,
              Subject.ROLE,
              Subject.CLOCK,
              Subject.TABLE,
              Subject.KEY);
      assertThat(one(report, Subject.VERSION).seen()).startsWith(version);
      assertThat(one(report, Subject.ROLE).seen()).contains("takes writes, as a primary does");
      assertThat(one(report, Subject.CLOCK).seen()).contains("Its time zone is ");
      assertThat(one(report, Subject.TABLE).seen())
          .isEqualTo("The table can be read: " + scene.database + ".t (2 columns).");
      assertThat(scene.server.connectionsOf(scene.user)).isEmpty();
    }
  }

  /** The server shows no table that the user has no privilege on. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 8.0", "MariaDB 11.4"})
  void theGrantMakesATablePassThatTheUserDoesNotSee(String version) throws SQLException {
    try (Scene scene =
        Scene.on(
            version,
            "CREATE TABLE seen (id int PRIMARY KEY)",
            "CREATE TABLE `T``; --` (id int PRIMARY KEY)")) {
      String account = account(scene);
      scene.execute("GRANT SELECT ON `" + scene.database + "`.seen TO " + account);
      TableSelection line = table("\"T`; --\"");
      Finding finding = check(at(scene), line).failures().get(0);
      assertFinding(
          finding, Subject.TABLE, "matches no table of", "this user may not see what it names");
      assertThat(finding.remedy()).contains("The nearest names are: seen");
      assertThat(statement(finding))
          .isEqualTo("GRANT SELECT ON `" + scene.database + "`.`T``; --` TO " + account + ";");
      scene.execute(statement(finding));
      assertThat(check(at(scene), line).isPassed()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 8.0", "MariaDB 11.4"})
  void theGrantMakesColumnsPassThatTheUserDoesNotSee(String version) throws SQLException {
    try (Scene scene =
        Scene.on(version, "CREATE TABLE t (id int PRIMARY KEY, `a b` int, c int, d int)")) {
      String account = account(scene);
      scene.execute("GRANT SELECT (id) ON `" + scene.database + "`.t TO " + account);
      TableSelection line = table("t").only("a b");
      Finding finding = check(at(scene), line).failures().get(0);
      assertFinding(finding, Subject.COLUMNS, "names the column a b", "may not see");
      assertThat(statement(finding))
          .isEqualTo("GRANT SELECT (`a b`) ON `" + scene.database + "`.`t` TO " + account + ";");
      scene.execute(statement(finding));
      assertThat(check(at(scene), line).isPassed()).isTrue();

      // Seen, but not to be read.
      scene.execute("GRANT INSERT (c), INSERT (d) ON `" + scene.database + "`.t TO " + account);
      Finding partly = one(check(at(scene), table("t").except("d")), Subject.COLUMNS);
      assertThat(partly.result()).isEqualTo(Result.WARNING);
      assertThat(partly.seen()).contains("column c of table");
      scene.execute(statement(partly));
      assertThat(check(at(scene), table("t").except("d")).findings())
          .noneMatch(f -> f.subject() == Subject.COLUMNS);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 8.0", "MariaDB 11.4"})
  void theGrantMakesATablePassThatTheUserMayNotRead(String version) throws SQLException {
    try (Scene scene = Scene.on(version, "CREATE TABLE t (id int PRIMARY KEY, secret int)")) {
      String account = account(scene);
      scene.execute("GRANT INSERT ON `" + scene.database + "`.t TO " + account);
      TableSelection line = table("t").except("secret");
      Finding finding = check(at(scene), line).failures().get(0);
      assertFinding(finding, Subject.TABLE, "This user may not read table", "let the user read it");
      scene.execute(statement(finding));
      assertThat(check(at(scene), line).isPassed()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 8.0", "MariaDB 11.4"})
  void theIndexMakesTheWarningOfAKeyGo(String version) throws SQLException {
    try (Scene scene =
        Scene.on(
            version,
            "CREATE TABLE t (id int PRIMARY KEY, `Seen At` datetime(6) NOT NULL, note text)")) {
      TableSelection line = table("t").incrementalBy("Seen At").overlap(Duration.ofMinutes(5));
      Finding finding = one(check(at(scene), line), Subject.KEY);
      assertThat(finding.result()).isEqualTo(Result.WARNING);
      assertThat(statement(finding)).startsWith("CREATE INDEX `bobbin_Seen At` ON ");
      scene.execute(statement(finding));
      assertThat(one(check(at(scene), line), Subject.KEY).result()).isEqualTo(Result.PASS);
      assertThat(check(at(scene), table("t").incrementalBy("note")).warnings())
          .noneMatch(f -> f.remedy().contains("CREATE INDEX"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 8.0", "MariaDB 11.4"})
  void whatIsInTheWayOfALogin(String version) throws SQLException {
    try (Scene scene = Scene.on(version)) {
      Subject[] until = {Subject.NAME, Subject.PORT, Subject.TLS};
      assertFinding(
          failure(check(at(scene).login(scene.user, "wrong-Canary")), until),
          Subject.LOGIN,
          "as user " + scene.user + " failed",
          "what the password supplier gives");
      assertFinding(
          failure(
              check(
                  at(scene)
                      .property("allowPublicKeyRetrieval", "true")
                      .login("nobody_here", "wrong-Canary")),
              until),
          Subject.LOGIN,
          "nobody_here",
          "Check the user");

      Subject[] inside = {Subject.NAME, Subject.PORT, Subject.TLS, Subject.LOGIN};
      scene.execute("GRANT SELECT ON `no_such_db`.* TO '" + scene.user + "'@'%'");
      assertFinding(
          failure(check(at(scene.server, "no_such_db", scene.user)), inside),
          Subject.DATABASE,
          "no_such_db",
          "Check the database's name");
      assertFinding(
          failure(check(at(scene.server, "mysql", scene.user)), inside),
          Subject.DATABASE,
          "Access denied for user",
          "such as SELECT on a table");
      CheckReport none = check(at(scene.server, "", scene.user));
      assertThat(none.isPassed()).isTrue();
      assertThat(one(none, Subject.DATABASE).seen()).contains("None was named");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 8.0", "MariaDB 11.4"})
  void whatIsInTheWayOfAConnection(String version) throws Exception {
    MySqlServer server = MySqlServer.shared(version);
    // Fault 38: a server that offers no TLS.
    assertFinding(
        failure(check(at(server, "", "etl").tls(Tls.verifyFull())), Subject.NAME, Subject.PORT),
        Subject.TLS,
        "offers no TLS",
        "Turn TLS on in the server");

    try (TcpProxy proxy = server.proxy()) {
      proxy.blackHole();
      for (Tls tls : List.of(Tls.verifyFull(), Tls.off())) {
        Replicator.Builder silent =
            Replicator.from(MySqlDialect.at(proxy.host(), proxy.port()).tls(tls).login("etl", "x"))
                .connectTimeout(Duration.ofSeconds(1));
        assertFinding(
            failure(check(silent), Subject.NAME),
            Subject.PORT,
            "says nothing within 1.0 s",
            "security group");
      }
    }
    int closed;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = free.getLocalPort();
    }
    assertFinding(
        failure(check(MySqlDialect.at("127.0.0.1", closed).login("etl", "x")), Subject.NAME),
        Subject.PORT,
        "refuses connections",
        "is running");
    assertFinding(
        failure(check(MySqlDialect.at("no-such-host.invalid", 3306).login("etl", "x"))),
        Subject.NAME,
        "not known",
        "Check the name");
  }

  @Test
  void certificateRoleAndClockOfAServer() throws SQLException {
    CertificateAuthority authority = CertificateAuthority.create();
    try (MySqlServer server =
        MySqlServer.version("MySQL 8.0").ssl(authority).timeZone("+05:45").start()) {
      server.execute("", "CREATE USER etl IDENTIFIED BY '" + Scene.PASSWORD + "'");
      MySqlDialect dialect =
          MySqlDialect.at("localhost", server.port()).login("etl", Scene.PASSWORD);
      assertFinding(
          failure(check(dialect), Subject.NAME, Subject.PORT),
          Subject.TLS,
          "no trusted root vouches",
          "Tls.verifyFull().ca(file)");

      MySqlDialect trusting = dialect.tls(Tls.verifyFull().ca(authority.certificate()));
      Clock fast = Clock.offset(Clock.system(ZoneOffset.UTC), Duration.ofDays(2));
      CheckReport report = check(Replicator.from(trusting).clock(fast));
      assertThat(report.isPassed()).as(report.describe()).isTrue();
      assertThat(one(report, Subject.TLS).seen())
          .startsWith("TLSv1.")
          .contains("issued by CN=Bobbin test authority");
      assertThat(one(report, Subject.CLOCK).result()).isEqualTo(Result.WARNING);
      assertThat(one(report, Subject.CLOCK).seen())
          .containsPattern("is (2 d 0|1 d 23) h behind this machine's")
          .contains("+05:45");
      assertThat(one(report, Subject.ROLE).seen()).endsWith("as a primary does.");

      server.execute("", "SET GLOBAL read_only = 1", "CHANGE MASTER TO MASTER_HOST = '127.0.0.1'");
      Finding replica = one(check(trusting), Subject.ROLE);
      assertThat(replica.result()).isEqualTo(Result.PASS);
      assertThat(replica.seen()).contains("read_only").contains("this user may not see");
      server.execute("", "GRANT REPLICATION CLIENT ON *.* TO etl");
      assertFinding(
          one(check(trusting), Subject.ROLE),
          Subject.ROLE,
          "does not replicate at the moment",
          "SHOW SLAVE STATUS");
    }
  }
}
