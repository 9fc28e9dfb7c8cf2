package dev.bobbin.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The files that the documentation is made of, and those that it speaks of. */
final class Repository {

  private static final Pattern CONCATENATION = Pattern.compile("\"\\s*\\+\\s*\"");

  private final Path root;

  private Repository(Path root) {
    this.root = root;
  }

  /** The repository that the test runs in. */
  static Repository here() {
    Path at = Path.of("").toAbsolutePath();
    while (at != null && !Files.exists(at.resolve("mvnw"))) {
      at = at.getParent();
    }
    if (at == null) {
      throw new IllegalStateException("not within the repository: " + Path.of("").toAbsolutePath());
    }
    return new Repository(at);
  }

  Path root() {
    return root;
  }

  /** The pages: those of the root and all below docs. */
  List<Path> pages() {
    List<Path> pages = new ArrayList<>();
    pages.addAll(list(root, 1, ".md"));
    pages.addAll(list(root.resolve("docs"), 5, ".md"));
    pages.removeIf(p -> p.toString().contains("target"));
    return pages;
  }

  /**
   * A file that the pages show.
   *
   * @param name of a class, without its package, or of another file with its extension
   */
  Path example(String name) {
    String file = name.contains(".") ? name : name + ".java";
    List<Path> found = new ArrayList<>();
    for (String folder : List.of("examples/src", "docs/src", "ssh-tunnel/src/test/resources")) {
      list(root.resolve(folder), 20, "").stream()
          .filter(p -> p.getFileName().toString().equals(file))
          .forEach(found::add);
    }
    if (found.size() != 1) {
      throw new AssertionError("examples and docs hold " + found.size() + " files " + file + found);
    }
    return found.get(0);
  }

  /** All Java code that users get, with texts that stand in several lines put together. */
  String publishedCode() {
    StringBuilder code = new StringBuilder();
    for (String module :
        List.of(
            "core",
            "dialect-jdbc",
            "dialect-postgres",
            "dialect-mysql",
            "dialect-sqlserver",
            "dialect-mongo",
            "ssh-tunnel",
            "testkit")) {
      for (Path file : list(root.resolve(module).resolve("src/main/java"), 20, ".java")) {
        code.append(read(file)).append('\n');
      }
    }
    Matcher concatenations = CONCATENATION.matcher(code);
    return concatenations.replaceAll("").replace("\\\"", "\"");
  }

  /** All Java code, that of tests and examples included. */
  String allCode() {
    StringBuilder code = new StringBuilder();
    for (Path module : list(root, 2, "pom.xml")) {
      for (Path file : list(module.resolveSibling("src"), 20, ".java")) {
        code.append(read(file)).append('\n');
      }
    }
    return code.toString();
  }

  /** All pom.xml files, one after the other. */
  String poms() {
    StringBuilder poms = new StringBuilder();
    list(root, 2, "pom.xml").forEach(p -> poms.append(read(p)));
    return poms.toString();
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> list(Path folder, int depth, String end) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder, depth)) {
      return files.filter(p -> p.toString().endsWith(end)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
