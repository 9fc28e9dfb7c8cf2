package dev.bobbin.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.TunnelException;
import dev.bobbin.spi.Tunnel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.apache.sshd.server.auth.keyboard.UserAuthKeyboardInteractiveFactory;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Against a server in this process. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SshTunnelTest {

  private static final String CANARY = "canary-3f9a";

  @TempDir Path folder;

  private final SshKeyPair key = SshKeyPair.generate();
  private final EchoServer database = new EchoServer();
  private final Bastion bastion = new Bastion().lets(key);

  @AfterEach
  void close() {
    bastion.close();
    database.close();
  }

  static void assertEchoes(Tunnel tunnel) throws IOException {
    try (Socket socket = tunnel.connect()) {
      assertEchoes(socket);
    }
  }

  static void assertEchoes(Socket socket) throws IOException {
    byte[] words = "hello".getBytes(StandardCharsets.UTF_8);
    socket.getOutputStream().write(words);
    assertThat(socket.getInputStream().readNBytes(words.length)).isEqualTo(words);
  }

  private Tunnel open(SshTunnel tunnel) {
    return tunnel.open(database.host(), database.port());
  }

  private void assertWorks(SshTunnel way) throws IOException {
    try (Tunnel tunnel = open(way)) {
      assertEchoes(tunnel);
    }
  }

  private TunnelException failureOf(SshTunnel way) {
    TunnelException failure = catchThrowableOfType(TunnelException.class, () -> open(way).close());
    assertThat(failure).as("a failure").isNotNull();
    assertThat(Leftovers.threads()).isEmpty();
    return failure;
  }

  /** What a connection through a tunnel, which itself is open, fails with. */
  private static TunnelException failureOfConnect(SshTunnel way, String host, int port) {
    try (Tunnel tunnel = way.open(host, port)) {
      IOException failure = catchThrowableOfType(IOException.class, tunnel::connect);
      assertThat(failure).isNotNull().hasCauseInstanceOf(TunnelException.class);
      return (TunnelException) failure.getCause();
    }
  }

  // --- what works

  @Test
  void leadsToWhatTheServerReaches() throws IOException {
    assertWorks(bastion.tunnel().key(key));
    assertThat(Leftovers.threads()).isEmpty();
  }

  @Test
  void tunnelsOfOneValueShareOneSession() throws IOException {
    SshTunnel way = bastion.tunnel().key(key);
    try (EchoServer other = new EchoServer();
        Tunnel one = open(way);
        Tunnel two = open(way);
        Tunnel three = way.open(other.host(), other.port());
        Socket first = one.connect();
        Socket second = one.connect()) {
      assertEchoes(first);
      assertEchoes(second);
      assertEchoes(two);
      assertEchoes(three);
      one.close();
      assertThat(first.isClosed()).isTrue();
      assertThatThrownBy(() -> second.getInputStream().read()).isInstanceOf(IOException.class);
      assertThatThrownBy(one::connect).isInstanceOf(IOException.class);
      assertEchoes(two);
      assertThat(bastion.sessions()).isEqualTo(1);
    }
    assertThat(Leftovers.threads()).isEmpty();
    assertWorks(way);
    assertThat(bastion.sessions()).isEqualTo(2);
  }

  @Test
  void leavesNoSocketBehind() throws IOException, InterruptedException {
    SshTunnel way = bastion.tunnel().key(key);
    assertWorks(way);
    awaitNoSessions();
    int before = Leftovers.sockets();
    for (int i = 0; i < 5; i++) {
      assertWorks(way);
      failureOf(bastion.tunnel().key(SshKeyPair.generate()));
    }
    awaitNoSessions();
    // The server's half of the last connections may take a moment in this process.
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (Leftovers.sockets() > before && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertThat(Leftovers.sockets()).isLessThanOrEqualTo(before);
  }

  private void awaitNoSessions() {
    while (bastion.openSessions() > 0) {
      Thread.onSpinWait();
    }
  }

  @Test
  void goesThroughAChainOfServers() throws IOException {
    SshKeyPair second = SshKeyPair.generate();
    SshKeyPair third = SshKeyPair.generate();
    try (Bastion inner = new Bastion().lets(second);
        Bastion innermost = new Bastion().lets(third)) {
      SshTunnel outer = bastion.tunnel().key(key);
      SshTunnel way =
          innermost.tunnel().key(third).through(inner.tunnel().key(second).through(outer));
      try (Tunnel tunnel = open(way);
          Tunnel straight = open(outer)) {
        assertEchoes(tunnel);
        assertEchoes(straight);
        assertThat(bastion.sessions()).isEqualTo(1);
        assertThat(inner.sessions()).isEqualTo(1);
        assertThat(innermost.sessions()).isEqualTo(1);
      }
    }
    assertThat(Leftovers.threads()).isEmpty();
  }

  @Test
  void logsInWithAPassword() throws IOException {
    bastion.takesPasswords((user, word) -> word.equals(CANARY));
    assertWorks(bastion.tunnel().password(() -> CANARY));
  }

  @Test
  void logsInWithAPasswordWhereTheServerAsksForItInADialogue() throws IOException {
    bastion
        .methods(UserAuthKeyboardInteractiveFactory.INSTANCE)
        .takesPasswords((user, word) -> word.equals(CANARY));
    assertWorks(bastion.tunnel().password(() -> CANARY));
  }

  @Test
  void logsInWithAPasswordWhenTheKeyIsRefused() throws IOException {
    bastion.takesPasswords((user, word) -> word.equals(CANARY));
    assertWorks(bastion.tunnel().key(SshKeyPair.generate()).password(() -> CANARY));
  }

  @Test
  void asksForThePasswordOnceMoreWhenItIsRefused() throws IOException {
    bastion.takesPasswords((user, word) -> word.equals("new"));
    Deque<String> answers = new ArrayDeque<>(List.of("old", "new"));
    assertWorks(bastion.tunnel().password(answers::pop));
    assertThat(bastion.passwordsTried()).isEqualTo(2);
  }

  @Test
  void knowsServersByAKnownHostsFile() throws IOException {
    Path file = Files.writeString(folder.resolve("known"), bastion.knownHostsLine() + "\n");
    assertWorks(SshTunnel.via("127.0.0.1", bastion.port()).user("etl").key(key).knownHosts(file));
  }

  @Test
  void severalHostKeysCanBePinned() throws IOException {
    assertWorks(
        SshTunnel.via("127.0.0.1", bastion.port())
            .user("etl")
            .key(key)
            .hostKey(SshKeyPair.generate().fingerprint())
            .hostKey(bastion.fingerprint()));
  }

  // --- host keys

  @Test
  void refusesAnUnknownHostKeyAndSaysHowToAddIt() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("known"), "other.example.com " + key.publicKeyText() + "\n");
    SshTunnel way = SshTunnel.via("127.0.0.1", bastion.port()).user("etl").key(key);
    TunnelException failure = failureOf(way.knownHosts(file));
    assertThat(failure.problem())
        .contains("127.0.0.1:" + bastion.port(), "ssh-ed25519", bastion.fingerprint(), "known");
    assertThat(failure.remedy())
        .contains("Compare", "administrator", bastion.knownHostsLine(), "hostKey(\"SHA256:");
    assertThat(failure.isRetryable()).isFalse();
    assertThat(bastion.sessions()).isZero();

    Files.writeString(file, failure.remedy().lines().reduce((a, b) -> b).orElseThrow() + "\n");
    assertWorks(way.knownHosts(file));
  }

  @Test
  void refusesAChangedHostKeyWithBothFingerprints() throws IOException {
    String old = SshKeyPair.generate().publicKeyText();
    HostKey known = HostKey.parse(old.split(" ", -1)[0], old.split(" ", -1)[1]);
    Path file =
        Files.writeString(
            folder.resolve("known"), "[127.0.0.1]:" + bastion.port() + " " + old + "\n");
    SshTunnel way = SshTunnel.via("127.0.0.1", bastion.port()).user("etl").key(key);
    TunnelException failure = failureOf(way.knownHosts(file));
    assertThat(failure.problem())
        .contains(known.fingerprint(), bastion.fingerprint(), "listening in", "Nothing was sent");
    assertThat(failure.remedy()).contains("ssh-keygen -R", bastion.knownHostsLine());
    assertThat(failure.isRetryable()).isFalse();

    String pinned = SshKeyPair.generate().fingerprint();
    assertThat(failureOf(way.hostKey(pinned)).problem())
        .contains(pinned, bastion.fingerprint(), "listening in");
  }

  @Test
  void refusesARevokedHostKey() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("known"),
            bastion.knownHostsLine() + "\n@revoked * " + bastion.knownHostsLine().split(" ", 2)[1]);
    assertThat(
            failureOf(
                    SshTunnel.via("127.0.0.1", bastion.port())
                        .user("etl")
                        .key(key)
                        .knownHosts(file))
                .problem())
        .contains("revoked", bastion.fingerprint());
  }

  @Test
  void refusesAHostKeyThatIsRevokedForTheNameWithoutAPort() throws IOException {
    String line = "127.0.0.1 " + bastion.knownHostsLine().split(" ", 2)[1] + "\n";
    Path file = Files.writeString(folder.resolve("known"), line);
    SshTunnel way = SshTunnel.via("127.0.0.1", bastion.port()).user("etl").key(key);
    assertWorks(way.knownHosts(file));

    Files.writeString(file, line + "@revoked " + line);
    assertThat(failureOf(way.knownHosts(file)).problem())
        .contains("revoked", bastion.fingerprint());
    assertThat(failureOf(way.trustOnFirstUse(file)).problem()).contains("revoked");
    assertThat(Files.readAllLines(file)).hasSize(2);
  }

  @Test
  void aFileOfKnownHostsThatIsMissingIsNamed() {
    Path file = folder.resolve("missing");
    assertThat(
            failureOf(
                    SshTunnel.via("127.0.0.1", bastion.port())
                        .user("etl")
                        .key(key)
                        .knownHosts(file))
                .problem())
        .contains(file.toString(), "cannot be read");
  }

  @Test
  void trustsOnFirstUseAndNeverAnotherKeyAfterThat() throws IOException {
    Path file = folder.resolve("first-use");
    SshTunnel way =
        SshTunnel.via("127.0.0.1", bastion.port()).user("etl").key(key).trustOnFirstUse(file);
    assertWorks(way);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(Files.readString(file)).isEqualTo(bastion.knownHostsLine() + "\n");
    assertWorks(way);
    assertThat(Files.readAllLines(file)).hasSize(1);

    SshKeyPair other = SshKeyPair.generate();
    bastion.kill();
    bastion.restart(other);
    bastion.lets(key);
    assertThat(failureOf(way).problem())
        .contains(bastion.fingerprint(), other.fingerprint(), "listening in");
    assertThat(Files.readAllLines(file)).hasSize(1);
  }

  @Test
  void aFileThatIsNotEndedKeepsItsLastLine() throws IOException {
    String other = "other.example.com " + key.publicKeyText();
    Path file = Files.writeString(folder.resolve("first-use"), other);
    assertWorks(
        SshTunnel.via("127.0.0.1", bastion.port()).user("etl").key(key).trustOnFirstUse(file));
    assertThat(Files.readAllLines(file)).containsExactly(other, bastion.knownHostsLine());
  }

  @Test
  void aServerWithAnotherKeyIsNotTriedAgainWhenTheSessionIsRebuilt() throws IOException {
    try (Tunnel tunnel = open(bastion.tunnel().key(key))) {
      assertEchoes(tunnel);
      SshKeyPair other = SshKeyPair.generate();
      bastion.kill();
      bastion.restart(other);
      assertThatThrownBy(tunnel::connect)
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll(bastion.fingerprint(), other.fingerprint())
          .cause()
          .isInstanceOfSatisfying(
              TunnelException.class,
              e -> assertThat(e.problem()).doesNotContain("attempts in a row"));
    }
    assertThat(Leftovers.threads()).isEmpty();
  }

  // --- the login

  @Test
  void aKeyThatIsRefusedComesWithTheLineForTheServer() {
    SshKeyPair stranger = SshKeyPair.generate();
    TunnelException failure = failureOf(bastion.tunnel().key(stranger));
    assertThat(failure.problem())
        .contains("etl", stranger.fingerprint(), "ssh-ed25519", "publickey", "password");
    assertThat(failure.remedy()).contains("authorized_keys", stranger.publicKeyText());
    assertThat(failure.isRetryable()).isFalse();
  }

  @Test
  void aWrongUserIsNamed() {
    assertThat(failureOf(bastion.tunnel().user("nobody-here").key(key)).getMessage())
        .contains("nobody-here", "Check the user's name");
  }

  @Test
  void aPasswordThatIsRefusedIsTriedTwiceAtMost() {
    AtomicInteger asked = new AtomicInteger();
    TunnelException failure =
        failureOf(bastion.tunnel().password(() -> CANARY + asked.incrementAndGet()));
    assertThat(failure.problem()).contains("password is refused", "gave another");
    assertThat(failure.isRetryable()).isFalse();
    assertThat(bastion.passwordsTried()).isEqualTo(2);
    assertThat(asked).hasValue(2);
    assertThat(failure).hasMessageNotContaining(CANARY);

    TunnelException same = failureOf(bastion.tunnel().password(() -> CANARY));
    assertThat(same.problem()).contains("gave the same");
    assertThat(bastion.passwordsTried()).isEqualTo(3);
  }

  @Test
  void aServerThatHangsUpOverALoginHasRefusedIt() {
    bastion.hangsUpOverPasswords().hangsUpOverKeys();
    TunnelException password = failureOf(bastion.tunnel().password(() -> CANARY));
    assertThat(password.problem())
        .contains("password is refused", "ended the connection: Protocol error");
    assertThat(password.isRetryable()).isFalse();
    assertThat(password).hasMessageNotContaining(CANARY);
    assertThat(bastion.passwordsTried()).isEqualTo(1);

    TunnelException refused = failureOf(bastion.tunnel().key(key));
    assertThat(refused.remedy()).contains(key.publicKeyText());
    assertThat(refused.isRetryable()).isFalse();
  }

  @Test
  void aServerThatTakesNoPasswordsSaysWhatItTakes() {
    bastion.methods(UserAuthPublicKeyFactory.INSTANCE);
    TunnelException failure = failureOf(bastion.tunnel().password(() -> CANARY));
    assertThat(failure.problem()).contains("publickey alone, not by password");
    assertThat(failure.remedy()).contains("key(path)");
    assertThat(bastion.passwordsTried()).isZero();
  }

  @Test
  void aSupplierThatFailsIsTheCause() {
    IllegalStateException cause = new IllegalStateException("the vault is closed");
    assertThat(
            failureOf(
                bastion
                    .tunnel()
                    .password(
                        () -> {
                          throw cause;
                        })))
        .hasCause(cause);
    assertThat(failureOf(bastion.tunnel().password(() -> null)).problem()).contains("gave null");
  }

  @Test
  void keyFilesThatCannotBeReadAreExplained() throws IOException {
    Path missing = folder.resolve("missing");
    assertThat(failureOf(bastion.tunnel().key(missing)).problem())
        .contains(missing.toString(), "does not exist");

    Path publicKey = Files.writeString(folder.resolve("id.pub"), key.authorizedKeysLine("me"));
    assertThat(failureOf(bastion.tunnel().key(publicKey)).problem()).contains("public key");

    Path putty = Files.writeString(folder.resolve("id.ppk"), "PuTTY-User-Key-File-3: ssh-rsa\n");
    assertThat(failureOf(bastion.tunnel().key(putty)).problem()).contains("puttygen");

    Path nothing = Files.writeString(folder.resolve("nothing"), "hello\n");
    assertThat(failureOf(bastion.tunnel().key(nothing)).problem()).contains("not a private key");

    assertThat(failureOf(bastion.tunnel().key(folder)).problem())
        .contains(folder.toString(), "cannot be read");
  }

  // --- forwarding

  @Test
  void aServerThatMayNotForwardIsExplained() {
    bastion.forwardsNothing();
    TunnelException failure =
        failureOfConnect(bastion.tunnel().key(key), database.host(), database.port());
    assertThat(failure.problem()).contains("not allowed to forward", "127.0.0.1");
    assertThat(failure.remedy())
        .contains("AllowTcpForwarding", "PermitOpen", "permitopen=", "" + database.port());
    assertThat(failure.isRetryable()).isFalse();
  }

  @Test
  void aTargetThatIsNotPermittedIsExplained() {
    bastion.forwardsTo(new SshdSocketAddress("127.0.0.1", 1));
    assertThat(
            failureOfConnect(bastion.tunnel().key(key), database.host(), database.port()).problem())
        .contains("not allowed to forward");
  }

  @Test
  void aTargetThatRefusesIsExplained() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    TunnelException failure = failureOfConnect(bastion.tunnel().key(key), "127.0.0.1", free);
    assertThat(failure.problem()).contains("cannot reach 127.0.0.1:" + free);
    assertThat(failure.remedy()).contains("as the SSH server sees them", "firewall");
    assertThat(failure.isRetryable()).isTrue();
  }

  @Test
  void aSecondServerThatTheFirstDoesNotReachIsNamedWithBoth() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    SshTunnel inner =
        SshTunnel.via("127.0.0.1", free)
            .user("etl")
            .key(key)
            .hostKey(bastion.fingerprint())
            .through(bastion.tunnel().key(key));
    assertThat(failureOf(inner).problem())
        .contains("127.0.0.1:" + bastion.port(), "127.0.0.1:" + free, "cannot reach");
  }

  // --- the way to the server

  @Test
  void aNameThatIsNotKnownIsExplained() {
    TunnelException failure =
        failureOf(
            SshTunnel.via("bastion.invalid").user("etl").key(key).hostKey(bastion.fingerprint()));
    assertThat(failure.problem()).contains("bastion.invalid", "not known");
    assertThat(failure.remedy()).contains("spelled");
  }

  @Test
  void aPortThatRefusesIsExplained() {
    bastion.kill();
    TunnelException failure = failureOf(bastion.tunnel().key(key));
    assertThat(failure.problem()).contains("refuses connections", bastion.host().toString());
    assertThat(failure.remedy()).contains("Check the port", "127.0.0.1");
    assertThat(failure.isRetryable()).isTrue();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aPortThatDoesNotAnswerIsExplainedAsAFirewall() throws IOException {
    // A listener whose queue is full drops what comes, as a firewall does.
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket one = new Socket();
        Socket two = new Socket()) {
      one.connect(full.getLocalSocketAddress());
      two.connect(full.getLocalSocketAddress());
      TunnelException failure =
          failureOf(
              SshTunnel.via("127.0.0.1", full.getLocalPort())
                  .user("etl")
                  .key(key)
                  .hostKey(bastion.fingerprint())
                  .connectTimeout(Duration.ofMillis(300)));
      assertThat(failure.problem()).contains("does not answer", "" + full.getLocalPort());
      assertThat(failure.remedy())
          .contains("firewall", "security group", "from 127.0.0.1", "to port");
      assertThat(failure.isRetryable()).isTrue();
    }
  }

  @Test
  void whatIsNoSshServerIsExplained() {
    try (Greeter greeter = new Greeter("HTTP/1.1 400 Bad Request\r\n\r\n", true)) {
      TunnelException failure = failureOf(greeter.tunnel());
      assertThat(failure.problem()).contains("not an SSH server");
      assertThat(failure.remedy()).contains("22");
      assertThat(failure.isRetryable()).isFalse();
    }
    try (Greeter silent = new Greeter("", false)) {
      assertThat(failureOf(silent.tunnel().connectTimeout(Duration.ofMillis(300))).problem())
          .contains("says nothing");
    }
    try (Greeter closing = new Greeter("", true)) {
      assertThat(failureOf(closing.tunnel()).problem()).contains("closes them at once");
    }
    try (Greeter hanging = new Greeter("SSH-2.0-OpenSSH_9.9\r\n", false)) {
      assertThat(failureOf(hanging.tunnel().connectTimeout(Duration.ofMillis(300))).problem())
          .contains("began to answer, and then was silent");
    }
  }

  // --- contradictions

  @Test
  void nothingIsTrustedUnlessItIsSaid() {
    assertThatThrownBy(() -> open(SshTunnel.via("bastion").user("etl").key(key)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("bastion:22", "knownHosts", "hostKey", "trustOnFirstUse");
  }

  @Test
  void whatIsMissingIsNamed() {
    String pin = key.fingerprint();
    assertThatThrownBy(() -> open(SshTunnel.via("bastion").key(key).hostKey(pin)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(".user(");
    assertThatThrownBy(() -> open(SshTunnel.via("bastion").user("etl").hostKey(pin)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll(".key(", ".password(");
    assertThatThrownBy(
            () ->
                open(
                    SshTunnel.via("inner")
                        .user("etl")
                        .key(key)
                        .hostKey(pin)
                        .through(SshTunnel.via("outer"))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("outer:22");
  }

  @Test
  void contradictionsAreRefusedByName() {
    SshTunnel way = SshTunnel.via("bastion");
    assertThatThrownBy(() -> way.key(key).key(folder)).hasMessageContaining("Two keys");
    assertThatThrownBy(() -> way.password(() -> "a").password(() -> "b"))
        .hasMessageContaining("Two passwords");
    assertThatThrownBy(() -> way.hostKey(key.fingerprint()).knownHosts(folder))
        .hasMessageContainingAll("hostKey(…)", "knownHosts(…)");
    assertThatThrownBy(() -> way.trustOnFirstUse(folder).hostKey(key.fingerprint()))
        .hasMessageContainingAll("trustOnFirstUse(…)", "hostKey(…)");
    assertThatThrownBy(() -> way.through(way).through(way)).hasMessageContaining("Two SSH servers");
    assertThatThrownBy(() -> SshTunnel.via("etl@bastion"))
        .hasMessageContaining("via(\"bastion\").user(\"etl\")");
    assertThatThrownBy(() -> SshTunnel.via("bastion:2222"))
        .hasMessageContaining("via(\"bastion\", 2222)");
    assertThatThrownBy(() -> way.hostKey("MD5:00:11")).hasMessageContaining("SHA256:");
    assertThatThrownBy(() -> way.keepAlive(Duration.ZERO, 1)).hasMessageContaining("keep-alive");
    assertThatThrownBy(() -> way.connectTimeout(Duration.ZERO)).hasMessageContaining("timeout");
    assertThatThrownBy(() -> SshTunnel.via("bastion", 0)).hasMessageContaining("port");
  }

  @Test
  void itsTextHoldsNothingSecret() {
    SshTunnel way =
        SshTunnel.via("inner", 2222)
            .user("etl")
            .key(folder.resolve("id"), () -> CANARY)
            .password(() -> CANARY)
            .through(SshTunnel.via("outer").user("jump").key(key));
    assertThat(way).hasToString("etl@inner:2222 through jump@outer:22");
    assertThat(key).hasToString("ssh-ed25519 " + key.fingerprint());
  }
}
