package dev.bobbin.ssh;

import dev.bobbin.error.TunnelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** How a server is known to be the right one. Immutable. */
sealed interface HostKeyTrust {

  /** The method of {@link SshTunnel} that says so. */
  String method();

  /** The host key types to prefer; empty for any. */
  List<String> types(SshHost host);

  /**
   * Accepts a host key, and says how it was known.
   *
   * @throws TunnelException if it is not the server's, or nobody knows
   */
  String accept(SshHost host, HostKey key);

  /** The same, but nothing is written down. */
  default HostKeyTrust readOnly() {
    return this;
  }

  /** A known_hosts file. */
  record File(Path path) implements HostKeyTrust {

    @Override
    public String method() {
      return "knownHosts(…)";
    }

    @Override
    public List<String> types(SshHost host) {
      return KnownKeys.read(path, false).types(host);
    }

    @Override
    public String accept(SshHost host, HostKey key) {
      KnownKeys known = KnownKeys.read(path, false);
      if (known.knows(host, key)) {
        return "as " + path + " says";
      }
      throw new TunnelException(
          "The SSH server "
              + host
              + " is unknown: its host key, "
              + key
              + ", is not in "
              + path
              + ".",
          "Compare the fingerprint with the one that the server's administrator sees (ssh-keygen"
              + " -lf on its public host key file). Only if they are equal, add this line to "
              + path
              + ", or pin the key by hostKey(\""
              + key.fingerprint()
              + "\"):\n"
              + key.knownHostsLine(host.name(), host.port()),
          false,
          null);
    }
  }

  /** Fingerprints that were pinned, any of which will do. */
  record Pins(List<String> fingerprints) implements HostKeyTrust {

    Pins and(String fingerprint) {
      List<String> more = new ArrayList<>(fingerprints);
      more.add(fingerprint);
      return new Pins(List.copyOf(more));
    }

    @Override
    public String method() {
      return "hostKey(…)";
    }

    @Override
    public List<String> types(SshHost host) {
      return List.of();
    }

    @Override
    public String accept(SshHost host, HostKey key) {
      if (fingerprints.contains(key.fingerprint())) {
        return "as pinned";
      }
      throw KnownKeys.changed(
          host, "pinned is " + String.join(" or ", fingerprints), key, "pin the new one instead");
    }
  }

  /**
   * A file that takes down the key that a server first shows.
   *
   * @param writes whether it does so now, or only will
   */
  record FirstUse(Path path, boolean writes) implements HostKeyTrust {

    @Override
    public HostKeyTrust readOnly() {
      return new FirstUse(path, false);
    }

    @Override
    public String method() {
      return "trustOnFirstUse(…)";
    }

    @Override
    public List<String> types(SshHost host) {
      return KnownKeys.read(path, true).types(host);
    }

    @Override
    public String accept(SshHost host, HostKey key) {
      if (KnownKeys.read(path, true).knows(host, key)) {
        return "as on first use, in " + path;
      }
      if (!writes) {
        return "which is not known yet: the first use will trust it, and take it down in " + path;
      }
      String line = key.knownHostsLine(host.name(), host.port()) + "\n";
      try {
        // An editor may have left the last line open.
        String text = endsOpen(path) ? "\n" + line : line;
        try (var channel =
            Files.newByteChannel(
                path,
                OwnerOnly.options(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                OwnerOnly.mode(path))) {
          OwnerOnly.write(channel, text.getBytes(StandardCharsets.UTF_8));
        }
      } catch (IOException e) {
        throw new TunnelException(
            "The host key of the SSH server " + host + " cannot be written to " + path + ".",
            "Make the file and its folder writable for the user that runs this program: "
                + e.getMessage(),
            false,
            e);
      }
      return "on its first use, and taken down in " + path;
    }

    private static boolean endsOpen(Path path) throws IOException {
      if (Files.notExists(path)) {
        return false;
      }
      byte[] bytes = Files.readAllBytes(path);
      return bytes.length > 0 && bytes[bytes.length - 1] != '\n';
    }
  }

  /** What a file says about hosts. */
  record KnownKeys(Path path, KnownHosts hosts) {

    static KnownKeys read(Path path, boolean mayBeMissing) {
      try {
        List<String> lines =
            mayBeMissing && Files.notExists(path)
                ? List.of()
                // Not UTF-8: comments may be anything.
                : Files.readAllLines(path, StandardCharsets.ISO_8859_1);
        return new KnownKeys(path, new KnownHosts(lines));
      } catch (IOException e) {
        throw new TunnelException(
            "The file of known hosts " + path + " cannot be read.",
            "Name a file that exists and that the user who runs this program may read: "
                + e.getClass().getSimpleName()
                + ".",
            false,
            e);
      }
    }

    List<String> types(SshHost host) {
      return hosts.keysOf(host.name(), host.port()).stream().map(HostKey::type).distinct().toList();
    }

    /**
     * Whether a host is known by this key.
     *
     * @throws TunnelException if it is known by others only, or the key is revoked
     */
    boolean knows(SshHost host, HostKey key) {
      List<HostKey> known = hosts.keysOf(host.name(), host.port());
      // As ssh does: a name without a port is good for every port, if the key is the same.
      boolean byBareName = known.isEmpty();
      if (hosts.isRevoked(host.name(), host.port(), key)
          || (byBareName && hosts.isRevoked(host.name(), SshHost.DEFAULT_PORT, key))) {
        throw new TunnelException(
            "The host key of the SSH server "
                + host
                + ", "
                + key
                + ", is marked as revoked in "
                + path
                + ". Nothing was sent to the server.",
            "Ask the server's administrator for its new key, and put that into the file.",
            false,
            null);
      }
      if (known.contains(key)
          || (byBareName && hosts.keysOf(host.name(), SshHost.DEFAULT_PORT).contains(key))) {
        return true;
      }
      if (byBareName) {
        return false;
      }
      throw changed(
          host,
          path
              + " says "
              + known.stream().map(HostKey::toString).collect(Collectors.joining(" or ")),
          key,
          "remove the old line from the file (ssh-keygen -R '"
              + KnownHosts.name(host.name(), host.port())
              + "' -f "
              + path
              + ") and add\n"
              + key.knownHostsLine(host.name(), host.port()));
    }

    static TunnelException changed(SshHost host, String known, HostKey shown, String replace) {
      return new TunnelException(
          "The host key of the SSH server "
              + host
              + " is not the right one: "
              + known
              + ", but the server shows "
              + shown
              + ". Somebody may be listening in. Nothing was sent to the server.",
          "Ask the server's administrator whether its key was changed, and compare the"
              + " fingerprint. Only if it is the administrator's, "
              + replace,
          false,
          null);
    }
  }
}
