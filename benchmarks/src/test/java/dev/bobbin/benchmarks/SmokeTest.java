package dev.bobbin.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.testservers.PostgresServer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That the benchmarks work; how fast anything is, no test says. */
class SmokeTest {

  private static final long ROWS = 2_000;
  private static final DataSet SHOP = new ShopTable();

  private static PostgresServer server;
  private static Source shop;

  @BeforeAll
  static void start() throws SQLException {
    server = PostgresServer.version("18").config("wal_level", "logical").start();
    shop = made(SHOP, ROWS);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Source made(DataSet data, long rows) throws SQLException {
    String database = server.createDatabase();
    data.create(server, database, rows);
    return new Source(server.host(), server.port(), database, server.user());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"copy-out", "jdbc-typed-loop", "spring-batch", "debezium", "bobbin-1", "bobbin-4"})
  void everyPeerReadsAllRows(String peer) throws Exception {
    Copied copied = Peers.named(peer).copy(shop, "shop", ROWS);

    assertThat(copied.rows()).isEqualTo(ROWS);
    assertThat(copied.sum()).isNotZero();
  }

  @Test
  void roundsOfChildJvmsAndPsqlBecomeAReport(@TempDir Path folder) throws Exception {
    Work work = SHOP.work(ROWS).hasty();
    List<Case> cases = new ArrayList<>();
    if (PsqlCase.version().isPresent()) {
      cases.add(new PsqlCase("psql-copy-binary", shop, work));
    }
    cases.add(new JvmCase("bobbin-1", "bobbin-1", List.of("-Xmx64m"), shop, work, folder));
    cases.add(new JvmCase("state", "bobbin-1-file-state", List.of(), shop, work, folder));

    Report report = new Report(Result.of(Rounds.run(cases, 1)));

    assertThat(report.results()).hasSameSizeAs(cases);
    assertThat(report.json()).contains("{\"case\": \"bobbin-1\", \"median_seconds\": ");
    assertThat(report.table()).contains("| bobbin-1 | ");
  }

  @Test
  void wideTablesAndBlobsCanBeRead() throws Exception {
    assertThat(measured("bobbin-1", new WideTable(), 20).rows()).isEqualTo(20);
    assertThat(measured("bobbin-1", new BlobTable(), 2).rows()).isEqualTo(2);
  }

  @Test
  void anIdleRunFindsNothingNew(@TempDir Path folder) throws Exception {
    DataSet data = new IdleTables();
    Case idle = new JvmCase("idle", "idle", List.of(), made(data, 3), data.work(3).hasty(), folder);

    assertThat(idle.run().rows()).isEqualTo(3);
  }

  @Test
  void statementsOfAStructureSyncAreCounted() throws Exception {
    DataSet data = new ManyTables();
    Source source = made(data, 5);

    Copied copied = new DiscoveryPeer().copy(source, "*", 5);
    String count = StatementCount.of(new DiscoveryPeer(), server, source, data.work(5));

    assertThat(copied.rows()).isGreaterThanOrEqualTo(5); // and those of the other databases
    assertThat(count).matches("[1-9]\\d* statements, [1-9]\\d* of them queries.*");
  }

  private static Measurement measured(String peer, DataSet data, long rows) throws Exception {
    return Child.measure(Peers.named(peer), made(data, rows), data.work(rows).hasty());
  }

  @Test
  void aResultIsComparedWithTheFirstCaseRoundByRound() {
    List<Result> results = Result.of(Map.of("only", List.of(seconds(2), seconds(1), seconds(4))));

    assertThat(results.get(0).medianSeconds()).isEqualTo(2);
    assertThat(results.get(0).rowsPerSecond()).isEqualTo(5);
    assertThat(results.get(0).ratioMax()).isEqualTo(1);
  }

  private static Measurement seconds(double seconds) {
    return new Measurement(seconds, 10, null, 1L << 20);
  }
}
