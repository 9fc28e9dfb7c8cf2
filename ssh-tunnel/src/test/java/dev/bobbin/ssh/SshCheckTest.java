package dev.bobbin.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Result;
import dev.bobbin.check.Finding.Subject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a check tells of the way to a database, step by step. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SshCheckTest {

  @TempDir Path folder;

  private final SshKeyPair key = SshKeyPair.generate();
  private final EchoServer database = new EchoServer();
  private final Bastion bastion = new Bastion().lets(key);

  @AfterEach
  void close() {
    assertThat(Leftovers.threads()).isEmpty();
    bastion.close();
    database.close();
  }

  private List<Finding> check(SshTunnel way) {
    return check(way, database.port());
  }

  private List<Finding> check(SshTunnel way, int port) {
    List<Finding> findings = new ArrayList<>();
    boolean passed = way.check("127.0.0.1", port, findings::add);
    assertThat(passed)
        .isEqualTo(findings.stream().noneMatch(each -> each.result() == Result.FAILURE));
    return findings;
  }

  /** All steps but the last have passed. */
  private static Finding onlyFailure(List<Finding> findings, Subject subject) {
    Finding last = findings.get(findings.size() - 1);
    assertThat(last.result()).isEqualTo(Result.FAILURE);
    assertThat(last.subject()).isEqualTo(subject);
    assertThat(last.remedy()).isNotEmpty();
    assertThat(findings.subList(0, findings.size() - 1))
        .allMatch(each -> each.result() == Result.PASS)
        .allMatch(each -> each.subject().compareTo(subject) < 0);
    return last;
  }

  @Test
  void tellsWhatWasSeenAtEachStep() {
    List<Finding> findings = check(bastion.tunnel().key(key));
    assertThat(findings).allMatch(each -> each.result() == Result.PASS);
    assertThat(findings)
        .extracting(Finding::subject)
        .containsExactly(
            Subject.NAME, Subject.PORT, Subject.SSH_HOST_KEY, Subject.SSH_LOGIN, Subject.TUNNEL);
    assertThat(findings.get(0).seen()).contains("127.0.0.1");
    assertThat(findings.get(1).seen()).contains("127.0.0.1:" + bastion.port());
    assertThat(findings.get(2).seen()).contains("ssh-ed25519", bastion.fingerprint(), "pinned");
    assertThat(findings.get(3).seen()).contains("etl", key.fingerprint());
    assertThat(findings.get(4).seen()).contains("127.0.0.1:" + database.port());
  }

  @Test
  void tellsOfEachServerOfAChain() {
    SshKeyPair second = SshKeyPair.generate();
    try (Bastion inner = new Bastion().lets(second)) {
      SshTunnel way = inner.tunnel().key(second).through(bastion.tunnel().key(key));
      List<Finding> findings = check(way);
      assertThat(findings).allMatch(each -> each.result() == Result.PASS);
      assertThat(findings)
          .extracting(Finding::subject)
          .containsExactly(
              Subject.NAME,
              Subject.PORT,
              Subject.SSH_HOST_KEY,
              Subject.SSH_LOGIN,
              Subject.PORT,
              Subject.SSH_HOST_KEY,
              Subject.SSH_LOGIN,
              Subject.TUNNEL);

      inner.kill();
      List<Finding> broken = check(way);
      assertThat(broken).hasSize(5);
      assertThat(broken.get(4).subject()).isEqualTo(Subject.PORT);
      assertThat(broken.get(4).seen()).contains(inner.host().toString(), bastion.host().toString());
    }
  }

  @Test
  void stopsAtANameThatIsNotKnown() {
    List<Finding> findings =
        check(SshTunnel.via("bastion.invalid").user("a").key(key).hostKey(key.fingerprint()));
    assertThat(onlyFailure(findings, Subject.NAME).seen()).contains("bastion.invalid");
  }

  @Test
  void stopsAtAPortThatRefuses() {
    bastion.kill();
    Finding failure = onlyFailure(check(bastion.tunnel().key(key)), Subject.PORT);
    assertThat(failure.remedy()).contains("firewall", "127.0.0.1");
  }

  @Test
  void stopsAtWhatIsNoSshServer() {
    try (Greeter other = new Greeter("HTTP/1.1 400 Bad Request\r\n\r\n", true)) {
      assertThat(onlyFailure(check(other.tunnel()), Subject.SSH_HOST_KEY).seen())
          .contains("not an SSH server");
    }
  }

  @Test
  void stopsAtAHostKeyThatIsNotKnown() {
    SshTunnel way =
        SshTunnel.via("127.0.0.1", bastion.port()).user("etl").key(key).hostKey(key.fingerprint());
    assertThat(onlyFailure(check(way), Subject.SSH_HOST_KEY).seen())
        .contains(bastion.fingerprint(), key.fingerprint());
  }

  @Test
  void takesDownNoHostKeyThatIsNotKnownYet() throws IOException {
    Path file = folder.resolve("first-use");
    SshTunnel way =
        SshTunnel.via("127.0.0.1", bastion.port()).user("etl").key(key).trustOnFirstUse(file);
    List<Finding> findings = check(way);
    assertThat(findings).hasSize(5).allMatch(each -> each.result() == Result.PASS);
    assertThat(findings.get(2).seen())
        .contains(bastion.fingerprint(), "not known yet", file.toString());
    assertThat(file).doesNotExist();

    way.open("127.0.0.1", database.port()).close();
    assertThat(file).exists();
    assertThat(check(way).get(2).seen()).contains("as on first use");
  }

  @Test
  void stopsAtAKeyThatIsRefused() {
    SshKeyPair stranger = SshKeyPair.generate();
    Finding failure = onlyFailure(check(bastion.tunnel().key(stranger)), Subject.SSH_LOGIN);
    assertThat(failure.remedy()).contains(stranger.publicKeyText());
  }

  @Test
  void stopsAtAKeyFileThatIsMissing() {
    assertThat(
            onlyFailure(check(bastion.tunnel().key(folder.resolve("no"))), Subject.SSH_LOGIN)
                .seen())
        .contains("does not exist");
  }

  @Test
  void stopsAtForwardingThatIsForbidden() {
    bastion.forwardsNothing();
    assertThat(onlyFailure(check(bastion.tunnel().key(key)), Subject.TUNNEL).remedy())
        .contains("AllowTcpForwarding");
  }

  @Test
  void stopsAtADatabaseThatDoesNotListen() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    assertThat(onlyFailure(check(bastion.tunnel().key(key), free), Subject.TUNNEL).seen())
        .contains("127.0.0.1:" + free);
  }

  @Test
  void tellsWhatHasNotBeenSaid() {
    SshTunnel way = SshTunnel.via("127.0.0.1", bastion.port());
    assertThat(onlyFailure(check(way), Subject.SSH_HOST_KEY).remedy()).contains("hostKey(");
    assertThat(onlyFailure(check(way.hostKey(key.fingerprint())), Subject.SSH_LOGIN).remedy())
        .contains("user(");
  }

  @Test
  void aTunnelThatIsOpenDoesNotHelpACheck() throws Exception {
    SshTunnel way = bastion.tunnel().key(key).connectTimeout(Duration.ofSeconds(10));
    try (var tunnel = way.open("127.0.0.1", database.port())) {
      check(way);
      SshTunnelTest.assertEchoes(tunnel);
      assertThat(bastion.sessions()).isEqualTo(2);
    }
  }
}
