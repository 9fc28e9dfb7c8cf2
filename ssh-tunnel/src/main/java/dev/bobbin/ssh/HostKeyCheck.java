package dev.bobbin.ssh;

import dev.bobbin.error.TunnelException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import net.schmizz.sshj.transport.verification.HostKeyVerifier;
import org.jspecify.annotations.Nullable;

/**
 * Verifies the host key of one connection, and keeps what came of it: sshj asks in a thread of its
 * own, and would word the refusal itself. Thread-safe.
 */
final class HostKeyCheck implements HostKeyVerifier {

  private final SshHost host;
  private final HostKeyTrust trust;
  private final List<String> unwantedTypes;

  private @Nullable HostKey key;
  private @Nullable String how;
  private @Nullable RuntimeException refusal;

  /**
   * @param unwantedTypes of host keys, to be asked for last
   */
  HostKeyCheck(SshHost host, HostKeyTrust trust, List<String> unwantedTypes) {
    this.host = host;
    this.trust = trust;
    this.unwantedTypes = unwantedTypes;
  }

  @Override
  public synchronized boolean verify(String hostname, int port, PublicKey shown) {
    HostKey shownKey = HostKey.of(shown);
    if (how != null) {
      // Keys are exchanged anew every now and then; the file may have been edited since.
      return shownKey.equals(key);
    }
    key = shownKey;
    try {
      how = trust.accept(host, shownKey);
      return true;
    } catch (RuntimeException e) {
      refusal = e;
      return false;
    }
  }

  /** What sshj puts first in its proposal; the rest follows in its own order. */
  @Override
  public synchronized List<String> findExistingAlgorithms(String hostname, int port) {
    List<String> wanted = new ArrayList<>();
    try {
      wanted.addAll(trust.types(host));
    } catch (TunnelException e) {
      refusal = e;
    }
    if (!unwantedTypes.isEmpty()) {
      wanted.addAll(
          List.of(
              "ssh-ed25519",
              "ecdsa-sha2-nistp256",
              "ecdsa-sha2-nistp384",
              "ecdsa-sha2-nistp521",
              "ssh-rsa"));
      wanted.removeAll(unwantedTypes);
    }
    // An RSA key signs by one of these; its type alone would ask for SHA-1.
    if (wanted.remove("ssh-rsa")) {
      wanted.add("rsa-sha2-512");
      wanted.add("rsa-sha2-256");
    }
    return wanted;
  }

  /** Why the key was refused; null if it was not, or has not come yet. */
  synchronized @Nullable RuntimeException refusal() {
    return refusal;
  }

  /** The key that the server showed. */
  synchronized @Nullable HostKey key() {
    return key;
  }

  /** For a finding. */
  synchronized String seen() {
    return "The host key of " + host + " is " + key + ", " + how + ".";
  }
}
