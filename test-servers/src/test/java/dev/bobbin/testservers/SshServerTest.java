package dev.bobbin.testservers;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

@EnabledIf("dev.bobbin.testservers.SshServer#isAvailable")
class SshServerTest {
  @TempDir Path folder;
  private SshKeyFile key;

  @BeforeEach
  void makeKey() {
    key = SshKeyFile.generate(folder.resolve("key"), "ed25519");
  }

  @Test
  void forwardsForTheOwnerOfAnAuthorizedKey() throws Exception {
    try (EchoServer echo = new EchoServer();
        SshServer server = SshServer.start(key);
        SshForward forward = SshForward.through(server, key, "127.0.0.1", echo.port())) {
      assertThat(echoed(forward.port())).isEqualTo("hello");
      assertThat(server.sessions()).isEqualTo(1);
      assertThat(server.log()).contains("Accepted publickey for " + server.user());
    }
  }

  @Test
  void refusesOtherKeys() {
    SshKeyFile other = SshKeyFile.generate(folder.resolve("other"), "ed25519");
    try (SshServer server = SshServer.start(other)) {
      assertThatThrownBy(() -> SshForward.through(server, key, "127.0.0.1", 1))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("Permission denied (publickey)");
    }
  }

  @Test
  void forwardsOnlyWhereItIsPermitted() throws Exception {
    try (EchoServer echo = new EchoServer();
        EchoServer forbidden = new EchoServer();
        SshServer server =
            SshServer.builder()
                .authorizedKey("restrict,port-forwarding " + key.publicKey())
                .permitOpen("127.0.0.1:" + echo.port())
                .start();
        SshForward open = SshForward.through(server, key, "127.0.0.1", echo.port());
        SshForward shut = SshForward.through(server, key, "127.0.0.1", forbidden.port());
        Socket client = new Socket(LoopbackPorts.address(), shut.port())) {
      assertThat(echoed(open.port())).isEqualTo("hello");
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void keepsItsHostKeysOverRestartsUnlessNewOnesAreAskedFor() {
    try (SshServer server = SshServer.builder().hostKeys("ecdsa", "ed25519").start()) {
      String fingerprint = server.hostKeyFingerprint();
      int port = server.port();
      assertThat(server.hostKey()).startsWith("ecdsa-sha2-nistp256 ");
      assertThat(server.knownHosts()).hasSize(2);
      server.restart();
      assertThat(server.port()).isEqualTo(port);
      assertThat(server.hostKeyFingerprint()).isEqualTo(fingerprint).startsWith("SHA256:");
      server.restartWithNewHostKeys();
      assertThat(server.hostKeyFingerprint()).isNotEqualTo(fingerprint);
      assertThat(server.isRunning()).isTrue();
    }
  }

  @Test
  void saysNothingWhileItIsFrozen() throws Exception {
    try (EchoServer echo = new EchoServer();
        SshServer server = SshServer.start(key);
        SshForward forward = SshForward.through(server, key, "127.0.0.1", echo.port());
        Socket client = new Socket(LoopbackPorts.address(), forward.port())) {
      assertThat(echoed(client)).isEqualTo("hello");
      server.freeze();
      client.setSoTimeout(200);
      assertThatThrownBy(() -> echoed(client)).isInstanceOf(SocketTimeoutException.class);
      server.thaw();
      client.setSoTimeout(30_000);
      assertThat(new String(client.getInputStream().readNBytes(5), US_ASCII)).isEqualTo("hello");
    }
  }

  @Test
  void takesItsSessionsAlongWhenItIsKilled() throws Exception {
    try (EchoServer echo = new EchoServer();
        SshServer server = SshServer.start(key);
        SshForward forward = SshForward.through(server, key, "127.0.0.1", echo.port());
        Socket client = new Socket(LoopbackPorts.address(), forward.port())) {
      assertThat(echoed(client)).isEqualTo("hello");
      server.kill();
      assertThat(server.isRunning()).isFalse();
      assertThat(server.sessions()).isZero();
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void canLoseItsSessionsAlone() throws Exception {
    try (EchoServer echo = new EchoServer();
        SshServer server = SshServer.start(key);
        SshForward forward = SshForward.through(server, key, "127.0.0.1", echo.port());
        Socket client = new Socket(LoopbackPorts.address(), forward.port())) {
      assertThat(echoed(client)).isEqualTo("hello");
      server.killSessions();
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      try (SshForward again = SshForward.through(server, key, "127.0.0.1", echo.port())) {
        assertThat(echoed(again.port())).isEqualTo("hello");
      }
    }
  }

  private static String echoed(int port) throws IOException {
    try (Socket client = new Socket(LoopbackPorts.address(), port)) {
      return echoed(client);
    }
  }

  private static String echoed(Socket client) throws IOException {
    client.getOutputStream().write("hello".getBytes(US_ASCII));
    return new String(client.getInputStream().readNBytes(5), US_ASCII);
  }
}
