package dev.bobbin.testservers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A private key in a file, and beside it the public one with {@code .pub} behind its name, as
 * {@code ssh-keygen} makes them.
 *
 * @param file the private key, which only its owner may read
 */
public record SshKeyFile(Path file) {

  /**
   * Makes a key without a passphrase.
   *
   * @param file must not exist
   * @param type as ssh-keygen names it: ed25519, ecdsa or rsa
   */
  public static SshKeyFile generate(Path file, String type) {
    return generate(file, type, "");
  }

  /**
   * Makes a key.
   *
   * @param file must not exist
   * @param type as ssh-keygen names it: ed25519, ecdsa or rsa
   * @param passphrase encrypts the file; empty for none
   * @param options more of ssh-keygen's, such as {@code -m PEM} or {@code -b 521}
   */
  public static SshKeyFile generate(Path file, String type, String passphrase, String... options) {
    List<String> arguments =
        new ArrayList<>(List.of("-q", "-t", type, "-N", passphrase, "-C", "", "-f", "" + file));
    arguments.addAll(List.of(options));
    UncheckedAction.run(() -> Command.require(SshServer.programs().keygen(arguments), ""));
    return new SshKeyFile(file);
  }

  /** The public key in one line, as in authorized_keys: type and base64. */
  public String publicKey() {
    try {
      return Files.readString(Path.of(file + ".pub"), UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The public key's, as {@code ssh-keygen -l} prints it: {@code SHA256:} and base64. */
  public String fingerprint() {
    byte[] key = Base64.getDecoder().decode(publicKey().split(" ", 3)[1]);
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(key);
      return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
