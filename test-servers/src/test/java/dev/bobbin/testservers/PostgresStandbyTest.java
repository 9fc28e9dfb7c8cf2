package dev.bobbin.testservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PostgresStandbyTest {
  static List<PostgresVersion> versions() {
    return PostgresVersion.bundled();
  }

  @ParameterizedTest
  @MethodSource("versions")
  void followsItsPrimaryAndTakesOver(PostgresVersion version) throws Exception {
    try (PostgresServer primary = PostgresServer.start(version)) {
      primary.execute("postgres", "CREATE TABLE t AS SELECT generate_series(1, 1000) AS n");
      try (PostgresServer standby =
          primary.standby(Map.of("max_standby_streaming_delay", "100ms"))) {
        assertThat(standby.isInRecovery()).isTrue();
        assertThat(primary.isInRecovery()).isFalse();
        assertThat(standby.query("postgres", "SHOW max_standby_streaming_delay"))
            .isEqualTo("100ms");

        primary.execute("postgres", "INSERT INTO t VALUES (1001)");
        standby.awaitCaughtUp();
        assertThat(standby.query("postgres", "SELECT count(*) FROM t")).isEqualTo("1001");
        assertThatThrownBy(() -> standby.execute("postgres", "DELETE FROM t"))
            .satisfies(e -> assertThat(((SQLException) e).getSQLState()).isEqualTo("25006"));

        if (version.atLeast(9, 5)) { // older ones try to reconnect every five seconds only
          primary.restart();
        }
        primary.execute("postgres", "INSERT INTO t VALUES (1002)");
        standby.awaitCaughtUp();
        standby.promote();
        assertThat(standby.isInRecovery()).isFalse();
        standby.execute("postgres", "INSERT INTO t VALUES (1003)");
        assertThat(standby.query("postgres", "SELECT count(*) FROM t")).isEqualTo("1003");
        assertThat(primary.query("postgres", "SELECT count(*) FROM t")).isEqualTo("1002");
      }
    }
  }

  @Test
  void restartsAsAStandby() throws Exception {
    try (PostgresServer primary = PostgresServer.version("18").password("secret").start();
        PostgresServer standby = primary.standby()) {
      standby.restart();
      assertThat(standby.isInRecovery()).isTrue();
      primary.execute("postgres", "CREATE TABLE late (n int)");
      standby.awaitCaughtUp();
      assertThat(standby.query("postgres", "SELECT count(*) FROM late")).isEqualTo("0");
    }
  }
}
