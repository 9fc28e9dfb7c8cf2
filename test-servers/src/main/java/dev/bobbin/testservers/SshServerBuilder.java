package dev.bobbin.testservers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The description of an SSH server to be started. Not thread-safe; {@link #start()} may be called
 * again for another server of the same kind, with keys of its own.
 */
public final class SshServerBuilder {
  private static final String AUTHORIZED_KEYS = "authorized_keys";

  private final List<String> authorizedKeys = new ArrayList<>();
  private final List<String> settings = new ArrayList<>();
  private List<String> hostKeys = List.of("ed25519");

  SshServerBuilder() {}

  /** A line of authorized_keys, such as a {@link SshKeyFile#publicKey()} with options before it. */
  public SshServerBuilder authorizedKey(String line) {
    authorizedKeys.add(line);
    return this;
  }

  /** Whether connections may be forwarded; they may by default. */
  public SshServerBuilder allowForwarding(boolean allowed) {
    return config("AllowTcpForwarding", allowed ? "yes" : "no");
  }

  /** The only targets to forward to, each {@code host:port}. */
  public SshServerBuilder permitOpen(String... targets) {
    return config("PermitOpen", String.join(" ", targets));
  }

  /** The types of its host keys, as ssh-keygen names them; ed25519 alone by default. */
  public SshServerBuilder hostKeys(String... types) {
    hostKeys = List.of(types);
    return this;
  }

  /** A setting of sshd_config, before this module's own. */
  public SshServerBuilder config(String name, String value) {
    settings.add(name + " " + value);
    return this;
  }

  /**
   * Starts the server and returns when it takes connections.
   *
   * @throws IllegalStateException where there is no sshd: see {@link SshServer#isAvailable()}
   */
  public SshServer start() {
    SshPrograms programs = SshServer.programs();
    try {
      SshDaemon daemon = new SshDaemon(programs, SshAccount.current());
      ServerProcess process = new ServerProcess(daemon, Cache.running("openssh"));
      try {
        Files.createDirectory(process.data());
        daemon.account().own(process.data());
        List<Path> keys =
            hostKeys.stream().map(type -> process.data().resolve("host_" + type)).toList();
        SshServer server = new SshServer(daemon, process, keys);
        server.makeHostKeys();
        write(daemon, process.data().resolve(AUTHORIZED_KEYS), authorizedKeys);
        write(daemon, process.data().resolve(SshDaemon.CONFIG), config(programs, process, keys));
        process.start();
        return server;
      } catch (IOException | RuntimeException e) {
        process.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /** Of a setting that is there twice the first counts. */
  private List<String> config(SshPrograms programs, ServerProcess process, List<Path> keys) {
    return Stream.of(
            settings,
            programs.settings(),
            keys.stream().map(key -> "HostKey " + key).toList(),
            List.of(
                "ListenAddress " + LoopbackPorts.HOST,
                "AuthorizedKeysFile " + process.data().resolve(AUTHORIZED_KEYS),
                "PidFile none",
                "UsePAM no",
                "StrictModes no",
                "PasswordAuthentication no",
                "KbdInteractiveAuthentication no",
                "UseDNS no",
                "PrintMotd no",
                "MaxStartups 100:30:200",
                "LogLevel VERBOSE"))
        .flatMap(List::stream)
        .toList();
  }

  private static void write(SshDaemon daemon, Path file, List<String> lines) throws IOException {
    Files.writeString(file, lines.stream().collect(Collectors.joining("\n", "", "\n")), UTF_8);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    daemon.account().own(file);
  }
}
