package dev.bobbin.dialect.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Result;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ServerClockTest {

  private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");

  private static Finding ahead(Duration difference) {
    Instant answered = NOW.plusSeconds(20); // a slow answer, told in its middle
    return ServerClock.finding(NOW, NOW.plusSeconds(10).plus(difference), answered, "Zone.");
  }

  @Test
  void agreesWithinAMinuteWhateverTheAnswerTook() {
    assertThat(ahead(Duration.ZERO).seen())
        .isEqualTo("The server's clock agrees with this machine's. Zone.");
    assertThat(ahead(Duration.ofMinutes(-1)).seen())
        .isEqualTo("The server's clock agrees with this machine's to 60 s. Zone.");
    assertThat(ahead(Duration.ofMinutes(1)).result()).isEqualTo(Result.PASS);
  }

  @Test
  void namesALargerDifferenceAndItsDirection() {
    assertThat(ahead(Duration.ofSeconds(61)).result()).isEqualTo(Result.WARNING);
    assertThat(ahead(Duration.ofSeconds(61)).seen()).contains("is 1 min 1 s ahead of this");
    assertThat(ahead(Duration.ofMinutes(-150)).seen()).contains("is 2 h 30 min behind this");
    assertThat(ahead(Duration.ofHours(49)).seen()).contains("is 2 d 1 h ahead of this");
  }
}
