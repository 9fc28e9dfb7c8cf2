package dev.bobbin.testservers;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One server's data folder and, while it runs, its processes. Methods that change the state exclude
 * each other.
 *
 * <p>The server runs under a small shell that takes signal names on its stdin. When this JVM dies,
 * however it dies, the pipe closes: the shell then ends the server and deletes the folder.
 */
final class ServerProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final String WATCHDOG =
      """
      folder=$1; end=$2; shift 2
      trap '' INT HUP
      exec 3<&0
      "$@" </dev/null 3<&- &
      server=$!
      echo "$server" >"$folder/server.pid"
      (
        while read -r signal; do kill -s "$signal" "$server"; done
        trap '' TERM
        kill -s "$end" "$server"
        left=50
        while [ $left -gt 0 ] && kill -0 "$server" 2>/dev/null; do sleep 0.1; left=$((left-1)); done
        kill -s KILL "$server" 2>/dev/null
        rm -rf "$folder"
      ) <&3 3<&- >/dev/null 2>&1 &
      watch=$!
      wait "$server"; code=$?
      kill "$watch" 2>/dev/null
      exit $code
      """;

  private final ServerProgram program;
  private final Path folder;
  private int port;
  private @Nullable Process watchdog;

  ServerProcess(ServerProgram program, Path folder) {
    this.program = program;
    this.folder = folder;
    AtExit.close(this);
  }

  Path data() {
    return folder.resolve("data");
  }

  synchronized int port() {
    return port;
  }

  /** Everything the server has logged since it was made. */
  String log() throws IOException {
    return logFrom(0);
  }

  private String logFrom(long offset) throws IOException {
    if (Files.notExists(logFile())) {
      return "";
    }
    try (InputStream in = Files.newInputStream(logFile())) {
      in.skipNBytes(offset);
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  synchronized boolean isRunning() {
    return watchdog != null && watchdog.isAlive();
  }

  /** Writes a file into the data folder that only the server may read. */
  void write(String name, String content) throws IOException {
    Path file = data().resolve(name);
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Account.current().own(file);
  }

  /** Starts, on the port of the last time if there was one, and returns when it takes queries. */
  synchronized void start() throws IOException {
    if (isRunning()) {
      throw new IllegalStateException("The server runs already");
    }
    if (port != 0) {
      launch();
      return;
    }
    for (int attempt = 1; ; attempt++) {
      port = LoopbackPorts.free();
      try {
        launch();
        return;
      } catch (IOException e) {
        if (attempt == 5 || !log().contains(program.portTaken())) {
          throw e;
        }
      }
    }
  }

  private void launch() throws IOException {
    long logged = Files.exists(logFile()) ? Files.size(logFile()) : 0;
    program.sweep(data());
    List<String> command =
        new ArrayList<>(
            List.of("/bin/sh", "-c", WATCHDOG, "watchdog", folder.toString(), program.end()));
    command.addAll(program.command(data(), port));
    ProcessBuilder builder = Command.plain(command).redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()));
    Process started = builder.start();
    watchdog = started;
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!logFrom(logged).contains(program.readiness())) {
      if (!started.isAlive()) {
        watchdog = null;
        throw new IOException(program.name() + " did not start:\n" + logFrom(logged));
      }
      if (System.nanoTime() > deadline) {
        kill();
        throw new IOException(
            program.name() + " did not start within " + PATIENCE + ":\n" + logFrom(logged));
      }
      pause();
    }
  }

  /** Sends the server a signal ("INT") and waits for its end. */
  synchronized void stop(String signal) throws IOException {
    Process running = watchdog;
    if (running == null || !running.isAlive()) {
      watchdog = null;
      return;
    }
    signal(running, signal);
    awaitEnd(running);
  }

  /** SIGKILL to the server and all its children, as a crash of the machine would. */
  synchronized void kill() throws IOException {
    Process running = watchdog;
    if (running == null || !running.isAlive()) {
      watchdog = null;
      return;
    }
    List<ProcessHandle> family = descendants();
    signal(running, "KILL");
    family.forEach(ProcessHandle::destroyForcibly);
    awaitEnd(running);
    for (ProcessHandle child : family) {
      awaitEnd(child);
    }
  }

  /** Ends the server at once and deletes its folder. */
  @Override
  public synchronized void close() throws IOException {
    try {
      stop(program.end());
    } finally {
      AtExit.forget(this);
      Folders.delete(folder);
    }
  }

  private List<ProcessHandle> descendants() throws IOException {
    String pid = Files.readString(folder.resolve("server.pid")).strip();
    return ProcessHandle.of(Long.parseLong(pid)).stream()
        .flatMap(ProcessHandle::descendants)
        .toList();
  }

  private static void signal(Process watchdog, String name) throws IOException {
    OutputStream stdin = watchdog.getOutputStream();
    stdin.write((name + "\n").getBytes(UTF_8));
    stdin.flush();
  }

  private void awaitEnd(Process running) throws IOException {
    try {
      if (!running.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException(program.name() + " did not stop within " + PATIENCE + ":\n" + log());
      }
      watchdog = null;
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static void awaitEnd(ProcessHandle child) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (isRunning(child.pid())) {
      if (System.nanoTime() > deadline) {
        throw new IOException("Process " + child.pid() + " outlived SIGKILL for " + PATIENCE);
      }
      pause();
    }
  }

  /**
   * Whether a process that is not our child runs. Unlike {@link ProcessHandle#isAlive()} it is
   * false of a zombie that nobody reaps, and unlike {@link ProcessHandle#onExit()} quick.
   */
  static boolean isRunning(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), ISO_8859_1);
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException gone) {
      return false;
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(5);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("Interrupted while waiting for a server");
  }

  private Path logFile() {
    return folder.resolve("server.log");
  }
}
