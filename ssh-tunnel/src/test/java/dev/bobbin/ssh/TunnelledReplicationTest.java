package dev.bobbin.ssh;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.ReplicatorListener;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.select.Selection;
import dev.bobbin.state.MemoryStateStore;
import dev.bobbin.testservers.SshKeyFile;
import dev.bobbin.testservers.SshServer;
import dev.bobbin.testservers.TcpProxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * PostgreSQL and MySQL are copied through real SSH servers, which are killed, frozen and cut off in
 * the middle (faults 8 and 9): that is noticed, the tunnel is built anew, the run ends complete,
 * and nothing is left over.
 */
@EnabledIf("dev.bobbin.testservers.SshServer#isAvailable")
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TunnelledReplicationTest {

  /** More than all buffers between database and reader hold. */
  private static final int ROWS = 5_000;

  private static final int REPEATS = 400;
  private static final int BATCH_ROWS = 100;
  private static final RetryPolicy PATIENT =
      new RetryPolicy(8, Duration.ofMillis(50), Duration.ofSeconds(1));

  @TempDir static Path keys;
  private static SshKeyFile key;

  private SshServer bastion;
  private int sockets;

  @BeforeAll
  static void makeKey() {
    key = SshKeyFile.generate(keys.resolve("id"), "ed25519");
  }

  @BeforeEach
  void start() {
    sockets = Leftovers.sockets();
    bastion = SshServer.start(key);
  }

  @AfterEach
  void nothingIsLeft() {
    bastion.close();
    assertThat(Leftovers.threads()).isEmpty();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    // The databases' servers end their connections in their own time.
    while (Leftovers.sockets() > sockets && System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    assertThat(Leftovers.sockets()).as("sockets").isLessThanOrEqualTo(sockets);
  }

  private SshTunnel tunnel(String host, int port, SshServer server) {
    return SshTunnel.via(host, port)
        .user(server.user())
        .key(key.file())
        .hostKey(server.hostKeyFingerprint());
  }

  private SshTunnel tunnel() {
    return tunnel(bastion.host(), bastion.port(), bastion);
  }

  /** When a run was disturbed, and when each retry began. */
  private static final class Retries implements ReplicatorListener {
    final List<BobbinException> causes = new CopyOnWriteArrayList<>();
    private volatile long disturbed;
    private volatile long noticed;
    private final Runnable onFirst;

    Retries(Runnable onFirst) {
      this.onFirst = onFirst;
    }

    void disturb() {
      disturbed = System.nanoTime();
    }

    Duration toNotice() {
      return Duration.ofNanos(noticed - disturbed);
    }

    @Override
    public void onRetry(TableId table, int attempt, Duration pause, BobbinException cause) {
      if (causes.isEmpty()) {
        noticed = System.nanoTime();
        causes.add(cause);
        onFirst.run();
      } else {
        causes.add(cause);
      }
    }
  }

  private static RunReport copy(
      Shop shop, SshTunnel tunnel, Orders orders, int readers, ReplicatorListener listener) {
    try (Replicator replicator =
        Replicator.from(shop.dialect())
            .named("tunnelled")
            .through(tunnel)
            .rememberIn(new MemoryStateStore())
            .parallelism(readers)
            .batchRows(BATCH_ROWS)
            .retry(PATIENT)
            .listener(listener)
            .build()) {
      RunReport report = replicator.replicate(Selection.of(table("orders")), orders);
      report.throwIfFailed();
      return report;
    }
  }

  @ParameterizedTest
  @CsvSource({"PostgreSQL,1", "PostgreSQL,4", "MySQL 8.0,4", "MariaDB 11.4,1"})
  void copiesThroughOneServer(String product, int readers) throws Exception {
    try (Shop shop = Shop.on(product, ROWS, 40)) {
      Orders orders = new Orders(shop.repeats());
      Retries retries = new Retries(() -> {});
      copy(shop, tunnel(), orders, readers, retries);
      orders.assertAll(ROWS, 0);
      assertThat(retries.causes).isEmpty();
    }
  }

  /** A second kind of server, which says other things at other times. */
  @ParameterizedTest
  @ValueSource(strings = {"PostgreSQL", "MySQL 8.0"})
  void copiesThroughAServerOfAnotherMakeThatIsKilled(String product) throws Exception {
    SshKeyPair pair = SshKeyPair.load(key.file());
    try (Shop shop = Shop.on(product, ROWS, REPEATS);
        Bastion mina = new Bastion().lets(pair)) {
      Retries retries = new Retries(() -> {});
      Orders orders =
          new Orders(shop.repeats())
              .after(
                  5,
                  () -> {
                    mina.kill();
                    mina.restart();
                  });
      copy(shop, mina.tunnel().key(pair), orders, 1, retries);
      assertThat(retries.causes).isNotEmpty();
      orders.assertAll(ROWS, BATCH_ROWS);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"PostgreSQL", "MySQL 8.0"})
  void copiesThroughAJumpHost(String product) throws Exception {
    try (Shop shop = Shop.on(product, ROWS, 40);
        SshServer inner = SshServer.start(key)) {
      Orders orders = new Orders(shop.repeats());
      copy(
          shop,
          tunnel(inner.host(), inner.port(), inner).through(tunnel()),
          orders,
          2,
          new Retries(() -> {}));
      orders.assertAll(ROWS, 0);
    }
  }

  /** Fault 8: the SSH server is killed in the middle of the scans. */
  @ParameterizedTest
  @CsvSource({"PostgreSQL,1", "MySQL 8.0,1", "MySQL 8.0,4"})
  void goesOnOnceTheKilledServerIsBack(String product, int readers) throws Exception {
    try (Shop shop = Shop.on(product, ROWS, REPEATS)) {
      Retries retries = new Retries(() -> {});
      Orders orders =
          new Orders(shop.repeats())
              .after(
                  5,
                  () -> {
                    bastion.kill();
                    bastion.restart();
                  });
      copy(shop, tunnel(), orders, readers, retries);
      if (readers == 1) { // ranges of several readers can have come whole
        assertThat(retries.causes).isNotEmpty();
      }
      orders.assertAll(ROWS, (long) readers * BATCH_ROWS);
    }
  }

  /** Fault 9: the SSH server is there, but does nothing any more (SIGSTOP). */
  @ParameterizedTest
  @ValueSource(strings = {"PostgreSQL"})
  void noticesAFrozenServerByItsDefaults(String product) throws Exception {
    try (Shop shop = Shop.on(product, ROWS, REPEATS)) {
      Retries retries = new Retries(bastion::thaw);
      Orders orders =
          new Orders(shop.repeats())
              .after(
                  5,
                  () -> {
                    retries.disturb();
                    bastion.freeze();
                  });
      copy(shop, tunnel(), orders, 1, retries);
      assertThat(retries.toNotice()).isLessThan(Duration.ofSeconds(15));
      orders.assertAll(ROWS, BATCH_ROWS);
    }
  }

  /** Fault 9: from the middle on, nothing arrives any more and no reset says so. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 8.0"})
  void noticesAPathThatIsCut(String product) throws Exception {
    try (Shop shop = Shop.on(product, ROWS, REPEATS);
        TcpProxy path = bastion.proxy()) {
      Retries retries = new Retries(path::resume);
      Orders orders =
          new Orders(shop.repeats())
              .after(
                  5,
                  () -> {
                    retries.disturb();
                    path.blackHole();
                  });
      copy(shop, tunnel(path.host(), path.port(), bastion), orders, 1, retries);
      assertThat(retries.toNotice()).isLessThan(Duration.ofSeconds(15));
      orders.assertAll(ROWS, BATCH_ROWS);
    }
  }

  /** Several replicators share one SSH session, which ends with the last of them. */
  @ParameterizedTest
  @ValueSource(strings = {"PostgreSQL"})
  void sharesOneSessionAmongReplicators(String product) throws Exception {
    try (Shop shop = Shop.on(product, ROWS, 40)) {
      SshTunnel shared = tunnel();
      Orders inner = new Orders(shop.repeats());
      Orders outer =
          new Orders(shop.repeats())
              .after(
                  3,
                  () -> {
                    copy(shop, shared, inner, 2, new Retries(() -> {}));
                    assertThat(bastion.sessions()).isEqualTo(1);
                  });
      copy(shop, shared, outer, 2, new Retries(() -> {}));
      outer.assertAll(ROWS, 0);
      inner.assertAll(ROWS, 0);
    }
  }

  /** A gibibyte, exactly, through one server and through two. */
  @Tag("long")
  @Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  @ParameterizedTest
  @CsvSource({"PostgreSQL,false", "MySQL 8.0,false", "PostgreSQL,true", "MySQL 8.0,true"})
  void copiesAGibibyte(String product, boolean jump) throws Exception {
    int repeats = 640;
    int rows = (1 << 30) / (32 * repeats) + 1;
    try (Shop shop = Shop.on(product, rows, repeats);
        SshServer inner = SshServer.start(key)) {
      Orders orders = new Orders(repeats);
      SshTunnel last = tunnel(inner.host(), inner.port(), inner);
      copy(shop, jump ? last.through(tunnel()) : last, orders, 2, new Retries(() -> {}));
      orders.assertAll(rows, 0);
    }
  }
}
