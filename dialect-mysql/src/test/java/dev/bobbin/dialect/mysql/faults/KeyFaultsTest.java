package dev.bobbin.dialect.mysql.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.ReplicatorListener;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.select.ReplicationMethod.NullKeys;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testservers.MySqlServer;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.TimeZone;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Replication keys: late commits, ties, NULLs, the far future, and values at the edges. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KeyFaultsTest {

  /** Fault 19: late commit with an older key. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "MySQL 5.7; timestamp(6); NOW(6) - INTERVAL 10 MINUTE; NOW(6) - INTERVAL 20 MINUTE; PT1H",
        "MySQL 8.0; datetime(6); NOW(6) - INTERVAL 10 MINUTE; NOW(6) - INTERVAL 20 MINUTE; PT1H",
        "MariaDB 11.4; timestamp(6); NOW(6) - INTERVAL 10 MINUTE; NOW(6) - INTERVAL 20 MINUTE;"
            + " PT1H",
        "MySQL 8.0; date; CURDATE() - INTERVAL 1 DAY; CURDATE() - INTERVAL 2 DAY; PT48H",
        "MySQL 8.0; bigint; 100; 80; 30",
        "MariaDB 11.4; bigint unsigned; 18446744073709551610; 18446744073709551590; 30",
        "MySQL 5.7; decimal(10,2); 100.50; 80.25; 30",
        "MySQL 8.0; int unsigned; 10; 1; 30"
      })
  void aLateCommitIsCaughtByTheOverlapAndNothingElseRepeats(
      String version, String type, String newest, String late, String overlap) throws SQLException {
    try (Scene scene =
        Scene.on(
            version,
            "CREATE TABLE t (id int PRIMARY KEY, k " + type + " NOT NULL, KEY (k))",
            "INSERT INTO t SELECT i, " + newest + " FROM " + Scene.numbers(20))) {
      TableSelection without = table("t").incrementalBy("k").noOverlap();
      TableSelection with =
          overlap.startsWith("PT")
              ? without.overlap(Duration.parse(overlap))
              : without.overlap(Long.parseLong(overlap));
      try (Connection writer = scene.server.connect(scene.database);
          Statement statement = writer.createStatement()) {
        writer.setAutoCommit(false);
        statement.execute("INSERT INTO t VALUES (99, " + late + ")");
        scene.run(with).throwIfFailed();
        assertThat(scene.fresh("t", "id")).hasSize(20).doesNotContain(99);
        writer.commit();
      }
      scene.run(with).throwIfFailed();
      assertThat(scene.fresh("t", "id")).containsExactly(99);
      scene.run(with).throwIfFailed();
      assertThat(scene.fresh("t", "id")).isEmpty();
      scene.execute("INSERT INTO t VALUES (98, " + late + ")");
      scene.run(without).throwIfFailed();
      assertThat(scene.fresh("t", "id"))
          .as("documented: without an overlap it is missed")
          .isEmpty();
    }
  }

  /** Fault 20: equal keys across a batch boundary, and crashes between the batches. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void equalKeysOverManyBatchesSurviveFailuresBetweenThem(String version) throws SQLException {
    try (Scene scene =
        Scene.on(
            version,
            "CREATE TABLE t (id int PRIMARY KEY, k timestamp(6) NOT NULL, KEY (k))",
            "INSERT INTO t SELECT i, '2024-05-01 10:00:00.123456' FROM " + Scene.numbers(100))) {
      TableSelection selection = table("t").incrementalBy("k");
      for (int crash : List.of(3, 5, 3)) {
        FailingSink failing =
            new FailingSink(scene.sink).after(Call.WRITE, crash, FailingSink.diskFull());
        RunReport report = scene.run(scene.replicator().batchRows(7), failing, selection);
        assertThat(scene.failureOf(report, "t")).isNotNull();
      }
      scene.run(scene.replicator().batchRows(7), selection).throwIfFailed();
      List<?> delivered = scene.fresh("t", "id");
      assertThat(new HashSet<>(delivered)).hasSize(100);
      assertThat(delivered).hasSizeLessThanOrEqualTo(100 + 3 * 7);
      scene.execute("INSERT INTO t VALUES (101, '2024-05-01 10:00:00.123456')");
      scene.run(scene.replicator().batchRows(7), selection).throwIfFailed();
      assertThat(scene.fresh("t", "id")).containsExactly(101);
      scene.run(selection).throwIfFailed();
      assertThat(scene.fresh("t", "id")).isEmpty();
    }
  }

  /** Fault 21: NULL keys, by three policies. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void rowsWithNullKeysFollowThePolicy(String version) throws SQLException {
    try (Scene scene =
        Scene.on(
            version,
            "CREATE TABLE t (id int PRIMARY KEY, k int, KEY (k))",
            "INSERT INTO t SELECT i, NULLIF(i % 5, 0) * i FROM " + Scene.numbers(1_000))) {
      TableSelection every = table("t").incrementalBy("k");
      RunReport failed = scene.run(every.nullKeys(NullKeys.FAIL));
      assertThat(scene.failureOf(failed, "t")).isInstanceOf(ConfigurationException.class);
      assertThat(scene.fresh("t", "id")).isEmpty();
      scene.run(every).throwIfFailed();
      assertThat(new HashSet<>(scene.fresh("t", "id"))).hasSize(1_000);
      scene.run(every).throwIfFailed();
      assertThat(scene.fresh("t", "k")).hasSize(200).containsOnlyNulls();
      scene.run(every.nullKeys(NullKeys.FIRST_RUN)).throwIfFailed();
      assertThat(scene.fresh("t", "id")).isEmpty();
    }
  }

  /** Fault 22: a row moves ahead during the scan: seen at least once, its last version wins. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 8.0", "MariaDB 11.4"})
  void aRowThatMovesAheadDuringTheScanIsSeenAndItsLastVersionWins(String version)
      throws SQLException {
    try (Scene scene =
        Scene.on(
            version,
            "CREATE TABLE t (id int PRIMARY KEY, k int NOT NULL, v varchar(9), KEY (k))",
            "INSERT INTO t SELECT i, i, 'old' FROM " + Scene.numbers(30))) {
      TableSelection selection = table("t").incrementalBy("k");
      FailingSink moving =
          new FailingSink(scene.sink)
              .before(
                  Call.WRITE,
                  3,
                  () ->
                      scene.execute(
                          "UPDATE t SET k = 100, v = 'new' WHERE id = 2",
                          "UPDATE t SET k = 101, v = 'new' WHERE id = 20",
                          "UPDATE t SET k = 30, v = 'new' WHERE id = 25"))
              .before(Call.WRITE, 5, FailingSink.diskFull());
      assertThat(scene.run(scene.replicator().batchRows(3), moving, selection).isCompleted())
          .isFalse();
      scene.run(scene.replicator().batchRows(3), selection).throwIfFailed();
      scene.run(scene.replicator().batchRows(3), selection).throwIfFailed();
      assertThat(scene.sink.upserted(scene.table("t")))
          .hasSize(30)
          .filteredOn(row -> "new".equals(row.get("v")))
          .extracting(row -> row.get("id") + " " + row.get("k"))
          .containsExactlyInAnyOrder("2 100", "20 101", "25 30");
    }
  }

  /** Fault 23: key in the year 9999: warned, replication not frozen. */
  @ParameterizedTest
  @CsvSource({
    "MySQL 5.7,datetime(6),9999-12-31 23:59:59.999999",
    "MySQL 8.0,timestamp(6),2038-01-18 00:00:00.123456",
    "MySQL 8.0,date,9999-12-31",
    "MariaDB 11.4,datetime,9999-12-31 23:59:59"
  })
  void aKeyInTheFarFutureFreezesNothingAndIsWarnedOf(String version, String type, String far)
      throws SQLException {
    try (Scene scene =
        Scene.on(
            version,
            "CREATE TABLE t (id int PRIMARY KEY, k " + type + " NOT NULL, v varchar(9), KEY (k))",
            "INSERT INTO t (id, k) SELECT i, '2024-01-01' + INTERVAL i DAY FROM "
                + Scene.numbers(10),
            "INSERT INTO t (id, k) VALUES (11, '" + far + "'), (12, '" + far + "')")) {
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
      assertThat(new HashSet<>(scene.fresh("t", "id"))).hasSize(12);
      assertThat(warnings).filteredOn(w -> w.contains("future")).hasSize(1);
      for (int i = 20; i < 23; i++) {
        scene.execute("INSERT INTO t (id, k) VALUES (" + i + ", NOW())");
        scene.run(scene.replicator().batchRows(4), selection).throwIfFailed();
        assertThat(scene.fresh("t", "id")).containsExactly(i);
      }
      scene.execute("UPDATE t SET v = 'changed' WHERE id = 12");
      scene.run(scene.replicator().batchRows(4), selection).throwIfFailed();
      assertThat(scene.fresh("t", "id")).containsExactly(12);
    }
  }

  /** Unsigned keys above 2^63, and decimals of 65 digits: their order is the server's. */
  @ParameterizedTest
  @CsvSource({
    "MySQL 5.7,bigint unsigned,9223372036854775806",
    "MySQL 8.0,bigint unsigned,18446744073709551600",
    "MariaDB 11.4,bigint unsigned,9223372036854775800",
    "MySQL 8.0,'decimal(65,0)',99999999999999999999999999999999999999999999999999999999999999900"
  })
  void numbersAtTheEdgesAreExactBookmarks(String version, String type, String first)
      throws SQLException {
    try (Scene scene =
        Scene.on(version, "CREATE TABLE t (k " + type + " PRIMARY KEY, id int NOT NULL)")) {
      BigInteger next = new BigInteger(first);
      TableSelection selection = table("t").incrementalBy("k");
      for (int i = 1; i <= 10; i++) {
        scene.execute("INSERT INTO t VALUES (" + next + ", " + i + ")");
        next = next.add(BigInteger.ONE);
        scene.run(selection).throwIfFailed();
        assertThat(scene.fresh("t", "id")).containsExactly(i);
      }
    }
  }

  /** Fault 17: bookmarks are exact to the microsecond over changes of the clock in any zone. */
  @ParameterizedTest
  @CsvSource({
    "MySQL 5.7,timestamp(6),+00:00,Europe/Berlin",
    "MySQL 8.0,timestamp(6),-03:30,America/St_Johns",
    "MariaDB 11.4,timestamp(6),+01:00,Europe/Berlin",
    "MariaDB 11.4,datetime(6),+05:45,Australia/Lord_Howe"
  })
  void timesAreExactBookmarksOverChangesOfTheClock(
      String version, String type, String zone, String zoneOfTheHost) throws SQLException {
    TimeZone before = TimeZone.getDefault();
    TimeZone.setDefault(TimeZone.getTimeZone(zoneOfTheHost));
    try (MySqlServer server = MySqlServer.version(version).timeZone(zone).start()) {
      Scene scene =
          Scene.on(server, "CREATE TABLE t (id int PRIMARY KEY, k " + type + " NOT NULL, KEY (k))");
      TableSelection selection = table("t").incrementalBy("k");
      int id = 0;
      // Around the hour that is not there in spring, and the one that is there twice in autumn.
      for (String time :
          List.of("03-31 00:59:59", "03-31 02:30:00", "10-27 00:30:00", "10-27 01:30:00")) {
        for (String micros : List.of("000000", "000001", "999999")) {
          id++;
          scene.execute("INSERT INTO t VALUES (" + id + ", '2019-" + time + "." + micros + "')");
          scene.run(selection).throwIfFailed();
          assertThat(scene.fresh("t", "id")).as("%s.%s", time, micros).containsExactly(id);
        }
      }
    } finally {
      TimeZone.setDefault(before);
    }
  }

  /** Fault 26: text keys whose values are equal though their letters differ. */
  @ParameterizedTest
  @CsvSource({
    "MySQL 5.7,utf8mb4_general_ci",
    "MySQL 8.0,utf8mb4_0900_ai_ci",
    "MariaDB 11.4,utf8mb4_unicode_ci"
  })
  void textKeysOfACaseInsensitiveCollationLoseNothing(String version, String collation)
      throws SQLException {
    try (Scene scene =
        Scene.on(
            version,
            "CREATE TABLE t (id int PRIMARY KEY, k varchar(20) COLLATE "
                + collation
                + " NOT NULL, KEY (k)) CHARSET utf8mb4",
            "INSERT INTO t SELECT i, ELT(1 + i % 4, 'abc', 'ABC', 'Abc', 'äbc') FROM "
                + Scene.numbers(40))) {
      TableSelection selection = table("t").incrementalBy("k");
      FailingSink failing =
          new FailingSink(scene.sink).before(Call.WRITE, 3, FailingSink.diskFull());
      scene.run(scene.replicator().batchRows(7), failing, selection);
      scene.run(scene.replicator().batchRows(7), selection).throwIfFailed();
      assertThat(new HashSet<>(scene.fresh("t", "id"))).hasSize(40);
      scene.execute("INSERT INTO t VALUES (41, 'aBC'), (42, 'abd')");
      scene.run(selection).throwIfFailed();
      assertThat(scene.fresh("t", "id")).contains(41, 42);
      scene.run(selection).throwIfFailed();
      assertThat(scene.fresh("t", "id")).isEmpty();
    }
  }

  /** Fault 34: zero dates as keys are the lowest ones, and stop nothing. */
  @ParameterizedTest
  @CsvSource({
    "MySQL 5.7,datetime(6)",
    "MySQL 8.0,timestamp(6)",
    "MySQL 8.0,date",
    "MariaDB 11.4,datetime(6)"
  })
  void zeroDatesAsKeysStopNothing(String version, String type) throws SQLException {
    try (Scene scene =
        Scene.on(
            version,
            "CREATE TABLE t (id int PRIMARY KEY, k "
                + type
                + " NOT NULL DEFAULT '2000-01-01', KEY (k))")) {
      TableSelection selection = table("t").incrementalBy("k");
      zero(scene, 1);
      scene.run(selection).throwIfFailed();
      assertThat(scene.fresh("t", "id")).containsExactly(1);
      zero(scene, 2);
      scene.run(selection).throwIfFailed();
      assertThat(scene.fresh("t", "id")).contains(2);
      scene.execute("INSERT INTO t VALUES (3, '2024-01-01'), (4, '2024-01-02')");
      scene.run(scene.replicator().batchRows(1), selection).throwIfFailed();
      assertThat(scene.fresh("t", "id")).contains(3, 4);
      scene.execute("INSERT INTO t VALUES (5, '2024-01-02')");
      scene.run(selection).throwIfFailed();
      assertThat(scene.fresh("t", "id")).containsExactly(5);
    }
  }

  private static void zero(Scene scene, int id) throws SQLException {
    try (Connection connection = scene.server.connect(scene.database);
        Statement statement = connection.createStatement()) {
      statement.execute("SET SESSION sql_mode = ''");
      statement.execute("INSERT INTO t VALUES (" + id + ", 0)");
    }
  }

  /** Fault 27: an empty table, and one whose keys are all NULL. */
  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void anEmptyTableBeginsWithItsFirstRow(String version) throws SQLException {
    try (Scene scene =
        Scene.on(version, "CREATE TABLE t (id int PRIMARY KEY, k datetime(6), KEY (k))")) {
      TableSelection selection = table("t").incrementalBy("k");
      scene.run(selection).throwIfFailed();
      scene.execute("INSERT INTO t VALUES (1, NULL)");
      scene.run(selection).throwIfFailed();
      assertThat(scene.fresh("t", "id")).containsExactly(1);
      scene.execute("INSERT INTO t VALUES (2, '1000-01-01')");
      scene.run(selection.nullKeys(NullKeys.FIRST_RUN)).throwIfFailed();
      assertThat(scene.fresh("t", "id")).containsExactly(2);
    }
  }
}
