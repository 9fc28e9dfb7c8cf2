package dev.bobbin.benchmarks;

import dev.bobbin.ssh.SshTunnel;
import dev.bobbin.testservers.SshForward;
import dev.bobbin.testservers.SshKeyFile;
import dev.bobbin.testservers.SshServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A running SSH server before a database, and a port that OpenSSH's client forwards through it. */
record Bastion(SshServer server, SshKeyFile key, SshForward forward, Source source)
    implements AutoCloseable {

  private static final String PROPERTY = "bench.ssh.";

  static Bastion before(Source source) throws IOException {
    Path folder = Files.createTempDirectory("bobbin-bench-");
    SshKeyFile key = SshKeyFile.generate(folder.resolve("key"), "ed25519");
    SshServer server = SshServer.start(key);
    SshForward forward = SshForward.through(server, key, source.host(), source.port());
    return new Bastion(server, key, forward, source);
  }

  /** The database at the forwarded port. */
  Source forwarded() {
    return new Source(
        source.product(), forward.host(), forward.port(), source.database(), source.user());
  }

  /** The flags of a JVM in which {@link #tunnel} leads through this server. */
  List<String> flags() {
    return List.of(
        flag("host", server.host()),
        flag("port", Integer.toString(server.port())),
        flag("user", server.user()),
        flag("hostkey", server.hostKeyFingerprint()),
        flag("key", key.file().toString()));
  }

  private static String flag(String name, String value) {
    return "-D" + PROPERTY + name + "=" + value;
  }

  /** Bobbin's tunnel, with its settings as they come, through the server that the flags name. */
  static SshTunnel tunnel() {
    return SshTunnel.via(property("host"), Integer.parseInt(property("port")))
        .user(property("user"))
        .key(Path.of(property("key")))
        .hostKey(property("hostkey"));
  }

  private static String property(String name) {
    String value = System.getProperty(PROPERTY + name);
    if (value == null) {
      throw new IllegalStateException("No -D" + PROPERTY + name);
    }
    return value;
  }

  @Override
  public void close() {
    forward.close();
    server.close();
    Path folder = key.file().toAbsolutePath().getParent();
    for (Path file : List.of(key.file(), Path.of(key.file() + ".pub"), folder)) {
      file.toFile().delete();
    }
  }

  @Override
  public String toString() {
    return server.toString();
  }
}
