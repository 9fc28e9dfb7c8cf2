package dev.bobbin.ssh;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bobbin.testservers.SshKeyFile;
import dev.bobbin.testservers.SshServer;
import dev.bobbin.testservers.SshServerBuilder;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.common.Factory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@EnabledIf("dev.bobbin.testservers.SshServer#isAvailable")
class SshSettingsTest {
  @TempDir Path folder;

  static List<String> ciphers() {
    return names(client().getTransport().getConfig().getCipherFactories());
  }

  static List<String> macs() {
    return names(client().getTransport().getConfig().getMACFactories());
  }

  static List<String> keyExchanges() {
    List<String> names =
        new ArrayList<>(names(client().getTransport().getConfig().getKeyExchangeFactories()));
    names.remove("ext-info-c"); // which is a sign, not an algorithm
    return names;
  }

  private static SSHClient client() {
    return SshSettings.newClient(Duration.ofSeconds(5));
  }

  private static List<String> names(List<? extends Factory.Named<?>> factories) {
    return factories.stream().map(Factory.Named::getName).toList();
  }

  @ParameterizedTest
  @MethodSource("ciphers")
  void understandsTheServerInEveryCipher(String cipher) throws Exception {
    carries(SshServer.builder().config("Ciphers", cipher), "ed25519");
  }

  @ParameterizedTest
  @MethodSource("macs")
  void understandsTheServerWithEveryMac(String mac) throws Exception {
    carries(SshServer.builder().config("Ciphers", "aes256-ctr").config("MACs", mac), "ed25519");
  }

  @ParameterizedTest
  @MethodSource("keyExchanges")
  void agreesOnKeysInEveryWay(String exchange) throws Exception {
    carries(SshServer.builder().config("KexAlgorithms", exchange), "ed25519");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ed25519", "ecdsa", "rsa"})
  void takesHostKeysAndKeysOfEveryType(String type) throws Exception {
    carries(SshServer.builder().hostKeys(type), type);
  }

  @Test
  void offersNothingThatOpenSsh9DoesNotByDefault() throws Exception {
    try (SshServer server = SshServer.builder().start()) {
      assumeTrue(server.version().startsWith("9."), "OpenSSH " + server.version());
      List<List<String>> proposal = proposal(server);
      assertThat(proposal.get(0)).containsAll(keyExchanges());
      assertThat(proposal.get(2)).containsAll(ciphers());
      assertThat(proposal.get(4)).containsAll(macs());
    }
    assertThat(names(client().getTransport().getConfig().getKeyAlgorithms()))
        .containsExactly(
            "ssh-ed25519",
            "ecdsa-sha2-nistp256",
            "ecdsa-sha2-nistp384",
            "ecdsa-sha2-nistp521",
            "rsa-sha2-512",
            "rsa-sha2-256");
  }

  @Test
  void prefersWhatTheProcessorDoes() {
    assertThat(ciphers()).startsWith("aes128-gcm@openssh.com", "aes256-gcm@openssh.com");
  }

  private void carries(SshServerBuilder builder, String keyType) throws Exception {
    SshKeyFile key = SshKeyFile.generate(folder.resolve("key"), keyType);
    byte[] bytes = new byte[1 << 20];
    new Random(42).nextBytes(bytes);
    try (SshServer server = builder.authorizedKey(key.publicKey()).start();
        ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        SSHClient client = client()) {
      client.addHostKeyVerifier(server.hostKeyFingerprint());
      client.connect(server.host(), server.port());
      client.authPublickey(server.user(), key.file().toString());
      try (Socket near =
              ForwardedSocket.open(client, "127.0.0.1", listener.getLocalPort(), () -> {});
          Socket far = listener.accept()) {
        Thread echo = new Thread(() -> echo(far), "echo");
        echo.start();
        near.getOutputStream().write(bytes);
        near.shutdownOutput();
        assertThat(near.getInputStream().readAllBytes()).isEqualTo(bytes);
        echo.join();
      }
    }
  }

  private static void echo(Socket far) {
    try {
      far.getOutputStream().write(far.getInputStream().readAllBytes());
      far.shutdownOutput();
    } catch (IOException e) {
      // The near end does not get what it waits for.
    }
  }

  /** The lists of names in the server's SSH_MSG_KEXINIT (RFC 4253, sections 4.2, 6 and 7.1). */
  private static List<List<String>> proposal(SshServer server) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.getOutputStream().write("SSH-2.0-test\r\n".getBytes(US_ASCII));
      DataInputStream in = new DataInputStream(socket.getInputStream());
      while (in.readByte() != '\n') {
        // the server's identification
      }
      in.skipNBytes(4 + 1 + 1 + 16); // length, length of the padding, message, cookie
      List<List<String>> lists = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        byte[] list = in.readNBytes(in.readInt());
        lists.add(List.of(new String(list, US_ASCII).split(",", -1)));
      }
      return lists;
    }
  }
}
