package dev.bobbin.dialect.mongo.faults;

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
import dev.bobbin.dialect.mongo.MongoDialect;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testservers.CertificateAuthority;
import dev.bobbin.testservers.MongoKind;
import dev.bobbin.testservers.MongoServer;
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.tls.Tls;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.Document;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A check of a source that is as it should be, and of ones that are broken in one place: it says in
 * which, what was seen there and what to do. Faults 37, 38 and 42 among them.
 */
@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CheckFaultsTest {

  private static final Subject[] TO_LOGIN = {Subject.NAME, Subject.PORT, Subject.TLS};

  private static CheckReport check(MongoDialect dialect, TableSelection... lines) {
    return check(Replicator.from(dialect), lines);
  }

  private static CheckReport check(Replicator.Builder builder, TableSelection... lines) {
    try (Replicator replicator = builder.named("check").build()) {
      CheckReport report = replicator.check(Selection.of(lines));
      assertThat(report.toString() + report.describe()).doesNotContain("Canary");
      return report;
    }
  }

  private static MongoDialect at(int port) {
    return MongoDialect.at("127.0.0.1", port, "shop");
  }

  /** What is said of the key first: whether there is an index. */
  private static Finding ofKey(CheckReport report) {
    return report.findings().stream()
        .filter(f -> f.subject() == Subject.KEY)
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @EnumSource(names = {"JAVA_SERVER", "FERRETDB"})
  void aRightSetUpPasses(MongoKind kind) {
    try (Scene scene = Scene.on(kind)) {
      scene.fill("t", 30, 100);
      CheckReport report = check(scene.dialect(), table("t").incrementalBy("changed"));
      report.throwIfFailed();
      assertThat(report.findings())
          .as(report.describe())
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
      assertThat(one(report, Subject.LOGIN).seen()).contains("asks for no login");
      assertThat(one(report, Subject.VERSION).seen())
          .startsWith(kind == MongoKind.FERRETDB ? "FerretDB v1." : "MongoDB 5.0.");
      assertThat(one(report, Subject.DATABASE).seen()).contains(scene.database);
      assertThat(one(report, Subject.ROLE).seen()).contains("in no replica set");
      assertThat(one(report, Subject.TABLE).seen()).contains(scene.database + ".t");
      assertThat(report.failures()).isEmpty();
    }
  }

  @Test
  void theIndexMakesTheWarningOfAKeyGo() {
    try (Scene scene = Scene.on(MongoKind.JAVA_SERVER)) {
      scene.fill("t", 30, 100);
      MongoDialect dialect =
          scene.dialect().field("t", "seen.at", new dev.bobbin.catalog.DataType.Int(64, true));
      TableSelection line = table("t").incrementalBy("seen.at").overlap(5);
      Finding finding = ofKey(check(dialect, line));
      assertThat(finding.result()).isEqualTo(Result.WARNING);
      assertThat(finding.remedy())
          .endsWith(
              "db.getSiblingDB(\""
                  + scene.database
                  + "\").getCollection(\"t\").createIndex({ \"seen.at\": 1 })");
      scene.collection("t").createIndex(new BsonDocument("seen.at", new BsonInt32(1)));
      assertThat(ofKey(check(dialect, line)).result()).isEqualTo(Result.PASS);
    }
  }

  @Test
  void namesACollectionThatIsNotThereAndTheNearest() {
    try (Scene scene = Scene.on(MongoKind.JAVA_SERVER)) {
      scene.fill("orders", 5, 100);
      Finding finding = check(scene.dialect(), table("order")).failures().get(0);
      assertFinding(finding, Subject.TABLE, "order", "orders");
    }
  }

  @Test
  void aUserIsLetInOrNot() {
    Scene.shared(MongoKind.FERRETDB);
    try (MongoServer locked = MongoServer.of(MongoKind.FERRETDB).password("root-Canary").start();
        Scene scene = Scene.on(locked)) {
      scene.fill("t", 5, 100);
      CheckReport right = check(scene.dialect().login("root", "root-Canary"), table("t"));
      right.throwIfFailed();
      assertThat(one(right, Subject.LOGIN).seen()).isEqualTo("The server let user root in.");
      assertFinding(
          failure(check(scene.dialect().login("root", "wrong-Canary")), TO_LOGIN),
          Subject.LOGIN,
          "as user root failed",
          "what the password supplier gives");
      CheckReport nobody = check(scene.dialect(), table("t"));
      assertThat(nobody.isPassed()).as(nobody.describe()).isFalse();
      assertFinding(
          nobody.failures().get(0), Subject.LOGIN, "asks for a login", "login(user, password)");
    }
  }

  @Test
  void whatIsInTheWayOfAConnection() throws Exception {
    MongoServer server = Scene.shared(MongoKind.JAVA_SERVER);
    Duration second = Duration.ofSeconds(1);
    // Fault 38: a server that has no TLS.
    assertFinding(
        failure(
            check(Replicator.from(at(server.port())).connectTimeout(second)),
            Subject.NAME,
            Subject.PORT),
        Subject.TLS,
        "the TLS handshake failed",
        ".tls(Tls.off())");
    try (TcpProxy proxy = server.proxy()) {
      proxy.blackHole();
      assertFinding(
          failure(
              check(Replicator.from(at(proxy.port()).tls(Tls.off())).connectTimeout(second)),
              Subject.NAME),
          Subject.PORT,
          "did not answer in time",
          "security group");
      proxy.refuse();
      assertFinding(
          failure(check(at(proxy.port())), Subject.NAME),
          Subject.PORT,
          "refused the connection",
          "is running");
    }
    assertFinding(
        failure(check(MongoDialect.at("no-such-host.invalid", 27017))),
        Subject.NAME,
        "not known",
        "Check the name");
    try (ServerSocket echo = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread echoing =
          new Thread(
              () -> {
                try (var client = echo.accept()) {
                  client.getInputStream().transferTo(client.getOutputStream());
                } catch (java.io.IOException gone) {
                  // as it should be
                }
              });
      echoing.setDaemon(true);
      echoing.start();
      assertFinding(
          failure(check(at(echo.getLocalPort()).tls(Tls.off())), Subject.NAME),
          Subject.PORT,
          "is not MongoDB",
          "27017");
    }
    byte[] alert = {0x15, 3, 3, 0, 2, 2, 0x46};
    try (ServerSocket alerting = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread answering =
          new Thread(
              () -> {
                try (var client = alerting.accept()) {
                  client.getInputStream().read();
                  client.getOutputStream().write(alert);
                  client.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
                } catch (java.io.IOException gone) {
                  // as it should be
                }
              });
      answering.setDaemon(true);
      answering.start();
      assertFinding(
          failure(check(at(alerting.getLocalPort()).tls(Tls.off())), Subject.NAME, Subject.PORT),
          Subject.TLS,
          "asks for TLS",
          "Tls.verifyFull()");
    }
  }

  @Test
  void theCertificateAndTheClockOfAServer() {
    CertificateAuthority authority = CertificateAuthority.create();
    try (MongoServer server = MongoServer.of(MongoKind.JAVA_SERVER).tls(authority).start()) {
      try (var client = server.connect()) {
        client.getDatabase("shop").getCollection("t").insertOne(new Document("_id", 1));
      }
      MongoDialect dialect = MongoDialect.at("localhost", server.port(), "shop");
      assertFinding(
          failure(check(dialect), Subject.NAME, Subject.PORT),
          Subject.TLS,
          "no trusted root vouches",
          "Tls.verifyFull().ca(file)");
      MongoDialect trusting = dialect.tls(Tls.verifyFull().ca(authority.certificate()));
      Clock fast = Clock.offset(Clock.system(ZoneOffset.UTC), Duration.ofDays(2));
      CheckReport report = check(Replicator.from(trusting).clock(fast), table("t"));
      assertThat(report.isPassed()).as(report.describe()).isTrue();
      assertThat(one(report, Subject.TLS).seen())
          .startsWith("TLSv1.")
          .contains("issued by CN=Bobbin test authority");
      assertThat(one(report, Subject.CLOCK).result()).isEqualTo(Result.WARNING);
      assertThat(one(report, Subject.CLOCK).remedy()).contains("time server");
    }
  }
}
