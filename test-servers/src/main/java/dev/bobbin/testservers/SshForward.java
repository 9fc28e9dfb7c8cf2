package dev.bobbin.testservers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A port of 127.0.0.1 that OpenSSH's client forwards through a server, as {@code ssh -L} does, with
 * the client's own choice of algorithms.
 */
public final class SshForward implements AutoCloseable {
  private final Process ssh;
  private final Path folder;
  private final int port;

  private SshForward(Process ssh, Path folder, int port) {
    this.ssh = ssh;
    this.folder = folder;
    this.port = port;
  }

  /**
   * Starts a client and returns when its port takes connections.
   *
   * @param targetHost as the server sees it
   */
  public static SshForward through(
      SshServer server, SshKeyFile key, String targetHost, int targetPort) {
    try {
      Path folder = Cache.running("ssh-forward");
      Path knownHosts = folder.resolve("known_hosts");
      Files.write(knownHosts, server.knownHosts());
      Path log = folder.resolve("ssh.log");
      int port = LoopbackPorts.free();
      List<String> command =
          SshServer.programs()
              .ssh(
                  List.of(
                      "-N",
                      "-F",
                      "none",
                      "-o",
                      "BatchMode=yes",
                      "-o",
                      "ExitOnForwardFailure=yes",
                      "-o",
                      "IdentitiesOnly=yes",
                      "-o",
                      "UserKnownHostsFile=" + knownHosts,
                      "-i",
                      key.file().toString(),
                      "-p",
                      "" + server.port(),
                      "-L",
                      LoopbackPorts.HOST + ":" + port + ":" + targetHost + ":" + targetPort,
                      server.user() + "@" + server.host()));
      Process ssh =
          Command.plain(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
      SshForward forward = new SshForward(ssh, folder, port);
      AtExit.close(forward);
      forward.await(log);
      return forward;
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  public String host() {
    return LoopbackPorts.HOST;
  }

  public int port() {
    return port;
  }

  /** Ends the client and with it all connections through the port. */
  @Override
  public void close() {
    ssh.destroyForcibly();
    AtExit.forget(this);
    UncheckedAction.run(() -> Folders.delete(folder));
  }

  private void await(Path log) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (true) {
      try {
        new Socket(LoopbackPorts.address(), port).close();
        return;
      } catch (IOException notYet) {
        if (!ssh.isAlive() || System.nanoTime() > deadline) {
          String said = Files.readString(log, UTF_8);
          close();
          throw new IOException("ssh -L does not listen: " + said);
        }
      }
      try {
        ssh.waitFor(20, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        close();
        throw new IOException("Interrupted while waiting for ssh -L", e);
      }
    }
  }
}
