package dev.bobbin.dialect.sqlserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.sqlserver.stub.Answer;
import dev.bobbin.dialect.sqlserver.stub.TdsServer;
import dev.bobbin.dialect.sqlserver.stub.Tls12;
import dev.bobbin.dialect.sqlserver.stub.Type;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.testservers.CertificateAuthority;
import dev.bobbin.tls.Tls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Failures, through the real driver, of a server that fails as it is told. */
class StubbedFailuresTest {

  private static byte[] number(int value) {
    return new byte[] {(byte) value, 0, 0, 0};
  }

  private static SourceException readFails(Shop shop) throws IOException {
    try (StubbedSource source = StubbedSource.of(shop)) {
      try {
        source.readAll();
      } catch (SourceException e) {
        return e;
      }
      throw new AssertionError("the table was read");
    }
  }

  private static Shop ints(Answer rows) {
    return Shop.onSqlServer().column("n", "int", 4, 0, 0).primaryKey(1).rows(rows);
  }

  @Test
  void aFailureBehindRowsIsNotTheirEnd() throws IOException {
    SourceException deadlock =
        readFails(ints(Answer.of(Type.INT).add(number(1)).thenFails(1205, "deadlock victim")));
    assertThat(deadlock.kind()).isEqualTo(Kind.TRANSIENT);
    SourceException snapshot =
        readFails(ints(Answer.of(Type.INT).add(number(1)).thenFails(3961, "modified by a DDL")));
    assertThat(snapshot.kind()).isEqualTo(Kind.STRUCTURE_CHANGED);
    SourceException broken =
        readFails(ints(Answer.of(Type.INT).add(number(1)).add(number(2)).thenBreaks()));
    assertThat(broken.kind()).isEqualTo(Kind.TRANSIENT);
  }

  @Test
  void aMessageThatCanHoldValuesIsLeftOut() throws IOException {
    SourceException failure =
        readFails(
            ints(
                Answer.of(Type.INT)
                    .thenFails(245, "Conversion failed when converting 'canary' to int.")));
    assertThat(failure.kind()).isEqualTo(Kind.PERMANENT);
    for (Throwable at = failure; at != null; at = at.getCause()) {
      assertThat(String.valueOf(at.getMessage())).doesNotContain("canary");
    }
  }

  @Test
  void aRowThatIsTooLargeIsRefusedBeforeItIsTakenWhole() throws IOException {
    byte[] large = "x".repeat((1 << 20) + 1).getBytes(StandardCharsets.UTF_16LE);
    SourceException failure =
        readFails(
            Shop.onSqlServer()
                .column("v", "nvarchar", -1, 0, 0)
                .rows(Answer.of(Type.NVARCHAR_MAX).add(large).add(large)));
    assertThat(failure.problem()).contains("too large");
  }

  @Test
  void anotherTypeThanPlannedIsNotReadAsIt() throws IOException {
    assertThat(readFails(ints(Answer.of(Type.decimal(9, 2)).add(new byte[] {1, 5, 0, 0, 0}))))
        .hasMessageContaining("no longer sent as int");
  }

  @Test
  void aTableThatIsLockedIsAFailureThatPasses() throws IOException {
    Shop shop =
        ints(Answer.of(Type.INT))
            .first(
                request ->
                    request.sql().startsWith("SELECT TOP (0)")
                        ? Answer.failure(1222, "Lock request time out period exceeded.")
                        : null);
    SourceException failure = readFails(shop);
    assertThat(failure.kind()).isEqualTo(Kind.TRANSIENT);
    assertThat(failure.problem()).contains("lockTimeout");
  }

  @Test
  void aTableThatIsEmptiedWhileItIsLoadedIsNoticed() throws IOException {
    Answer rows = Answer.of(Type.INT).add(number(1));
    Shop shop = ints(rows);
    try (StubbedSource source = StubbedSource.of(shop)) {
      Table table = source.table();
      var request = new dev.bobbin.spi.LoadRequest(table, null, java.util.Map.of(), true, 1);
      try (var load = source.session().beginLoad(request).orElseThrow();
          BatchReader reader = load.open(load.scans().get(0))) {
        shop.truncate();
        assertThatThrownBy(
                () -> {
                  while (reader.next().isPresent()) {
                    // on to the end, which it is not
                  }
                })
            .isInstanceOf(SourceException.class)
            .hasMessageContaining("emptied");
      }
    }
  }

  @Test
  void aScanThatIsCancelledEndsSoonAndLeavesNoConnection() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    Shop shop =
        ints(Answer.of(Type.INT))
            .first(
                request -> {
                  if (request.sql().startsWith("SELECT [t]")) {
                    asked.countDown();
                    await(never);
                  }
                  return null;
                });
    try (StubbedSource source = StubbedSource.of(shop)) {
      Table table = source.table();
      BatchReader reader =
          source.session().open(new TableScan(table, TableScan.ALL, new ScanRange.WholeTable()));
      Thread cancelling =
          new Thread(
              () -> {
                await(asked);
                reader.cancel();
              });
      cancelling.start();
      assertThatThrownBy(reader::next)
          .isInstanceOf(SourceException.class)
          .hasMessageContaining("was cancelled");
      reader.close();
      cancelling.join();
      never.countDown();
      source.session().close();
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (source.server().openConnections() > 0 && System.nanoTime() < deadline) {
        LockSupport.parkNanos(5_000_000);
      }
      assertThat(source.server().openConnections()).isZero();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("nothing came");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aRefusedLoginIsNotTriedAgain() throws IOException {
    try (TdsServer server = TdsServer.refusing(18456, "Login failed for user 'bobbin'.")) {
      assertThatThrownBy(() -> StubbedSource.dialect(server).connect(StubbedSource.SETTINGS))
          .isInstanceOfSatisfying(
              SourceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.PERMANENT))
          .hasMessageContaining("Login failed for user 'bobbin'")
          .hasMessageNotContaining("secret");
    }
    try (TdsServer server = TdsServer.refusing(4060, "Cannot open database \"shop\".")) {
      assertThatThrownBy(() -> StubbedSource.dialect(server).connect(StubbedSource.SETTINGS))
          .isInstanceOf(SourceException.class)
          .hasMessageContaining("Check the database's name");
    }
  }

  @Test
  void anOldServerIsRefused() throws IOException {
    Shop old =
        Shop.onSqlServer()
            .first(
                request ->
                    request.sql().contains("BabelfishVersion")
                        ? Answer.row(null, "12.0.6024.0", 3)
                        : null);
    try (TdsServer server = TdsServer.answering(old)) {
      assertThatThrownBy(() -> StubbedSource.dialect(server).connect(StubbedSource.SETTINGS))
          .isInstanceOf(SourceException.class)
          .hasMessageContaining("SQL Server 12.0.6024.0");
    }
  }

  @Test
  void aServerWithoutTlsIsRefusedBeforeAnythingIsSentToIt() throws IOException {
    try (TdsServer server = TdsServer.answering(Shop.onSqlServer())) {
      assertThatThrownBy(
              () ->
                  SqlServerDialect.at(server.host(), server.port(), "shop")
                      .login("bobbin", "secret")
                      .connect(StubbedSource.SETTINGS))
          .isInstanceOfSatisfying(
              SourceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.PERMANENT))
          .hasMessageContaining("offers no TLS");
      assertThat(server.requests()).isEmpty();
    }
  }

  @Test
  void certificatesAreVerifiedByTheHostThatWasNamed() throws Exception {
    CertificateAuthority authority = CertificateAuthority.create();
    try (TdsServer server =
        TdsServer.encrypting(
            Tls12.context(authority.issue("db", "dns:localhost")), Shop.onSqlServer())) {
      SqlServerDialect byName =
          SqlServerDialect.at("localhost", server.port(), "shop").login("bobbin", "secret");
      SqlServerDialect byAddress =
          SqlServerDialect.at("127.0.0.1", server.port(), "shop").login("bobbin", "secret");
      Tls trusted = Tls.verifyFull().ca(authority.certificate());
      try (SourceSession session = byName.tls(trusted).connect(StubbedSource.SETTINGS)) {
        assertThat(session.defaultNamespace()).containsExactly("shop", "dbo");
      }
      try (SourceSession session =
          byAddress.tls(Tls.withoutVerification()).connect(StubbedSource.SETTINGS)) {
        assertThat(session.defaultNamespace()).containsExactly("shop", "dbo");
      }
      assertThatThrownBy(() -> byAddress.tls(trusted).connect(StubbedSource.SETTINGS))
          .isInstanceOf(SourceException.class)
          .hasMessageContaining("not made out to 127.0.0.1 but to localhost");
      assertThatThrownBy(() -> byName.connect(StubbedSource.SETTINGS))
          .isInstanceOf(SourceException.class)
          .hasMessageContaining("no trusted root vouches");
    }
  }

  @Test
  void namedInstancesAreRefusedThroughATunnelAndInTheHost() {
    assertThatThrownBy(() -> SqlServerDialect.at("db\\SALES", 1433))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("atInstance");
    var through =
        new dev.bobbin.spi.SourceSettings(
            "bobbin",
            (host, port) -> {
              throw new AssertionError("the tunnel was opened");
            },
            1,
            1,
            1,
            1,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1));
    assertThatThrownBy(
            () ->
                SqlServerDialect.atInstance("db", "SALES", "shop").login("a", "b").connect(through))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("no UDP");
  }
}
