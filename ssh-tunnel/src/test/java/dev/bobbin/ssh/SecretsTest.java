package dev.bobbin.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.bobbin.spi.Tunnel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is logged, at TRACE of Bobbin's loggers, and told in failures. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SecretsTest {

  private static final String PASSWORD = "canary-password-5f1e";
  private static final String PASSPHRASE = "canary-passphrase-9b20";
  private static final String ROW = "canary-row-77ac";

  @TempDir Path folder;

  private final SshKeyPair key = SshKeyPair.generate();
  private final EchoServer database = new EchoServer();
  private final Bastion bastion = new Bastion().lets(key);
  private final StringWriter told = new StringWriter();
  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
  private PrintStream standardError;

  @BeforeEach
  void listen() {
    standardError = System.err;
    System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void close() {
    System.setErr(standardError);
    bastion.close();
    database.close();
  }

  private String everything() {
    return told + logged.toString(StandardCharsets.UTF_8);
  }

  private void tell(Object text) {
    told.append(String.valueOf(text)).append('\n');
  }

  private void fails(ThrowingCallable work) {
    Throwable failure = catchThrowable(work);
    assertThat(failure).isNotNull();
    failure.printStackTrace(new PrintWriter(told, true));
  }

  private Tunnel open(SshTunnel way) {
    return way.open(database.host(), database.port());
  }

  private void use(Tunnel tunnel) throws IOException {
    byte[] row = ROW.getBytes(StandardCharsets.UTF_8);
    try (Socket socket = tunnel.connect()) {
      socket.getOutputStream().write(row);
      assertThat(socket.getInputStream().readNBytes(row.length)).isEqualTo(row);
      tell(socket);
    }
  }

  @Test
  void nothingSecretIsLoggedOrTold() throws Exception {
    bastion.takesPasswords((user, word) -> word.equals(PASSWORD));
    Path file = folder.resolve("id");
    key.save(file);
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    SshKeyPair rsa = SshKeyPair.of(generator.generateKeyPair());
    Path rsaFile = folder.resolve("rsa");
    rsa.save(rsaFile);

    for (SshTunnel way :
        new SshTunnel[] {
          bastion.tunnel().password(() -> PASSWORD).connectTimeout(Duration.ofSeconds(2)),
          bastion.tunnel().key(file, () -> PASSPHRASE).connectTimeout(Duration.ofSeconds(2))
        }) {
      tell(way);
      way.check(database.host(), database.port(), this::tell);
      try (Tunnel tunnel = open(way)) {
        tell(tunnel);
        use(tunnel);
        bastion.kill();
        fails(tunnel::connect);
        bastion.restart();
        bastion.takesPasswords((user, word) -> word.equals(PASSWORD));
        use(tunnel);
      }
    }
    bastion.takesPasswords((user, word) -> false);
    fails(() -> open(bastion.tunnel().password(() -> PASSWORD)));
    fails(() -> open(bastion.tunnel().key(rsa)));
    fails(() -> open(bastion.tunnel().key(rsaFile, () -> PASSPHRASE)));
    tell(key);
    tell(rsa);
    tell(new Login("etl", new LoginKey.OfFile(file, () -> PASSPHRASE), () -> PASSWORD));
    tell(new LoginKey.Given(rsa));
    Files.writeString(rsaFile, Files.readString(rsaFile).replace("AAAA", "BBBB"));
    fails(() -> SshKeyPair.load(rsaFile));

    assertThat(everything()).contains("The SSH session with", "refuses connections");
    assertThat(everything()).doesNotContain(PASSWORD, PASSPHRASE, ROW);
    for (Path each : new Path[] {file, rsaFile}) {
      String text = Files.readString(each).lines().skip(1).reduce("", String::concat);
      byte[] bytes = Base64.getMimeDecoder().decode(text.replaceAll("-----.*", ""));
      // The second half is the private part.
      for (int at = bytes.length / 2; at + 30 < bytes.length; at += 30) {
        at -= at % 3;
        String piece = Base64.getEncoder().encodeToString(Arrays.copyOfRange(bytes, at, at + 30));
        assertThat(everything()).doesNotContain(piece);
      }
    }
  }

  @Test
  void aKeyFileThatOthersCanReadIsWarnedAbout() throws IOException {
    Path file = folder.resolve("id");
    key.save(file);
    open(bastion.tunnel().key(file)).close();
    assertThat(everything()).doesNotContain("chmod");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    open(bastion.tunnel().key(file)).close();
    assertThat(everything()).contains("WARN", file.toString(), "chmod 600");
  }
}
