package dev.bobbin.dialect.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.error.StateException;
import java.util.List;
import java.util.Map;
import org.bson.BsonBinary;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RangePositionTest {

  private static final RangePosition.Origin ORIGIN =
      new RangePosition.Origin(
          "01234567-89ab-cdef-0123-456789abcdef",
          "at",
          Map.of("date", "1", "number", "2"),
          new BsonTimestamp(5, 6));

  @Test
  void everyPositionIsReadAsItWasWritten() {
    for (RangePosition position :
        List.of(
            RangePosition.before(ORIGIN, new IdRange(Family.NUMBER, null, new BsonInt32(5))),
            RangePosition.before(ORIGIN, new IdRange(Family.STRING, new BsonString("\""), null))
                .behind(new BsonString("é\ud83d\ude00")),
            RangePosition.before(ORIGIN, IdRange.OF_THE_REST).asDone(),
            RangePosition.before(
                    new RangePosition.Origin("", null, Map.of(), null),
                    new IdRange(Family.BINARY, null, null))
                .behind(new BsonBinary(new byte[] {1})))) {
      assertThat(RangePosition.parse(position.toString())).isEqualTo(position);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "{\"format\": 2}", "nothing", "{\"format\": {}}"})
  void aDamagedPositionIsRefusedAndNotTakenForTheBeginning(String text) {
    assertThatThrownBy(() -> RangePosition.parse(text))
        .isInstanceOf(StateException.class)
        .hasMessageContaining("reset the table");
  }

  @Test
  void aLoadGoesOnOnlyWithTheSameCollectionAndKey() {
    assertThat(ORIGIN.doubtAbout(ORIGIN)).isEmpty();
    assertThat(ORIGIN.doubtAbout(new RangePosition.Origin("other", "at", Map.of(), null)))
        .contains("The collection was dropped and made anew since it was interrupted.");
    assertThat(ORIGIN.doubtAbout(new RangePosition.Origin(ORIGIN.uuid(), null, Map.of(), null)))
        .isPresent();
  }
}
