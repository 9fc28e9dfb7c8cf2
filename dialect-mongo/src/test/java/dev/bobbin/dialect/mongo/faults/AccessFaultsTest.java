package dev.bobbin.dialect.mongo.faults;

import static dev.bobbin.select.TableSelection.table;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.mongodb.client.MongoClient;
import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.RunReport.Status;
import dev.bobbin.dialect.mongo.MongoDialect;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testservers.MongoKind;
import dev.bobbin.testservers.MongoServer;
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.testsupport.Retries;
import dev.bobbin.tls.Tls;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.bson.Document;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What is in the way of a connection, and fault 10, rotated passwords: what is printed names cause
 * and remedy, and comes as soon as it can be known: the patience is longer than the tests'.
 */
@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AccessFaultsTest {

  private static final Duration LONGER_THAN_THE_TEST = Duration.ofMinutes(10);
  private static final String ROOT = "root-Password-0";
  private static final String OLD = "etl-Canary-1";
  private static final String NEW = "new-Canary-2";

  private static final AtomicReference<MongoServer> LOCKED = new AtomicReference<>();

  @AfterAll
  static void stop() {
    MongoServer locked = LOCKED.get();
    if (locked != null) {
      locked.close();
    }
  }

  private static SourceException failure(MongoDialect dialect) {
    return failure(dialect, LONGER_THAN_THE_TEST);
  }

  private static SourceException failure(MongoDialect dialect, Duration patience) {
    try (Replicator replicator =
        Replicator.from(dialect)
            .named("access")
            .connectTimeout(patience)
            .retry(RetryPolicy.NONE)
            .build()) {
      SourceException failure = catchThrowableOfType(SourceException.class, replicator::discover);
      assertThat(failure).isNotNull().hasMessageNotContaining("Canary");
      return failure;
    }
  }

  private static MongoDialect at(int port) {
    return MongoDialect.at("127.0.0.1", port, "shop");
  }

  /** What one client is told. */
  private interface Talk {
    void with(InputStream in, OutputStream out) throws IOException;
  }

  private static ServerSocket listen(Talk talk) throws IOException {
    ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread thread =
        new Thread(
            () -> {
              while (!listener.isClosed()) {
                try (Socket client = listener.accept()) {
                  talk.with(client.getInputStream(), client.getOutputStream());
                } catch (IOException gone) {
                  // the next client, if there still is one
                }
              }
            },
            "other-server");
    thread.setDaemon(true);
    thread.start();
    return listener;
  }

  @Test
  void saysWhatToDoWhereNobodyListensOrTheHostIsUnknown() {
    try (TcpProxy proxy = Scene.shared(MongoKind.JAVA_SERVER).proxy()) {
      proxy.refuse();
      for (Tls tls : List.of(Tls.verifyFull(), Tls.off())) {
        SourceException refused = failure(at(proxy.port()).tls(tls));
        assertThat(refused)
            .hasMessageContaining("127.0.0.1:" + proxy.port() + " refused the connection")
            .hasMessageContaining("Check that the server is running");
        assertThat(refused.kind()).isEqualTo(Kind.TRANSIENT);
      }
    }
    SourceException unknown = failure(MongoDialect.at("no-such-host.invalid", 27017, "shop"));
    assertThat(unknown)
        .hasMessageContaining("the host name no-such-host.invalid is not known")
        .hasMessageContaining("Check the host name");
    assertThat(unknown.kind()).isEqualTo(Kind.PERMANENT);
  }

  /** A port behind which something else listens. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "HTTP/1.1 400 Bad Request; it speaks HTTP",
        "SSH-2.0-OpenSSH_9.6; it speaks SSH",
        "220 mail.example.com ESMTP ready; its answer is none of that protocol"
      })
  void saysSoWhereSomethingElseAnswers(String answer, String seen) throws IOException {
    try (ServerSocket other =
        listen(
            (in, out) -> {
              out.write((answer + "\r\nConnection: close\r\n\r\n").getBytes(US_ASCII));
              out.flush();
              in.transferTo(OutputStream.nullOutputStream());
            })) {
      SourceException plain = failure(at(other.getLocalPort()).tls(Tls.off()));
      assertThat(plain)
          .hasMessageContaining("is not MongoDB: " + seen)
          .hasMessageContaining("Check host and port");
      assertThat(plain.kind()).isEqualTo(Kind.PERMANENT);
      SourceException encrypted = failure(at(other.getLocalPort()));
      assertThat(encrypted)
          .hasMessageContaining("the TLS handshake failed")
          .hasMessageContaining("Check that the server speaks TLS on this port");
      assertThat(encrypted.kind()).isEqualTo(Kind.PERMANENT);
    }
  }

  @Test
  void saysSoWhereItsOwnWordsComeBack() throws IOException {
    try (ServerSocket echo = listen(InputStream::transferTo)) {
      assertThat(failure(at(echo.getLocalPort()).tls(Tls.off())))
          .hasMessageContaining("is not MongoDB: its answer is none of that protocol");
      assertThat(failure(at(echo.getLocalPort()))).hasMessageContaining("the TLS handshake failed");
    }
  }

  @Test
  void saysSoWhereNobodyAnswersInTimeOrTheConnectionIsClosed() throws IOException {
    try (ServerSocket silent =
        listen((in, out) -> in.transferTo(OutputStream.nullOutputStream()))) {
      Duration second = Duration.ofSeconds(1);
      assertThat(failure(at(silent.getLocalPort()).tls(Tls.off()), second))
          .hasMessageContaining("did not answer in time")
          .hasMessageContaining("firewall");
      assertThat(failure(at(silent.getLocalPort()), second))
          .hasMessageContaining("the TLS handshake failed (no answer in time)")
          .hasMessageContaining(".tls(Tls.off())");
    }
    try (ServerSocket closing = listen((in, out) -> in.read())) {
      SourceException closed = failure(at(closing.getLocalPort()).tls(Tls.off()));
      assertThat(closed)
          .hasMessageContaining("the server closed the connection")
          .hasMessageContaining("whether it asks for TLS");
      assertThat(closed.kind()).isEqualTo(Kind.TRANSIENT);
      assertThat(failure(at(closing.getLocalPort())))
          .hasMessageContaining("the TLS handshake failed");
    }
  }

  /** Fault 38: TLS is the default, and a server without it is not talked to without it. */
  @ParameterizedTest
  @EnumSource(names = {"JAVA_SERVER", "FERRETDB"})
  void sendsNothingReadableToAServerThatHasNoTls(MongoKind kind) throws IOException {
    MongoServer server = Scene.shared(kind);
    try (Wiretap wire = new Wiretap(server.port())) {
      // One of them waits for the rest of a message that it takes the handshake for.
      SourceException failure = failure(at(wire.port()).login("etl", OLD), Duration.ofSeconds(2));
      assertThat(failure)
          .hasMessageContaining("the TLS handshake failed")
          .hasMessageContaining("Check that the server speaks TLS on this port")
          .hasMessageContaining(".tls(Tls.off())");
      assertThat(wire.sent()).isNotEmpty().doesNotContain("hello", "sasl", "etl");
    }
  }

  /** MongoDB and those two close the connection; others send an alert of TLS. */
  @ParameterizedTest
  @EnumSource(names = {"JAVA_SERVER", "FERRETDB"})
  void saysSoWhereTheServerAsksForTls(MongoKind kind) throws IOException {
    Scene.shared(kind);
    try (MongoServer server = MongoServer.of(kind).tls().start()) {
      assertThat(failure(at(server.port()).tls(Tls.off()).login("etl", OLD)))
          .hasMessageContaining("TLS");
    }
    byte[] alert = {0x15, 3, 3, 0, 2, 2, 0x46};
    try (ServerSocket alerting =
        listen(
            (in, out) -> {
              in.read();
              out.write(alert);
            })) {
      SourceException failure = failure(at(alerting.getLocalPort()).tls(Tls.off()));
      assertThat(failure)
          .hasMessageContaining("the server asks for TLS, which is turned off here")
          .hasMessageContaining("Use Tls.verifyFull()");
      assertThat(failure.kind()).isEqualTo(Kind.PERMANENT);
    }
  }

  @Test
  void saysAtOnceThatAServerIsInNoSuchReplicaSet() {
    MongoServer server = Scene.shared(MongoKind.FERRETDB);
    SourceException failure = failure(at(server.port()).tls(Tls.off()).replicaSet("rs0"));
    assertThat(failure)
        .hasMessageContaining("the server is in no replica set, not in rs0")
        .hasMessageContaining("Name the replica set as rs.conf() has it");
    assertThat(failure.kind()).isEqualTo(Kind.PERMANENT);
  }

  /** A user of FerretDB's, which checks passwords; the test is skipped where there is none. */
  private static Scene scene(String user) {
    Scene.shared(MongoKind.FERRETDB);
    if (LOCKED.get() == null) {
      LOCKED.set(MongoServer.of(MongoKind.FERRETDB).password(ROOT).start());
    }
    Scene scene = Scene.on(LOCKED.get());
    command(scene, new Document("createUser", user).append("pwd", OLD).append("roles", List.of()));
    return scene;
  }

  private static void command(Scene scene, Document command) {
    try (MongoClient root = scene.server.connect()) {
      root.getDatabase("admin").runCommand(command);
    }
  }

  private static void rotate(Scene scene, String user) {
    command(scene, new Document("updateUser", user).append("pwd", NEW));
  }

  private static Supplier<String> each(String... passwords) {
    Deque<String> left = new ArrayDeque<>(List.of(passwords));
    return () -> left.size() > 1 ? left.poll() : left.element();
  }

  @Test
  void asksForALogin() {
    try (Scene scene = scene("asked")) {
      SourceException failure = failure(scene.dialect());
      assertThat(failure).hasMessageContaining("asks for a login").hasMessageContaining("login(");
      assertThat(failure.kind()).isEqualTo(Kind.PERMANENT);
    }
  }

  /** Fault 10: the supplier gives what it had cached first, and the new one when asked again. */
  @Test
  void triesOnceMoreWithWhatTheSupplierGivesThen() {
    try (Scene scene = scene("cached")) {
      scene.fill("t", 30, 100);
      rotate(scene, "cached");
      scene
          .run(scene.replicator(scene.dialect().login("cached", each(OLD, NEW))), table("t"))
          .throwIfFailed();
      scene.assertSameRows("t");
    }
  }

  /** Fault 10: a password that stays wrong is tried once, two different wrong ones once each. */
  @Test
  void triesAWrongPasswordAtMostTwice() throws IOException {
    try (Scene scene = scene("locked");
        Wiretap wire = new Wiretap(scene.server.port())) {
      MongoDialect there = at(wire.port()).tls(Tls.off());
      SourceException same = failure(there.login("locked", "wrong-Canary"));
      assertThat(same)
          .hasMessageContaining("as user locked failed")
          .hasMessageContaining("The password supplier was asked again and gave the same")
          .hasMessageContaining("Check the user")
          .hasMessageContaining("admin now");
      assertThat(same.kind()).isEqualTo(Kind.PERMANENT);
      assertThat(wire.count("saslContinue")).isEqualTo(1);
      AtomicInteger asked = new AtomicInteger();
      assertThat(failure(there.login("locked", () -> "wrong-" + asked.incrementAndGet())))
          .hasMessageContaining("gave another, which was refused too");
      assertThat(asked).hasValue(2);
      assertThat(wire.count("saslContinue")).isEqualTo(1 + 2);
    }
  }

  /** Fault 10: rotated in the middle of a run, whose next connections need the new one. */
  @Tag("long")
  @Test
  void goesOnWithTheNewPasswordInTheMiddleOfARun() {
    try (Scene scene = scene("rotated")) {
      scene.fillFew("t");
      AtomicReference<String> vault = new AtomicReference<>(OLD);
      FailingSink sink = new FailingSink(scene.sink);
      sink.after(
          Call.WRITE,
          3,
          () -> {
            rotate(scene, "rotated");
            vault.set(NEW);
            scene.proxy.cut();
          });
      RunReport report =
          scene.run(
              scene.replicatorOfFew(scene.dialect().login("rotated", vault::get)).parallelism(1),
              sink,
              table("t"));
      report.throwIfFailed();
      assertThat(Retries.in(report)).isPositive();
      scene.assertSameRows("t");
    }
  }

  /** Fault 10: also in the middle of a run, over all readers and tables together. */
  @Tag("long")
  @Test
  void triesAPasswordThatWentWrongInTheMiddleOfARunAtMostTwice() throws IOException {
    try (Scene scene = scene("twice");
        Wiretap wire = new Wiretap(scene.proxy.port())) {
      scene.fillFew("t");
      scene.fillFew("u");
      AtomicInteger before = new AtomicInteger();
      FailingSink sink = new FailingSink(scene.sink);
      sink.after(
          Call.WRITE,
          3,
          () -> {
            rotate(scene, "twice");
            before.set(wire.count("saslContinue"));
            scene.proxy.cut();
          });
      AtomicInteger asked = new AtomicInteger();
      RunReport report =
          scene.run(
              scene
                  .replicatorOfFew(
                      MongoDialect.at("127.0.0.1", wire.port(), scene.database)
                          .tls(Tls.off())
                          .login(
                              "twice",
                              () -> before.get() == 0 ? OLD : "wrong-" + asked.incrementAndGet()))
                  .parallelism(4),
              sink,
              table("t"),
              table("u"));
      assertThat(report.tables()).anyMatch(t -> t.status() == Status.FAILED);
      assertThat(report.describe()).contains("password supplier").doesNotContain("wrong-");
      assertThat(wire.count("saslContinue") - before.get()).isBetween(1, 2);
    }
  }
}
