package dev.bobbin.tls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.bobbin.error.ConfigurationException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.NoSuchPaddingException;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A file of certificates or of a key in PEM (RFC 7468). Its refusals name the file, never its
 * content.
 */
final class PemFile {

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
  private static final Pattern BEGIN = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----");

  /** What stands before the number of an RSA key in PKCS #8: version and algorithm, in DER. */
  private static final byte[] RSA_ALGORITHM = {
    0x02,
    0x01,
    0x00,
    0x30,
    0x0d,
    0x06,
    0x09,
    0x2a,
    (byte) 0x86,
    0x48,
    (byte) 0x86,
    (byte) 0xf7,
    0x0d,
    0x01,
    0x01,
    0x01,
    0x05,
    0x00
  };

  private record Block(String label, String body) {
    byte[] bytes() {
      return Base64.getMimeDecoder().decode(body);
    }
  }

  private final Path path;
  private final String what;
  private final List<Block> blocks;

  private PemFile(Path path, String what, List<Block> blocks) {
    this.path = path;
    this.what = what;
    this.blocks = blocks;
  }

  /**
   * Reads a file.
   *
   * @param what it is, for messages
   * @throws ConfigurationException if it cannot be read
   */
  static PemFile read(Path path, String what) {
    String text;
    try {
      text = Files.readString(path, ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw new ConfigurationException(
          "The " + what + " " + path + " does not exist.", "Check the path.");
    } catch (IOException e) {
      throw new ConfigurationException(
          "The " + what + " " + path + " cannot be read (" + e.getClass().getSimpleName() + ").",
          "Check the path, and that this process may read the file.");
    }
    List<Block> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(text);
    while (matcher.find()) {
      blocks.add(new Block(matcher.group(1), matcher.group(2)));
    }
    PemFile file = new PemFile(path, what, blocks);
    // A bundle that was cut off while it was copied would else be one of fewer roots.
    long begun =
        BEGIN.matcher(text).results().filter(b -> b.group(1).endsWith("CERTIFICATE")).count();
    if (begun != blocks.stream().filter(b -> b.label.endsWith("CERTIFICATE")).count()) {
      throw file.broken("last certificate");
    }
    return file;
  }

  static KeyStore emptyStore() throws GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try {
      store.load(null, null);
    } catch (IOException e) {
      throw new GeneralSecurityException(e);
    }
    return store;
  }

  /** All certificates, at least one. */
  List<X509Certificate> certificates() throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> certificates = new ArrayList<>();
    for (Block block : blocks) {
      if (block.label.endsWith("CERTIFICATE")) {
        try {
          certificates.add(
              (X509Certificate)
                  factory.generateCertificate(new ByteArrayInputStream(block.bytes())));
        } catch (CertificateException | IllegalArgumentException e) {
          throw broken("certificate number " + (certificates.size() + 1));
        }
      }
    }
    if (certificates.isEmpty()) {
      throw new ConfigurationException(
          "The " + what + " " + path + " holds no certificate in PEM.",
          "It has to hold a part that begins with -----BEGIN CERTIFICATE-----; for a file in DER:"
              + " openssl x509 -inform der -in file -out file.pem");
    }
    return certificates;
  }

  /**
   * The private key.
   *
   * @param passphrase of an encrypted one; null for none
   */
  PrivateKey privateKey(@Nullable Supplier<String> passphrase) throws GeneralSecurityException {
    Map<String, Block> byLabel = new LinkedHashMap<>();
    blocks.forEach(block -> byLabel.putIfAbsent(block.label, block));
    Block encrypted = byLabel.get("ENCRYPTED PRIVATE KEY");
    Block plain = byLabel.get("PRIVATE KEY");
    Block rsa = byLabel.get("RSA PRIVATE KEY");
    try {
      if (encrypted != null) {
        return key(decrypted(encrypted.bytes(), passphrase));
      }
      if (plain != null) {
        return key(plain.bytes());
      }
      if (rsa != null) {
        return key(wrapped(rsa.bytes()));
      }
    } catch (IllegalArgumentException e) {
      throw broken("private key");
    }
    throw new ConfigurationException(
        "The " + what + " " + path + " holds no private key of a kind that can be read.",
        "It has to be PKCS #8 in PEM: openssl pkcs8 -topk8 -in file -out file.pem");
  }

  private byte[] decrypted(byte[] encrypted, @Nullable Supplier<String> passphrase)
      throws GeneralSecurityException {
    if (passphrase == null) {
      throw new ConfigurationException(
          "The " + what + " " + path + " is encrypted.",
          "Give its passphrase: clientCertificate(certificate, key, passphrase).");
    }
    EncryptedPrivateKeyInfo info;
    try {
      info = new EncryptedPrivateKeyInfo(encrypted);
    } catch (IOException e) {
      throw broken("private key");
    }
    // For PBES2 the name of the algorithm alone is not enough: its parameters' text is its name.
    String algorithm =
        info.getAlgName().equals("PBES2") || info.getAlgName().equals("1.2.840.113549.1.5.13")
            ? String.valueOf(info.getAlgParameters())
            : info.getAlgName();
    @Nullable String secret = passphrase.get();
    if (secret == null) {
      throw new ConfigurationException(
          "The supplier of the passphrase of " + path + " gave null.", "Mend the supplier.");
    }
    PBEKeySpec spec = new PBEKeySpec(secret.toCharArray());
    try {
      Cipher cipher = Cipher.getInstance(algorithm);
      cipher.init(
          Cipher.DECRYPT_MODE,
          SecretKeyFactory.getInstance(algorithm).generateSecret(spec),
          info.getAlgParameters());
      return info.getKeySpec(cipher).getEncoded();
    } catch (NoSuchAlgorithmException | NoSuchPaddingException e) {
      throw new ConfigurationException(
          "The "
              + what
              + " "
              + path
              + " is encrypted in a way that the JDK cannot decrypt ("
              + algorithm
              + ").",
          "Encrypt it anew: openssl pkcs8 -topk8 -v2 aes-256-cbc -in file -out file.pem");
    } catch (InvalidKeySpecException | InvalidKeyException e) {
      throw new ConfigurationException(
          "The " + what + " " + path + " cannot be decrypted: the passphrase is wrong.",
          "Check what the passphrase's supplier gives.");
    } finally {
      spec.clearPassword();
    }
  }

  private PrivateKey key(byte[] pkcs8) throws GeneralSecurityException {
    for (String algorithm : List.of("RSA", "EC", "Ed25519", "RSASSA-PSS")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (InvalidKeySpecException e) {
        // of another algorithm
      }
    }
    throw broken("private key");
  }

  /** PKCS #1 as PKCS #8 (RFC 5208, 5). */
  private static byte[] wrapped(byte[] pkcs1) {
    return der(0x30, RSA_ALGORITHM, der(0x04, pkcs1, new byte[0]));
  }

  private static byte[] der(int tag, byte[] first, byte[] second) {
    int length = first.length + second.length;
    int head = length < 128 ? 2 : length < 256 ? 3 : 4;
    byte[] all = new byte[head + length];
    all[0] = (byte) tag;
    switch (head) {
      case 2 -> all[1] = (byte) length;
      case 3 -> {
        all[1] = (byte) 0x81;
        all[2] = (byte) length;
      }
      default -> {
        all[1] = (byte) 0x82;
        all[2] = (byte) (length >> 8);
        all[3] = (byte) length;
      }
    }
    System.arraycopy(first, 0, all, head, first.length);
    System.arraycopy(second, 0, all, head + first.length, second.length);
    return all;
  }

  private ConfigurationException broken(String part) {
    return new ConfigurationException(
        "The " + part + " in the " + what + " " + path + " is damaged.", "Copy the file anew.");
  }
}
