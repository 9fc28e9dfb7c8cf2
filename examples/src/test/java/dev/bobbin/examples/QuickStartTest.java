package dev.bobbin.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickStartTest {

  @TempDir Path folder;

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  private boolean run(Path where, int orders) {
    return new QuickStart(where, orders, new PrintStream(printed, true, UTF_8)).run();
  }

  @Test
  void tellsItsStoryTwiceInTheSameFolder() throws Exception {
    Path mine = Files.writeString(folder.resolve("mine"), "not the quick start's");
    for (int i = 0; i < 2; i++) {
      printed.reset();
      assertThat(run(folder, 20_000)).as(() -> printed.toString(UTF_8)).isTrue();
    }

    List<String> lines = printed.toString(UTF_8).lines().toList();
    assertThat(lines).allMatch(line -> line.length() <= 100);
    assertThat(lines).noneMatch(line -> line.contains("Exception"));
    assertThat(lines).anyMatch(line -> line.startsWith("   All ") && line.contains("checks held"));
    assertThat(folder.resolve("failure.txt")).doesNotExist();
    assertThat(mine).exists();
  }

  @Test
  void saysWhatWentWrongAndWhere() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "not a folder");

    assertThat(run(file, 1_000)).isFalse();

    String story = printed.toString(UTF_8);
    assertThat(story).contains("The quick start failed", "in chapter");
    assertThat(story).doesNotContain("\tat ");
  }
}
