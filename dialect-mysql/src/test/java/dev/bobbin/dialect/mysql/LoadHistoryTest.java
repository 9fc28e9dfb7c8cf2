package dev.bobbin.dialect.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.catalog.Table;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.select.ReplicationMethod.NullKeys;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.spi.TableAbilities;
import dev.bobbin.testservers.MySqlVersion;
import java.sql.SQLException;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of a load whose table changes. */
class LoadHistoryTest {

  private static Table make(LoadFixture fixture) throws SQLException {
    fixture.execute(
        "CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, k int)",
        "INSERT INTO t (k) VALUES (10), (20), (30), (NULL), (40)");
    return fixture.table("t");
  }

  private static Map<String, String> afterFirstBatch(
      LoadFixture fixture, Server server, Table table) {
    LoadRequest request = fixture.request(table, null, Map.of());
    try (SourceLoad load = new LoadOpening(server, request).open().orElseThrow()) {
      TableScan scan = load.scans().get(0);
      try (BatchReader reader = load.open(scan)) {
        return Map.of(scan.name(), reader.next().orElseThrow().position().orElseThrow());
      }
    }
  }

  private static void assertRestarts(LoadFixture fixture, Server server, String... changes)
      throws SQLException {
    Table table = make(fixture);
    Map<String, String> positions = afterFirstBatch(fixture, server, table);
    fixture.execute(changes);
    LoadRequest request = fixture.request(fixture.table("t"), null, positions);
    try (SourceLoad load = new LoadOpening(server, request).open().orElseThrow()) {
      assertThat(load.restarted()).as(String.join("; ", changes)).isPresent();
      assertThat(load.scans())
          .allSatisfy(
              scan -> assertThat(((ScanRange.Slice) scan.range()).position()).contains("none"));
    }
    fixture.execute("DROP TABLE t");
  }

  @ParameterizedTest
  @MethodSource("dev.bobbin.testservers.MySqlVersion#bundled")
  void aTableThatWasEmptiedOrMadeAnewIsReadFromItsBeginning(MySqlVersion version)
      throws SQLException {
    try (LoadFixture fixture = LoadFixture.on(version, 2)) {
      String fill = "INSERT INTO t (k) VALUES (1), (2), (3), (4), (5), (6), (7), (8)";
      assertRestarts(fixture, fixture.server(), "TRUNCATE t", fill);
      assertRestarts(fixture, fixture.server(), "OPTIMIZE TABLE t");
      assertRestarts(
          fixture,
          fixture.server(),
          "DROP TABLE t",
          "CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, k int)",
          fill);
      assertRestarts(
          fixture, fixture.server(), "ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (id, k)");
    }
  }

  @ParameterizedTest
  @MethodSource("dev.bobbin.testservers.MySqlVersion#bundled")
  void aUserWithoutTheProcessPrivilegeSeesAnEmptiedTableByItsAutoIncrement(MySqlVersion version)
      throws SQLException {
    try (LoadFixture fixture = LoadFixture.on(version, 2)) {
      String user = "reader" + System.nanoTime() % 1_000_000;
      fixture.execute(
          "CREATE USER " + user + " IDENTIFIED BY ''",
          "GRANT SELECT ON `" + fixture.database() + "`.* TO " + user);
      try (Server reader = fixture.as(user)) {
        assertRestarts(fixture, reader, "TRUNCATE t", "INSERT INTO t (k) VALUES (1)");
      } finally {
        fixture.execute("DROP USER " + user);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.bobbin.testservers.MySqlVersion#bundled")
  void writesAndAnIndexDoNotKeepALoadFromGoingOn(MySqlVersion version) throws SQLException {
    try (LoadFixture fixture = LoadFixture.on(version, 2)) {
      Table table = make(fixture);
      Map<String, String> positions = afterFirstBatch(fixture, fixture.server(), table);
      fixture.execute(
          "INSERT INTO t (k) VALUES (50)",
          "DELETE FROM t WHERE id = 3",
          "ALTER TABLE t ADD INDEX (k)",
          "ANALYZE TABLE t");
      try (SourceLoad load = fixture.begin(fixture.request(table, null, positions)).orElseThrow()) {
        assertThat(load.restarted()).isEmpty();
        try (BatchReader reader = load.open(load.scans().get(0))) {
          SourceBatch rest = reader.next().orElseThrow();
          assertThat(rest.rows().column("id").getLong(0)).isEqualTo(4);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.bobbin.testservers.MySqlVersion#bundled")
  void aTableThatIsGoneOrHasOtherColumnsHasAnotherStructure(MySqlVersion version)
      throws SQLException {
    try (LoadFixture fixture = LoadFixture.on(version, 2)) {
      Table table = make(fixture);
      TableScan all = new TableScan(table, TableScan.ALL, new ScanRange.WholeTable());
      for (String change :
          List.of(
              "ALTER TABLE t MODIFY k bigint",
              "ALTER TABLE t CHANGE k l bigint",
              "ALTER TABLE t DROP COLUMN l",
              "DROP TABLE t")) {
        fixture.execute(change);
        assertChanged(() -> fixture.begin(fixture.request(table, null, Map.of())));
        assertChanged(() -> new ScanOpening(fixture.server(), all).open(index -> true));
      }
    }
  }

  private static void assertChanged(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            SourceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.STRUCTURE_CHANGED));
  }

  @ParameterizedTest
  @MethodSource("dev.bobbin.testservers.MySqlVersion#bundled")
  void whileALoadIsOpenNobodyCanEmptyItsTable(MySqlVersion version) throws SQLException {
    try (LoadFixture fixture = LoadFixture.on(version, 2)) {
      Table table = make(fixture);
      try (SourceLoad load =
          fixture.begin(fixture.request(table, null, fixture.positions(table, 3))).orElseThrow()) {
        assertThat(load.scans()).hasSizeGreaterThan(1);
        assertThatThrownBy(() -> fixture.execute("SET lock_wait_timeout = 1", "TRUNCATE t"))
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1205));
      }
      fixture.execute("SET lock_wait_timeout = 1", "TRUNCATE t");
    }
  }

  @ParameterizedTest
  @MethodSource("dev.bobbin.testservers.MySqlVersion#bundled")
  void aLoadRemembersWhereTheFirstScanByKeyBegins(MySqlVersion version) throws SQLException {
    try (LoadFixture fixture = LoadFixture.on(version, 2)) {
      Table table = make(fixture);
      Incremental method = new Incremental("k", new Overlap.Count(15), NullKeys.EVERY_RUN);
      Map<String, String> positions;
      try (SourceLoad load =
          fixture.begin(fixture.request(table, method, Map.of())).orElseThrow()) {
        assertThat(load.start().orElseThrow().value()).isEqualTo("40");
        assertThat(load.hasKeysAhead()).isFalse();
        TableScan scan = load.scans().get(0);
        try (BatchReader reader = load.open(scan)) {
          SourceBatch first = reader.next().orElseThrow();
          assertThat(Objects.requireNonNull(first.recentOrNull()).isEmpty()).isTrue();
          positions = Map.of(scan.name(), first.position().orElseThrow());
        }
      }
      fixture.execute("INSERT INTO t (k) VALUES (1000)");
      try (SourceLoad load =
          fixture.begin(fixture.request(table, method, positions)).orElseThrow()) {
        assertThat(load.start().orElseThrow().value()).isEqualTo("40");
        try (BatchReader reader = load.open(load.scans().get(0))) {
          BitSet recent = Objects.requireNonNull(reader.next().orElseThrow().recentOrNull());
          assertThat(recent).isEqualTo(BitSet.valueOf(new long[] {1})); // 30, and NULL
          recent = Objects.requireNonNull(reader.next().orElseThrow().recentOrNull());
          assertThat(recent).isEqualTo(BitSet.valueOf(new long[] {3})); // 40 and 1000
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.bobbin.testservers.MySqlVersion#bundled")
  void tablesThatCannotBeCutSayWhy(MySqlVersion version) throws SQLException {
    try (LoadFixture fixture = LoadFixture.on(version, 2)) {
      fixture.execute(
          "CREATE TABLE fine (a int, b int, PRIMARY KEY (b, a))",
          "CREATE TABLE myisam (id int PRIMARY KEY) ENGINE = MyISAM",
          "CREATE TABLE keyless (id int)",
          "CREATE TABLE nullable (id int UNIQUE)",
          "CREATE TABLE prefix (id text, PRIMARY KEY (id(9)))",
          "CREATE TABLE floats (id double PRIMARY KEY)",
          "CREATE TABLE enums (id enum('b', 'a') PRIMARY KEY)",
          "CREATE TABLE russian (id varchar(9) CHARACTER SET cp1251 PRIMARY KEY)",
          "CREATE VIEW views AS SELECT * FROM fine");
      StructureSync sync = new StructureSync(fixture.server(), false);
      sync.run(fixture.database()::equals);
      Abilities abilities = new Abilities(sync.storages());
      assertWhy(fixture, abilities, "myisam", "its engine MyISAM has no snapshots");
      assertWhy(fixture, abilities, "keyless", "it has no primary key, and no unique one");
      assertWhy(fixture, abilities, "nullable", "it has no primary key, and no unique one");
      assertWhy(fixture, abilities, "prefix", "in order");
      assertWhy(fixture, abilities, "floats", "of type double");
      assertWhy(fixture, abilities, "enums", "of type enum");
      assertWhy(fixture, abilities, "russian", "character set");
      assertWhy(fixture, abilities, "views", "it is a view");
      TableAbilities fine = abilities.of(fixture.table("fine"));
      assertThat(fine.oneReaderBecause()).isEmpty();
      assertThat(fine.restartsBecause()).isEmpty();
      assertThat(fine.cutBy()).contains("by ranges of b, a, each in a snapshot of its own");
    }
  }

  private static void assertWhy(LoadFixture fixture, Abilities abilities, String name, String why) {
    Table table = fixture.table(name);
    TableAbilities of = abilities.of(table);
    assertThat(of.oneReaderBecause().orElse("")).as(name).contains(why);
    assertThat(of.restartsBecause()).as(name).isEqualTo(of.oneReaderBecause());
    assertThat(fixture.begin(fixture.request(table, null, Map.of()))).as(name).isEmpty();
  }
}
