package dev.bobbin.testservers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Debian's packages of OpenSSH, downloaded by apt and unpacked into a folder: nothing is installed,
 * and no rights are needed.
 */
final class SshPackages {
  private static final List<String> OPENSSH = List.of("openssh-server", "openssh-client");

  private static final Pattern LIBRARY = Pattern.compile("lib[a-z0-9.+-]+");

  private SshPackages() {}

  /** Unpacks both packages, and the libraries of theirs that this machine has not. */
  static void unpack(Path folder) throws IOException {
    Path lists = Files.createDirectories(folder.resolve("lists"));
    Path packages = Files.createDirectories(folder.resolve("packages"));
    List<String> options = List.of();
    try {
      download(options, packages, OPENSSH);
    } catch (IOException withTheListsOfThisMachine) {
      options = ownLists(lists);
      Command.require(apt("apt-get", options, List.of("--quiet", "update")), "");
      download(options, packages, OPENSSH);
    }
    List<String> missing = missingLibraries(options);
    if (!missing.isEmpty()) {
      download(options, packages, missing);
    }
    try (Stream<Path> all = Files.list(packages)) {
      for (Path file : all.sorted().toList()) {
        Command.require(List.of("dpkg", "-x", file.toString(), folder.toString()), "");
      }
    }
    Folders.delete(packages);
    Folders.delete(lists);
  }

  private static void download(List<String> options, Path packages, List<String> names)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "cd \"$0\" && exec \"$@\""));
    command.add(packages.toString());
    command.addAll(apt("apt-get", options, List.of("--quiet", "download")));
    command.addAll(names);
    Command.require(command, "");
  }

  private static List<String> missingLibraries(List<String> options) throws IOException {
    List<String> depends =
        new ArrayList<>(List.of("depends", "--recurse", "--important", "--no-pre-depends"));
    depends.addAll(OPENSSH);
    Command known = Command.run(apt("apt-cache", options, depends), "");
    List<String> missing = new ArrayList<>();
    for (String name : known.output().lines().distinct().toList()) {
      if (LIBRARY.matcher(name).matches()
          && Command.run(List.of("dpkg", "-s", name), "").exitCode() != 0) {
        missing.add(name);
      }
    }
    return missing;
  }

  /** Lists in a folder of our own, for a machine whose lists are empty. */
  private static List<String> ownLists(Path folder) throws IOException {
    Files.createDirectories(folder.resolve("state/lists/partial"));
    Files.createDirectories(folder.resolve("cache/archives/partial"));
    return List.of(
        "-o",
        "Dir::State=" + folder.resolve("state"),
        "-o",
        "Dir::State::status=/var/lib/dpkg/status",
        "-o",
        "Dir::Cache=" + folder.resolve("cache"));
  }

  private static List<String> apt(String program, List<String> options, List<String> arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                program,
                "-o",
                "Acquire::Retries=1",
                "-o",
                "Acquire::http::Timeout=20",
                // whose account may not enter the folder
                "-o",
                "APT::Sandbox::User=root"));
    command.addAll(options);
    command.addAll(arguments);
    return command;
  }
}
