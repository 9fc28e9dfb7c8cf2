package dev.bobbin.dialect.sqlserver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.load.KeyRange;
import dev.bobbin.dialect.jdbc.load.ScanQueries;
import dev.bobbin.dialect.jdbc.load.SqlText;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.state.Bookmark;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * All statements that the dialect makes, as they are in a file that was read by eye against the
 * manual. {@code -Dbobbin.golden.update=true} writes it anew.
 */
class StatementsTest {

  private static final ServerKind SQL_SERVER = ServerKind.sqlServer("16.0.4165.4", 3);
  private static final ServerKind OLD = ServerKind.sqlServer("13.0.7000.253", 3);
  private static final ServerKind BABELFISH = ServerKind.babelfishOf("4.3.0");
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 11, 30, 5, 0);
  private static final Path GOLDEN = Path.of("src/test/resources/statements.sql");

  private final StringBuilder all = new StringBuilder();

  private static Column column(String name, String nativeType) {
    TypeName type = TypeName.parse(nativeType);
    return new Column(
        name, type.type(), nativeType, true, true, Column.Generation.NONE, type.keySupport(), "");
  }

  private static Table table(Column... columns) {
    Table.Builder table = Table.named(TableId.of("shop", "dbo", "odd]name"));
    for (Column each : columns) {
      table.column(each);
      table.index(
          new Table.Index("ix_" + each.name(), List.of(each.name()), false, false, false, true));
    }
    return table.build();
  }

  private static TSqlScans scans(ServerKind kind, boolean inMemory) {
    return new TSqlScans(
        kind,
        NOW,
        Map.of("vc", "Latin1_General_100_CI_AS_SC_UTF8"),
        kind.babelfish() ? null : "0000000000002000",
        inMemory);
  }

  private void add(String what, String sql) {
    all.append("-- ").append(what).append('\n').append(sql).append(";\n\n");
  }

  private void add(String what, SqlText sql) {
    add(what + (sql.parameters().isEmpty() ? "" : ": " + sql.parameters()), sql.text());
  }

  private static TableScan byKey(Table table, String key, String value, Overlap overlap) {
    Bookmark bookmark =
        value == null
            ? null
            : new Bookmark(
                key,
                table.column(key).orElseThrow().type(),
                table.column(key).orElseThrow().nativeType(),
                value);
    return new TableScan(table, TableScan.KEY, new ScanRange.FromBookmark(key, bookmark, overlap));
  }

  private void addCatalog(String server, ServerKind kind) {
    CatalogSql sql = new CatalogSql(kind);
    add(server + ": databases", sql.databases());
    add(server + ": tables", sql.tables(true));
    add(server + ": views", sql.views(true));
    add(server + ": columns", sql.columns());
    add(server + ": columns of one", sql.columnsOfOne());
    add(server + ": indexes", sql.indexes());
    add(server + ": indexes of one", sql.indexesOfOne());
    add(server + ": rows", sql.rows());
    add(server + ": comments", sql.comments());
    add(server + ": what a table is", sql.facts());
    if (kind.babelfish()) {
      add(server + ": tables, without privileges", sql.tables(false));
      add(server + ": names as written", sql.writtenNames());
      add(server + ": files, where it shows them", Greeting.FILES);
    } else {
      add(server + ": one database", sql.database());
      add(server + ": bytes", sql.bytes());
      add(server + ": policies", sql.policies());
      add(server + ": files", sql.files());
      add(server + ": identity", sql.identity());
      add(server + ": memory", sql.inMemory());
      add(server + ": lowest active rowversion", sql.activeRowversion());
    }
  }

  private void addScans(String server, ServerKind kind) {
    Table every =
        table(
            column("i", "int"),
            column("vc", "varchar(20)"),
            column("x", "xml"),
            column("v", "sql_variant"),
            column("g", "geography"),
            column("h", "hierarchyid"),
            column("c", "Money3 clr"));
    TSqlScans sql = scans(kind, false);
    ScanQueries queries = new ScanQueries(sql, index -> true);
    TableScan whole = new TableScan(every, TableScan.ALL, new ScanRange.WholeTable());
    add(server + ": every form of a column", queries.of(whole).sql());
    Table keys =
        table(
            column("i", "int"),
            column("n", "decimal(18,2)"),
            column("t", "datetime2(7)"),
            column("d", "datetime"),
            column("o", "datetimeoffset(7)"),
            column("rv", "rowversion"),
            column("vc", "varchar(20)"));
    add(
        server + ": rows without a key",
        queries.of(new TableScan(keys, TableScan.NULL_KEYS, new ScanRange.NullKeyRows("t"))).sql());
    Overlap none = new Overlap.None();
    add(server + ": from the lowest key", queries.of(byKey(keys, "i", null, none)).sql());
    add(server + ": a number", queries.of(byKey(keys, "i", "5", new Overlap.Count(3))).sql());
    add(server + ": a decimal", queries.of(byKey(keys, "n", "5.25", none)).sql());
    add(
        server + ": a time",
        queries.of(byKey(keys, "t", "2026-01-01 00:00:00.1234567", none)).sql());
    add(
        server + ": a datetime",
        queries.of(byKey(keys, "d", "2026-01-01 00:00:00.0030000", none)).sql());
    add(
        server + ": a time with an offset",
        queries.of(byKey(keys, "o", "2026-01-01 00:00:00.0000000 +02:00", none)).sql());
    add(
        server + ": a time before the driver's calendar",
        queries.of(byKey(keys, "t", "1500-01-01 00:00:00.0000000", none)).sql());
    add(server + ": a rowversion", queries.of(byKey(keys, "rv", "0000000000001000", none)).sql());
    add(server + ": a text in a code page", queries.of(byKey(keys, "vc", "a", none)).sql());
    List<Column> tuple = List.of(column("i", "int"), column("vc", "varchar(20)"));
    SqlText range =
        new KeyRange(List.of("1", "b"), List.of("9")).condition(tuple, List.of("3", "c"), sql);
    add(
        server + ": what is left of a range",
        sql.select(keys, SqlText.NOTHING, "pk", range, sql.orderBy(tuple, false), false));
    add(server + ": every 1000th key", sql.everyNth(keys, tuple, 1000, 2.5));
    add(
        server + ": the greatest key",
        sql.select(keys, SqlText.NOTHING, "ix_i", SqlText.NOTHING, sql.orderBy(tuple, true), true));
  }

  @Test
  void areThoseThatWereReadByEye() throws IOException {
    addCatalog("SQL Server", SQL_SERVER);
    addCatalog("Babelfish", BABELFISH);
    add("SQL Server 2016: columns", new CatalogSql(OLD).columns());
    addScans("SQL Server", SQL_SERVER);
    addScans("Babelfish", BABELFISH);
    Table inMemory = table(column("i", "int"));
    add(
        "SQL Server: a memory-optimized table",
        new ScanQueries(scans(SQL_SERVER, true), index -> true)
            .of(byKey(inMemory, "i", "5", new Overlap.None()))
            .sql());
    String now = all.toString();
    if (Boolean.getBoolean("bobbin.golden.update")) {
      Files.writeString(GOLDEN, now);
    }
    try (InputStream golden =
        Objects.requireNonNull(getClass().getResourceAsStream("/statements.sql"))) {
      assertThat(now).isEqualTo(new String(golden.readAllBytes(), UTF_8));
    }
  }

  @Test
  void overlapsGoNoLowerThanTheTypeAndNoHigherThanTheyShould() {
    assertThat(start("datetime", "2026-01-01 00:00:00.0030000", Duration.ofMillis(1)))
        .isEqualTo("2025-12-31 23:59:59.9980000"); // and 4 ms, so that nothing is rounded up
    assertThat(start("datetime", "1753-01-01 00:00:00.0000000", Duration.ofDays(1)))
        .isEqualTo("1753-01-01 00:00:00.0000000");
    assertThat(start("smalldatetime", "2026-01-01 00:01:00.0000000", Duration.ofSeconds(30)))
        .isEqualTo("2026-01-01 00:00:00.0000000");
    assertThat(start("datetime2(0)", "2026-01-01 00:00:10.0000000", Duration.ofMillis(500)))
        .isEqualTo("2026-01-01 00:00:09.0000000");
    assertThat(start("datetime2(7)", "0001-01-01 00:00:00.0000001", Duration.ofDays(1)))
        .isEqualTo("0001-01-01 00:00:00.0000000");
    assertThat(start("date", "2026-03-01", Duration.ofHours(1))).isEqualTo("2026-02-28");
    assertThat(
            start("datetimeoffset(7)", "2026-01-01 00:00:00.0000000 +02:00", Duration.ofHours(1)))
        .isEqualTo("2025-12-31 23:00:00.0000000 +02:00");
    assertThat(count("tinyint", "3", 5)).isEqualTo("0");
    assertThat(count("int", "-2147483648", 5)).isEqualTo("-2147483648");
    assertThat(count("decimal(3,1)", "-99.0", 5)).isEqualTo("-99.9");
    assertThat(count("rowversion", "0000000000000102", 3)).isEqualTo("00000000000000ff");
    assertThat(count("rowversion", "ffffffffffffffff", 1)).isEqualTo("fffffffffffffffe");
    assertThat(count("rowversion", "0000000000000001", 3)).isEqualTo("0000000000000000");
    assertThatThrownBy(() -> count("date", "2026-03-01", 1))
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> start("int", "1", Duration.ofHours(1)))
        .isInstanceOf(ConfigurationException.class);
  }

  private static String start(String type, String value, Duration overlap) {
    return KeyBounds.start(bookmark(type, value), new Overlap.Time(overlap));
  }

  private static String count(String type, String value, long overlap) {
    return KeyBounds.start(bookmark(type, value), new Overlap.Count(overlap));
  }

  private static Bookmark bookmark(String type, String value) {
    return new Bookmark("k", TypeName.parse(type).type(), type, value);
  }

  @Test
  void typesAreReadBackAsTheyWereWritten() {
    for (TypeName type :
        List.of(
            TypeName.of("varchar", -1, 0, 0, false),
            TypeName.of("NVARCHAR", 40, 0, 0, false),
            TypeName.of("numeric", 9, 18, 2, false),
            TypeName.of("datetime2", 8, 27, 7, false),
            TypeName.of("timestamp", 8, 0, 0, false),
            TypeName.of("sysname", 256, 0, 0, false),
            TypeName.of("My.Type", -1, 0, 0, true))) {
      assertThat(TypeName.parse(type.toString())).isEqualTo(type);
    }
    assertThat(TypeName.of("NVARCHAR", 40, 0, 0, false)).hasToString("nvarchar(20)");
    assertThat(TypeName.of("numeric", 9, 18, 2, false)).hasToString("decimal(18,2)");
    assertThat(TypeName.of("sysname", 256, 0, 0, false)).hasToString("nvarchar(128)");
  }
}
