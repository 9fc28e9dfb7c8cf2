package dev.bobbin.ssh;

import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.TunnelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.util.function.Supplier;
import net.schmizz.sshj.common.KeyType;
import net.schmizz.sshj.userauth.keyprovider.KeyProvider;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;

/**
 * A private key and its public key, by which a user logs in to an SSH server. Immutable and
 * thread-safe; {@link #toString} shows the public key's fingerprint alone.
 */
public final class SshKeyPair {

  private final KeyPair keys;
  private final HostKey publicKey;

  private SshKeyPair(KeyPair keys) {
    this.keys = keys;
    this.publicKey = HostKey.of(keys.getPublic());
  }

  static SshKeyPair of(KeyPair keys) {
    return new SshKeyPair(keys);
  }

  /** A new pair, of type ed25519. */
  public static SshKeyPair generate() {
    Ed25519PrivateKeyParameters key = new Ed25519PrivateKeyParameters(new SecureRandom());
    return new SshKeyPair(PrivateKeyFile.ed25519(key));
  }

  /**
   * The pair of a private key file: OpenSSH's format, PEM (PKCS#1, SEC 1) or PKCS#8; ed25519, ECDSA
   * or RSA.
   *
   * @throws TunnelException if the file cannot be read, or is encrypted
   */
  public static SshKeyPair load(Path file) {
    return PrivateKeyFile.read(file, null);
  }

  /**
   * The pair of an encrypted private key file.
   *
   * @param passphrase asked once
   * @throws TunnelException if the file cannot be read, or the passphrase is wrong
   */
  public static SshKeyPair load(Path file, Supplier<String> passphrase) {
    return PrivateKeyFile.read(file, passphrase);
  }

  /**
   * Writes the pair in OpenSSH's format, not encrypted: the private key to this file, which its
   * owner alone may read (mode 600) from the moment it exists, and the public key beside it, to the
   * file of the same name with {@code .pub}.
   *
   * @throws ConfigurationException if one of the files is there already; nothing is changed
   * @throws UncheckedIOException if they cannot be written
   */
  public void save(Path file) {
    Path publicFile = file.resolveSibling(file.getFileName() + ".pub");
    try {
      if (Files.exists(publicFile)) {
        throw new FileAlreadyExistsException(publicFile.toString());
      }
      write(file, OpenSshKeyFormat.encode(keys));
      write(publicFile, publicKeyText() + "\n");
    } catch (FileAlreadyExistsException e) {
      throw new ConfigurationException(
          "The key pair is not written to "
              + file
              + ": "
              + e.getFile()
              + " is there already, and may be the only copy of a key.",
          "Name another file, load the pair that is there, or move it away.");
    } catch (IOException e) {
      throw new UncheckedIOException("The key pair cannot be written to " + file + ".", e);
    }
  }

  private static void write(Path file, String text) throws IOException {
    try (var channel =
        Files.newByteChannel(
            file,
            OwnerOnly.options(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            OwnerOnly.mode(file))) {
      OwnerOnly.write(channel, text.getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** The public key's fingerprint, such as {@code SHA256:…}, as {@code ssh-keygen -l} prints it. */
  public String fingerprint() {
    return publicKey.fingerprint();
  }

  /**
   * The line for the file authorized_keys of the SSH server's user, without its end.
   *
   * @param comment says whose key it is, such as {@code bobbin@shop}
   */
  public String authorizedKeysLine(String comment) {
    if (comment.isBlank() || hasControlCharacter(comment)) {
      throw new ConfigurationException(
          "The comment of a line for authorized_keys is empty, or holds a control character.",
          "Write words that say whose key it is, such as bobbin@shop.");
    }
    return publicKeyText() + " " + comment;
  }

  /**
   * The line for the file authorized_keys that lets the key do one thing alone: have connections to
   * this host and port forwarded (sshd(8), "AUTHORIZED_KEYS FILE FORMAT").
   *
   * @param comment says whose key it is
   * @param host the database's, as {@link SshTunnel#open} will be given it: the SSH server compares
   *     the text
   * @param port 1 to 65535
   */
  public String authorizedKeysLine(String comment, String host, int port) {
    if (host.isBlank()
        || host.chars().anyMatch(c -> c <= ' ' || c == '"' || c == '\\' || c == ',' || c == 0x7f)
        || port < 1
        || port > 65_535) {
      throw new ConfigurationException(
          "A line for authorized_keys cannot name this host and port.",
          "Write a name or an address, and a port from 1 to 65535.");
    }
    return "restrict,port-forwarding,permitopen=\""
        + SshHost.text(host, port)
        + "\" "
        + authorizedKeysLine(comment);
  }

  private static boolean hasControlCharacter(String text) {
    return text.chars().anyMatch(c -> c < ' ' || c == 0x7f);
  }

  /** The public key as authorized_keys has it, without options and comment. */
  String publicKeyText() {
    return publicKey.type() + " " + publicKey.base64();
  }

  /** For sshj, which logs it. */
  KeyProvider provider() {
    return new Provider(keys, toString());
  }

  private record Provider(KeyPair keys, String text) implements KeyProvider {

    @Override
    public PrivateKey getPrivate() {
      return keys.getPrivate();
    }

    @Override
    public PublicKey getPublic() {
      return keys.getPublic();
    }

    @Override
    public KeyType getType() {
      return KeyType.fromKey(keys.getPublic());
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** The public key's type and fingerprint. */
  @Override
  public String toString() {
    return publicKey.toString();
  }
}
