package dev.bobbin.testservers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A JVM started by a test, on the test's own class path: to be killed in the middle of its work, or
 * to work with little memory. It says how far it is by lines on its stdout.
 *
 * <p>Thread-safe. It does not survive {@link #close()} nor this JVM's normal end; should this JVM
 * be killed, the child's stdin ends.
 */
public final class ChildJvm implements AutoCloseable {
  private final Process process;
  private final Object lock = new Object();
  private final List<String> stdout = new ArrayList<>();
  private final List<String> stderr = new ArrayList<>();
  private final List<Thread> readers = new ArrayList<>();
  private boolean stdoutEnded;
  private int nextLine;

  private ChildJvm(Process process) {
    this.process = process;
    read("stdout", process.getInputStream(), stdout);
    read("stderr", process.getErrorStream(), stderr);
    AtExit.close(this);
  }

  /** Begins the description of a child JVM that runs the {@code main} of this class. */
  public static Builder of(Class<?> main) {
    return new Builder(main);
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** What it has written to stdout so far. */
  public List<String> lines() {
    synchronized (lock) {
      return List.copyOf(stdout);
    }
  }

  /** What it has written to stderr so far. */
  public List<String> errors() {
    synchronized (lock) {
      return List.copyOf(stderr);
    }
  }

  /** The next line of stdout, whatever it says. */
  public String nextLine(Duration patience) {
    return awaitLine(line -> true, patience);
  }

  /**
   * The next line of stdout that this holds for, after the last one returned; those in between are
   * skipped.
   *
   * @throws IllegalStateException with all that the child printed, if it ends or the time is over
   */
  public String awaitLine(Predicate<String> wanted, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    try {
      synchronized (lock) {
        while (true) {
          while (nextLine < stdout.size()) {
            String line = stdout.get(nextLine++);
            if (wanted.test(line)) {
              return line;
            }
          }
          long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
          if (stdoutEnded || left <= 0) {
            throw new IllegalStateException(
                "The child JVM "
                    + (stdoutEnded ? "ended" : "took more than " + patience)
                    + " without the line that was waited for:\n"
                    + transcript());
          }
          lock.wait(left);
        }
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** Writes a line to its stdin. */
  public void send(String line) {
    try {
      OutputStream stdin = process.getOutputStream();
      stdin.write((line + "\n").getBytes(UTF_8));
      stdin.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("The child JVM does not read its stdin", e);
    }
  }

  /** SIGKILL, and returns when it is gone. */
  public void killNow() {
    process.destroyForcibly();
    awaitExit(Duration.ofSeconds(30));
  }

  /**
   * Waits for its end and for all that it printed, and returns its exit code (137 after SIGKILL).
   *
   * @throws IllegalStateException with all that the child printed, if the time is over
   */
  public int awaitExit(Duration patience) {
    try {
      if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException(
            "The child JVM did not end within " + patience + ":\n" + transcript());
      }
      for (Thread reader : readers) {
        reader.join(patience.toMillis());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** Kills it if it still runs. */
  @Override
  public void close() {
    killNow();
    AtExit.forget(this);
  }

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("Interrupted while waiting for a child JVM", e);
  }

  private String transcript() {
    synchronized (lock) {
      return String.join("\n", stdout) + "\n--- stderr:\n" + String.join("\n", stderr);
    }
  }

  private void read(String name, InputStream in, List<String> lines) {
    Thread reader =
        new Thread(
            () -> {
              try (BufferedReader text = new BufferedReader(new InputStreamReader(in, UTF_8))) {
                for (String line = text.readLine(); line != null; line = text.readLine()) {
                  synchronized (lock) {
                    lines.add(line);
                    lock.notifyAll();
                  }
                }
              } catch (IOException e) {
                // killed: what came before counts
              } finally {
                synchronized (lock) {
                  stdoutEnded |= lines == stdout;
                  lock.notifyAll();
                }
              }
            },
            "child-jvm-" + process.pid() + " " + name);
    reader.setDaemon(true);
    readers.add(reader);
    reader.start();
  }

  /** The description of a child JVM. Not thread-safe. */
  public static final class Builder {
    private final Class<?> main;
    private final List<String> jvmFlags = new ArrayList<>();
    private final List<String> arguments = new ArrayList<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private @Nullable Path folder;

    private Builder(Class<?> main) {
      this.main = main;
    }

    /** Flags such as {@code -Xmx48m} or {@code -Dname=value}. */
    public Builder jvmFlags(String... flags) {
      jvmFlags.addAll(List.of(flags));
      return this;
    }

    /** Arguments for {@code main}. */
    public Builder arguments(String... more) {
      arguments.addAll(List.of(more));
      return this;
    }

    /** A variable of its environment, which is otherwise this JVM's. */
    public Builder environment(String name, String value) {
      environment.put(name, value);
      return this;
    }

    /** Its working folder, otherwise this JVM's. */
    public Builder folder(Path workingFolder) {
      this.folder = workingFolder;
      return this;
    }

    /** How this JVM compiles, and so the child: tests do it quickly, benchmarks well. */
    private static List<String> compilerFlags() {
      return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
          .filter(flag -> flag.startsWith("-XX:TieredStopAtLevel="))
          .toList();
    }

    public ChildJvm start() {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(compilerFlags());
      command.addAll(jvmFlags);
      command.add(main.getName());
      command.addAll(arguments);
      ProcessBuilder builder = new ProcessBuilder(command);
      if (folder != null) {
        builder.directory(folder.toFile());
      }
      // Not -cp: a class path can be longer than ps shows and a command line holds.
      builder.environment().put("CLASSPATH", classPath());
      builder.environment().putAll(environment);
      try {
        return new ChildJvm(builder.start());
      } catch (IOException e) {
        throw new UncheckedIOException("Could not start a child JVM", e);
      }
    }

    /** Also where this JVM runs on a module path, with the tests patched into a module. */
    private String classPath() {
      Set<String> entries = new LinkedHashSet<>();
      entries.add(root(main));
      for (String property : List.of("java.class.path", "jdk.module.path")) {
        for (String entry : System.getProperty(property, "").split(File.pathSeparator, -1)) {
          if (!entry.isEmpty()) {
            entries.add(Path.of(entry).toAbsolutePath().toString());
          }
        }
      }
      return String.join(File.pathSeparator, entries);
    }

    /** The folder or jar that the class file itself lies in. */
    private static String root(Class<?> main) {
      String file = main.getName().replace('.', '/') + ".class";
      URL url = main.getResource("/" + file);
      if (url == null) {
        throw new IllegalArgumentException("No class file of " + main);
      }
      String location = url.toString();
      location = location.substring(0, location.length() - file.length());
      if (location.startsWith("jar:")) {
        location = location.substring("jar:".length(), location.length() - "!/".length());
      }
      return Path.of(URI.create(location)).toString();
    }
  }
}
