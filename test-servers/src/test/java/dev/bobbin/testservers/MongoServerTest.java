package dev.bobbin.testservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoCommandException;
import com.mongodb.MongoException;
import com.mongodb.MongoSecurityException;
import com.mongodb.MongoTimeoutException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoCursor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.bson.Document;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class MongoServerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  static List<MongoKind> kinds() {
    return Stream.of(MongoKind.values()).filter(MongoServer::canStart).toList();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void givesDatabasesThatAreDroppedTogether(MongoKind kind) {
    try (MongoServer server = MongoServer.of(kind).start();
        MongoClient client = server.connect()) {
      assertThat(server.kind()).isEqualTo(kind);
      assertThat(server.user()).isEmpty();
      String one = server.newDatabase();
      String other = server.newDatabase();
      assertThat(other).isNotEqualTo(one);
      client.getDatabase(one).getCollection("c").insertOne(new Document("_id", 1));
      client.getDatabase(other).getCollection("c").insertOne(new Document("_id", 2));
      client.getDatabase("kept").getCollection("c").insertOne(new Document("_id", 3));
      assertThat(client.getDatabase(one).getCollection("c").find())
          .containsExactly(new Document("_id", 1));
      server.dropDatabases();
      assertThat(client.listDatabaseNames()).contains("kept").doesNotContain(one, other);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void isOneServerThatAllShareUnlessAnotherIsStarted(MongoKind kind) {
    MongoServer shared = MongoServer.shared(kind).orElseThrow();
    assertThat(MongoServer.shared(kind)).containsSame(shared);
    assertThat(MongoServer.allShared(kind)).containsExactly(shared);
    assertThat(shared.canControlProcess()).isFalse();
    assertThatThrownBy(shared::kill)
        .isInstanceOf(NoProcessControlException.class)
        .hasMessageContaining("MongoKind." + kind.name());
    shared.close();
    String database = shared.newDatabase();
    try (MongoServer own = MongoServer.of(kind).start();
        MongoClient there = own.connect();
        MongoClient here = shared.connect()) {
      assertThat(own.canControlProcess()).isTrue();
      here.getDatabase(database).getCollection("c").insertOne(new Document());
      assertThat(there.listDatabaseNames()).doesNotContain(database);
    } finally {
      shared.dropDatabase(database);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void comesBackOnItsPortWithTheDataThatItKeeps(MongoKind kind) {
    try (MongoServer server = MongoServer.of(kind).start()) {
      String uri = server.uri();
      assertThat(count(server)).isZero();
      fill(server);
      server.restart();
      assertThat(server.uri()).isEqualTo(uri);
      assertThat(server.isRunning()).isTrue();
      assertThat(count(server)).isEqualTo(server.keepsData() ? 100 : 0);
      server.kill();
      server.restart();
      assertThat(count(server)).isEqualTo(server.keepsData() ? 100 : 0);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"JAVA_SERVER", "FERRETDB"})
  void keepsDataOnlyWhereItHasADisk(MongoKind kind) {
    assumeTrue(MongoServer.canStart(kind));
    try (MongoServer server = MongoServer.of(kind).start()) {
      assertThat(server.keepsData()).isEqualTo(kind == MongoKind.FERRETDB);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void endsItsConnectionsWhenItIsKilled(MongoKind kind) {
    try (MongoServer server = MongoServer.of(kind).start();
        MongoClient client = server.connect()) {
      fill(server);
      try (MongoCursor<Document> cursor = collection(client).find().batchSize(10).iterator()) {
        cursor.next();
        server.kill();
        assertThat(server.isRunning()).isFalse();
        assertThatThrownBy(() -> cursor.forEachRemaining(document -> {}))
            .isInstanceOf(MongoException.class);
      }
      assertThat(listens(server.port())).isFalse();
      server.kill();
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void isReachedThroughItsProxyAlone(MongoKind kind) {
    MongoServer server = MongoServer.shared(kind).orElseThrow();
    try (TcpProxy proxy = server.proxy();
        MongoClient client = server.connect(proxy)) {
      assertThat(client.getDatabase("admin").runCommand(new Document("ping", 1)).get("ok"))
          .isEqualTo(1.0);
      assertThat(proxy.bytesToClient()).isPositive();
      assertThat(server.uri(proxy)).contains(":" + proxy.port() + "/?directConnection=true");
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void takesTlsAloneWithACertificateThatCanBeReplaced(MongoKind kind) throws Exception {
    CertificateAuthority authority = CertificateAuthority.create();
    try (MongoServer server = MongoServer.of(kind).tls(authority).start()) {
      assertThat(server.uri()).contains("tls=true");
      assertThat(server.authority()).isSameAs(authority);
      fill(server);
      try (MongoClient plain = impatient(server.uri().replace("tls=true", ""))) {
        assertThatThrownBy(() -> collection(plain).countDocuments())
            .isInstanceOf(MongoTimeoutException.class);
      }
      assertThatThrownBy(() -> shakeHands(server, CertificateAuthority.create()))
          .isInstanceOf(SSLHandshakeException.class)
          .hasMessageContaining("PKIX");
      server.useCertificate(authority.issue("db", "dns:db.internal"));
      assertThatThrownBy(() -> shakeHands(server, authority))
          .isInstanceOf(SSLHandshakeException.class)
          .hasMessageContaining("127.0.0.1");
      server.useCertificate(authority.intermediate().issueForLoopback());
      shakeHands(server, authority);
      assertThat(count(server)).isEqualTo(server.keepsData() ? 100 : 0);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void hasNoCertificateUnlessAskedFor(MongoKind kind) {
    MongoServer server = MongoServer.shared(kind).orElseThrow();
    assertThatThrownBy(server::authority).hasMessageContaining("tls()");
    try (MongoServer own = MongoServer.of(kind).start()) {
      assertThatThrownBy(() -> own.useCertificate(CertificateAuthority.create().issueForLoopback()))
          .hasMessageContaining("tls()");
      assertThat(own.isRunning()).isTrue();
    }
  }

  @Test
  void asksForThePasswordWhereItCan() {
    MongoServerBuilder open = MongoServer.of(MongoKind.JAVA_SERVER);
    assertThatThrownBy(() -> open.password("secret")).hasMessageContaining("mongo-java-server");
    assumeTrue(MongoServer.canStart(MongoKind.FERRETDB));
    try (MongoServer server = MongoServer.of(MongoKind.FERRETDB).password("s3cr@t+/ %").start()) {
      assertThat(server.user()).contains("root");
      assertThat(server.password()).contains("s3cr@t+/ %");
      assertThat(server.toString()).doesNotContain("s3cr");
      fill(server);
      server.restart();
      assertThat(count(server)).isEqualTo(100);
      String address = server.host() + ":" + server.port() + "/";
      try (MongoClient stranger = MongoClients.create("mongodb://root:wrong@" + address)) {
        assertThatThrownBy(() -> collection(stranger).countDocuments())
            .isInstanceOf(MongoSecurityException.class);
      }
      try (MongoClient nobody = MongoClients.create("mongodb://" + address)) {
        assertThatThrownBy(() -> collection(nobody).countDocuments())
            .isInstanceOf(MongoCommandException.class)
            .hasMessageContaining("requires authentication");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void endsWithTheJvmThatForgotIt(MongoKind kind) {
    try (ChildJvm child = ChildJvm.of(Forgetful.class).arguments(kind.name()).start()) {
      int port = Integer.parseInt(child.awaitLine(MongoServerTest::isNumber, PATIENCE));
      assertThat(child.awaitExit(PATIENCE)).isZero();
      assertThat(listens(port)).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void endsWithTheJvmThatIsKilled(MongoKind kind) throws Exception {
    try (ChildJvm child = ChildJvm.of(Forgetful.class).arguments(kind.name(), "wait").start()) {
      int port = Integer.parseInt(child.awaitLine(MongoServerTest::isNumber, PATIENCE));
      assertThat(listens(port)).isTrue();
      child.killNow();
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (listens(port)) {
        assertThat(System.nanoTime()).isLessThan(deadline);
        Thread.sleep(50);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void saysThatItsPortIsTakenWhereItCannotComeBack(MongoKind kind) throws Exception {
    try (MongoServer server = MongoServer.of(kind).start()) {
      server.kill();
      try (ServerSocket taker = new ServerSocket(server.port(), 1, LoopbackPorts.address())) {
        assertThatThrownBy(server::restart)
            .isInstanceOf(UncheckedIOException.class)
            .hasMessageMatching("(?si).*did not start.*address already in use.*");
        assertThat(server.isRunning()).isFalse();
        assertThat(taker.isBound()).isTrue();
      }
      server.restart();
      assertThat(count(server)).isZero();
    }
  }

  @Test
  void cannotStartMongoDbItself() {
    MongoServerBuilder builder = MongoServer.of(MongoKind.MONGODB);
    assertThatThrownBy(builder::start)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("MongoDB cannot be started here");
  }

  private static void fill(MongoServer server) {
    try (MongoClient client = server.connect()) {
      collection(client)
          .insertMany(IntStream.range(0, 100).mapToObj(id -> new Document("_id", id)).toList());
    }
  }

  private static long count(MongoServer server) {
    try (MongoClient client = server.connect()) {
      return collection(client).countDocuments();
    }
  }

  private static MongoCollection<Document> collection(MongoClient client) {
    return client.getDatabase("d").getCollection("c");
  }

  private static boolean isNumber(String line) {
    return line.matches("[0-9]+");
  }

  private static boolean listens(int port) {
    try (Socket client = new Socket(LoopbackPorts.address(), port)) {
      return client.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static void shakeHands(MongoServer server, CertificateAuthority trusted)
      throws IOException {
    try (Socket client =
            trusted.sslContext().getSocketFactory().createSocket(server.host(), server.port());
        SSLSocket tls = (SSLSocket) client) {
      SSLParameters parameters = tls.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      tls.setSSLParameters(parameters);
      tls.startHandshake();
    }
  }

  private static MongoClient impatient(String uri) {
    return MongoClients.create(
        MongoClientSettings.builder()
            .applyConnectionString(new ConnectionString(uri))
            .applyToClusterSettings(cluster -> cluster.serverSelectionTimeout(1, TimeUnit.SECONDS))
            .build());
  }

  /** Starts a server and ends, or waits, without closing it. */
  static final class Forgetful {
    public static void main(String[] arguments) throws Exception {
      System.out.println(MongoServer.of(MongoKind.valueOf(arguments[0])).start().port());
      if (arguments.length > 1) {
        Thread.sleep(PATIENCE.toMillis());
      }
    }
  }
}
