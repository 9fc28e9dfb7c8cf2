package dev.bobbin.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.spi.Tunnel;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SshTunnelTest {

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

  @Test
  void leadsToWhatTheServerReaches() throws IOException {
    try (Tunnel tunnel = bastion.tunnel().key(key).open(database.host(), database.port())) {
      assertEchoes(tunnel);
      assertEchoes(tunnel);
    }
    assertThat(bastion.sessions()).isEqualTo(1);
  }
}
