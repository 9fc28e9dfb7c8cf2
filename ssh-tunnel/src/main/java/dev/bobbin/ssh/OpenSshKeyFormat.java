package dev.bobbin.ssh;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.util.Arrays;
import java.util.Base64;
import net.schmizz.sshj.common.Buffer;
import net.schmizz.sshj.common.KeyType;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;

/**
 * The file format {@code openssh-key-v1} without encryption (PROTOCOL.key in OpenSSH's source), for
 * ed25519, ECDSA and RSA keys.
 */
final class OpenSshKeyFormat {

  private static final byte[] MAGIC = "openssh-key-v1\0".getBytes(StandardCharsets.US_ASCII);
  private static final int BLOCK = 8;
  private static final int LINE = 70;

  private OpenSshKeyFormat() {}

  static String encode(KeyPair keys) {
    byte[] blob = new Buffer.PlainBuffer().putPublicKey(keys.getPublic()).getCompactData();
    Buffer.PlainBuffer file = new Buffer.PlainBuffer();
    file.putRawBytes(MAGIC);
    file.putString("none"); // the cipher
    file.putString("none"); // the key derivation
    file.putString(""); // its options
    file.putUInt32(1); // the number of keys
    file.putString(blob);
    file.putString(privatePart(keys));
    String base64 =
        Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(file.getCompactData());
    return "-----BEGIN OPENSSH PRIVATE KEY-----\n"
        + base64
        + "\n-----END OPENSSH PRIVATE KEY-----\n";
  }

  private static byte[] privatePart(KeyPair keys) {
    Buffer.PlainBuffer part = new Buffer.PlainBuffer();
    // Twice the same, by which a reader recognises a wrong passphrase.
    long check = new SecureRandom().nextInt() & 0xffff_ffffL;
    part.putUInt32(check);
    part.putUInt32(check);
    if (keys.getPrivate() instanceof RSAPrivateCrtKey rsa) {
      part.putString(KeyType.RSA.toString());
      for (BigInteger number :
          new BigInteger[] {
            rsa.getModulus(),
            rsa.getPublicExponent(),
            rsa.getPrivateExponent(),
            rsa.getCrtCoefficient(),
            rsa.getPrimeP(),
            rsa.getPrimeQ()
          }) {
        part.putMPInt(number);
      }
    } else {
      // The public key comes first, as it is sent.
      part.putRawBytes(new Buffer.PlainBuffer().putPublicKey(keys.getPublic()).getCompactData());
      if (keys.getPrivate() instanceof ECPrivateKey ec) {
        part.putMPInt(ec.getS());
      } else {
        byte[] seed = ed25519Seed(keys);
        byte[] encoded = keys.getPublic().getEncoded();
        part.putString(
            concat(seed, Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length)));
      }
    }
    part.putString(""); // the comment
    for (byte padding = 1; part.available() % BLOCK != 0; padding++) {
      part.putByte(padding);
    }
    return part.getCompactData();
  }

  /** RFC 8410, section 7: the key is an octet string within an octet string. */
  static byte[] ed25519Seed(KeyPair keys) {
    PrivateKeyInfo info = PrivateKeyInfo.getInstance(keys.getPrivate().getEncoded());
    return ASN1OctetString.getInstance(info.getPrivateKey().getOctets()).getOctets();
  }

  private static byte[] concat(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }
}
