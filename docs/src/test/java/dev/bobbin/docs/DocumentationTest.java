package dev.bobbin.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertAll;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/**
 * Holds the pages against the code. With {@code -Dbobbin.docs.update=true} the Java blocks are
 * rewritten from the regions that they name.
 */
class DocumentationTest {

  private final Repository repository = Repository.here();
  private final List<Page> pages = repository.pages().stream().map(Page::of).toList();

  @Test
  void everyJavaBlockIsARegionOfACompiledExample() {
    if (Boolean.getBoolean("bobbin.docs.update")) {
      pages.forEach(this::update);
    }
    assertAll(
        repository.pages().stream()
            .map(Page::of)
            .flatMap(page -> page.blocks().stream().map(block -> () -> check(page, block))));
  }

  private void check(Page page, Page.Block block) {
    if (block.language().equals("java") || block.marker().isPresent()) {
      assertThat(block.marker())
          .as("%s:%d: a Java block without a snippet marker above it", page, block.first())
          .isPresent();
      assertThat(page.text(block))
          .as("%s:%d (update with -Dbobbin.docs.update=true)", page, block.first())
          .isEqualTo(region(block));
    }
  }

  private List<String> region(Page.Block block) {
    Page.Marker marker = block.marker().orElseThrow();
    return Snippets.region(repository.example(marker.example()), marker.region());
  }

  private void update(Page page) {
    List<String> lines = new ArrayList<>(page.lines());
    List<Page.Block> blocks = new ArrayList<>(page.blocks());
    Collections.reverse(blocks);
    for (Page.Block block : blocks) {
      if (block.marker().isPresent()) {
        List<String> old = lines.subList(block.first(), block.end());
        old.clear();
        old.addAll(region(block));
      }
    }
    String text = String.join("\n", lines);
    if (!text.equals(Repository.read(page.path()))) {
      Repository.write(page.path(), text);
    }
  }

  @Test
  void everyMarkerStandsAboveABlock() {
    for (Page page : pages) {
      assertThat(page.blocks().stream().filter(b -> b.marker().isPresent()).count())
          .as("%s: markers that belong to no block, or are misspelt", page)
          .isEqualTo(page.markerLines());
    }
  }

  @Test
  void everyRelativeLinkLeadsSomewhere() {
    List<Executable> checks = new ArrayList<>();
    for (Page page : pages) {
      for (String link : page.links()) {
        if (!link.matches("[a-z]+:.*")) {
          checks.add(() -> follow(page, link));
        }
      }
    }
    assertThat(checks).isNotEmpty();
    assertAll(checks);
  }

  private static void follow(Page page, String link) {
    int hash = link.indexOf('#');
    String file = hash < 0 ? link : link.substring(0, hash);
    Path target = file.isEmpty() ? page.path() : page.path().resolveSibling(file).normalize();
    assertThat(Files.exists(target)).as("%s links to %s", page, link).isTrue();
    if (hash >= 0) {
      assertThat(Page.of(target).anchors())
          .as("%s links to %s", page, link)
          .contains(link.substring(hash + 1));
    }
  }

  @Test
  void everyPageIsInTheIndex() {
    Page index = Page.of(repository.root().resolve("docs/README.md"));
    List<Path> linked =
        index.links().stream()
            .filter(l -> !l.contains(":"))
            .map(l -> index.path().resolveSibling(l).normalize())
            .toList();
    assertThat(pages.stream().map(Page::path))
        .filteredOn(p -> p.startsWith(index.path().getParent()) && !p.equals(index.path()))
        .allSatisfy(p -> assertThat(linked).contains(p));
  }

  @Test
  void everyMavenCommandNamesProfilesModulesAndPropertiesThatExist() {
    String poms = repository.poms();
    String code = repository.allCode();
    Pattern word = Pattern.compile("\\s(-P|-pl |-D)([\\w!.-]+)");
    int commands = 0;
    for (Page page : pages) {
      for (String line : page.lines()) {
        for (int at = line.indexOf("./mvnw "); at >= 0; at = line.indexOf("./mvnw ", at + 1)) {
          commands++;
          Matcher option = word.matcher(line.substring(at));
          while (option.find()) {
            String name = option.group(2);
            String as = page + ": " + line;
            switch (option.group(1)) {
              case "-P" -> assertThat(poms).as(as).contains("<id>" + name + "</id>");
              case "-pl " -> assertThat(poms).as(as).contains("<module>" + name + "</module>");
              default -> {
                if (name.startsWith("bobbin.")) {
                  assertThat(poms + code).as(as).contains(name);
                }
              }
            }
          }
        }
      }
    }
    assertThat(commands).isPositive();
  }

  @Test
  void everyArtifactThatIsNamedExistsInTheVersionOfThisBuild() {
    String poms = repository.poms();
    Matcher version =
        Pattern.compile("<artifactId>bobbin-parent</artifactId>\\s*<version>([^<]+)</version>")
            .matcher(poms);
    assertThat(version.find()).isTrue();
    Pattern artifact = Pattern.compile("<artifactId>(bobbin-[\\w-]+)</artifactId>");
    Pattern stated = Pattern.compile("<version>([^<]+)</version>");
    for (Page page : pages) {
      for (Page.Block block : page.blocks()) {
        String text = String.join("\n", page.text(block));
        if (block.language().equals("xml") && text.contains("<groupId>dev.bobbin</groupId>")) {
          artifact
              .matcher(text)
              .results()
              .forEach(r -> assertThat(poms).as("%s: %s", page, r.group()).contains(r.group()));
          stated
              .matcher(text)
              .results()
              .forEach(r -> assertThat(r.group(1)).as("%s", page).isEqualTo(version.group(1)));
        }
      }
    }
  }

  /** Methods, types and constants between backticks: {@code reset(…)}, {@code RecordSink}. */
  @Test
  void everyNameBetweenBackticksOccursInTheCode() {
    String code = repository.allCode();
    Pattern method = Pattern.compile("\\b([a-z][A-Za-z]*)\\((?![a-z]+\\))");
    Pattern type = Pattern.compile("\\b([A-Z][a-z]+[A-Z]\\w*)\\b");
    Pattern variable = Pattern.compile("\\b(BOBBIN_[A-Z_]+)\\b");
    List<Executable> checks = new ArrayList<>();
    for (Page page : pages) {
      if (page.path().toString().contains("decisions" + java.io.File.separator + "0001")) {
        continue; // about other people's tools
      }
      for (String span : page.inlineCode()) {
        if (span.startsWith("./mvnw") || span.startsWith("<!--")) {
          continue;
        }
        if (span.contains("_(") || (span.contains(" ") && span.matches(".*\\b[A-Z]{3,}\\b.*"))) {
          continue; // SQL
        }
        Stream.of(method, type, variable)
            .flatMap(p -> p.matcher(span).results())
            .filter(r -> !java(r.group(1)))
            .forEach(
                r ->
                    checks.add(
                        () ->
                            assertThat(
                                    Pattern.compile("\\b" + r.group(1) + "\\b")
                                        .matcher(code)
                                        .find())
                                .as("%s: `%s` is nowhere in the code", page, span)
                                .isTrue()));
      }
    }
    assertAll(checks);
  }

  private static boolean java(String name) {
    for (String known :
        List.of(
            "java.lang.",
            "java.math.",
            "java.time.",
            "java.util.",
            "javax.sql.",
            "java.sql.",
            "java.nio.",
            "java.util.concurrent.")) {
      try {
        Class.forName(known + name);
        return true;
      } catch (ClassNotFoundException | LinkageError e) {
        // the next one
      }
    }
    return false;
  }

  /** Tables headed "message": between their ellipses stands what the code says. */
  @Test
  void everyErrorMessageIsOneThatTheCodeGives() {
    String code = repository.publishedCode();
    List<Executable> checks = new ArrayList<>();
    for (Page page : pages) {
      for (String cell : page.firstCells("message")) {
        for (String part : cell.replace("`", "").split("…", -1)) {
          if (!part.isBlank()) {
            checks.add(
                () ->
                    assertThat(code.contains(part.strip()))
                        .as("%s: the code nowhere says: %s", page, part.strip())
                        .isTrue());
          }
        }
      }
    }
    assertAll(checks);
  }
}
