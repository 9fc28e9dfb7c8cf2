package dev.bobbin.dialect.postgres.faults;

import static dev.bobbin.testsupport.Canaries.KEY;
import static dev.bobbin.testsupport.Canaries.NUMBER;
import static dev.bobbin.testsupport.Canaries.PASSWORD;
import static dev.bobbin.testsupport.Canaries.VALUE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.testservers.ChildJvm;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testservers.PostgresVersion;
import dev.bobbin.testsupport.Canaries;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fault 42: canaries, that is a password and values of rows that are found nowhere else, are looked
 * for in everything that a host application sees of Bobbin: logs at TRACE, exceptions with all
 * their causes, toString of the public objects, checks, plans, reports, what listeners hear, and
 * the state.
 */
class NothingSecretLeaksTest {

  @TempDir private Path state;

  /** Fault 42: none of the canaries is found, and the state holds values of keys alone. */
  @Test
  void showsNoPasswordAndNoValueOfARow() throws Exception {
    List<String> seen;
    try (PostgresServer server =
        PostgresServer.version(PostgresVersion.DEFAULT).password("root-Password-0").start()) {
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
                      server.jdbcUrl("postgres")
                          + "?user="
                          + server.user()
                          + "&password="
                          + URLEncoder.encode("root-Password-0", UTF_8)));
    }
    // The host saw what it should have: the test would find nothing if nothing had happened.
    String all = String.join("\n", seen);
    assertThat(seen).contains("done", "=== bad_cast");
    assertThat(seen.stream().filter(l -> l.startsWith("completed ")))
        .hasSizeGreaterThanOrEqualTo(3);
    assertThat(all)
        .contains("DEBUG")
        .contains("22P02") // the failing cast
        .contains("P0001") // the function that raises
        .contains("22003") // the number that is too large
        .contains("the connection broke") // the terminated backend
        .contains("too large")
        .contains("password authentication failed")
        .contains("the vault is sealed");

    Canaries.assertNoneIn(seen);
    Canaries.assertHoldsKeysAlone(state);
  }

  private static void seed(PostgresServer server, String database) throws Exception {
    server.execute(
        database,
        "CREATE ROLE etl LOGIN PASSWORD '" + PASSWORD + "'",
        "CREATE TABLE secrets (id int PRIMARY KEY, k text NOT NULL, t text, b bytea, j jsonb, n"
            + " bigint, a text[])",
        "CREATE INDEX ON secrets (k)",
        "INSERT INTO secrets SELECT i, '"
            + KEY
            + "-' || i, '"
            + VALUE
            + "', '"
            + VALUE
            + "'::bytea, jsonb_build_object('v', '"
            + VALUE
            + "'), "
            + NUMBER
            + ", ARRAY['"
            + VALUE
            + "'] FROM generate_series(1, 120) AS i",
        "CREATE TABLE secrets_too AS TABLE secrets",
        "CREATE TABLE secrets_null (id int PRIMARY KEY, k text)",
        "INSERT INTO secrets_null SELECT i, CASE WHEN i % 2 = 0 THEN '"
            + KEY
            + "' END FROM generate_series(1, 20) AS i",
        "CREATE VIEW bad_cast AS SELECT id, CASE WHEN id > 60 THEN t::int END AS n FROM secrets",
        "CREATE FUNCTION raise(v text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
            + " 'not this: %', v USING DETAIL = v, HINT = v; END $$",
        "CREATE VIEW raises AS SELECT id, raise(t) AS t FROM secrets",
        "CREATE VIEW overflows AS SELECT id, (n * 1000000)::int AS n FROM secrets",
        "CREATE VIEW bad_json AS SELECT id, ('{' || t)::jsonb AS j FROM secrets",
        "CREATE VIEW divides AS SELECT id, n / (id - 70) AS n, t FROM secrets",
        "CREATE TABLE large (id int PRIMARY KEY, t text STORAGE EXTERNAL)",
        "INSERT INTO large SELECT i, repeat('"
            + VALUE
            + "', 500) FROM generate_series(1, 2500) AS"
            + " i",
        "CREATE TABLE huge (id int PRIMARY KEY, t text STORAGE EXTERNAL)",
        "INSERT INTO huge SELECT i, repeat('" + VALUE + "', 5000) FROM generate_series(1, 3) AS i",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO etl");
  }
}
