package dev.bobbin.dialect.postgres.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.RunReport.Status;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.SourceException;
import dev.bobbin.plan.Plan;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testsupport.DeliveredRows;
import dev.bobbin.testsupport.Waiting;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a user may not see, and kinds of tables other than plain ones. */
@ExtendWith(Scene.Emptied.class)
class AccessFaultsTest {

  private static Plan plan(Scene scene, String user, TableSelection... tables) {
    try (Replicator replicator = scene.replicator(scene.dialect(user)).build()) {
      return replicator.plan(Selection.of(tables));
    }
  }

  /** Fault 37: partial grants: what is skipped is listed, the rest is copied. */
  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void whatIsNotGrantedIsListedAndTheRestIsCopied(String version) throws SQLException {
    Scene scene =
        Scene.on(
            version,
            "CREATE TABLE open (id int PRIMARY KEY)",
            "CREATE TABLE closed (id int PRIMARY KEY)",
            "CREATE TABLE partly (id int PRIMARY KEY, k int NOT NULL, secret text, v text)",
            "INSERT INTO open VALUES (1)",
            "INSERT INTO closed VALUES (1)",
            "INSERT INTO partly VALUES (1, 1, 'canary', 'v')",
            "CREATE SCHEMA hidden",
            "CREATE TABLE hidden.t (id int PRIMARY KEY)");
    String user = "etl_" + scene.database;
    scene.execute(
        "CREATE ROLE " + user + " LOGIN",
        "GRANT USAGE ON SCHEMA public TO " + user,
        "GRANT SELECT ON open, hidden.t TO " + user,
        "GRANT SELECT (id, k, v) ON partly TO " + user);
    try {
      Plan plan = plan(scene, user, table("*.*"));
      assertThat(plan.describe())
          .contains("Skipped " + scene.table("closed"))
          .contains("Skipped " + TableId.of(scene.database, "hidden", "t"))
          .contains("secret")
          .contains("no SELECT privilege");
      assertThat(plan.tables())
          .extracting(t -> t.table().name())
          .containsExactlyInAnyOrder("open", "partly");
      RunReport all = scene.run(scene.replicator(scene.dialect(user)), table("*.*"));
      all.throwIfFailed();
      assertThat(scene.fresh("open")).hasSize(1);
      assertThat(scene.fresh("partly")).hasSize(1).allMatch(row -> !row.containsKey("secret"));

      RunReport named =
          scene.run(
              scene.replicator(scene.dialect(user)),
              table("open"),
              table("closed"),
              table("hidden.t"),
              table("partly").only("secret"));
      for (TableId refused :
          List.of(
              scene.table("closed"),
              TableId.of(scene.database, "hidden", "t"),
              scene.table("partly"))) {
        BobbinException failure = named.table(refused).orElseThrow().failure().orElseThrow();
        assertThat(failure).isInstanceOf(SourceException.class).hasMessageContaining("rant");
      }
      assertThat(scene.fresh("open")).hasSize(1);

      Scene incremental = Scene.of(scene.server, scene.database);
      RunReport byKey =
          incremental.run(
              incremental.replicator(scene.dialect(user)), table("partly").incrementalBy("k"));
      byKey.throwIfFailed();
      assertThat(incremental.fresh("partly")).hasSize(1);
      RunReport bySecret =
          incremental.run(
              incremental.replicator(scene.dialect(user)).named("By secret"),
              table("partly").incrementalBy("secret"));
      assertThat(incremental.failureOf(bySecret, "partly")).hasMessageContaining("secret");
    } finally {
      scene.execute("DROP OWNED BY " + user, "DROP ROLE " + user);
    }
  }

  /** Fault 37: a privilege that is taken away between the plan and the scan. */
  @Test
  void aPrivilegeThatIsTakenAwayFailsThatTableNamingTheGrant() throws SQLException {
    Scene scene =
        Scene.on(
            "18",
            "CREATE TABLE a (id int PRIMARY KEY)",
            "CREATE TABLE \"B b\" (id int PRIMARY KEY, v int)",
            "INSERT INTO a VALUES (1)",
            "INSERT INTO \"B b\" VALUES (1, 1)");
    String user = "etl_" + scene.database;
    scene.execute("CREATE ROLE " + user + " LOGIN", "GRANT SELECT ON a, \"B b\" TO " + user);
    try (Replicator replicator =
        scene
            .replicator(scene.dialect(user))
            .listener(
                new dev.bobbin.ReplicatorListener() {
                  @Override
                  public void onPlan(Plan plan) {
                    try {
                      scene.execute("REVOKE SELECT ON \"B b\" FROM " + user);
                    } catch (SQLException e) {
                      throw new IllegalStateException(e);
                    }
                  }
                })
            .build()) {
      RunReport report =
          replicator.replicate(Selection.of(table("\"B b\""), table("a")), scene.sink);
      assertThat(scene.failureOf(report, "B b"))
          .hasMessageContaining("GRANT SELECT ON \"public\".\"B b\" TO \"" + user + "\"");
      assertThat(scene.fresh("a")).hasSize(1);
    } finally {
      scene.execute("DROP OWNED BY " + user, "DROP ROLE " + user);
    }
  }

  /** Fault 37: row-level security is warned about, where it is active for this user. */
  @ParameterizedTest
  @ValueSource(strings = {"9.6", "18"})
  void rowLevelSecurityIsWarnedAbout(String version) throws SQLException {
    Scene scene =
        Scene.on(
            version,
            "CREATE TABLE t (id int PRIMARY KEY, owner text)",
            "INSERT INTO t VALUES (1, 'mine'), (2, 'yours')",
            "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY p ON t USING (owner = 'mine')");
    String user = "etl_" + scene.database;
    scene.execute("CREATE ROLE " + user + " LOGIN", "GRANT SELECT ON t TO " + user);
    try {
      assertThat(plan(scene, user, table("t")).describe()).contains("Row-level security");
      assertThat(scene.plan(table("t")).describe()).doesNotContain("Row-level security");
      scene.run(scene.replicator(scene.dialect(user)), table("t")).throwIfFailed();
      assertThat(scene.fresh("t", "id")).containsExactly(1);
    } finally {
      scene.execute("DROP OWNED BY " + user, "DROP ROLE " + user);
    }
  }

  /** Views and materialized views are read with an identity that the host names. */
  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void viewsAreReadWithANamedIdentity(String version) throws SQLException {
    Scene scene =
        Scene.on(
            version,
            "CREATE TABLE t (id int PRIMARY KEY, k int NOT NULL)",
            "INSERT INTO t SELECT i, i FROM generate_series(1, 20) i",
            "CREATE VIEW v AS SELECT k, id FROM t WHERE id > 5",
            "CREATE MATERIALIZED VIEW m AS SELECT * FROM t",
            "CREATE MATERIALIZED VIEW not_yet AS SELECT * FROM t WITH NO DATA");
    RunReport report =
        scene.run(
            table("v").incrementalBy("k").identifiedBy("id"),
            table("m").identifiedBy("id"),
            table("not_yet"));
    assertThat(scene.fresh("v")).hasSize(15);
    assertThat(scene.fresh("m")).hasSize(20);
    assertThat(scene.failureOf(report, "not_yet")).hasMessageContaining("REFRESH");
    assertThat(scene.sink.opens(scene.table("v")).get(0).identity()).containsExactly("id");
    assertThat(scene.plan(table("m")).describe()).contains("identifiedBy");
    scene.execute("INSERT INTO t VALUES (21, 21)");
    RunReport again = scene.run(table("v").incrementalBy("k").identifiedBy("id"));
    again.throwIfFailed();
    assertThat(scene.fresh("v", "id")).containsExactly(21);
  }

  /** Partitions belong to their table, at any depth; one alone is refused by the parent's name. */
  @ParameterizedTest
  @ValueSource(strings = {"13", "18"})
  void partitionsBelongToTheirTable(String version) throws SQLException {
    Scene scene =
        Scene.on(
            version,
            "CREATE TABLE p (id int, k int NOT NULL, PRIMARY KEY (id, k)) PARTITION BY RANGE (k)",
            "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
            "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id)",
            "CREATE TABLE p2a PARTITION OF p2 FOR VALUES FROM (0) TO (1000)",
            // Attached with its columns in another order.
            "CREATE TABLE p3 (k int NOT NULL, id int NOT NULL)",
            "ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (20) TO (30)",
            "INSERT INTO p SELECT i, i FROM generate_series(1, 29) i");
    childrenBelongToParent(scene, "p", List.of("p1", "p2", "p2a", "p3"));
  }

  /** Inheritance children do too. */
  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void inheritanceChildrenBelongToTheirParent(String version) throws SQLException {
    Scene scene =
        Scene.on(
            version,
            "CREATE TABLE p (id int PRIMARY KEY, k int NOT NULL)",
            "CREATE TABLE c1 (extra text) INHERITS (p)",
            "CREATE TABLE c2 () INHERITS (c1)",
            "INSERT INTO p SELECT i, i FROM generate_series(1, 9) i",
            "INSERT INTO c1 SELECT i, i FROM generate_series(10, 19) i",
            "INSERT INTO c2 SELECT i, i FROM generate_series(20, 29) i");
    childrenBelongToParent(scene, "p", List.of("c1", "c2"));
  }

  private static void childrenBelongToParent(Scene scene, String parent, List<String> children) {
    for (TableSelection selection :
        List.of(table("public.*"), table(parent).incrementalBy("k").identifiedBy("id"))) {
      Scene own = Scene.of(scene.server, scene.database);
      RunReport report = own.run(own.replicator().batchRows(4), selection);
      report.throwIfFailed();
      assertThat(report.tables()).extracting(t -> t.table().name()).containsExactly(parent);
      assertThat(own.fresh(parent, "id")).hasSize(29).doesNotHaveDuplicates();
      assertThat(own.plan(selection).describe()).contains("partitions or child tables");
    }
    for (String child : children) {
      assertThatThrownBy(() -> scene.run(table(child)))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(child)
          .hasMessageContaining("Select " + scene.table(parent));
    }
  }

  /** Foreign tables, where the server has a wrapper for one. */
  @Test
  void foreignTablesAreRead() throws SQLException {
    Scene scene = Scene.on("18", "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
    assumeTrue(
        scene.query("SELECT 1 FROM pg_available_extensions WHERE name = 'postgres_fdw'") != null,
        "the server has no postgres_fdw");
    scene.execute(
        "CREATE EXTENSION postgres_fdw",
        "CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '"
            + scene.server.host()
            + "', port '"
            + scene.server.port()
            + "', dbname '"
            + scene.database
            + "')",
        "CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (user '"
            + scene.server.user()
            + "', password '"
            + scene.server.password().orElse("")
            + "')",
        "CREATE FOREIGN TABLE f (id int) SERVER s OPTIONS (table_name 't')");
    scene.run(table("f").identifiedBy("id")).throwIfFailed();
    assertThat(scene.fresh("f", "id")).containsExactly(1);
    scene.execute("DROP TABLE t");
    assertThat(scene.failureOf(scene.run(table("f").identifiedBy("id")), "f")).isNotNull();
  }

  /** Two databases of a server in one selection. */
  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void oneSelectionReadsTwoDatabases(String version) throws SQLException {
    Scene one =
        Scene.on(version, "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)");
    Scene two =
        Scene.on(
            version,
            "CREATE TABLE t (id int PRIMARY KEY, k int NOT NULL)",
            "INSERT INTO t VALUES (3, 3)");
    TableSelection there = table(two.database + ".public.t").incrementalBy("k");
    one.run(table("t"), there).throwIfFailed();
    assertThat(one.fresh("t", "id")).containsExactlyInAnyOrder(1, 2);
    assertThat(DeliveredRows.column(one.sink.rows(two.table("t")), "id")).containsExactly(3);
    two.execute("INSERT INTO t VALUES (4, 4)");
    one.run(table("t"), there).throwIfFailed();
    assertThat(DeliveredRows.column(one.sink.rows(two.table("t")), "id")).containsExactly(3, 4);
    Waiting.until("no backend", () -> one.server.backendsOf(one.applicationName()) == 0);
  }

  /** Each load of a table sees one moment, whatever is moved between its rows meanwhile. */
  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void balancesAddUpInEveryLoadWhileMoneyIsMoved(String version) throws Exception {
    Scene scene =
        Scene.on(
            version,
            "CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL, pad text)",
            "INSERT INTO accounts SELECT i, 1000, repeat('x', 200) FROM generate_series(1, 2000) i");
    AtomicBoolean over = new AtomicBoolean();
    AtomicLong moves = new AtomicLong();
    CompletableFuture<Void> moving =
        CompletableFuture.runAsync(
            () -> {
              try (Connection connection = scene.server.connect(scene.database);
                  Statement statement = connection.createStatement()) {
                for (long i = 0; !over.get(); i++) {
                  long from = 1 + i * 7 % 2000;
                  long to = 1 + (i * 13 + 999) % 2000;
                  statement.execute(
                      "BEGIN; UPDATE accounts SET balance = balance - 10 WHERE id = "
                          + from
                          + "; UPDATE accounts SET balance = balance + 10 WHERE id = "
                          + to
                          + "; COMMIT");
                  moves.incrementAndGet();
                }
              } catch (SQLException e) {
                throw new IllegalStateException(e);
              }
            });
    try {
      for (int load = 0; load < 5; load++) {
        AtomicLong sum = new AtomicLong();
        AtomicLong rows = new AtomicLong();
        scene
            .run(
                scene.replicator().batchRows(100),
                batch -> {
                  long before = moves.get();
                  while (moves.get() < before + 3 && !moving.isDone()) {
                    Thread.onSpinWait(); // so that transfers commit between any two batches
                  }
                  rows.addAndGet(batch.rowCount());
                  batch.forEach(r -> sum.addAndGet(r.getLong("balance")));
                },
                table("accounts"))
            .throwIfFailed();
        assertThat(rows).hasValue(2000);
        assertThat(sum).hasValue(2_000_000);
      }
    } finally {
      over.set(true);
      moving.get(1, TimeUnit.MINUTES);
    }
    assertThat(moves.get()).isGreaterThan(5 * 20 * 3);
  }

  /** Fault 37: a database that the user may not enter is noted, and its own is copied. */
  @Test
  void aDatabaseThatCannotBeEnteredIsNoted() throws SQLException {
    Scene scene = Scene.on("18", "CREATE TABLE t (id int PRIMARY KEY)");
    Scene closed = Scene.on("18", "CREATE TABLE t (id int PRIMARY KEY)");
    String user = "etl_" + scene.database;
    scene.execute(
        "CREATE ROLE " + user + " LOGIN",
        "GRANT SELECT ON t TO " + user,
        "REVOKE CONNECT ON DATABASE " + closed.database + " FROM PUBLIC");
    try (Replicator replicator = scene.replicator(scene.dialect(user)).build()) {
      assertThat(replicator.discover().describe())
          .contains("may not connect to")
          .contains(closed.database);
      RunReport report = replicator.replicate(Selection.of(table("t")), scene.sink);
      assertThat(report.table(scene.table("t")).orElseThrow().status()).isEqualTo(Status.COMPLETED);
    } finally {
      scene.execute("GRANT CONNECT ON DATABASE " + closed.database + " TO PUBLIC");
      scene.execute("DROP OWNED BY " + user, "DROP ROLE " + user);
    }
  }
}
