package dev.bobbin.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.error.ConfigurationException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentPathTest {

  @Test
  void readsNamesBetweenDotsAndInQuotes() {
    assertThat(DocumentPath.parse("address.city").names()).containsExactly("address", "city");
    assertThat(DocumentPath.parse("a").names()).containsExactly("a");
    assertThat(DocumentPath.parse("$a b.0.ÄÖ😀").names()).containsExactly("$a b", "0", "ÄÖ😀");
    assertThat(DocumentPath.parse("\"a.b\".\"\".\"say \"\"hi\"\"\".c").names())
        .containsExactly("a.b", "", "say \"hi\"", "c");
    assertThat(DocumentPath.parse("5\".x").names()).containsExactly("5\"", "x");
  }

  @Test
  void takesNamesAsTheyStand() {
    assertThat(DocumentPath.of("a.b", "", "\"").names()).containsExactly("a.b", "", "\"");
    assertThat(DocumentPath.of(List.of("a", "b")))
        .isEqualTo(DocumentPath.parse("a.b"))
        .hasSameHashCodeAs(DocumentPath.parse("a.b"))
        .isNotEqualTo(DocumentPath.of("a.b"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a", "a.b", "\"a.b\".c", "\"\"", "\"\".\"\"", "\"\"\"\"", "5\".$x", "ä.0"})
  void isReadBackFromItsText(String text) {
    assertThat(DocumentPath.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ".", "a.", ".a", "a..b", "\"a", "\"a\"b", "a\0b", "\ud83d", "x\ude00"})
  void refusesWhatIsNoPath(String text) {
    assertThatThrownBy(() -> DocumentPath.parse(text)).isInstanceOf(ConfigurationException.class);
  }

  @Test
  void refusesNamesThatNoDocumentHas() {
    assertThatThrownBy(() -> DocumentPath.of("a", "b\0"))
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> DocumentPath.of()).isInstanceOf(ConfigurationException.class);
  }
}
