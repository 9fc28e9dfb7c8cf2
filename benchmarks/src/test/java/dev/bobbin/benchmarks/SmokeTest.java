package dev.bobbin.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testservers.ReplayServer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** That the benchmarks work; how fast anything is, no test says. */
class SmokeTest {

  private static final long ROWS = 2_000;

  private static final Map<Product, DatabaseServer> SERVERS = new EnumMap<>(Product.class);
  private static final Map<Product, DataSet> SHOPS = new EnumMap<>(Product.class);
  private static final Map<Product, Source> SOURCES = new EnumMap<>(Product.class);

  @BeforeAll
  static void start() throws SQLException {
    SERVERS.put(
        Product.POSTGRES,
        new Postgres(PostgresServer.version("18").config("wal_level", "logical").start()));
    SERVERS.put(
        Product.MYSQL,
        new MySql(
            MySqlServer.version("MySQL 8.0")
                .timeZone("+00:00")
                .config("log_bin", "binlog")
                .start()));
    if (Product.SQLSERVER.isThere()) {
      SERVERS.put(Product.SQLSERVER, Product.SQLSERVER.start());
    }
    for (ShopDdl ddl : ShopDdl.values()) {
      if (!SERVERS.containsKey(ddl.product())) {
        continue;
      }
      DataSet shop = new ShopTable(ddl);
      SHOPS.put(shop.product(), shop);
      SOURCES.put(shop.product(), made(shop, ROWS));
    }
  }

  @AfterAll
  static void stop() {
    SERVERS.values().forEach(DatabaseServer::close);
  }

  private static Source made(DataSet data, long rows) throws SQLException {
    DatabaseServer server = SERVERS.get(data.product());
    String database = server.createDatabase();
    data.create(server, database, rows);
    return server.source(database);
  }

  @ParameterizedTest
  @CsvSource({
    "POSTGRES, copy-out",
    "POSTGRES, jdbc-typed-loop",
    "POSTGRES, spring-batch",
    "POSTGRES, debezium",
    "POSTGRES, bobbin-1",
    "POSTGRES, bobbin-4",
    "MYSQL, drain",
    "MYSQL, jdbc-streaming-text",
    "MYSQL, jdbc-buffered",
    "MYSQL, spring-batch-streaming",
    "MYSQL, debezium",
    "MYSQL, bobbin-1",
    "MYSQL, bobbin-4"
  })
  void everyPeerReadsAllRows(Product product, String peer) throws Exception {
    Copied copied = Peers.named(peer).copy(SOURCES.get(product), "shop", ROWS);

    assertThat(copied.rows()).isEqualTo(ROWS);
    assertThat(copied.sum()).isNotZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "document-loop",
        "raw-count-loop",
        "document-gets",
        "bobbin-documents-1",
        "bobbin-documents-4",
        "bobbin-paths"
      })
  void everyPeerReadsAllDocuments(String peer) throws Exception {
    for (DocumentSize size : DocumentSize.values()) {
      try (ReplayServer server = ReplayServer.start("bench", size.collections(ROWS))) {
        Copied copied = Peers.named(peer).copy(MongoBench.source(server), size.table(), ROWS);

        assertThat(copied.rows()).isEqualTo(ROWS);
        assertThat(copied.sum()).isNotZero();
        assertThat(server.openCursors()).isZero();
      }
    }
  }

  @Test
  void aDocumentThatIsMissingOrThereTwiceIsNoticed() {
    DocumentSum sum = new DocumentSum();
    sum.add(0, 5);
    sum.add(0, 5);

    assertThatThrownBy(() -> sum.checked(2, 5)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  @EnabledIf("isSqlServerThere")
  void everyPeerReadsAllRowsOfSqlServer() throws Exception {
    Source shop = SOURCES.get(Product.SQLSERVER);
    Copied loop = Peers.named("jdbc-typed-loop").copy(shop, "shop", ROWS);
    assertThat(loop.rows()).isEqualTo(ROWS);
    assertThat(Peers.named("bobbin-1").copy(shop, "shop", ROWS).rows()).isEqualTo(ROWS);
    assertThat(Peers.named("bobbin-4").copy(shop, "shop", ROWS).rows()).isEqualTo(ROWS);
  }

  static boolean isSqlServerThere() {
    return Product.SQLSERVER.isThere();
  }

  @Test
  void loopsReadTheSameValuesOfBothProducts() throws Exception {
    Copied postgres =
        new JdbcPeer(JdbcPeer.BY_CURSOR).copy(SOURCES.get(Product.POSTGRES), "shop", ROWS);
    Copied mySql = new JdbcPeer(JdbcPeer.STREAMING).copy(SOURCES.get(Product.MYSQL), "shop", ROWS);

    assertThat(mySql).isEqualTo(postgres);
  }

  @ParameterizedTest
  @EnumSource
  void roundsOfChildJvmsAndAClientBecomeAReport(Client client, @TempDir Path folder)
      throws Exception {
    Product product = client == Client.PSQL ? Product.POSTGRES : Product.MYSQL;
    Source shop = SOURCES.get(product);
    Work work = SHOPS.get(product).work(ROWS).hasty();
    List<Case> cases = new ArrayList<>();
    if (client.version().isPresent()) {
      cases.add(new ClientCase("client", client, shop, work));
    }
    cases.add(new JvmCase("bobbin-1", "bobbin-1", List.of("-Xmx64m"), shop, work, folder));
    cases.add(new JvmCase("state", "bobbin-1-file-state", List.of(), shop, work, folder));

    Report report = new Report(Result.of(Rounds.run(cases, 1)));

    assertThat(report.results()).hasSameSizeAs(cases);
    assertThat(report.json()).contains("{\"case\": \"bobbin-1\", \"median_seconds\": ");
    assertThat(report.table()).contains("| bobbin-1 | ");
  }

  @ParameterizedTest
  @EnumSource
  @EnabledIf("dev.bobbin.testservers.SshServer#isAvailable")
  void everyWayLeadsToAllRows(Way way, @TempDir Path folder) throws Exception {
    Source shop = SOURCES.get(Product.POSTGRES);
    Work work = SHOPS.get(Product.POSTGRES).work(ROWS).hasty();
    String peer = way == Way.TUNNEL ? "bobbin-1-tunnel" : "bobbin-1";
    try (Bastion bastion = Bastion.before(shop)) {
      JvmCase direct = new JvmCase("case", peer, List.of(), shop, work, folder);

      assertThat(way.lead(direct, bastion).run().rows()).isEqualTo(ROWS);
      assertThat(bastion.server().log().split("Accepted publickey", -1))
          .hasSize(way == Way.TUNNEL ? 4 : 2);
    }
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

  @ParameterizedTest
  @EnumSource(names = {"POSTGRES", "MYSQL"})
  void aStructureSyncSendsAsManyStatementsForMoreTables(Product product) throws Exception {
    DataSet data = product == Product.POSTGRES ? ManyTables.postgres() : ManyTables.mySql();

    Source ofFew = made(data, 5);
    Source ofMore = made(data, 50); // before anything is counted, as each database costs some

    StatementCount few = statements(ofFew, 5);
    StatementCount more = statements(ofMore, 50);

    assertThat(few.queries()).isPositive();
    assertThat(few.statements()).isGreaterThan(few.queries());
    assertThat(more).isEqualTo(few);
  }

  /** Of a structure sync, which finds so many tables and those of the other databases. */
  private static StatementCount statements(Source source, long tables) throws Exception {
    Peer peer = new DiscoveryPeer();
    return ((CountingServer) SERVERS.get(source.product()))
        .statements(
            source.database(),
            () -> assertThat(peer.copy(source, "*", tables).rows()).isGreaterThanOrEqualTo(tables));
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
