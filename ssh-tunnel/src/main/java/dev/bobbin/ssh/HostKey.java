package dev.bobbin.ssh;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.util.Base64;
import net.schmizz.sshj.common.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * The public key of an SSH server or user, in the form that SSH sends and known_hosts files hold
 * (RFC 4253, section 6.6).
 *
 * @param type such as {@code ssh-ed25519}
 * @param base64 the key, its type included
 */
record HostKey(String type, String base64) {

  static HostKey of(PublicKey key) {
    byte[] blob = new Buffer.PlainBuffer().putPublicKey(key).getCompactData();
    return new HostKey(typeOf(blob), Base64.getEncoder().encodeToString(blob));
  }

  /** The key of a line, or null if the two do not fit together. */
  static @Nullable HostKey parse(String type, String base64) {
    try {
      byte[] blob = Base64.getDecoder().decode(base64);
      return typeOf(blob).equals(type)
          ? new HostKey(type, Base64.getEncoder().encodeToString(blob))
          : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static String typeOf(byte[] blob) {
    ByteBuffer bytes = ByteBuffer.wrap(blob);
    if (bytes.remaining() < Integer.BYTES) {
      return "";
    }
    int length = bytes.getInt();
    return length < 0 || length > bytes.remaining()
        ? ""
        : new String(blob, Integer.BYTES, length, StandardCharsets.US_ASCII);
  }

  /** As ssh-keygen prints it: SHA-256 in Base64 without padding. */
  String fingerprint() {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(Base64.getDecoder().decode(base64));
      return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java runtime has SHA-256.", e);
    }
  }

  /** The line of a known_hosts file, without its end. */
  String knownHostsLine(String host, int port) {
    return KnownHosts.name(host, port) + " " + type + " " + base64;
  }

  /** For messages. */
  @Override
  public String toString() {
    return type + " " + fingerprint();
  }
}
