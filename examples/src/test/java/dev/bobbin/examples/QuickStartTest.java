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

  private boolean run(int orders) {
    printed.reset();
    return new QuickStart(folder, orders, new PrintStream(printed, true, UTF_8)).run();
  }

  @Test
  void tellsItsStoryAlsoAfterOneThatFailed() throws Exception {
    Path mine = Files.writeString(folder.resolve("mine"), "not the quick start's");
    int tooFew = 2; // no customers: the shop cannot be made

    assertThat(run(tooFew)).isFalse();
    assertThat(printed.toString(UTF_8))
        .contains("The quick start failed", "in chapter 1. A shop", "division by zero")
        .contains(folder.resolve("failure.txt").toString())
        .doesNotContain("\tat ");
    assertThat(folder.resolve("failure.txt")).content().contains("\tat ");

    assertThat(run(5_000)).as(() -> printed.toString(UTF_8)).isTrue();
    List<String> lines = printed.toString(UTF_8).lines().toList();
    assertThat(lines).allMatch(line -> line.length() <= 100);
    assertThat(lines).noneMatch(line -> line.contains("Exception"));
    assertThat(lines).anyMatch(line -> line.startsWith("   All ") && line.contains("checks held"));
    assertThat(folder.resolve("failure.txt")).doesNotExist();
    assertThat(mine).exists();
  }
}
