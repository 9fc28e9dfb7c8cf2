package dev.bobbin.testservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An OpenSSH server for tests, on 127.0.0.1 and a free port. Its only user is the account that it
 * runs under, who logs in with a key and needs no shell to forward connections.
 *
 * <p>It takes an {@code sshd} that this machine has, or downloads Debian's package into the cache.
 * Where neither works {@link #isAvailable()} is false: {@code @EnabledIf} takes that method.
 *
 * <p>Thread-safe. Failures to start or stop are {@link UncheckedIOException} with the server's log.
 */
public final class SshServer implements AutoCloseable {
  private final SshDaemon daemon;
  private final ServerProcess process;
  private final List<Path> hostKeys;

  SshServer(SshDaemon daemon, ServerProcess process, List<Path> hostKeys) {
    this.daemon = daemon;
    this.process = process;
    this.hostKeys = hostKeys;
  }

  /** Whether there is an sshd to start; which one, or why none, is printed once. */
  public static boolean isAvailable() {
    return SshPrograms.current().isPresent();
  }

  /** Starts a server that lets this key's owner forward connections anywhere. */
  public static SshServer start(SshKeyFile key) {
    return builder().authorizedKey(key.publicKey()).start();
  }

  /** Begins the description of a server. */
  public static SshServerBuilder builder() {
    return new SshServerBuilder();
  }

  static SshPrograms programs() {
    return SshPrograms.current()
        .orElseThrow(
            () -> new IllegalStateException("No sshd here: ask SshServer.isAvailable() first"));
  }

  public String host() {
    return LoopbackPorts.HOST;
  }

  public int port() {
    return process.port();
  }

  /** The only user that can log in. */
  public String user() {
    return daemon.account().user();
  }

  /** The release, such as "9.2p1". */
  public String version() {
    return daemon.programs().version();
  }

  /** The first of its host keys, as in known_hosts: type and base64. */
  public String hostKey() {
    return new SshKeyFile(hostKeys.get(0)).publicKey();
  }

  /** That of the first of its host keys: {@code SHA256:} and base64. */
  public String hostKeyFingerprint() {
    return new SshKeyFile(hostKeys.get(0)).fingerprint();
  }

  /** All its host keys as lines of a known_hosts file. */
  public List<String> knownHosts() {
    return hostKeys.stream()
        .map(key -> "[" + host() + "]:" + port() + " " + new SshKeyFile(key).publicKey())
        .toList();
  }

  /** A proxy in front of this server, to be closed by the caller. */
  public TcpProxy proxy() {
    return TcpProxy.to(host(), port());
  }

  /** The number of clients that are connected now, logged in or not. */
  public int sessions() {
    return listener().map(own -> (int) own.children().filter(SshServer::runs).count()).orElse(0);
  }

  public boolean isRunning() {
    return process.isRunning();
  }

  /** Everything that the server has logged since it was made. */
  public String log() {
    try {
      return process.log();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SIGKILL to the server and its sessions; {@link #restart()} starts it again. */
  public synchronized void kill() {
    UncheckedAction.run(process::kill);
  }

  /** SIGKILL to the sessions alone: new ones can log in. */
  public synchronized void killSessions() {
    listener().stream().flatMap(ProcessHandle::descendants).forEach(ProcessHandle::destroyForcibly);
  }

  /** SIGSTOP to the server and its sessions: their connections stay, and say nothing any more. */
  public synchronized void freeze() {
    signal("STOP");
  }

  /** SIGCONT: goes on where {@link #freeze()} stopped it. */
  public synchronized void thaw() {
    signal("CONT");
  }

  /** Kills it if it runs, and starts it again on the same port with the same host keys. */
  public synchronized void restart() {
    kill();
    UncheckedAction.run(process::start);
  }

  /** As {@link #restart()}, with new host keys of the same types. */
  public synchronized void restartWithNewHostKeys() {
    kill();
    UncheckedAction.run(
        () -> {
          makeHostKeys();
          process.start();
        });
  }

  /** Ends the server and its sessions at once and deletes its data. */
  @Override
  public synchronized void close() {
    UncheckedAction.run(
        () -> {
          // A server that is asked to end leaves its sessions alive.
          process.kill();
          process.close();
        });
  }

  /** Where it is and of what version. */
  @Override
  public String toString() {
    return "OpenSSH " + version() + " at " + host() + ":" + port();
  }

  void makeHostKeys() throws IOException {
    for (Path key : hostKeys) {
      Files.deleteIfExists(key);
      SshKeyFile.generate(key, key.getFileName().toString().substring("host_".length()));
      daemon.account().own(key);
    }
  }

  private void signal(String name) {
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "kill -s \"$0\" \"$@\"", name));
    listener().stream()
        .flatMap(own -> Stream.concat(Stream.of(own), own.descendants()))
        .filter(SshServer::runs)
        .forEach(own -> command.add(Long.toString(own.pid())));
    UncheckedAction.run(() -> Command.require(command, ""));
  }

  private static boolean runs(ProcessHandle handle) {
    return ServerProcess.isRunning(handle.pid());
  }

  private Optional<ProcessHandle> listener() {
    if (!process.isRunning()) {
      return Optional.empty();
    }
    try {
      String pid = Files.readString(process.data().resolveSibling("server.pid")).strip();
      return ProcessHandle.of(Long.parseLong(pid));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
