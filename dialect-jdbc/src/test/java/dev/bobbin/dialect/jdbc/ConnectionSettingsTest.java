package dev.bobbin.dialect.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bobbin.error.ConfigurationException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionSettingsTest {

  private static final String RDS = "shop.abc123.eu-west-1.rds.amazonaws.com";

  private static final ConnectionSettings.Words WORDS =
      new ConnectionSettings.Words(
          "PostgreSQL",
          5432,
          "PostgresDialect",
          "host, port, database",
          "PostgresDialect.at(\"db.internal\", 5432, \"shop\")",
          Set.of());

  private static ConfigurationException refusal(String host, String database) {
    return catchThrowableOfType(
        ConfigurationException.class, () -> ConnectionSettings.at(WORDS, host, 5432, database));
  }

  @Test
  void showsTheCallThatWasMeantByAnEndpointWithItsPort() {
    ConfigurationException refused = refusal(RDS + ":5433", "shop");
    assertThat(refused.problem()).isEqualTo("The host " + RDS + ":5433 has a port at its end.");
    assertThat(refused.remedy())
        .isEqualTo(
            "Give host and port apart: PostgresDialect.at(\"" + RDS + "\", 5433, \"shop\").");
    assertThat(refusal(RDS + ":", "").remedy())
        .contains("PostgresDialect.at(\"" + RDS + "\", 5432).");
    assertThat(refusal(":5432", "shop").remedy()).contains("\"db.internal\"");
  }

  @ParameterizedTest
  @CsvSource({
    "postgres://u:canary@HOST:5433/other?sslmode=require, other",
    "postgresql://HOST:5433, shop",
    "postgres://u:can@ary:x/@HOST:5433/, shop",
    "jdbc:postgresql://HOST:5433/other?user=u&password=canary, other",
    "jdbc:postgresql://HOST:5433/other?user=u&password=p@canary, ''",
    "jdbc:mysql://address=(host=HOST)(user=u)(password=canary)/db, ''",
    "jdbc:sqlserver://HOST;user=u;password=canary, ''",
    "postgres://canary:5432/canary?canary@HOST:5433/other, ''",
    "jdbc:mysql://u:canary@HOST:5433/other, other",
    "jdbc:mysql:loadbalance://HOST:5433/other, other",
    "u:canary@HOST:5433, ''",
    "https://HOST:5433/, shop",
  })
  void showsTheCallThatWasMeantByAUrlWithoutUserAndPassword(String url, String database) {
    ConfigurationException refused = refusal(url.replace("HOST", RDS), "shop");
    assertThat(refused.problem()).isEqualTo("The host is a URL, or has a user before it.");
    assertThat(refused.remedy())
        .isEqualTo(
            "Give its parts apart: "
                + (database.isEmpty()
                    ? WORDS.example()
                    : "PostgresDialect.at(\"" + RDS + "\", 5433, \"" + database + "\")")
                + ".login(user, password).");
    assertThat(refused).hasMessageNotContaining("canary").hasMessageNotContaining("can@ary");
  }

  @Test
  void takesAddressesOfVersion6WithoutBrackets() {
    assertThat(ConnectionSettings.at(WORDS, "2001:db8::7", 5432, "shop").describe())
        .isEqualTo("PostgreSQL shop at [2001:db8::7]:5432");
    assertThat(refusal("[2001:db8::7]", "shop").remedy())
        .contains("PostgresDialect.at(\"2001:db8::7\", 5432, \"shop\").");
    assertThat(refusal("[2001:db8::7]:5433", "shop").remedy())
        .contains("PostgresDialect.at(\"2001:db8::7\", 5433, \"shop\").");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "one,two", "a b", "db/shop", "db?x=1", "[host]", "db\n", "db;x"})
  void refusesWhatIsNoHost(String host) {
    assertThat(refusal(host, "shop").problem()).contains("is not a host name or address");
  }

  @ParameterizedTest
  @CsvSource({
    "db.internal/shop?user=u&password=canary, db.internal…",
    "host=db user=u password=canary, host…",
    "db;user=u;password=canary, db…",
    "db;password=canary:1433, db…",
    "(host=db)(password=canary), …",
  })
  void showsOfAConnectionStringNoMoreThanItsBeginning(String host, String shown) {
    ConfigurationException refused = refusal(host, "shop");
    assertThat(refused.problem()).isEqualTo("'" + shown + "' is not a host name or address.");
    assertThat(refused).hasMessageNotContaining("canary");
  }
}
