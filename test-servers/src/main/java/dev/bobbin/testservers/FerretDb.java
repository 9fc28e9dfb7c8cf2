package dev.bobbin.testservers;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * FerretDB's executable, release 1, the last with SQLite below it: it is in no Maven artifact, so a
 * machine has it or has not.
 *
 * @param version such as "v1.24.2"
 */
record FerretDb(Path executable, String version) {
  /** The environment variable that names the executable. */
  static final String VARIABLE = "BOBBIN_TEST_FERRETDB";

  private static final String NAME = "ferretdb";
  private static final Pattern VERSION = Pattern.compile("(?m)^version: (\\S+)$");

  private static final Map<String, Optional<FerretDb>> CHOSEN = new ConcurrentHashMap<>();

  /** Empty where there is none; which one, or why none, is printed once. */
  static Optional<FerretDb> current() {
    return CHOSEN.computeIfAbsent(NAME, name -> choose());
  }

  /**
   * The one that the variable names, which has to run, else the first on the path.
   *
   * @throws IOException where there is none, with the reason
   */
  static FerretDb find(@Nullable String variable, String path) throws IOException {
    if (variable != null && !variable.isBlank()) {
      try {
        return of(Path.of(variable.strip()).toAbsolutePath());
      } catch (IOException e) {
        throw new IllegalStateException(VARIABLE + " is of no use: " + e.getMessage(), e);
      }
    }
    return of(
        Stream.of(path.split(File.pathSeparator, -1))
            .filter(folder -> !folder.isEmpty())
            .map(folder -> Path.of(folder, NAME).toAbsolutePath())
            .filter(Files::isExecutable)
            .findFirst()
            .orElseThrow(
                () ->
                    new IOException(
                        "there is no " + NAME + " on the PATH, and " + VARIABLE + " is not set")));
  }

  private static FerretDb of(Path executable) throws IOException {
    Command done = Command.run(List.of(executable.toString(), "--version"), "");
    Matcher found = VERSION.matcher(done.output());
    if (done.exitCode() != 0 || !found.find()) {
      throw new IOException(executable + " does not run: " + done.output().strip());
    }
    String version = found.group(1);
    if (!version.startsWith("v1.")) {
      throw new IOException(executable + " is of " + version + ", and only 1.x has SQLite");
    }
    return new FerretDb(executable, version);
  }

  private static Optional<FerretDb> choose() {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    try {
      FerretDb found = find(System.getenv(VARIABLE), path);
      Announcements.once(NAME, "FerretDB " + found.version + " from " + found.executable);
      return Optional.of(found);
    } catch (IOException e) {
      Announcements.once(NAME, "FerretDB: skipped: " + e.getMessage());
      return Optional.empty();
    }
  }
}
