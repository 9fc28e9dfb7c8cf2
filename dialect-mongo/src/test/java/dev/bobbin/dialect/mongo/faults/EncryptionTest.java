package dev.bobbin.dialect.mongo.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.mongodb.client.MongoClient;
import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.dialect.mongo.MongoDialect;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.select.Selection;
import dev.bobbin.spi.TunnelProvider;
import dev.bobbin.testservers.CertificateAuthority;
import dev.bobbin.testservers.MongoKind;
import dev.bobbin.testservers.MongoServer;
import dev.bobbin.testsupport.StraightTunnel;
import dev.bobbin.tls.Tls;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.bson.Document;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Fault 38: servers whose certificate is expired, self-signed, of an unknown authority or of
 * another host. They are not talked to, and that is said at once.
 */
@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EncryptionTest {

  private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");
  private static final Instant LESS_LONG_AGO = Instant.parse("2021-03-04T00:00:00Z");

  private static CertificateAuthority authority;
  private static final Map<MongoKind, MongoServer> SERVERS = new EnumMap<>(MongoKind.class);

  @BeforeAll
  static void start() {
    authority = CertificateAuthority.create();
    for (MongoKind kind : List.of(MongoKind.JAVA_SERVER, MongoKind.FERRETDB)) {
      if (MongoServer.canStart(kind)) {
        SERVERS.put(kind, MongoServer.of(kind).tls(authority).start());
      }
    }
  }

  @AfterAll
  static void stop() {
    SERVERS.values().forEach(MongoServer::close);
  }

  private static MongoServer server(MongoKind kind) {
    assumeTrue(SERVERS.containsKey(kind), "there is no " + kind);
    MongoServer server = Objects.requireNonNull(SERVERS.get(kind));
    try (MongoClient client = server.connect()) {
      var orders = client.getDatabase("shop").getCollection("t");
      orders.deleteMany(new Document());
      orders.insertMany(List.of(new Document("_id", 1), new Document("_id", 2)));
    }
    return server;
  }

  private static Tls trusting(CertificateAuthority root) {
    return Tls.verifyFull().ca(root.certificate());
  }

  private static MongoDialect at(String host, MongoServer server, Tls tls) {
    return MongoDialect.at(host, server.port(), "shop").tls(tls);
  }

  private static Replicator replicator(MongoDialect dialect, @Nullable TunnelProvider tunnel) {
    Replicator.Builder builder =
        Replicator.from(dialect)
            .named("encrypted")
            .connectTimeout(Duration.ofMinutes(10)) // longer than the test
            .retry(RetryPolicy.NONE);
    if (tunnel != null) {
      builder.through(tunnel);
    }
    return builder.build();
  }

  private static boolean reached(MongoDialect dialect, TunnelProvider tunnel) {
    try (Replicator replicator = replicator(dialect, tunnel)) {
      return replicator.discover() != null;
    }
  }

  private static long copied(MongoDialect dialect, @Nullable TunnelProvider tunnel) {
    long[] rows = {0};
    try (Replicator replicator = replicator(dialect, tunnel)) {
      replicator
          .replicate(Selection.of(table("t")), batch -> rows[0] += batch.rowCount())
          .throwIfFailed();
    }
    return rows[0];
  }

  private static SourceException refusal(MongoDialect dialect, @Nullable TunnelProvider tunnel) {
    SourceException failure =
        catchThrowableOfType(SourceException.class, () -> copied(dialect, tunnel));
    assertThat(failure).isNotNull();
    assertThat(failure.kind()).isEqualTo(Kind.PERMANENT);
    return failure;
  }

  /** A tunnel whose far end is the server, whatever name it is asked for. */
  private static TunnelProvider tunnel(MongoServer server) {
    return StraightTunnel.to(server.host(), server.port());
  }

  @ParameterizedTest
  @EnumSource(names = {"JAVA_SERVER", "FERRETDB"})
  void copiesFromTheServerThatWasVerified(MongoKind kind) {
    MongoServer server = server(kind);
    assertThat(copied(at("localhost", server, trusting(authority)), null)).isEqualTo(2);
    assertThat(copied(at("127.0.0.1", server, trusting(authority)), null)).isEqualTo(2);
    assertThat(
            copied(
                MongoDialect.uri("mongodb://localhost:" + server.port() + "/shop")
                    .tls(trusting(authority)),
                null))
        .isEqualTo(2);
    assertThat(copied(at("localhost", server, Tls.withoutVerification()), null)).isEqualTo(2);
  }

  /** Fault 38. */
  @ParameterizedTest
  @EnumSource(names = {"JAVA_SERVER", "FERRETDB"})
  void refusesAnUnknownAuthority(MongoKind kind) {
    MongoServer server = server(kind);
    assertThat(refusal(at("localhost", server, trusting(CertificateAuthority.create())), null))
        .hasMessageContaining("the server's certificate was not accepted: no trusted root vouches")
        .hasMessageContaining("Tls.verifyFull().ca(file)");
    assertThat(refusal(MongoDialect.at("localhost", server.port(), "shop"), null))
        .as("by the JDK's roots, as it is when nobody says otherwise")
        .hasMessageContaining("no trusted root vouches");
    assertThat(refusal(MongoDialect.uri("mongodb://localhost:" + server.port() + "/shop"), null))
        .as("so does a connection string that says nothing of it")
        .hasMessageContaining("no trusted root vouches");
  }

  /** Fault 38. */
  @ParameterizedTest
  @EnumSource(names = {"JAVA_SERVER", "FERRETDB"})
  void refusesBadCertificatesAndVerifiesTheDatabasesOwnNameThroughATunnel(MongoKind kind) {
    MongoServer server = server(kind);
    Tls trusting = trusting(authority);
    assertThat(refusal(at("db.internal", server, trusting), tunnel(server)))
        .hasMessageContaining("is not made out to db.internal but to localhost, 127.0.0.1")
        .hasMessageContaining("Connect by one of those names");
    try {
      server.useCertificate(authority.issue("db", "dns:db.internal"));
      assertThat(refusal(at("localhost", server, trusting), null))
          .hasMessageContaining("is not made out to localhost but to db.internal");
      assertThat(reached(at("db.internal", server, trusting), tunnel(server))).isTrue();

      server.useCertificate(authority.selfSigned("localhost", "dns:localhost"));
      assertThat(refusal(at("localhost", server, trusting), null))
          .hasMessageContaining("is self-signed and not among the trusted roots");

      server.useCertificate(authority.issue("localhost", "dns:localhost", LONG_AGO, LESS_LONG_AGO));
      assertThat(refusal(at("localhost", server, trusting), null))
          .hasMessageContaining("has expired on 2021-03-04")
          .hasMessageContaining("Have it renewed");
    } finally {
      server.useCertificate(authority.issueForLoopback());
    }
  }
}
