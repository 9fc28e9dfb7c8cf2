package dev.bobbin.dialect.sqlserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Table;
import dev.bobbin.check.Finding;
import dev.bobbin.dialect.sqlserver.stub.Answer;
import dev.bobbin.dialect.sqlserver.stub.TdsServer;
import dev.bobbin.dialect.sqlserver.stub.Type;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.spi.SourceSession;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Structure sync, plans and the order of statements, against a server with canned answers. */
class StubbedStructureTest {

  private static Shop things(Shop shop) {
    return shop.column("Id", "bigint", 8, 0, 0)
        .column("Name", "nvarchar", 40, 0, 0)
        .column("Version", "timestamp", 8, 0, 0)
        .primaryKey(1);
  }

  @Test
  void findsTablesColumnsKeysAndComments() throws IOException {
    try (StubbedSource source = StubbedSource.of(things(Shop.onSqlServer()))) {
      Catalog catalog = source.session().discover(name -> true);
      assertThat(catalog.source()).isEqualTo("SQL Server 16.0.4165.4");
      assertThat(catalog.databases()).containsExactly("shop");
      assertThat(catalog.notes()).isEmpty();
      Table table = catalog.table(StubbedSource.things()).orElseThrow();
      assertThat(table.primaryKey()).containsExactly("Id");
      assertThat(table.comment()).isEqualTo("Things that are sold");
      assertThat(table.column("Name").orElseThrow().nativeType()).isEqualTo("nvarchar(20)");
      assertThat(table.column("Version").orElseThrow().nativeType()).isEqualTo("rowversion");
      assertThat(table.column("Id").orElseThrow().nullable()).isFalse();
      assertThat(table.estimatedRows()).hasValue(10);
      assertThat(source.session().abilities(table).cutBy())
          .hasValue("by ranges of Id, each in a snapshot of its own");
    }
  }

  @Test
  void namesOfBabelfishAreThoseThatWereWritten() throws IOException {
    try (StubbedSource source = StubbedSource.of(things(Shop.onBabelfish()))) {
      Catalog catalog = source.session().discover(name -> true);
      assertThat(catalog.source()).isEqualTo("Babelfish 4.3.0");
      Table table = catalog.tables().iterator().next();
      assertThat(table.id().name()).isEqualTo("Things");
      assertThat(table.primaryKey()).containsExactly("Id");
      assertThat(table.columns()).extracting("name").containsExactly("Id", "Name", "Version");
    }
  }

  @Test
  void aDatabaseWithoutVersionsIsSaidInThePlan() throws IOException {
    try (StubbedSource source = StubbedSource.of(things(Shop.onSqlServer().withoutSnapshots()))) {
      Catalog catalog = source.session().discover(name -> true);
      assertThat(catalog.notes())
          .singleElement()
          .asString()
          .contains("allows no SNAPSHOT isolation")
          .contains("ALTER DATABASE [shop] SET ALLOW_SNAPSHOT_ISOLATION ON");
      assertThat(source.session().abilities(catalog.tables().iterator().next()).cutBy())
          .hasValue("by ranges of Id, without a snapshot");
    }
  }

  private static List<String> sent(Shop shop, ScanRange range) throws IOException {
    try (StubbedSource source = StubbedSource.of(shop)) {
      Table table = source.table();
      int before = source.server().requests().size();
      source.read(table, range);
      return source.server().requests().stream().skip(before).map(r -> r.sql()).toList();
    }
  }

  private static void assertOrder(List<String> statements, String... parts) {
    int at = 0;
    for (String part : parts) {
      while (at < statements.size() && !statements.get(at).contains(part)) {
        at++;
      }
      assertThat(at).as(part + " in " + statements).isLessThan(statements.size());
      at++;
    }
  }

  @Test
  void onSqlServerTheLookComesBeforeTheSnapshot() throws IOException {
    ScanRange byVersion = new ScanRange.FromBookmark("Version", null, new Overlap.None());
    Answer none = Answer.of(Type.BIGINT, Type.NVARCHAR, Type.ROWVERSION);
    List<String> statements = sent(things(Shop.onSqlServer()).rows(none), byVersion);
    assertOrder(
        statements,
        "SELECT TOP (0)",
        "sys.columns",
        "MIN_ACTIVE_ROWVERSION",
        "SET TRANSACTION ISOLATION LEVEL SNAPSHOT",
        "BEGIN TRANSACTION",
        "[t].[Version] < @P0",
        "ROLLBACK",
        "SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    assertThat(sent(things(Shop.onSqlServer().withoutSnapshots()).rows(none), byVersion))
        .noneMatch(sql -> sql.contains("LEVEL SNAPSHOT") || sql.contains("NOLOCK"));
  }

  @Test
  void behindBabelfishTheLockComesBeforeTheLook() throws IOException {
    Answer none = Answer.of(Type.BIGINT, Type.NVARCHAR, Type.ROWVERSION);
    List<String> statements =
        sent(
            things(Shop.onBabelfish()).rows(none),
            new ScanRange.FromBookmark("Version", null, new Overlap.None()));
    assertOrder(
        statements,
        "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
        "BEGIN TRANSACTION",
        "SELECT TOP (0)",
        "sys.columns",
        "ORDER BY [t].[Version]",
        "ROLLBACK");
    assertThat(statements)
        .noneMatch(sql -> sql.contains("MIN_ACTIVE_ROWVERSION") || sql.contains("WITH ("));
  }

  private static byte[] id(int value) {
    return new byte[] {(byte) value, 0, 0, 0, 0, 0, 0, 0};
  }

  @Test
  void aLoadIsCutWhereTheServerCountsOffAndGoesOnBehindTheLastKey() throws IOException {
    Shop shop = Shop.onSqlServer().column("Id", "bigint", 8, 0, 0).primaryKey(1);
    shop.rows(Answer.of(Type.BIGINT).add(id(5)))
        .first(
            request ->
                request.sql().contains("ROW_NUMBER")
                    ? Answer.of(Type.BIGINT).add(id(4)).add(id(8))
                    : null);
    TdsServer server = TdsServer.answering(shop);
    try (server;
        SourceSession session =
            StubbedSource.dialect(server).cutFrom(16 << 10).connect(StubbedSource.SETTINGS)) {
      Table table = session.discover(name -> true).tables().iterator().next();
      LoadRequest request = new LoadRequest(table, null, Map.of(), true, 3);
      Map<String, String> positions = new java.util.HashMap<>();
      try (SourceLoad load = session.beginLoad(request).orElseThrow()) {
        assertThat(load.scans()).hasSize(3);
        for (TableScan scan : load.scans()) {
          positions.put(scan.name(), ((ScanRange.Slice) scan.range()).position());
        }
        TableScan middle = load.scans().get(1);
        try (BatchReader reader = load.open(middle)) {
          positions.put(middle.name(), reader.next().orElseThrow().position().orElseThrow());
          assertThat(reader.next()).isEmpty();
        }
      }
      List<String> ranges = new ArrayList<>();
      LoadRequest again = new LoadRequest(table, null, positions, true, 3);
      try (SourceLoad load = session.beginLoad(again).orElseThrow()) {
        assertThat(load.restarted()).isEmpty();
        int before = server.requests().size();
        try (BatchReader reader = load.open(load.scans().get(1))) {
          assertThat(reader.next()).isPresent();
        }
        server.requests().stream()
            .skip(before)
            .map(r -> r.sql())
            .filter(sql -> sql.contains("ORDER BY [t].[Id]"))
            .forEach(ranges::add);
      }
      assertThat(ranges)
          .singleElement()
          .asString()
          .contains("WHERE [t].[Id] > @P0")
          .contains("AND [t].[Id] < @P1");
      shop.truncate();
      try (SourceLoad load = session.beginLoad(again).orElseThrow()) {
        assertThat(load.restarted()).hasValueSatisfying(why -> assertThat(why).endsWith("."));
      }
    }
  }

  @Test
  void theCheckTellsOfEachStep() throws IOException {
    List<Finding> findings = new ArrayList<>();
    try (TdsServer server = TdsServer.answering(things(Shop.onSqlServer()))) {
      StubbedSource.dialect(server)
          .check(StubbedSource.SETTINGS, findings::add)
          .ifPresent(
              session -> {
                try (session) {
                  session.check(Clock.systemUTC(), findings::add);
                }
              });
    }
    assertThat(findings).allMatch(finding -> finding.result() == Finding.Result.PASS);
    assertThat(findings.stream().map(finding -> finding.subject().name()).toList())
        .containsExactly("NAME", "PORT", "TLS", "LOGIN", "VERSION", "DATABASE", "ROLE", "CLOCK");
  }
}
