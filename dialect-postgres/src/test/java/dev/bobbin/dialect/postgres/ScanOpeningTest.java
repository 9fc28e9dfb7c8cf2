package dev.bobbin.dialect.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Table;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.testservers.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScanOpeningTest {

  private static TableScan whole(Table table) {
    return new TableScan(table, TableScan.ALL, new ScanRange.WholeTable());
  }

  private static Table table(SourceSession session, String database, String name) {
    Catalog catalog = session.discover(database::equals);
    return catalog.table(name).orElseThrow();
  }

  private static long count(BatchReader reader) {
    long rows = 0;
    for (Optional<SourceBatch> batch = reader.next(); batch.isPresent(); batch = reader.next()) {
      rows += batch.get().rows().rowCount();
    }
    return rows;
  }

  private static SourceException failure(SourceSession session, Table table) {
    return catchThrowableOfType(SourceException.class, () -> session.open(whole(table)).close());
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void readsTheSnapshotOfTheOpening(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    server.execute(database, "CREATE TABLE t AS SELECT i AS a FROM generate_series(1, 5000) i");
    try (SourceSession session = Sources.dialect(server, database).connect(Sources.settings())) {
      try (BatchReader reader = session.open(whole(table(session, database, "t")))) {
        server.execute(database, "DELETE FROM t", "INSERT INTO t VALUES (1)");
        assertThat(count(reader)).isEqualTo(5000);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void keepsTruncateOutUntilTheScanHasEnded(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE base AS SELECT i AS a FROM generate_series(1, 5000) i",
        "CREATE VIEW view AS SELECT a FROM base",
        "CREATE MATERIALIZED VIEW stored AS SELECT a FROM base");
    try (SourceSession session = Sources.dialect(server, database).connect(Sources.settings())) {
      for (String name : new String[] {"base", "view", "stored"}) {
        try (BatchReader reader = session.open(whole(table(session, database, name)))) {
          String rewriting =
              name.equals("stored") ? "REFRESH MATERIALIZED VIEW stored" : "TRUNCATE base";
          SQLException refused =
              catchThrowableOfType(
                  SQLException.class,
                  () -> server.execute(database, "SET lock_timeout = 100", rewriting));
          assertThat(refused.getSQLState()).as(name).isEqualTo("55P03");
          assertThat(count(reader)).as(name).isEqualTo(5000);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.3", "9.6", "18"})
  void readsATableOfWhichOnlySomeColumnsAreGranted(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    String user = "partly_" + System.nanoTime();
    server.execute(
        database,
        "CREATE USER " + user,
        "CREATE TABLE t AS SELECT i AS a, i AS b FROM generate_series(1, 10) i",
        "GRANT SELECT (a) ON t TO " + user,
        "CREATE TABLE parent (a int)",
        "CREATE TABLE child () INHERITS (parent)",
        "INSERT INTO child VALUES (1)",
        "GRANT SELECT ON parent TO " + user);
    try (SourceSession session =
        Sources.dialect(server, database, user).connect(Sources.settings())) {
      Table t = table(session, database, "t");
      try (BatchReader reader = session.open(whole(t.withColumns(Set.of("a"))))) {
        assertThat(count(reader)).isEqualTo(10);
      }
      try (BatchReader reader = session.open(whole(table(session, database, "parent")))) {
        assertThat(count(reader)).isEqualTo(1);
      }
      SourceException refused = failure(session, t);
      assertThat(refused.kind()).isEqualTo(Kind.PERMANENT);
      assertThat(refused)
          .hasMessageContaining(database + ".public.t")
          .hasMessageContaining("GRANT SELECT ON \"public\".\"t\" TO \"" + user + "\"");
    }
    server.execute(database, "DROP OWNED BY " + user, "DROP USER " + user);
  }

  @Test
  void saysWhichTableHasChangedAndHow() throws SQLException {
    PostgresServer server = PostgresServer.shared("18");
    String database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE retyped (a int)",
        "CREATE TABLE narrowed (a int, b int)",
        "CREATE TABLE dropped (a int)",
        "CREATE TABLE replaced (a int)",
        "CREATE TABLE widened (a int)",
        "CREATE SCHEMA gone",
        "CREATE TABLE gone.t (a int)",
        "CREATE VIEW view AS SELECT 1 AS a");
    try (SourceSession session = Sources.dialect(server, database).connect(Sources.settings())) {
      Catalog catalog = session.discover(database::equals);
      server.execute(
          database,
          "ALTER TABLE retyped ALTER a TYPE bigint",
          "ALTER TABLE narrowed RENAME b TO c",
          "DROP TABLE dropped",
          "DROP TABLE replaced",
          "CREATE VIEW replaced AS SELECT 1 AS a",
          "ALTER TABLE widened ADD b int",
          "DROP SCHEMA gone CASCADE",
          "DROP VIEW view");
      String[][] expected = {
        {"retyped", "was of type integer and now is bigint"},
        {"narrowed", "its column \"b\" is gone"},
        {"dropped", "it is gone"},
        {"replaced", "no longer"},
        {"gone.t", "it is gone"},
        {"view", "it is gone"}
      };
      for (String[] one : expected) {
        SourceException changed = failure(session, catalog.table(one[0]).orElseThrow());
        assertThat(changed.kind()).as(one[0]).isEqualTo(Kind.STRUCTURE_CHANGED);
        assertThat(changed).hasMessageContaining(database + ".").hasMessageContaining(one[1]);
      }
      try (BatchReader reader = session.open(whole(catalog.table("widened").orElseThrow()))) {
        assertThat(count(reader)).isZero();
      }
    }
  }

  @Test
  void namesTheTableAndTheSettingWhenALockIsNotGranted() throws SQLException {
    PostgresServer server = PostgresServer.shared("18");
    String database = server.createDatabase();
    server.execute(database, "CREATE TABLE t (a int)", "CREATE VIEW v AS SELECT a FROM t");
    try (SourceSession session =
            Sources.dialect(server, database)
                .connect(Sources.settings(Sources.applicationName(), Duration.ofMillis(200)));
        Connection holder = server.connect(database);
        Statement statement = holder.createStatement()) {
      Catalog catalog = session.discover(database::equals);
      holder.setAutoCommit(false);
      statement.execute("LOCK TABLE t");
      for (String name : new String[] {"t", "v"}) {
        SourceException waited = failure(session, catalog.table(name).orElseThrow());
        assertThat(waited.kind()).isEqualTo(Kind.TRANSIENT);
        assertThat(waited)
            .hasMessageContaining(database + ".public." + name)
            .hasMessageContaining("200 ms (lockTimeout)");
      }
      holder.rollback();
      session.open(whole(catalog.table("t").orElseThrow())).close();
    }
  }

  @Test
  void endsTheServersWorkWhenTheSessionIsClosedInTheMiddleOfAScan() throws SQLException {
    PostgresServer server = PostgresServer.shared("18");
    String database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE t AS SELECT i AS a, repeat('x', 500) AS b FROM generate_series(1, 100000) i");
    String application = Sources.applicationName();
    SourceSession session =
        Sources.dialect(server, database).connect(Sources.settings(application));
    BatchReader reader = session.open(whole(table(session, database, "t")));
    assertThat(reader.next()).isPresent();
    session.close();
    assertThat(catchThrowableOfType(SourceException.class, () -> count(reader))).isNotNull();
    reader.close();
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (server.backendsOf(application) > 0) {
      assertThat(System.nanoTime()).isLessThan(deadline);
    }
  }

  @Test
  void setsWhatMakesValuesExactWhateverTheRoleSays() throws SQLException {
    PostgresServer server = PostgresServer.shared("18");
    String database = server.createDatabase();
    String user = "odd_" + System.nanoTime();
    server.execute(
        database,
        "CREATE USER " + user,
        "ALTER ROLE " + user + " SET statement_timeout = 50",
        "ALTER ROLE " + user + " SET idle_in_transaction_session_timeout = 50",
        "ALTER ROLE " + user + " SET transaction_timeout = 50",
        "ALTER ROLE " + user + " SET default_transaction_isolation = 'serializable'",
        "CREATE TABLE t AS SELECT i AS a FROM generate_series(1, 10) i",
        "GRANT SELECT ON t TO " + user);
    try (SourceSession session =
        Sources.dialect(server, database, user).connect(Sources.settings())) {
      try (BatchReader reader = session.open(whole(table(session, database, "t")))) {
        server.execute(database, "SELECT pg_sleep(0.2)"); // longer than each of the timeouts
        assertThat(count(reader)).isEqualTo(10);
      }
    }
    server.execute(database, "DROP OWNED BY " + user, "DROP USER " + user);
  }
}
