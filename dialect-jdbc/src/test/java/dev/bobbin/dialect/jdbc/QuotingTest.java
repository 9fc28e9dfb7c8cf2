package dev.bobbin.dialect.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class QuotingTest {

  @Test
  void makesDataOfEveryName() {
    assertThat(Quoting.DOUBLE_QUOTES.quote("a\"; drop table x; --"))
        .isEqualTo("\"a\"\"; drop table x; --\"");
    assertThat(Quoting.BACKTICKS.quote("a`b\\")).isEqualTo("`a``b\\`");
    assertThat(Quoting.BRACKETS.quote("a];DROP[x")).isEqualTo("[a]];DROP[x]");
    assertThat(Quoting.DOUBLE_QUOTES.quote(List.of("we.ird", " x ")))
        .isEqualTo("\"we.ird\".\" x \"");
  }

  @Test
  void refusesNamesThatNoDatabaseCanHave() {
    assertThatIllegalArgumentException().isThrownBy(() -> Quoting.BRACKETS.quote(""));
    assertThatIllegalArgumentException().isThrownBy(() -> Quoting.BACKTICKS.quote("a\0b"));
  }
}
