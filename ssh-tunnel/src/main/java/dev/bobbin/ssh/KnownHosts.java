package dev.bobbin.ssh;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The content of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): plain and hashed
 * names, ports, patterns and their negation, revoked keys. Certificate authorities are not
 * supported; their lines are passed over, as are those that cannot be read.
 *
 * <p>Not sshj's reader: to that, {@code !a,b} applies to every host but {@code a}, and a key that
 * is revoked in one line is accepted by another.
 */
final class KnownHosts {

  private static final int DEFAULT_PORT = 22;

  private record Entry(String patterns, HostKey key, boolean revoked) {}

  private final List<Entry> entries = new ArrayList<>();

  KnownHosts(List<String> lines) {
    for (String line : lines) {
      Entry entry = parse(line.strip());
      if (entry != null) {
        entries.add(entry);
      }
    }
  }

  private static @Nullable Entry parse(String line) {
    if (line.isEmpty() || line.startsWith("#")) {
      return null;
    }
    String[] words = line.split("\\s+", 5);
    boolean revoked = words[0].equals("@revoked");
    int first = revoked ? 1 : 0;
    if (words.length < first + 3 || (!revoked && words[0].startsWith("@"))) {
      return null;
    }
    HostKey key = HostKey.parse(words[first + 1], words[first + 2]);
    return key == null ? null : new Entry(words[first], key, revoked);
  }

  /** A server's name as known_hosts files write it. */
  static String name(String host, int port) {
    String lower = host.toLowerCase(Locale.ROOT);
    return port == DEFAULT_PORT ? lower : "[" + lower + "]:" + port;
  }

  /** The keys by which a server is known. */
  List<HostKey> keysOf(String host, int port) {
    String name = name(host, port);
    return entries.stream()
        .filter(e -> !e.revoked() && applies(e.patterns(), name))
        .map(Entry::key)
        .distinct()
        .toList();
  }

  boolean isRevoked(String host, int port, HostKey key) {
    String name = name(host, port);
    return entries.stream()
        .anyMatch(e -> e.revoked() && e.key().equals(key) && applies(e.patterns(), name));
  }

  private static boolean applies(String patterns, String name) {
    if (patterns.startsWith("|")) {
      return matchesHash(patterns, name);
    }
    boolean applies = false;
    for (String pattern : patterns.split(",", -1)) {
      if (pattern.startsWith("!")) {
        if (matches(pattern.substring(1), name)) {
          return false;
        }
      } else {
        applies |= matches(pattern, name);
      }
    }
    return applies;
  }

  private static boolean matches(String pattern, String name) {
    StringBuilder regex = new StringBuilder();
    for (char c : pattern.toLowerCase(Locale.ROOT).toCharArray()) {
      regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
    }
    return Pattern.matches(regex.toString(), name);
  }

  /** {@code |1|salt|hash}, both in Base64; the hash is HMAC-SHA1 of the name under the salt. */
  private static boolean matchesHash(String hashed, String name) {
    String[] parts = hashed.split("\\|", -1);
    if (parts.length != 4 || !parts[1].equals("1")) {
      return false;
    }
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(Base64.getDecoder().decode(parts[2]), "HmacSHA1"));
      byte[] hash = mac.doFinal(name.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(hash).equals(parts[3]);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return false;
    }
  }
}
