package dev.bobbin.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.TunnelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SshKeyPairTest {

  @TempDir Path folder;

  /** What ssh-keygen prints. */
  private static String keygen(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("ssh-keygen"));
    command.addAll(List.of(arguments));
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      assumeThat(false).as("ssh-keygen is not here").isTrue();
      throw e;
    }
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  private static SshKeyPair made(String algorithm, String curve) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    if (algorithm.equals("EC")) {
      generator.initialize(new ECGenParameterSpec(curve));
    } else {
      generator.initialize(2048);
    }
    return SshKeyPair.of(generator.generateKeyPair());
  }

  @Test
  void whatIsSavedIsWhatIsLoaded() {
    SshKeyPair pair = SshKeyPair.generate();
    Path file = folder.resolve("id");
    pair.save(file);
    assertThat(SshKeyPair.load(file).fingerprint()).isEqualTo(pair.fingerprint());
    assertThat(SshKeyPair.generate().fingerprint()).isNotEqualTo(pair.fingerprint());
  }

  @ParameterizedTest
  @CsvSource({"Ed25519, ''", "EC, secp256r1", "EC, secp384r1", "EC, secp521r1", "RSA, ''"})
  void openSshReadsWhatIsSaved(String algorithm, String curve) throws Exception {
    SshKeyPair pair = algorithm.equals("Ed25519") ? SshKeyPair.generate() : made(algorithm, curve);
    Path file = folder.resolve("id");
    pair.save(file);
    assertThat(keygen("-y", "-f", file.toString()).strip()).isEqualTo(pair.publicKeyText());
    assertThat(keygen("-lf", file + ".pub")).contains(pair.fingerprint());
    assertThat(Files.readString(Path.of(file + ".pub"))).isEqualTo(pair.publicKeyText() + "\n");
    assertThat(SshKeyPair.load(file).fingerprint()).isEqualTo(pair.fingerprint());
  }

  @Test
  void onlyTheOwnerCanReadWhatIsSaved() throws IOException {
    Path file = folder.resolve("id");
    SshKeyPair.generate().save(file);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @ParameterizedTest
  @ValueSource(strings = {"id", "id.pub"})
  void nothingIsOverwritten(String there) throws IOException {
    Path file = Files.writeString(folder.resolve(there), "precious");
    SshKeyPair pair = SshKeyPair.generate();
    assertThatThrownBy(() -> pair.save(folder.resolve("id")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(file.toString());
    assertThat(file).hasContent("precious");
    try (var files = Files.list(folder)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void aFolderThatIsMissingIsSaid() {
    assertThatThrownBy(() -> SshKeyPair.generate().save(folder.resolve("no/id")))
        .isInstanceOf(UncheckedIOException.class);
  }

  @Test
  void aPassphraseIsAskedForOnlyIfTheFileIsEncrypted() {
    Path file = folder.resolve("id");
    SshKeyPair pair = SshKeyPair.generate();
    pair.save(file);
    assertThat(
            SshKeyPair.load(
                    file,
                    () -> {
                      throw new AssertionError("asked");
                    })
                .fingerprint())
        .isEqualTo(pair.fingerprint());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-m PEM", "-m PKCS8"})
  void filesWithWindowsLineEndsAndTextAroundAreRead(String options) throws Exception {
    Path file = folder.resolve("id");
    List<String> arguments =
        new ArrayList<>(List.of("-q", "-t", "rsa", "-N", "", "-f", file.toString()));
    if (!options.isEmpty()) {
      arguments.addAll(List.of(options.split(" ", -1)));
    }
    keygen(arguments.toArray(String[]::new));
    String fingerprint = SshKeyPair.load(file).fingerprint();
    Files.writeString(file, Files.readString(file).replace("\n", "\r\n") + "\r\n\r\n");
    assertThat(SshKeyPair.load(file).fingerprint()).isEqualTo(fingerprint);
  }

  @Test
  void damagedFilesAreSaidToBeDamagedAndQuoteNothing() throws Exception {
    Path file = folder.resolve("id");
    SshKeyPair.generate().save(file);
    String text = Files.readString(file);
    for (int cut = 40; cut < text.indexOf("-----END"); cut += 17) {
      Files.writeString(file, text.substring(0, cut));
      assertThatThrownBy(() -> SshKeyPair.load(file))
          .as("cut at %s", cut)
          .isInstanceOf(TunnelException.class)
          .hasMessageContaining(file.toString())
          .hasNoCause();
    }
    Files.writeString(
        file,
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getEncoder().encodeToString("canary".getBytes(StandardCharsets.UTF_8))
            + "\n-----END PRIVATE KEY-----\n");
    assertThatThrownBy(() -> SshKeyPair.load(file))
        .isInstanceOf(TunnelException.class)
        .hasMessageNotContaining("canary");
  }

  @Test
  void linesForAuthorizedKeysAreWhatOpenSshReads() throws Exception {
    SshKeyPair pair = SshKeyPair.generate();
    assertThat(pair.authorizedKeysLine("bobbin@shop"))
        .isEqualTo(pair.publicKeyText() + " bobbin@shop");
    String restricted = pair.authorizedKeysLine("bobbin@shop", "db.internal", 5432);
    assertThat(restricted)
        .isEqualTo(
            "restrict,port-forwarding,permitopen=\"db.internal:5432\" "
                + pair.publicKeyText()
                + " bobbin@shop");
    assertThat(pair.authorizedKeysLine("me", "2001:db8::1", 5432))
        .contains("permitopen=\"[2001:db8::1]:5432\"");
    Path file = Files.writeString(folder.resolve("authorized_keys"), restricted + "\n");
    assertThat(keygen("-lf", file.toString())).contains(pair.fingerprint(), "bobbin@shop");
  }

  @Test
  void linesForAuthorizedKeysCannotBeBrokenOutOf() {
    SshKeyPair pair = SshKeyPair.generate();
    assertThatThrownBy(() -> pair.authorizedKeysLine("a\nssh-rsa AAAA"))
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> pair.authorizedKeysLine("a", "db\",command=\"x", 1))
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> pair.authorizedKeysLine("a", "*", 0))
        .isInstanceOf(ConfigurationException.class);
  }
}
