package dev.bobbin.dialect.postgres.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bobbin.Replicator;
import dev.bobbin.ReplicatorListener;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.StateException;
import dev.bobbin.select.ReplicationMethod.NullKeys;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testsupport.DeliveredRows;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults of replication keys, and changes while and after they are read. */
@ExtendWith(Scene.Emptied.class)
class KeyFaultsTest {

  private static List<@Nullable Object> ids(int from, int to) {
    return new ArrayList<>(IntStream.rangeClosed(from, to).boxed().toList());
  }

  /** Fault 19: late commit with an older key. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "18; timestamptz; now() - interval '10 minutes'; now() - interval '20 minutes'; PT1H",
        "18; timestamp; now() - interval '10 minutes'; now() - interval '20 minutes'; PT1H",
        "18; date; current_date - 1; current_date - 2; PT48H",
        "9.3; timestamptz; now() - interval '10 minutes'; now() - interval '20 minutes'; PT1H",
        "18; bigint; 100; 80; 30",
        "18; smallint; 100; 80; 30",
        "18; numeric(10,2); 100.5; 80.25; 30",
        "9.3; bigint; 100; 80; 30"
      })
  void aLateCommitIsCaughtByTheOverlapAndNothingElseRepeats(
      String version, String type, String newest, String late, String overlap) throws SQLException {
    Scene scene =
        Scene.on(
            version,
            "CREATE TABLE t (id int PRIMARY KEY, k " + type + " NOT NULL)",
            "CREATE INDEX ON t (k)",
            "INSERT INTO t SELECT i, " + newest + " FROM generate_series(1, 20) i");
    TableSelection without = table("t").incrementalBy("k").noOverlap();
    TableSelection with =
        overlap.startsWith("PT")
            ? without.overlap(Duration.parse(overlap))
            : without.overlap(Long.parseLong(overlap));
    assertThat(scene.plan(without).describe()).contains("No overlap");
    assertThat(scene.plan(with).describe()).doesNotContain("No overlap");
    try (Connection writer = scene.server.connect(scene.database);
        Statement statement = writer.createStatement()) {
      writer.setAutoCommit(false);
      statement.execute("INSERT INTO t VALUES (99, " + late + ")");
      scene.run(with).throwIfFailed();
      assertThat(scene.fresh("t", "id")).containsExactlyInAnyOrderElementsOf(ids(1, 20));
      writer.commit();
    }
    scene.run(with).throwIfFailed();
    assertThat(scene.fresh("t", "id")).containsExactly(99);
    scene.run(with).throwIfFailed();
    assertThat(scene.fresh("t", "id")).isEmpty();
    scene.execute("INSERT INTO t VALUES (98, " + late + ")");
    scene.run(without).throwIfFailed();
    assertThat(scene.fresh("t", "id")).as("documented: without an overlap it is missed").isEmpty();
  }

  /** Fault 20: equal keys across a batch boundary, and a crash between the batches. */
  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void equalKeysOverManyBatchesSurviveACrashBetweenThem(String version) throws SQLException {
    Scene scene =
        Scene.on(
            version,
            "CREATE TABLE t (id int PRIMARY KEY, k timestamptz NOT NULL)",
            "INSERT INTO t SELECT i, '2024-05-01 10:00:00.123456+02' FROM generate_series(1, 100)"
                + " i");
    TableSelection selection = table("t").incrementalBy("k");
    for (int crash : List.of(3, 5, 3)) {
      FailingSink failing =
          new FailingSink(scene.sink).after(Call.WRITE, crash, FailingSink.diskFull());
      RunReport report = scene.run(scene.replicator().batchRows(7), failing, selection);
      assertThat(scene.failureOf(report, "t")).isNotNull();
    }
    scene.run(scene.replicator().batchRows(7), selection).throwIfFailed();
    List<@Nullable Object> delivered = scene.fresh("t", "id");
    assertThat(new HashSet<>(delivered)).hasSize(100);
    // Each crash came after the sink had a batch and before its checkpoint was saved.
    assertThat(delivered).hasSizeLessThanOrEqualTo(100 + 3 * 7);
    scene.run(selection).throwIfFailed();
    assertThat(scene.fresh("t", "id")).isEmpty();
  }

  /**
   * Fault 20: equal keys, more than are remembered: none is lost, and they repeat only where the
   * server cannot tell its own history.
   */
  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void moreEqualKeysThanAreRememberedAreNotLost(String version) throws SQLException {
    boolean latecomers = version.equals("18");
    Scene scene =
        Scene.on(
            version,
            "CREATE TABLE t (id int PRIMARY KEY, k int NOT NULL)",
            "INSERT INTO t SELECT i, 7 FROM generate_series(1, 12000) i");
    TableSelection selection = table("t").incrementalBy("k");
    FailingSink failing =
        new FailingSink(scene.sink).before(Call.WRITE, 12, FailingSink.diskFull());
    RunReport report = scene.run(scene.replicator().batchRows(1000), failing, selection);
    assertThat(scene.failureOf(report, "t")).isNotNull();
    scene.awaitQuiet();
    scene.run(scene.replicator().batchRows(1000), selection).throwIfFailed();
    assertThat(new HashSet<>(scene.fresh("t", "id"))).hasSize(12000);
    scene.execute("INSERT INTO t VALUES (12001, 7)");
    scene.run(scene.replicator().batchRows(1000), selection).throwIfFailed();
    assertThat(scene.fresh("t", "id"))
        .contains(12001)
        .hasSizeBetween(latecomers ? 1 : 2001, latecomers ? 1 : 12001);
    scene.execute("INSERT INTO t VALUES (12002, 8)");
    scene.run(selection).throwIfFailed();
    assertThat(scene.fresh("t", "id")).contains(12002);
    scene.run(selection).throwIfFailed();
    assertThat(scene.fresh("t", "id")).as("the ties are behind the bookmark").isEmpty();
  }

  /** Fault 21: NULL keys: three policies, and the plan says how many there are. */
  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void rowsWithNullKeysFollowThePolicyThatThePlanShows(String version) throws SQLException {
    Scene scene =
        Scene.on(
            version,
            "CREATE TABLE t (id int PRIMARY KEY, k int)",
            "CREATE TABLE never (id int PRIMARY KEY, k int)",
            "INSERT INTO t SELECT i, nullif(i % 5, 0) * i FROM generate_series(1, 1000) i",
            "INSERT INTO never SELECT i, i FROM generate_series(1, 1000) i");
    TableSelection every = table("t").incrementalBy("k");
    TableSelection first = every.nullKeys(NullKeys.FIRST_RUN);
    TableSelection fail = every.nullKeys(NullKeys.FAIL);
    assertThat(scene.plan(every).describe()).contains("unknown number of");
    scene.execute("ANALYZE t", "ANALYZE never");
    assertThat(scene.plan(every).describe())
        .contains("about 200 rows with a NULL key are")
        .contains("by every run");
    assertThat(scene.plan(first).describe()).contains("about 200 rows").contains("first run only");
    assertThat(scene.plan(fail).describe()).contains("about 200 rows").contains("a failure");
    assertThat(scene.plan(table("never").incrementalBy("k")).describe())
        .contains("about 0 rows with a NULL key");

    RunReport failed = scene.run(fail, table("never").incrementalBy("k").nullKeys(NullKeys.FAIL));
    assertThat(scene.failureOf(failed, "t")).isInstanceOf(ConfigurationException.class);
    assertThat(scene.fresh("t", "id")).isEmpty();
    assertThat(scene.fresh("never", "id")).hasSize(1000);
    scene.run(every).throwIfFailed();
    assertThat(new HashSet<>(scene.fresh("t", "id"))).hasSize(1000);
    scene.run(every).throwIfFailed();
    assertThat(scene.fresh("t", "k")).hasSize(200).containsOnlyNulls();
    scene.run(first).throwIfFailed();
    assertThat(scene.fresh("t", "id")).isEmpty();
  }

  /** Fault 22: row moves ahead during the scan: seen at least once, last version wins. */
  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void aRowThatMovesAheadDuringTheScanIsSeenAndItsLastVersionWins(String version)
      throws SQLException {
    for (boolean crash : new boolean[] {false, true}) {
      Scene scene =
          Scene.on(
              version,
              "CREATE TABLE t (id int PRIMARY KEY, k int NOT NULL, v text)",
              "CREATE INDEX ON t (k)",
              "INSERT INTO t SELECT i, i, 'old' FROM generate_series(1, 30) i");
      TableSelection selection = table("t").incrementalBy("k");
      FailingSink moving =
          new FailingSink(scene.sink)
              // One that was delivered, one that was not, one to the place of another.
              .before(
                  Call.WRITE,
                  3,
                  () ->
                      scene.execute(
                          "UPDATE t SET k = 100, v = 'new' WHERE id = 2",
                          "UPDATE t SET k = 101, v = 'new' WHERE id = 20",
                          "UPDATE t SET k = 30, v = 'new' WHERE id = 25"));
      if (crash) {
        moving.before(Call.WRITE, 5, FailingSink.diskFull());
      }
      RunReport report = scene.run(scene.replicator().batchRows(3), moving, selection);
      assertThat(report.isCompleted()).isEqualTo(!crash);
      assertThat(DeliveredRows.column(scene.sink.rows(scene.table("t")), "v"))
          .doesNotContain("new");
      scene.run(scene.replicator().batchRows(3), selection).throwIfFailed();
      assertThat(new HashSet<>(scene.fresh("t", "id"))).hasSize(30);
      assertThat(scene.sink.upserted(scene.table("t")))
          .filteredOn(row -> "new".equals(row.get("v")))
          .extracting(row -> row.get("id") + " " + row.get("k"))
          .containsExactlyInAnyOrder("2 100", "20 101", "25 30");
    }
  }

  /** Fault 23: key in the year 9999: warned, replication not frozen. */
  @ParameterizedTest
  @CsvSource({
    "18,timestamptz,9999-12-31 23:59:59",
    "18,timestamptz,infinity",
    "18,timestamp,9999-12-31 23:59:59",
    "18,timestamp,infinity",
    "18,date,9999-12-31",
    "18,date,infinity",
    "9.3,timestamptz,infinity",
    "9.3,date,9999-12-31"
  })
  void aKeyInTheFarFutureFreezesNothingAndIsWarnedOf(String version, String type, String far)
      throws SQLException {
    Scene scene =
        Scene.on(
            version,
            "CREATE TABLE t (id int PRIMARY KEY, k " + type + " NOT NULL, v text)",
            "INSERT INTO t SELECT i, '2024-01-01'::date + i FROM generate_series(1, 10) i",
            "INSERT INTO t SELECT i, '" + far + "' FROM generate_series(11, 13) i");
    TableSelection selection = table("t").incrementalBy("k");
    List<String> warnings = Collections.synchronizedList(new ArrayList<>());
    ReplicatorListener listener =
        new ReplicatorListener() {
          @Override
          public void onWarning(TableId table, String sentence) {
            warnings.add(sentence);
          }
        };
    scene.run(scene.replicator().batchRows(4).listener(listener), selection).throwIfFailed();
    assertThat(scene.fresh("t", "id")).containsExactlyInAnyOrderElementsOf(ids(1, 13));
    assertThat(warnings).filteredOn(w -> w.contains("future")).hasSize(1);
    for (int i = 20; i < 23; i++) {
      scene.execute("INSERT INTO t VALUES (" + i + ", now())");
      scene.run(scene.replicator().batchRows(4), selection).throwIfFailed();
      assertThat(scene.fresh("t", "id")).containsExactly(i);
    }
    scene.execute("UPDATE t SET v = 'changed' WHERE id = 12");
    scene.run(scene.replicator().batchRows(4), selection).throwIfFailed();
    assertThat(scene.fresh("t", "id")).containsExactly(12);
    scene.run(selection).throwIfFailed();
    assertThat(scene.fresh("t", "id")).isEmpty();
  }

  /** Fault 23, the other end: '-infinity' is a key like others. */
  @Test
  void aKeyOfMinusInfinityIsABookmark() throws SQLException {
    Scene scene =
        Scene.on(
            "18",
            "CREATE TABLE t (id int PRIMARY KEY, k timestamptz NOT NULL)",
            "INSERT INTO t VALUES (1, '-infinity'), (2, '-infinity')");
    for (TableSelection selection :
        List.of(
            table("t").incrementalBy("k"),
            table("t").incrementalBy("k").overlap(Duration.ofDays(1)))) {
      scene.run(selection).throwIfFailed();
      scene.fresh("t");
      scene.run(selection).throwIfFailed();
      assertThat(scene.fresh("t", "id")).isEmpty();
    }
    scene.execute("INSERT INTO t VALUES (3, '4713-01-01 BC')");
    scene.run(table("t").incrementalBy("k")).throwIfFailed();
    assertThat(scene.fresh("t", "id")).containsExactly(3);
  }

  /** Fault 24: key type changes int to uuid: the checkpoint is refused as incompatible. */
  @Test
  void aKeyThatBecomesAUuidIsRefusedNamingReset() throws SQLException {
    Scene scene =
        Scene.on(
            "18",
            "CREATE TABLE t (id int PRIMARY KEY, k int NOT NULL)",
            "CREATE TABLE other (id int PRIMARY KEY)",
            "INSERT INTO t SELECT i, i FROM generate_series(1, 5) i",
            "INSERT INTO other VALUES (1)");
    TableSelection selection = table("t").incrementalBy("k");
    scene.run(selection).throwIfFailed();
    scene.fresh("t");
    scene.execute("ALTER TABLE t ALTER k TYPE uuid USING lpad(k::text, 32, '0')::uuid");
    RunReport report = scene.run(selection, table("other"));
    assertThat(scene.failureOf(report, "t"))
        .isInstanceOf(StateException.class)
        .hasMessageContaining("integer")
        .hasMessageContaining("uuid")
        .hasMessageContaining("reset(");
    assertThat(scene.fresh("t")).isEmpty();
    assertThat(scene.fresh("other", "id")).containsExactly(1);
    assertThat(scene.plan(selection).table(scene.table("t")).orElseThrow().refusal()).isPresent();

    scene.run(scene.replicator().resetUnfittingCheckpoints(), selection).throwIfFailed();
    assertThat(scene.fresh("t", "k")).hasSize(5).allMatch(UUID.class::isInstance);
    assertThat(scene.sink.loadIds(scene.table("t"))).hasSize(2);
    scene.run(selection).throwIfFailed();
    assertThat(scene.fresh("t")).isEmpty();
  }

  /** Fault 24: what the key's values survive is no other type: a widened key goes on. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "int; bigint; 5; 6",
        "smallint; int; 5; 6",
        "numeric(5,1); numeric(12,3); 5.5; 6.125",
        "varchar(5); text; e; f",
        "real; double precision; 5.5; 6.5",
        "timestamp(0); timestamp; 2024-01-05; 2024-01-06 00:00:00.5"
      })
  void aWidenedKeyGoesOn(String before, String after, String value, String next)
      throws SQLException {
    Scene scene =
        Scene.on(
            "18",
            "CREATE TABLE t (id int PRIMARY KEY, k " + before + " NOT NULL)",
            "INSERT INTO t VALUES (1, '" + value + "')");
    TableSelection selection = table("t").incrementalBy("k");
    scene.run(selection).throwIfFailed();
    scene.execute(
        "ALTER TABLE t ALTER k TYPE " + after, "INSERT INTO t VALUES (2, '" + next + "')");
    scene.fresh("t");
    scene.run(selection).throwIfFailed();
    assertThat(scene.fresh("t", "id")).contains(2).hasSizeLessThanOrEqualTo(2);
    assertThat(scene.sink.loadIds(scene.table("t"))).hasSize(1);
  }

  /** Fault 24: another method, another key or a time that gets a zone is refused as well. */
  @Test
  void anotherMethodOrKeyIsRefused() throws SQLException {
    Scene scene =
        Scene.on(
            "18",
            "CREATE TABLE t (id int PRIMARY KEY, k int NOT NULL, at timestamp NOT NULL)",
            "INSERT INTO t VALUES (1, 1, '2024-01-01')");
    TableSelection byKey = table("t").incrementalBy("k");
    scene.run(byKey).throwIfFailed();
    for (TableSelection other : List.of(table("t"), table("t").incrementalBy("at"))) {
      assertThat(scene.failureOf(scene.run(other), "t"))
          .isInstanceOf(StateException.class)
          .hasMessageContaining("reset(");
    }
    try (Replicator replicator = scene.replicator().build()) {
      replicator.reset(scene.table("t"));
    }
    TableSelection byTime = table("t").incrementalBy("at");
    scene.run(byTime).throwIfFailed();
    scene.execute("ALTER TABLE t ALTER at TYPE timestamptz");
    assertThat(scene.failureOf(scene.run(byTime), "t"))
        .isInstanceOf(StateException.class)
        .hasMessageContaining("reset(");
    scene.run(scene.replicator().resetUnfittingCheckpoints(), table("t")).throwIfFailed();
    assertThat(scene.failureOf(scene.run(byTime), "t")).isInstanceOf(StateException.class);
  }

  /** Fault 25: primary key value changed, hard delete: stays until the next full table. */
  @Test
  void deletedRowsAndOldIdentitiesStayUntilTheNextLoad() throws SQLException {
    Scene scene =
        Scene.on(
            "18",
            "CREATE TABLE t (id int PRIMARY KEY, k int NOT NULL)",
            "INSERT INTO t SELECT i, i FROM generate_series(1, 5) i");
    TableSelection selection = table("t").incrementalBy("k");
    scene.run(selection).throwIfFailed();
    scene.execute("DELETE FROM t WHERE id = 2", "UPDATE t SET id = 40, k = 6 WHERE id = 4");
    scene.run(selection).throwIfFailed();
    assertThat(DeliveredRows.column(scene.sink.upserted(scene.table("t")), "id"))
        .containsExactlyInAnyOrder(1, 2, 3, 4, 5, 40);
    try (Replicator replicator = scene.replicator().build()) {
      replicator.reset(scene.table("t"));
    }
    scene.run(selection).throwIfFailed();
    assertThat(DeliveredRows.column(scene.sink.upserted(scene.table("t")), "id"))
        .containsExactlyInAnyOrder(1, 3, 5, 40);
  }

  /** Fault 26: text key with a case-insensitive collation. */
  @ParameterizedTest
  @ValueSource(strings = {"13", "18"})
  void aKeyWithACaseInsensitiveCollationLosesNothing(String version) throws SQLException {
    Scene scene = Scene.on(version);
    assumeTrue(
        "t"
            .equals(
                scene.query("SELECT EXISTS (SELECT 1 FROM pg_collation WHERE collprovider = 'i')")),
        "the server has no ICU");
    scene.execute(
        "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
    caseInsensitive(scene, "text COLLATE ci");
  }

  /** Fault 26: citext. */
  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void aKeyOfCitextLosesNothing(String version) throws SQLException {
    Scene scene = Scene.on(version);
    assumeTrue(
        scene.query("SELECT 1 FROM pg_available_extensions WHERE name = 'citext'") != null,
        "the server has no citext");
    scene.execute("CREATE EXTENSION citext");
    caseInsensitive(scene, "citext");
  }

  private static void caseInsensitive(Scene scene, String type) throws SQLException {
    scene.execute(
        "CREATE TABLE t (id int PRIMARY KEY, k " + type + " NOT NULL, v text)",
        "INSERT INTO t SELECT i, (ARRAY['apple', 'APPLE', 'Apple', 'aPPLE', 'banana', 'BANANA'])"
            + "[1 + i % 6], 'x' FROM generate_series(1, 24) i");
    TableSelection selection = table("t").incrementalBy("k");
    FailingSink failing = new FailingSink(scene.sink).before(Call.WRITE, 6, FailingSink.diskFull());
    scene.run(scene.replicator().batchRows(2), failing, selection);
    scene.run(scene.replicator().batchRows(2), selection).throwIfFailed();
    assertThat(scene.fresh("t", "id")).containsExactlyInAnyOrderElementsOf(ids(1, 24));
    scene.execute("INSERT INTO t VALUES (30, 'BaNaNa', 'x')", "UPDATE t SET v = 'y' WHERE id = 4");
    scene.run(scene.replicator().batchRows(2), selection).throwIfFailed();
    assertThat(scene.fresh("t", "id")).containsExactlyInAnyOrder(4, 30);
    scene.run(selection).throwIfFailed();
    assertThat(scene.fresh("t", "id")).isEmpty();
  }

  /** Fault 27: empty table, NULL maximum. */
  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void anEmptyTableAndOnlyNullKeysMakeNoBookmark(String version) throws SQLException {
    Scene scene = Scene.on(version, "CREATE TABLE t (id int PRIMARY KEY, k timestamptz)");
    TableSelection selection = table("t").incrementalBy("k").nullKeys(NullKeys.FIRST_RUN);
    scene.run(selection).throwIfFailed();
    assertThat(scene.sink.opens(scene.table("t"))).hasSize(1);
    assertThat(scene.sink.completes(scene.table("t"))).hasSize(1);
    scene.execute("INSERT INTO t VALUES (1, NULL), (2, NULL)");
    TableSelection every = table("t").incrementalBy("k");
    scene.run(every).throwIfFailed();
    assertThat(scene.fresh("t", "id")).containsExactlyInAnyOrder(1, 2);
    assertThat(scene.plan(every).table(scene.table("t")).orElseThrow().bookmark()).isEmpty();
    scene.execute("INSERT INTO t VALUES (3, '1900-01-01')");
    scene.run(selection).throwIfFailed();
    assertThat(scene.fresh("t", "id")).containsExactly(3);
    scene.execute("DELETE FROM t");
    scene.run(every).throwIfFailed();
    assertThat(scene.plan(every).table(scene.table("t")).orElseThrow().bookmark()).isPresent();
  }
}
