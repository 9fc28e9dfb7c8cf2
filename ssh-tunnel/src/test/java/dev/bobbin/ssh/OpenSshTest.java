package dev.bobbin.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Result;
import dev.bobbin.check.Finding.Subject;
import dev.bobbin.error.TunnelException;
import dev.bobbin.spi.Tunnel;
import dev.bobbin.testservers.SshKeyFile;
import dev.bobbin.testservers.SshServer;
import dev.bobbin.testservers.TcpProxy;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against a real OpenSSH server. */
@EnabledIf("dev.bobbin.testservers.SshServer#isAvailable")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class OpenSshTest {

  private static final int OWN_SERVERS = 2;

  @TempDir Path folder;

  private final SshKeyPair key = SshKeyPair.generate();
  private final EchoServer database = new EchoServer();
  private final Faucet faucet = new Faucet();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private int socketsBefore;

  @BeforeEach
  void count() {
    // Those of this test's own servers are open already.
    socketsBefore = Math.max(0, Leftovers.sockets() - OWN_SERVERS);
  }

  @AfterEach
  void close() throws Exception {
    assertThat(Leftovers.threads()).isEmpty();
    database.close();
    faucet.close();
    for (AutoCloseable each : opened) {
      each.close();
    }
    // The threads of this test's own servers may take a moment.
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (Leftovers.sockets() > socketsBefore && System.nanoTime() < end) {
      LockSupport.parkNanos(1_000_000);
    }
    assertThat(Leftovers.sockets()).isLessThanOrEqualTo(socketsBefore);
  }

  private SshServer start() {
    return keep(SshServer.builder().authorizedKey(key.authorizedKeysLine("test")).start());
  }

  private <T extends AutoCloseable> T keep(T closeable) {
    opened.add(0, closeable);
    return closeable;
  }

  private SshTunnel way(SshServer server) {
    return way(server, server.port());
  }

  private SshTunnel way(SshServer server, int port) {
    return SshTunnel.via(server.host(), port)
        .user(server.user())
        .key(key)
        .hostKey(server.hostKeyFingerprint())
        .keepAlive(Duration.ofSeconds(1), 2);
  }

  private Tunnel open(SshTunnel way) {
    return way.open(database.host(), database.port());
  }

  private static TunnelException failureOfConnect(SshTunnel way, String host, int port) {
    try (Tunnel tunnel = way.open(host, port)) {
      IOException failure = catchThrowableOfType(IOException.class, tunnel::connect);
      assertThat(failure).isNotNull().hasCauseInstanceOf(TunnelException.class);
      return (TunnelException) failure.getCause();
    }
  }

  // --- servers that die

  @Test
  void aServerThatIsKilledInMidStreamIsNoticedAtOnceAndTheSessionIsBuiltAgain() throws IOException {
    SshServer server = start();
    try (Tunnel tunnel = way(server).open("127.0.0.1", faucet.port());
        Socket socket = tunnel.connect()) {
      InputStream in = socket.getInputStream();
      in.readNBytes(20 << 20);
      server.kill();
      assertThatThrownBy(() -> in.transferTo(OutputStream.nullOutputStream()))
          .isInstanceOf(IOException.class);
      server.restart();
      try (Socket again = tunnel.connect()) {
        assertThat(again.getInputStream().readNBytes(1 << 20)).hasSize(1 << 20);
      }
    }
  }

  @Test
  void aServerThatFreezesIsNoticedByReaders() throws IOException {
    SshServer server = start();
    try (Tunnel tunnel = open(way(server));
        Socket socket = tunnel.connect()) {
      SshTunnelTest.assertEchoes(socket);
      server.freeze();
      assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(IOException.class);
      server.thaw();
      SshTunnelTest.assertEchoes(tunnel);
    }
  }

  @Test
  void aServerThatFreezesIsNoticedByWritersWhoseBytesItDoesNotTake() throws IOException {
    SshServer server = start();
    try (Tunnel tunnel = open(way(server));
        Socket socket = tunnel.connect()) {
      SshTunnelTest.assertEchoes(socket);
      server.freeze();
      byte[] bytes = new byte[1 << 16];
      assertThatThrownBy(
              () -> {
                while (true) {
                  socket.getOutputStream().write(bytes);
                }
              })
          .isInstanceOf(IOException.class);
      server.thaw();
      SshTunnelTest.assertEchoes(tunnel);
    }
  }

  /** The contract's own figures: every 5 seconds and 2 missed, noticed within 15. */
  @Tag("long")
  @Test
  void aServerThatFreezesIsNoticedWithin15SecondsByDefault() throws IOException {
    SshServer server = start();
    SshTunnel defaults =
        SshTunnel.via(server.host(), server.port())
            .user(server.user())
            .key(key)
            .hostKey(server.hostKeyFingerprint());
    try (Tunnel tunnel = open(defaults);
        Socket socket = tunnel.connect()) {
      SshTunnelTest.assertEchoes(socket);
      server.freeze();
      long start = System.nanoTime();
      assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(IOException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
    }
  }

  @Test
  void aPathThatSwallowsEverythingIsNoticedInMidStream() throws IOException {
    SshServer server = start();
    TcpProxy network = keep(server.proxy());
    try (Tunnel tunnel = way(server, network.port()).open("127.0.0.1", faucet.port());
        Socket socket = tunnel.connect()) {
      InputStream in = socket.getInputStream();
      in.readNBytes(5 << 20);
      network.blackHole();
      assertThatThrownBy(() -> in.transferTo(OutputStream.nullOutputStream()))
          .isInstanceOf(IOException.class);
      network.resume();
      try (Socket again = tunnel.connect()) {
        assertThat(again.getInputStream().readNBytes(1 << 20)).hasSize(1 << 20);
      }
    }
  }

  @Test
  void closingATunnelThroughAFrozenServerDoesNotWaitForIt() throws IOException {
    SshServer server = start();
    try (Tunnel tunnel = open(way(server).keepAlive(Duration.ofMinutes(30), 2));
        Socket socket = tunnel.connect()) {
      SshTunnelTest.assertEchoes(socket);
      server.freeze();
      Thread writer =
          new Thread(
              () -> {
                try {
                  while (true) {
                    socket.getOutputStream().write(new byte[1 << 16]);
                  }
                } catch (IOException e) {
                  // closed
                }
              },
              "test-writer");
      writer.setDaemon(true);
      writer.start();
      tunnel.close();
      assertThat(Leftovers.threads()).isEmpty();
    }
  }

  @Test
  void anIdleTunnelStaysOpen() throws IOException {
    SshServer server = start();
    try (Tunnel tunnel = open(way(server).keepAlive(Duration.ofSeconds(1), 1));
        Socket socket = tunnel.connect()) {
      LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(4)); // twice the silence that is allowed
      SshTunnelTest.assertEchoes(socket);
      assertThat(server.sessions()).isEqualTo(1);
    }
  }

  @Test
  void aChangedHostKeyIsRefusedWithBothFingerprints() throws IOException {
    SshServer server = start();
    String old = server.hostKeyFingerprint();
    Path known = Files.write(folder.resolve("known"), server.knownHosts());
    SshTunnel way =
        SshTunnel.via(server.host(), server.port()).user(server.user()).key(key).knownHosts(known);
    open(way).close();
    server.restartWithNewHostKeys();
    assertThatThrownBy(() -> open(way))
        .isInstanceOfSatisfying(TunnelException.class, e -> assertThat(e.isRetryable()).isFalse())
        .hasMessageContainingAll(old, server.hostKeyFingerprint(), "listening in");
  }

  // --- host keys

  @ParameterizedTest
  @CsvSource({"rsa", "ecdsa", "ed25519"})
  void anyOfTheServersKeysCanBePinnedOrKnown(String type) throws IOException {
    SshServer server =
        keep(
            SshServer.builder()
                .authorizedKey(key.authorizedKeysLine("test"))
                .hostKeys("ed25519", "ecdsa", "rsa")
                .start());
    String line =
        server.knownHosts().stream().filter(each -> each.contains(type)).findFirst().orElseThrow();
    String[] words = line.split(" ", -1);
    HostKey hostKey = HostKey.parse(words[1], words[2]);
    SshTunnel way = SshTunnel.via(server.host(), server.port()).user(server.user()).key(key);
    try (Tunnel pinned = open(way.hostKey(hostKey.fingerprint()))) {
      SshTunnelTest.assertEchoes(pinned);
    }
    List<Finding> findings = new ArrayList<>();
    assertThat(
            way.hostKey(hostKey.fingerprint()).check("127.0.0.1", database.port(), findings::add))
        .isTrue();
    assertThat(findings).hasSize(5);
    assertThat(findings.get(2).seen()).contains(hostKey.fingerprint());
    Path known = Files.writeString(folder.resolve("known"), line + "\n");
    try (Tunnel byFile = open(way.knownHosts(known))) {
      SshTunnelTest.assertEchoes(byFile);
    }
    String other = SshKeyPair.generate().fingerprint();
    assertThatThrownBy(() -> open(way.hostKey(other))).hasMessageContaining("listening in");
  }

  // --- keys

  @ParameterizedTest
  @CsvSource({
    "ed25519, ''",
    "ecdsa, ''",
    "ecdsa, -b 384",
    "ecdsa, -b 521",
    "rsa, ''",
    "rsa, -m PEM",
    "rsa, -m PKCS8",
    "ecdsa, -m PEM",
    "ecdsa, -m PKCS8",
    "ed25519, -m PKCS8"
  })
  void logsInWithEveryKindOfKey(String type, String options) throws IOException {
    String[] more = options.isEmpty() ? new String[0] : options.split(" ", -1);
    SshKeyFile plain = SshKeyFile.generate(folder.resolve("plain"), type, "", more);
    SshKeyFile locked = SshKeyFile.generate(folder.resolve("locked"), type, "open sesame", more);
    SshServer server =
        keep(
            SshServer.builder()
                .authorizedKey(plain.publicKey())
                .authorizedKey(locked.publicKey())
                .start());
    SshTunnel way =
        SshTunnel.via(server.host(), server.port())
            .user(server.user())
            .hostKey(server.hostKeyFingerprint());
    try (Tunnel tunnel = open(way.key(plain.file()))) {
      SshTunnelTest.assertEchoes(tunnel);
    }
    try (Tunnel tunnel = open(way.key(locked.file(), () -> "open sesame"))) {
      SshTunnelTest.assertEchoes(tunnel);
    }
    assertThatThrownBy(() -> open(way.key(locked.file(), () -> "canary-77")))
        .isInstanceOf(TunnelException.class)
        .hasMessageContainingAll(locked.file().toString(), "passphrase is wrong")
        .hasMessageNotContaining("canary-77");
    assertThatThrownBy(() -> open(way.key(locked.file())))
        .isInstanceOf(TunnelException.class)
        .hasMessageContainingAll("is encrypted", "passphrase supplier");
  }

  // --- what the server forbids

  @Test
  void forwardingThatIsSwitchedOffIsExplained() {
    SshServer server =
        keep(
            SshServer.builder()
                .authorizedKey(key.authorizedKeysLine("test"))
                .allowForwarding(false)
                .start());
    assertThat(failureOfConnect(way(server), "127.0.0.1", database.port()))
        .hasMessageContainingAll("not allowed to forward", "AllowTcpForwarding");
  }

  @Test
  void theRestrictedLineLetsThroughToTheDatabaseAndNowhereElse() throws IOException {
    SshServer server =
        keep(
            SshServer.builder()
                .authorizedKey(
                    key.authorizedKeysLine("bobbin@shop", database.host(), database.port()))
                .start());
    try (Tunnel tunnel = open(way(server))) {
      SshTunnelTest.assertEchoes(tunnel);
    }
    assertThat(failureOfConnect(way(server), "127.0.0.1", faucet.port()))
        .hasMessageContainingAll("not allowed to forward", "permitopen=");
  }

  @Test
  void anUnreachableTargetIsExplained() throws IOException {
    SshServer server = start();
    TunnelException unknown = failureOfConnect(way(server), "db.invalid", 5432);
    assertThat(unknown.problem()).contains("does not know the name in db.invalid:5432");
    assertThat(unknown.remedy()).contains("as the SSH server sees it");
    int port = database.port();
    database.close();
    TunnelException refused = failureOfConnect(way(server), "127.0.0.1", port);
    assertThat(refused).hasMessageContainingAll("cannot reach 127.0.0.1:" + port, "refused");
    assertThat(refused.isRetryable()).isTrue();
  }

  @Test
  void aUserOrAKeyThatIsRefusedIsExplained() {
    SshServer server = start();
    SshTunnel way =
        SshTunnel.via(server.host(), server.port()).hostKey(server.hostKeyFingerprint());
    assertThatThrownBy(() -> open(way.user("somebody-else").key(key)))
        .isInstanceOf(TunnelException.class)
        .hasMessageContainingAll("somebody-else", "publickey", "authorized_keys");
    SshKeyPair stranger = SshKeyPair.generate();
    assertThatThrownBy(() -> open(way.user(server.user()).key(stranger)))
        .isInstanceOf(TunnelException.class)
        .hasMessageContainingAll(stranger.fingerprint(), stranger.publicKeyText());
    assertThatThrownBy(() -> open(way.user(server.user()).password(() -> "secret")))
        .isInstanceOf(TunnelException.class)
        .hasMessageContaining("not by password");
  }

  // --- chains and checks

  @Test
  void goesThroughTwoServers() throws IOException {
    SshServer outer = start();
    SshServer inner = start();
    try (Tunnel tunnel = open(way(inner).through(way(outer)));
        Socket socket = tunnel.connect()) {
      SshTunnelTest.assertEchoes(socket);
      outer.freeze();
      assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(IOException.class);
      outer.thaw();
      SshTunnelTest.assertEchoes(tunnel);
    }
  }

  @Test
  void aCheckTellsOfEveryStep() {
    SshServer server = start();
    List<Finding> findings = new ArrayList<>();
    assertThat(way(server).check("127.0.0.1", database.port(), findings::add)).isTrue();
    assertThat(findings).allMatch(each -> each.result() == Result.PASS);
    assertThat(findings)
        .extracting(Finding::subject)
        .containsExactly(
            Subject.NAME, Subject.PORT, Subject.SSH_HOST_KEY, Subject.SSH_LOGIN, Subject.TUNNEL);
  }
}
