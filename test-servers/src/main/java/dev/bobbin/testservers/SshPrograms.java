package dev.bobbin.testservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * OpenSSH's programs: the machine's own where it has an {@code sshd}, else Debian's packages in the
 * cache.
 */
final class SshPrograms {
  private static final Pattern VERSION = Pattern.compile("OpenSSH_([0-9][^ ,]*)");

  private final @Nullable Path folder;
  private final Path sshd;
  private final String version;

  private SshPrograms(@Nullable Path folder, Path sshd) throws IOException {
    this.folder = folder;
    this.sshd = sshd;
    // Older ones do not know the option, and tell their version with what they do know.
    Command done = Command.run(command(sshd, List.of("-V")), "");
    Matcher found = VERSION.matcher(done.output());
    if (!found.find()) {
      throw new IOException(sshd + " does not run: " + done.output().strip());
    }
    this.version = found.group(1);
  }

  /** Empty where there is none; why is told once. */
  static Optional<SshPrograms> current() {
    return Optional.ofNullable(Chosen.PROGRAMS);
  }

  /** The release, such as "9.2p1". */
  String version() {
    return version;
  }

  List<String> sshd(List<String> arguments) {
    return command(sshd, arguments);
  }

  List<String> ssh(List<String> arguments) throws IOException {
    return command(program("ssh"), arguments);
  }

  List<String> keygen(List<String> arguments) throws IOException {
    return command(program("ssh-keygen"), arguments);
  }

  /** Where a server of several programs finds the others, if it is not where it was built for. */
  List<String> settings() {
    List<String> lines = new ArrayList<>();
    if (folder != null) {
      for (String[] part :
          new String[][] {{"SshdSessionPath", "sshd-session"}, {"SshdAuthPath", "sshd-auth"}}) {
        Path program = folder.resolve("usr/lib/openssh").resolve(part[1]);
        if (Files.isExecutable(program)) {
          lines.add(part[0] + " " + program);
        }
      }
    }
    return lines;
  }

  private List<String> command(Path program, List<String> arguments) {
    List<String> command = new ArrayList<>();
    if (folder != null && program.startsWith(folder)) {
      command.add("env");
      command.add(
          "LD_LIBRARY_PATH="
              + String.join(":", libraries(folder.resolve("usr/lib")).map(Path::toString).toList())
              + ":"
              + String.join(":", libraries(folder.resolve("lib")).map(Path::toString).toList()));
    }
    command.add(program.toString());
    command.addAll(arguments);
    return command;
  }

  private static Stream<Path> libraries(Path lib) {
    if (!Files.isDirectory(lib)) {
      return Stream.of();
    }
    try (Stream<Path> all = Files.list(lib)) {
      return all.filter(path -> path.toString().endsWith("-linux-gnu")).sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path program(String name) throws IOException {
    Optional<Path> own = onThisMachine(name);
    if (own.isPresent()) {
      return own.get();
    }
    if (folder != null) {
      return folder.resolve("usr/bin").resolve(name);
    }
    throw new IOException("There is an sshd, but no " + name);
  }

  private static Optional<Path> onThisMachine(String name) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Stream.concat(Stream.of(path.split(":", -1)), Stream.of("/usr/sbin", "/usr/bin"))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, name).toAbsolutePath())
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static @Nullable SshPrograms find() {
    try {
      Optional<Path> own = onThisMachine("sshd");
      if (own.isPresent()) {
        return announced(new SshPrograms(null, own.get()), own.get().toString());
      }
      if (onThisMachine("apt-get").isEmpty()) {
        throw new IOException("no sshd on this machine, and no apt-get to get one with");
      }
      Path folder = Cache.folder("openssh", SshPackages::unpack);
      return announced(
          new SshPrograms(folder, folder.resolve("usr/sbin/sshd")), "Debian's packages");
    } catch (IOException | RuntimeException e) {
      Throwable reason = e.getCause() == null ? e : e.getCause();
      Announcements.once(
          "OpenSSH", "OpenSSH: skipped: " + String.valueOf(reason.getMessage()).strip());
      return null;
    }
  }

  private static SshPrograms announced(SshPrograms programs, String origin) {
    Announcements.once("OpenSSH", "OpenSSH " + programs.version + " from " + origin);
    return programs;
  }

  /** Defers the search, which starts processes, to the first use. */
  private static final class Chosen {
    private static final @Nullable SshPrograms PROGRAMS = find();
  }
}
