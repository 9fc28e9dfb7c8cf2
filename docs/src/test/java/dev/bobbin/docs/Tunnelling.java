package dev.bobbin.docs;

import dev.bobbin.Replicator;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.ssh.SshKeyPair;
import dev.bobbin.ssh.SshTunnel;
import java.nio.file.Path;

/** What the page on connecting shows of SSH. */
final class Tunnelling {

  private Tunnelling() {}

  static Replicator tunnel(
      SourceDialect shop, String bastion, int port, String user, Path keyFile, Path knownHosts) {
    // docs:begin tunnel
    SshTunnel tunnel = SshTunnel.via(bastion, port).user(user).key(keyFile).knownHosts(knownHosts);

    Replicator replicator = Replicator.from(shop).through(tunnel).build();
    // docs:end tunnel
    return replicator;
  }

  static String keyPair(Path keyFile) {
    // docs:begin key-pair
    SshKeyPair pair = SshKeyPair.generate();
    pair.save(keyFile);
    String line = pair.authorizedKeysLine("bobbin@shop", "db.internal", 5432);
    // docs:end key-pair
    return line;
  }

  static SshTunnel jump(Path keyFile, Path knownHosts) {
    // docs:begin jump
    SshTunnel outer =
        SshTunnel.via("bastion.example.com").user("etl").key(keyFile).knownHosts(knownHosts);
    SshTunnel inner =
        SshTunnel.via("inner.internal")
            .user("bobbin")
            .key(keyFile)
            .hostKey("SHA256:PI7w3bYXCvdqsO9yfXF8iXw5P5dWUwEoVqWd0n0lGWg")
            .through(outer);
    // docs:end jump
    return inner;
  }
}
