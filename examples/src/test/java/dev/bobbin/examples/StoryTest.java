package dev.bobbin.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class StoryTest {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final Story story = new Story(new PrintStream(bytes, true, StandardCharsets.UTF_8));

  private List<String> lines() {
    return bytes.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void breaksLongLinesAndKeepsTheWords() {
    String text = "word ".repeat(60).strip();
    story.say(text);
    story.show("    " + text);

    assertThat(lines()).allMatch(line -> line.length() <= 98);
    assertThat(String.join(" ", lines()).replaceAll(" +", " ").strip())
        .isEqualTo(text + " " + text);
  }

  @Test
  void keepsColumnsAsTheyAre() {
    story.show("a      1\n  bb   2");

    assertThat(lines()).containsExactly("", "    a      1", "      bb   2", "");
  }

  @Test
  void countsChecksAndEndsWithTheFirstThatFails() {
    story.check("rows", 1_000L, 1_000L);
    story.check("it holds", true);

    assertThat(story.checks()).isEqualTo(2);
    assertThat(lines())
        .containsExactly("   [ok] rows: 1,000, as in the database", "   [ok] it holds");
    assertThatThrownBy(() -> story.check("rows of orders", 1_000L, 1_001L))
        .isInstanceOf(Story.CheckFailed.class)
        .hasMessage("rows of orders: the copy says 1,000, the database says 1,001");
    assertThatThrownBy(() -> story.check("it holds", false)).hasMessageContaining("it holds");
  }
}
