package dev.bobbin.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.spi.Tunnel;
import dev.bobbin.testservers.SshServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The script that the documentation gives, with stand-ins for the commands that change users. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class RestrictedUserTest {

  @TempDir Path folder;

  private final SshKeyPair key = SshKeyPair.generate();
  private Path home;

  @BeforeEach
  void makeCommands() throws IOException {
    home = Files.createDirectory(folder.resolve("home"));
    Path commands = Files.createDirectory(folder.resolve("commands"));
    String record = "#!/bin/sh\necho \"$(basename \"$0\") $*\" >>'" + folder + "/done'\n";
    for (String name : List.of("useradd", "usermod", "chown")) {
      command(commands.resolve(name), record);
    }
    command(commands.resolve("id"), "#!/bin/sh\n[ -e '" + folder + "/done' ]\n");
    command(
        commands.resolve("getent"),
        "#!/bin/sh\necho \"$2:x:999:999::" + home + ":/usr/sbin/nologin\"\n");
    try (InputStream script = getClass().getResourceAsStream("restricted-user.sh")) {
      Files.copy(script, folder.resolve("script.sh"));
    }
  }

  private static void command(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  private int run(String line) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder("/bin/sh", folder.resolve("script.sh").toString(), "etl", line);
    builder
        .environment()
        .merge("PATH", folder.resolve("commands").toString(), (old, first) -> first + ":" + old);
    Process process = builder.redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    System.out.print(said);
    return code;
  }

  private List<String> lines() throws IOException {
    return Files.readAllLines(home.resolve(".ssh/authorized_keys"));
  }

  @Test
  void makesAUserWithoutAShellAndAddsEachLineOnce() throws Exception {
    String line = key.authorizedKeysLine("bobbin@shop", "db.internal", 5432);
    String other = key.authorizedKeysLine("bobbin@shop", "db.internal", 3306);
    assertThat(run(line)).isZero();
    assertThat(run(line)).isZero();
    assertThat(run(other)).isZero();
    assertThat(lines()).containsExactly(line, other);
    assertThat(mode(home.resolve(".ssh/authorized_keys"))).isEqualTo("rw-------");
    assertThat(mode(home.resolve(".ssh"))).isEqualTo("rwx------");
    assertThat(Files.readAllLines(folder.resolve("done")))
        .startsWith(
            "useradd --create-home --shell /usr/sbin/nologin etl", "usermod --password * etl")
        .filteredOn(each -> each.startsWith("useradd"))
        .hasSize(1);
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void refusesALineThatRestrictsNothing() throws Exception {
    assertThat(run(key.authorizedKeysLine("bobbin@shop"))).isEqualTo(2);
    assertThat(folder.resolve("done")).doesNotExist();
  }

  @Test
  @EnabledIf("dev.bobbin.testservers.SshServer#isAvailable")
  void openSshTakesTheLineAndForwardsToTheDatabaseAlone() throws Exception {
    try (EchoServer database = new EchoServer();
        EchoServer other = new EchoServer()) {
      run(key.authorizedKeysLine("bobbin@shop", database.host(), database.port()));
      try (SshServer server = SshServer.builder().authorizedKey(lines().get(0)).start()) {
        SshTunnel way =
            SshTunnel.via(server.host(), server.port())
                .user(server.user())
                .key(key)
                .hostKey(server.hostKeyFingerprint());
        try (Tunnel tunnel = way.open(database.host(), database.port());
            Tunnel elsewhere = way.open(other.host(), other.port())) {
          SshTunnelTest.assertEchoes(tunnel);
          assertThatThrownBy(elsewhere::connect).hasMessageContaining("not allowed to forward");
        }
      }
    }
  }
}
