package dev.bobbin.dialect.mysql.faults;

import static dev.bobbin.testsupport.Canaries.KEY;
import static dev.bobbin.testsupport.Canaries.NUMBER;
import static dev.bobbin.testsupport.Canaries.PASSWORD;
import static dev.bobbin.testsupport.Canaries.VALUE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.testservers.ChildJvm;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.testsupport.Canaries;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fault 42: canaries, that is a password and values of rows that are found nowhere else, are looked
 * for in everything that a host application sees of Bobbin: logs at TRACE, exceptions with all
 * their causes, toString of the public objects, checks, plans, reports, what listeners hear, and
 * the state.
 */
class NothingSecretLeaksTest {

  @TempDir private Path state;

  /** Fault 42: none of the canaries is found, and the state holds values of keys alone. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 8.0", "MariaDB 11.4"})
  void showsNoPasswordAndNoValueOfARow(String version) throws Exception {
    List<String> seen;
    try (MySqlServer server = MySqlServer.version(version).password("root-Password-0").start()) {
      String database = server.createDatabase();
      seed(server, database);
      seen =
          Canaries.printedBy(
              ChildJvm.of(CanaryHost.class)
                  .arguments(
                      server.host(),
                      Integer.toString(server.port()),
                      database,
                      "etl",
                      PASSWORD,
                      state.toString(),
                      "root-Password-0"));
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

    Canaries.assertNoneIn(seen);
    Canaries.assertHoldsKeysAlone(state);
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
}
