package dev.bobbin.ssh;

import com.hierynomus.sshj.userauth.keyprovider.OpenSSHKeyV1KeyFile;
import dev.bobbin.error.TunnelException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.Supplier;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import net.schmizz.sshj.common.Ed25519KeyFactory;
import net.schmizz.sshj.common.KeyType;
import net.schmizz.sshj.userauth.keyprovider.BaseFileKeyProvider;
import net.schmizz.sshj.userauth.keyprovider.PKCS8KeyFile;
import net.schmizz.sshj.userauth.password.PasswordFinder;
import net.schmizz.sshj.userauth.password.PasswordUtils;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that holds a private key, as it is being read. sshj reads most formats; PKCS#8 is taken
 * apart here, since sshj knows no ed25519 key in it.
 */
final class PrivateKeyFile {

  private static final Logger LOG = LoggerFactory.getLogger(PrivateKeyFile.class);

  private static final String OPENSSH = "OPENSSH PRIVATE KEY";
  private static final String PKCS8 = "PRIVATE KEY";
  private static final String PKCS8_ENCRYPTED = "ENCRYPTED PRIVATE KEY";

  /** The magic, and the cipher's name with its length before it. */
  private static final byte[] NOT_ENCRYPTED =
      "openssh-key-v1\0\0\0\0\4none".getBytes(StandardCharsets.US_ASCII);

  /** RFC 8410, section 3. */
  private static final ASN1ObjectIdentifier ED25519 = new ASN1ObjectIdentifier("1.3.101.112");

  private static final long LARGEST = 1 << 20;

  private final Path path;
  private final String text;
  private final @Nullable String passphrase;

  private PrivateKeyFile(Path path, String text, @Nullable String passphrase) {
    this.path = path;
    this.text = text;
    this.passphrase = passphrase;
  }

  /**
   * The keys of a file.
   *
   * @param passphrase asked once, and only if the file is encrypted
   * @throws TunnelException if it cannot be read
   */
  static SshKeyPair read(Path path, @Nullable Supplier<String> passphrase) {
    String text = content(path);
    boolean encrypted = isEncrypted(text);
    if (encrypted && passphrase == null) {
      throw failure(
          "The key file " + path + " is encrypted.",
          "Give its passphrase: key(path, passphrase supplier).",
          null);
    }
    String word = encrypted && passphrase != null ? ask(path, passphrase) : null;
    PrivateKeyFile file = new PrivateKeyFile(path, text, word);
    try {
      return SshKeyPair.of(file.keys());
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      if (e instanceof TunnelException known) {
        throw known;
      }
      // The cause is left out: what a parser says may hold a piece of what it parsed.
      throw encrypted
          ? failure(
              "The key file " + path + " cannot be decrypted: the passphrase is wrong.",
              "Check the passphrase that the supplier gives: ssh-keygen -y -f "
                  + path
                  + " asks for it.",
              null)
          : failure(
              "The key file " + path + " is damaged, or of a kind that is not known.",
              "Give a private key of type ed25519, ECDSA or RSA in OpenSSH's format, PEM or PKCS#8;"
                  + " ssh-keygen -y -f "
                  + path
                  + " says whether it is one.",
              null);
    }
  }

  private static String content(Path path) {
    try {
      if (Files.isRegularFile(path) && Files.size(path) > LARGEST) {
        throw notPrivate(path, "It is too large.");
      }
      if (OwnerOnly.isOpenToOthers(path)) {
        LOG.warn(
            "The key file {} can be read or written by others than its owner. Do: chmod 600 {}",
            path,
            path);
      }
      // Not UTF-8: what is no key file at all may be anything.
      return new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw failure(
          "The key file " + path + " does not exist.",
          "Name the private key's file, or make a pair: SshKeyPair.generate().save(path).",
          e);
    } catch (IOException e) {
      throw failure(
          "The key file " + path + " cannot be read: " + e.getClass().getSimpleName() + ".",
          "Name a file that the user who runs this program may read (and keep it at mode 600).",
          e);
    }
  }

  private static String ask(Path path, Supplier<String> passphrase) {
    @Nullable String word;
    try {
      word = passphrase.get();
    } catch (RuntimeException e) {
      throw failure(
          "The supplier of the passphrase for the key file " + path + " failed.",
          "See the cause.",
          e);
    }
    if (word == null) {
      throw failure(
          "The supplier of the passphrase for the key file " + path + " gave null.",
          "Let it give the passphrase.",
          null);
    }
    return word;
  }

  private static boolean isEncrypted(String text) {
    if (label(text).equals(OPENSSH)) {
      byte[] file = decode(text);
      return file.length >= NOT_ENCRYPTED.length
          && !Arrays.equals(file, 0, NOT_ENCRYPTED.length, NOT_ENCRYPTED, 0, NOT_ENCRYPTED.length);
    }
    return label(text).equals(PKCS8_ENCRYPTED) || text.contains("Proc-Type: 4,ENCRYPTED");
  }

  /** What stands between BEGIN and the dashes; empty if there is no such line. */
  private static String label(String text) {
    return text.lines()
        .map(String::strip)
        .filter(line -> line.startsWith("-----BEGIN ") && line.endsWith("-----"))
        .map(line -> line.substring(11, line.length() - 5))
        .findFirst()
        .orElse("");
  }

  private static byte[] decode(String text) {
    StringBuilder base64 = new StringBuilder();
    boolean inside = false;
    for (String line : text.lines().map(String::strip).toList()) {
      if (line.startsWith("-----END ")) {
        break;
      }
      if (inside) {
        base64.append(line);
      }
      inside |= line.startsWith("-----BEGIN ");
    }
    try {
      return Base64.getDecoder().decode(base64.toString());
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }

  private KeyPair keys() throws IOException, GeneralSecurityException {
    String label = label(text);
    return switch (label) {
      case OPENSSH -> checked(new OpenSSHKeyV1KeyFile(), text);
      case PKCS8 -> pkcs8(decode(text));
      case PKCS8_ENCRYPTED -> pkcs8(decrypt(decode(text)));
      case "RSA PRIVATE KEY", "EC PRIVATE KEY" -> checked(new PKCS8KeyFile(), text);
      default -> throw notPrivate(path, hint(label));
    };
  }

  private String hint(String label) {
    if (text.startsWith("PuTTY-User-Key-File")) {
      return "It is PuTTY's format; puttygen file.ppk -O private-openssh -o file converts it.";
    }
    if (text.startsWith("ssh-") || text.startsWith("ecdsa-") || label.endsWith("PUBLIC KEY")) {
      return "It is the public key; the private key is in the file without .pub.";
    }
    return label.startsWith("DSA") ? "DSA is no longer taken by SSH servers." : "";
  }

  private KeyPair pkcs8(byte[] encoded) throws IOException, GeneralSecurityException {
    PrivateKeyInfo info = PrivateKeyInfo.getInstance(encoded);
    if (info.getPrivateKeyAlgorithm().getAlgorithm().equals(ED25519)) {
      byte[] seed = ASN1OctetString.getInstance(info.getPrivateKey().getOctets()).getOctets();
      return ed25519(new Ed25519PrivateKeyParameters(seed));
    }
    return checked(
        new PKCS8KeyFile(),
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(encoded)
            + "\n-----END PRIVATE KEY-----\n");
  }

  static KeyPair ed25519(Ed25519PrivateKeyParameters key) {
    try {
      return new KeyPair(
          Ed25519KeyFactory.getPublicKey(key.generatePublicKey().getEncoded()),
          Ed25519KeyFactory.getPrivateKey(key.getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("No security provider knows ed25519.", e);
    }
  }

  private byte[] decrypt(byte[] encoded) throws IOException, GeneralSecurityException {
    EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(encoded);
    // For PBES2, the parameters' text is the name of the algorithm that they are of.
    String algorithm =
        info.getAlgName().equals("PBES2") ? info.getAlgParameters().toString() : info.getAlgName();
    PBEKeySpec word = new PBEKeySpec(passphrase == null ? new char[0] : passphrase.toCharArray());
    Cipher cipher = Cipher.getInstance(algorithm);
    cipher.init(
        Cipher.DECRYPT_MODE,
        SecretKeyFactory.getInstance(algorithm).generateSecret(word),
        info.getAlgParameters());
    return info.getKeySpec(cipher).getEncoded();
  }

  private KeyPair checked(BaseFileKeyProvider reader, String pem) throws IOException {
    @Nullable PasswordFinder finder =
        passphrase == null ? null : PasswordUtils.createOneOff(passphrase.toCharArray());
    reader.init(new StringReader(pem), finder);
    KeyPair keys = new KeyPair(reader.getPublic(), reader.getPrivate());
    KeyType type = KeyType.fromKey(keys.getPublic());
    return switch (type) {
      case RSA, ECDSA256, ECDSA384, ECDSA521, ED25519 -> keys;
      default -> throw notPrivate(path, "It is of type " + type + ".");
    };
  }

  private static TunnelException notPrivate(Path path, String hint) {
    return failure(
        "The file " + path + " is not a private key that can be read. " + hint,
        "Give a private key of type ed25519, ECDSA or RSA in OpenSSH's format, PEM or PKCS#8.",
        null);
  }

  private static TunnelException failure(String problem, String remedy, @Nullable Exception cause) {
    return new TunnelException(problem.strip(), remedy, false, cause);
  }
}
