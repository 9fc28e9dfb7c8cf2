package dev.bobbin.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.error.ConfigurationException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TableIdTest {

  @Test
  void readsPartsAsTheyStand() {
    assertThat(TableId.parse("shop.Public.orders").parts())
        .containsExactly("shop", "Public", "orders");
  }

  @Test
  void readsQuotedPartsThatHoldDotsAndQuotes() {
    assertThat(TableId.parse("public.\"a\"\"; drop table x.y\"").parts())
        .containsExactly("public", "a\"; drop table x.y");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "a.", ".a", "a..b", "\"a", "a\"b", "\"a\"b", "\"\""})
  void refusesWhatIsNoName(String text) {
    assertThatThrownBy(() -> TableId.parse(text))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("Write schema.table");
  }

  @Test
  void writesWhatItReadsWhateverTheNameHolds() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String alphabet = "aZ09_$\". *?😀é;-";
    int[] points = alphabet.codePoints().toArray();
    for (int i = 0; i < 2_000; i++) {
      StringBuilder part = new StringBuilder();
      int length = 1 + random.nextInt(6);
      for (int j = 0; j < length; j++) {
        part.appendCodePoint(points[random.nextInt(points.length)]);
      }
      TableId id = TableId.of(List.of("shop", part.toString(), part.reverse().toString()));
      assertThat(TableId.parse(id.toString())).as("seed %d: %s", seed, id).isEqualTo(id);
    }
  }
}
