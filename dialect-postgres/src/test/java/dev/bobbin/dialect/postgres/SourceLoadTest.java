package dev.bobbin.dialect.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.catalog.Table;
import dev.bobbin.plan.ScanRange.FromBookmark;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.SourceSettings;
import dev.bobbin.state.Bookmark;
import dev.bobbin.testservers.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SourceLoadTest {

  static final String BIG =
      "CREATE TABLE t (id bigint PRIMARY KEY, v text, k timestamptz DEFAULT clock_timestamp())";

  static String fill(String table, int rows, int width) {
    return "INSERT INTO "
        + table
        + " (id, v) SELECT i, repeat(md5(i::text), "
        + width
        + ") FROM generate_series(1, "
        + rows
        + ") i";
  }

  static SourceSession connect(PostgresServer server, String database) {
    return Sources.dialect(server, database)
        .connect(
            new SourceSettings(
                Sources.applicationName(),
                null,
                4,
                1 << 20,
                500,
                1 << 24,
                Duration.ofSeconds(10),
                Duration.ofSeconds(10)));
  }

  static Table table(SourceSession session, String database, String name) {
    return session.discover(database::equals).table(name).orElseThrow();
  }

  static Map<Long, String> content(PostgresServer server, String database, String table)
      throws SQLException {
    Map<Long, String> rows = new TreeMap<>();
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("SELECT id, v FROM " + table)) {
      while (result.next()) {
        rows.put(result.getLong(1), String.valueOf(result.getString(2)));
      }
    }
    return rows;
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.6", "13", "17", "18"})
  void severalReadersTogetherReadEachRowOnceUnderOneSnapshot(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    server.execute(database, BIG, fill("t", 60_000, 12), "ANALYZE t");
    try (SourceSession session = connect(server, database)) {
      LoadTrial trial = new LoadTrial(session, table(session, database, "t"));
      assertThat(session.abilities(trial.table).oneReaderBecause()).isEmpty();
      Map<Long, String> before = content(server, database, "t");
      try (SourceLoad load = trial.begin(3)) {
        assertThat(load.restarted()).isEmpty();
        assertThat(load.scans()).hasSizeGreaterThan(2);
        server.execute(
            database,
            "UPDATE t SET v = 'changed' WHERE id % 10 = 0",
            "DELETE FROM t WHERE id % 10 = 1",
            "INSERT INTO t (id, v) VALUES (-1, 'new')");
        List<BatchReader> readers = new ArrayList<>();
        for (TableScan scan : load.scans().subList(0, 3)) {
          readers.add(load.open(scan));
        }
        for (BatchReader reader : readers) {
          for (Optional<SourceBatch> batch = reader.next();
              batch.isPresent();
              batch = reader.next()) {
            trial.keep(batch.get().rows());
          }
          reader.close();
        }
        for (TableScan scan : load.scans().subList(3, load.scans().size())) {
          trial.read(load, scan, Integer.MAX_VALUE);
        }
      }
      assertThat(trial.rows).isEqualTo(60_000);
      assertThat(trial.sink).isEqualTo(before);
    }
    server.dropDatabase(database);
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.6", "13", "18"})
  void aLoadGoesOnAndDeliversWhatChangedInWhatWasRead(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    server.execute(database, BIG, fill("t", 60_000, 12), "ANALYZE t");
    try (SourceSession session = connect(server, database)) {
      LoadTrial trial = new LoadTrial(session, table(session, database, "t"));
      try (SourceLoad load = trial.begin(2)) {
        trial.read(load, load.scans().get(0), Integer.MAX_VALUE);
        trial.read(load, load.scans().get(1), 3);
      }
      int first = trial.rows;
      server.execute(
          database,
          "UPDATE t SET v = 'changed' WHERE id % 1000 = 0",
          "DELETE FROM t WHERE id % 1000 = 1",
          "INSERT INTO t (id, v) VALUES (-1, 'new')",
          "VACUUM FREEZE t");
      try (SourceLoad load = trial.begin(2)) {
        assertThat(load.restarted()).isEmpty();
        trial.readAll(load);
      }
      assertThat(trial.sink).containsAllEntriesOf(content(server, database, "t"));
      assertThat(trial.rows).isBetween(60_000 - first, 60_000 + 200);
      // Nothing has changed since: a load that has come to its end has nothing more to read.
      int before = trial.rows;
      trial.loadAll(2);
      assertThat(trial.rows).isEqualTo(before);
    }
    server.dropDatabase(database);
  }

  private static String explained(Statement statement, String copy) throws SQLException {
    String select = copy.substring("COPY (".length(), copy.lastIndexOf(") TO STDOUT"));
    StringBuilder plan = new StringBuilder();
    try (ResultSet rows = statement.executeQuery("EXPLAIN " + select)) {
      while (rows.next()) {
        plan.append(rows.getString(1)).append('\n');
      }
    }
    return plan.toString();
  }

  /** However the role is set, and whatever the planner would like better. */
  @ParameterizedTest
  @ValueSource(strings = {"17", "18"})
  void blocksAreFoundByTheirPlaceAndKeysByTheirIndex(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    server.execute(
        database,
        BIG,
        "CREATE INDEX ON t (k)",
        fill("t", 60_000, 12),
        "ANALYZE t",
        "ALTER DATABASE " + database + " SET enable_tidscan = off",
        "ALTER DATABASE " + database + " SET enable_seqscan = off",
        "ALTER DATABASE " + database + " SET min_parallel_table_scan_size = 0",
        "ALTER DATABASE " + database + " SET parallel_setup_cost = 0",
        "ALTER DATABASE " + database + " SET parallel_tuple_cost = 0");
    try (SourceSession session = connect(server, database);
        Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      Table table = table(session, database, "t");
      ReadPoint then =
          new ReadPoint(
              "1", "timeline-00000001", 1, true, -1, 2, 3, TransactionSnapshot.of("9:9:"));
      ReadPoint now =
          new ReadPoint(
              "1", "timeline-00000001", 1, true, -1, 2, 3, TransactionSnapshot.of("10:10:"));
      Leaf leaf = new Leaf(3, "public", "t", 3, 4000);
      BlockSlice slice =
          new BlockSlice(
              List.of(new BlockRange(3, 3, 0, 3000), new BlockRange(3, 3, 3000, BlockRange.OPEN)),
              false,
              new RowPlace(3, 2000, 5));
      CopyPlan plan =
          new SliceReads(
                  table,
                  Map.of(3L, leaf),
                  new CopyStatement(table, false),
                  true,
                  new SlicePosition(then, slice),
                  now)
              .plan(null, List.of());
      statement.execute(plan.settings());
      assertThat(plan.passes()).hasSize(3);
      for (CopyPass pass : plan.passes()) {
        assertThat(explained(statement, pass.sql()))
            .startsWith("Tid Range Scan on t")
            .contains("TID Cond: ");
      }
      BlockSlice whole = BlockSlice.of(List.of(new BlockRange(3, 3, 0, BlockRange.OPEN)));
      CopyPlan all =
          new SliceReads(
                  table,
                  Map.of(3L, leaf),
                  new CopyStatement(table, false),
                  true,
                  new SlicePosition(now, whole),
                  now)
              .plan(null, List.of());
      assertThat(explained(statement, all.passes().get(0).sql())).startsWith("Seq Scan on t");
      connection.rollback();
      TableScan scan =
          new TableScan(
              table,
              TableScan.KEY,
              new FromBookmark(
                  "k",
                  new Bookmark(
                      "k",
                      table.column("k").orElseThrow().type(),
                      "timestamp with time zone",
                      server.query(database, "SELECT max(k)::text FROM t")),
                  new Overlap.Time(Duration.ofMillis(20))));
      KeyPosition seen = new KeyPosition(then, "", true);
      for (KeyPosition before : List.of(seen, new KeyPosition(then, "", false))) {
        CopyPlan byKey =
            CopyQuery.of(
                scan,
                (FromBookmark) scan.range(),
                false,
                new Latecomers(new KeyPosition(now, "", false), before, List.of()));
        statement.execute(byKey.settings());
        assertThat(explained(statement, byKey.passes().get(0).sql()))
            .contains("Index Scan using t_k_idx on t")
            .contains("Index Cond: (k >= ")
            .doesNotContain("Sort");
      }
    }
    server.dropDatabase(database);
  }
}
