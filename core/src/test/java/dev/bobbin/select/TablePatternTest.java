package dev.bobbin.select;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.catalog.TableId;
import dev.bobbin.error.ConfigurationException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TablePatternTest {

  private static final List<String> DEFAULTS = List.of("shop", "public");

  @ParameterizedTest
  @CsvSource({
    "orders, true",
    "public.orders, true",
    "shop.public.orders, true",
    "public.*, true",
    "*, true",
    "*.orders, true",
    "*.*.*, true",
    "public.ord?rs, true",
    "public.order, false",
    "Public.orders, false",
    "sales.*, false",
    "other.public.*, false",
    "a.shop.public.orders, false",
  })
  void matchesWithTheDefaultPartsFilledIn(String pattern, boolean expected) {
    assertThat(
            TablePattern.parse(pattern).matches(TableId.of("shop", "public", "orders"), DEFAULTS))
        .isEqualTo(expected);
  }

  @Test
  void takesAQuotedStarLiterally() {
    TablePattern pattern = TablePattern.parse("public.\"a*\"");
    assertThat(pattern.isGlob()).isFalse();
    assertThat(pattern.matches(TableId.of("shop", "public", "a*"), DEFAULTS)).isTrue();
    assertThat(pattern.matches(TableId.of("shop", "public", "ab"), DEFAULTS)).isFalse();
  }

  @Test
  void takesAnEmojiForOneCharacter() {
    for (String pattern : List.of("😀*", "?x", "😀?")) {
      assertThat(TablePattern.parse(pattern).matches(TableId.of("shop", "public", "😀x"), DEFAULTS))
          .as(pattern)
          .isTrue();
    }
  }

  @Test
  void treatsRegexCharactersAsTheyStand() {
    assertThat(
            TablePattern.parse("a+(b)*").matches(TableId.of("shop", "public", "a+(b)!"), DEFAULTS))
        .isTrue();
    assertThat(TablePattern.parse("a+(b)*").matches(TableId.of("shop", "public", "aab"), DEFAULTS))
        .isFalse();
  }

  @Test
  void knowsWhichDatabasesItCanConcern() {
    assertThat(TablePattern.parse("public.orders").canMatchDatabase("shop", DEFAULTS)).isTrue();
    assertThat(TablePattern.parse("public.orders").canMatchDatabase("hr", DEFAULTS)).isFalse();
    assertThat(TablePattern.parse("h*.public.orders").canMatchDatabase("hr", DEFAULTS)).isTrue();
  }

  @Test
  void refusesOnlyTogetherWithExcept() {
    assertThatThrownBy(() -> table("t").only("a").except("b"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("both only(…) and except(…)");
    assertThatThrownBy(() -> table("t").except("b").only("a"))
        .isInstanceOf(ConfigurationException.class);
  }

  @Test
  void refusesAnOverlapOnAFullTable() {
    assertThatThrownBy(() -> table("t").overlap(Duration.ofMinutes(1)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("Call incrementalBy(column) before overlap(…)");
  }
}
