package dev.bobbin.dialect.mysql.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.testservers.ChildJvm;
import dev.bobbin.testservers.MySqlServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fault 42: canaries, that is a password and values of rows that are found nowhere else, are looked
 * for in everything that a host application sees of Bobbin: logs at TRACE, exceptions with all
 * their causes, toString of the public objects, plans, reports, what listeners hear, and the state.
 */
class NothingSecretLeaksTest {

  private static final String PASSWORD = "CanaryPassword1";

  /** In text, in a blob, in JSON: values of rows. */
  private static final String VALUE = "CanaryValue2";

  /** A value of a text key, which only the state may hold. */
  private static final String KEY = "CanaryKey3";

  private static final long NUMBER = 7_306_182_945_501L;

  @TempDir private Path state;

  /** Fault 42: none of the canaries is found, and the state holds values of keys alone. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 8.0", "MariaDB 11.4"})
  void showsNoPasswordAndNoValueOfARow(String version) throws Exception {
    List<String> seen = new ArrayList<>();
    try (MySqlServer server = MySqlServer.version(version).password("root-Password-0").start()) {
      String database = server.createDatabase();
      seed(server, database);
      try (ChildJvm child =
          ChildJvm.of(TalkativeHost.class)
              .jvmFlags(
                  "-Dorg.slf4j.simpleLogger.defaultLogLevel=trace",
                  "-Dorg.slf4j.simpleLogger.logFile=System.err",
                  "-XX:TieredStopAtLevel=1")
              .arguments(
                  server.host(),
                  Integer.toString(server.port()),
                  database,
                  "etl",
                  PASSWORD,
                  state.toString(),
                  "root-Password-0")
              .start()) {
        int exit = child.awaitExit(Duration.ofMinutes(2));
        seen.addAll(child.lines());
        seen.addAll(child.errors());
        assertThat(exit).as("%s", String.join("\n", child.errors())).isZero();
      }
    }
    // The host saw what it should have: the test would find nothing if nothing had happened.
    String all = String.join("\n", seen);
    assertThat(seen).contains("done", "=== bad_json");
    assertThat(seen.stream().filter(l -> l.startsWith("completed ")))
        .hasSizeGreaterThanOrEqualTo(3);
    assertThat(all)
        .contains("DEBUG")
        .contains("45000") // the function that raises
        .contains("1690") // the number that is too large
        .contains("the connection broke") // the killed connection
        .contains("too large")
        .contains("Access denied")
        .contains("the vault is sealed");

    for (String canary : canaries()) {
      assertThat(seen.stream().filter(l -> l.toLowerCase(Locale.ROOT).contains(canary)))
          .as(canary)
          .isEmpty();
    }
    assertStateHoldsKeysAlone();
  }

  private static List<String> canaries() {
    List<String> canaries = new ArrayList<>();
    for (String text : List.of(PASSWORD, VALUE, KEY)) {
      byte[] bytes = text.getBytes(UTF_8);
      canaries.add(text);
      canaries.add(HexFormat.of().formatHex(bytes));
      canaries.add(Base64.getEncoder().encodeToString(bytes).replace("=", ""));
    }
    canaries.add(Long.toString(NUMBER));
    return canaries.stream().map(c -> c.toLowerCase(Locale.ROOT)).toList();
  }

  private static void seed(MySqlServer server, String database) throws Exception {
    server.execute(
        database,
        "CREATE USER etl@'%' IDENTIFIED "
            + (server.isMariaDb() ? "" : "WITH mysql_native_password ")
            + "BY '"
            + PASSWORD
            + "'",
        "CREATE TABLE secrets (id int PRIMARY KEY, k varchar(40) NOT NULL, t text, b blob, j json, n"
            + " bigint, KEY (k))",
        "INSERT INTO secrets SELECT i, CONCAT('"
            + KEY
            + "-', i), '"
            + VALUE
            + "', '"
            + VALUE
            + "', JSON_OBJECT('v', '"
            + VALUE
            + "'), "
            + NUMBER
            + " FROM "
            + Scene.numbers(120),
        "CREATE TABLE secrets_too AS SELECT * FROM secrets",
        "CREATE TABLE secrets_null (id int PRIMARY KEY, k varchar(40))",
        "INSERT INTO secrets_null SELECT i, IF(i % 2 = 0, '"
            + KEY
            + "', NULL) FROM "
            + Scene.numbers(20),
        "CREATE FUNCTION raise(v text) RETURNS text DETERMINISTIC BEGIN SIGNAL SQLSTATE '45000' SET"
            + " MESSAGE_TEXT = v; RETURN v; END",
        "CREATE VIEW raises AS SELECT id, IF(id > 60, raise(t), '') AS t FROM secrets",
        "CREATE VIEW overflows AS SELECT id, IF(id > 60, n * 9000000000, 1) AS n FROM secrets",
        "CREATE VIEW bad_json AS SELECT id, JSON_EXTRACT(CONCAT('{', t), CONCAT('$.', t, '~')) AS j"
            + " FROM secrets",
        "CREATE TABLE large (id int PRIMARY KEY, t text)",
        "INSERT INTO large SELECT i, REPEAT('" + VALUE + "', 500) FROM " + Scene.numbers(4_000),
        "CREATE TABLE huge (id int PRIMARY KEY, t mediumtext)",
        "INSERT INTO huge SELECT i, REPEAT('" + VALUE + "', 5000) FROM " + Scene.numbers(3),
        "GRANT SELECT, SHOW VIEW, EXECUTE ON `" + database + "`.* TO etl@'%'");
  }

  private void assertStateHoldsKeysAlone() throws Exception {
    List<Path> files;
    try (Stream<Path> all = Files.walk(state)) {
      files = all.filter(Files::isRegularFile).toList();
    }
    StringBuilder text = new StringBuilder();
    for (Path file : files) {
      String content = Files.readString(file);
      text.append(content);
      for (String canary : canaries()) {
        if (!canary.contains(KEY.toLowerCase(Locale.ROOT))) {
          assertThat(content.toLowerCase(Locale.ROOT)).as("%s", file).doesNotContain(canary);
        }
      }
      if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .as("%s", file)
            .isEqualTo("rw-------");
      }
    }
    assertThat(text).as("the bookmark is kept, so the file must be private").contains(KEY);
  }
}
