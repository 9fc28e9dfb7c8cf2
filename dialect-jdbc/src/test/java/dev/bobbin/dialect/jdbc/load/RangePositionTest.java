package dev.bobbin.dialect.jdbc.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.load.LoadOrigin.KeyColumn;
import dev.bobbin.dialect.jdbc.load.LoadOrigin.Start;
import dev.bobbin.error.StateException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Positions of loads as text. */
class RangePositionTest {

  private static final LoadOrigin ORIGIN =
      new LoadOrigin(
          new Incarnation("db:3306;1", "2026-11-20 16:51:09", "1-40", 7),
          TableId.of("shop", "odd;name=ü"),
          List.of(new KeyColumn("a=b", "int(11)"), new KeyColumn("c", "varchar(20)")),
          new Start(new KeyColumn("at", "datetime(6)"), "2026-11-20 16:51:09.000001"));

  private static final RangePosition POSITION =
      RangePosition.before(ORIGIN, new KeyRange(List.of("5"), List.of("7", "x;y\n")));

  @Test
  void isReadBackAsItWasWritten() {
    for (RangePosition position :
        List.of(
            POSITION,
            POSITION.done(),
            POSITION.upTo(List.of("6", "")),
            RangePosition.before(ORIGIN, KeyRange.ALL))) {
      assertThat(RangePosition.parse(position.toString())).isEqualTo(position);
    }
  }

  @Test
  void refusesEveryTextThatIsCutOffOrLonger() {
    String text = POSITION.upTo(List.of("6", "z")).toString();
    for (int end = 0; end < text.length(); end++) {
      String cut = text.substring(0, end);
      if (!cut.endsWith("upto=")) { // an empty text is a key too
        assertThatThrownBy(() -> RangePosition.parse(cut))
            .as(cut)
            .isInstanceOf(StateException.class)
            .hasMessageNotContaining("x%3By");
      }
    }
    assertThatThrownBy(() -> RangePosition.parse(text + ";")).isInstanceOf(StateException.class);
    assertThatThrownBy(() -> RangePosition.parse(text.replace("1;range", "2;range")))
        .isInstanceOf(StateException.class)
        .hasMessageContaining("format 2");
  }

  @Test
  void refusesRangesThatAreNotAllOfALoad() {
    String low = RangePosition.before(ORIGIN, new KeyRange(List.of(), List.of("5"))).toString();
    String high = RangePosition.before(ORIGIN, new KeyRange(List.of("5"), List.of())).toString();
    String gap = RangePosition.before(ORIGIN, new KeyRange(List.of("6"), List.of())).toString();
    assertThat(LoadPositions.parse(Map.of("a", low, "b", high)).isEmpty()).isFalse();
    for (Map<String, String> positions :
        List.of(
            Map.of("a", low),
            Map.of("b", high),
            Map.of("a", low, "b", gap),
            Map.of("a", low, "b", high, "c", high))) {
      assertThatThrownBy(() -> LoadPositions.parse(positions)).isInstanceOf(StateException.class);
    }
  }
}
