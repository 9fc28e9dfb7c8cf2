package dev.bobbin.ssh;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import dev.bobbin.Replicator;
import dev.bobbin.ReplicatorListener;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.TableId;
import dev.bobbin.check.CheckReport;
import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Subject;
import dev.bobbin.dialect.mongo.MongoDialect;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.SourceException;
import dev.bobbin.record.Record;
import dev.bobbin.select.Selection;
import dev.bobbin.testservers.CertificateAuthority;
import dev.bobbin.testservers.MongoKind;
import dev.bobbin.testservers.MongoServer;
import dev.bobbin.tls.Tls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.bson.Document;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A collection is copied through an SSH server: without a port of this machine's own, encrypted by
 * the database's own name, and on when the SSH server was killed in the middle.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TunnelledMongoTest {

  /** In two answers of the server. */
  private static final int ROWS = 1_500;

  private static final int BATCH_ROWS = 50;
  private static final String PAYLOAD = "payload ".repeat(500);

  private static CertificateAuthority authority;
  private static MongoServer server;

  private final SshKeyPair key = SshKeyPair.generate();
  private final Bastion bastion = new Bastion().lets(key);
  private final List<BobbinException> retries = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void start() {
    authority = CertificateAuthority.create();
    server = MongoServer.javaServer();
    try (MongoClient client = server.connect()) {
      fill(client.getDatabase("shop").getCollection("orders"), ROWS);
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(Leftovers.threads()).isEmpty();
    bastion.close();
  }

  private static void fill(MongoCollection<Document> collection, int rows) {
    List<Document> documents = new ArrayList<>();
    for (int id = 0; id < rows; id++) {
      documents.add(new Document("_id", id).append("payload", PAYLOAD));
    }
    collection.insertMany(documents);
  }

  private Replicator.Builder replicator(MongoDialect dialect) {
    return Replicator.from(dialect)
        .named("tunnelled")
        .through(bastion.tunnel().key(key))
        .batchRows(BATCH_ROWS)
        .batchBytes(16 << 10) // an answer is no larger, so that a cursor stays open
        .retry(new RetryPolicy(8, Duration.ofMillis(50), Duration.ofSeconds(1)))
        .listener(
            new ReplicatorListener() {
              @Override
              public void onRetry(TableId table, int attempt, Duration pause, BobbinException e) {
                retries.add(e);
              }
            });
  }

  private static MongoDialect plain() {
    return MongoDialect.at(server.host(), server.port(), "shop").tls(Tls.off());
  }

  /** Copies all orders, and lets something happen after some batches. */
  private RunReport copy(Replicator.Builder builder, int rows, Runnable inTheMiddle) {
    BitSet seen = new BitSet();
    int[] batches = {0};
    try (Replicator replicator = builder.build()) {
      RunReport report =
          replicator.replicate(
              Selection.of(table("orders")),
              batch -> {
                for (Record row : batch) {
                  assertThat(row.getDocument("document").getString("payload")).isEqualTo(PAYLOAD);
                  seen.set((int) row.getLong("_id"));
                }
                if (++batches[0] == 3) {
                  inTheMiddle.run();
                }
              });
      report.throwIfFailed();
      assertThat(seen.cardinality()).isEqualTo(rows);
      return report;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void copiesThroughAnSshServer(int readers) {
    RunReport report = copy(replicator(plain()).parallelism(readers), ROWS, () -> {});
    assertThat(report.rows()).isEqualTo(ROWS);
    assertThat(retries).isEmpty();
    assertThat(bastion.sessions()).isEqualTo(1);
  }

  /** Fault 8: the SSH server is killed in the middle of the scan. */
  @Test
  void goesOnOnceTheKilledServerIsBack() {
    RunReport report =
        copy(
            replicator(plain()).parallelism(1),
            ROWS,
            () -> {
              bastion.kill();
              bastion.restart();
            });
    assertThat(retries).isNotEmpty();
    assertThat(report.rows()).isBetween((long) ROWS, (long) ROWS + BATCH_ROWS);
  }

  /** Fault 38: the name in the certificate is the database's, as the far end knows it. */
  @Test
  void verifiesTheDatabasesOwnNameThroughTheTunnel() {
    try (MongoServer encrypted = MongoServer.of(MongoKind.JAVA_SERVER).tls(authority).start()) {
      encrypted.useCertificate(authority.issue("db", "dns:localhost"));
      Tls trusting = Tls.verifyFull().ca(authority.certificate());
      MongoDialect byName = MongoDialect.at("localhost", encrypted.port(), "shop").tls(trusting);
      try (Replicator replicator = replicator(byName).build()) {
        assertThat(replicator.discover().tables()).isEmpty();
        CheckReport report = replicator.check();
        assertThat(report.findings())
            .extracting(Finding::subject)
            .startsWith(
                Subject.NAME,
                Subject.PORT,
                Subject.SSH_HOST_KEY,
                Subject.SSH_LOGIN,
                Subject.TUNNEL,
                Subject.TLS,
                Subject.LOGIN);
        assertThat(report.failures()).isEmpty();
      }
      MongoDialect byAddress = MongoDialect.at("127.0.0.1", encrypted.port(), "shop").tls(trusting);
      try (Replicator replicator = replicator(byAddress).retry(RetryPolicy.NONE).build()) {
        assertThat(catchThrowableOfType(SourceException.class, replicator::discover))
            .hasMessageContaining("is not made out to 127.0.0.1 but to localhost");
      }
    }
  }

  @Test
  void saysSoWhereTheFarEndDoesNotReachTheDatabase() {
    bastion.forwardsNothing();
    try (Replicator replicator = replicator(plain()).retry(RetryPolicy.NONE).build()) {
      assertThat(catchThrowableOfType(BobbinException.class, replicator::discover))
          .hasMessageContaining("AllowTcpForwarding");
    }
  }
}
