package dev.bobbin.dialect.postgres;

import static dev.bobbin.select.TableSelection.table;
import static dev.bobbin.testsupport.Findings.one;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.Replicator;
import dev.bobbin.check.CheckReport;
import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Result;
import dev.bobbin.check.Finding.Subject;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testservers.CertificateAuthority;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.tls.Tls;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** What a check says of a server that lets the user in, and of its tables. */
class CheckTest {

  private static final String PASSWORD = "CanaryPassword1";
  private static final String APPLICATION = "bobbin check";

  private static PostgresServer server;
  private static CertificateAuthority authority;

  @BeforeAll
  static void start() throws SQLException {
    authority = CertificateAuthority.create();
    server =
        PostgresServer.version("18")
            .password(PASSWORD)
            .ssl(authority)
            .config("autovacuum", "off")
            .start();
    server.createDatabase("shop");
    server.createDatabase("closed");
    server.execute("postgres", "REVOKE CONNECT ON DATABASE closed FROM PUBLIC");
    server.execute(
        "closed", "CREATE TABLE t (id int PRIMARY KEY)", "CREATE TABLE u (id int PRIMARY KEY)");
    server.execute(
        "shop",
        "CREATE ROLE etl LOGIN PASSWORD '" + PASSWORD + "'",
        "CREATE TABLE orders (id bigint PRIMARY KEY, updated_at timestamptz NOT NULL, total int)",
        "CREATE INDEX ON orders (updated_at)",
        "CREATE TABLE countries (code text PRIMARY KEY, name text)",
        "GRANT SELECT ON orders, countries TO etl");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** The backends are told to end; the server takes a moment for it. */
  @AfterEach
  void leavesNoConnection() throws SQLException {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (server.backendsOf(APPLICATION) > 0) {
      assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
    }
  }

  private static PostgresDialect shop() {
    return PostgresDialect.at("localhost", server.port(), "shop")
        .tls(Tls.verifyFull().ca(authority.certificate()))
        .login("etl", PASSWORD);
  }

  private static CheckReport check(PostgresDialect dialect, TableSelection... lines) {
    return check(Replicator.from(dialect), Selection.of(lines));
  }

  private static CheckReport check(Replicator.Builder builder, Selection selection) {
    try (Replicator replicator = builder.named("check").build()) {
      CheckReport report = replicator.check(selection);
      assertThat(report.describe()).doesNotContain(PASSWORD);
      return report;
    }
  }

  private static CheckReport check(TableSelection... lines) {
    return check(shop(), lines);
  }

  private static List<Finding> of(CheckReport report, Subject subject) {
    return report.findings().stream().filter(f -> f.subject() == subject).toList();
  }

  /** The statements that a remedy ends with, one in each line. */
  private static String[] statements(Finding finding) {
    return finding
        .remedy()
        .lines()
        .filter(line -> line.endsWith(";") && !line.contains(": "))
        .toArray(String[]::new);
  }

  private static void run(String database, String... statements) throws SQLException {
    assertThat(statements).isNotEmpty();
    server.execute(database, statements);
  }

  @Test
  void describesARightSetUp() {
    CheckReport report =
        check(table("orders").incrementalBy("updated_at"), table("public.countries"));
    assertThat(report.isPassed()).isTrue();
    report.throwIfFailed();
    assertThat(
            report
                .describe()
                .replace(Integer.toString(server.port()), "5432")
                .replaceAll("is 127.0.0.1.*\n", "is 127.0.0.1.\n")
                .replaceAll("until \\d{4}-\\d\\d-\\d\\d", "until 2030-01-01")
                .replaceAll("for \\d+ days", "for 28 days")
                .replaceAll("PostgreSQL 18[.0-9]*", "PostgreSQL 18")
                .replaceAll(" to \\d+ s\\.", "."))
        .isEqualTo(
            """
            Check of PostgreSQL shop at localhost:5432
              ok    name      localhost is 127.0.0.1.
              ok    port      localhost:5432 answers.
              warn  TLS       TLSv1.3; the certificate of CN=localhost, issued by CN=Bobbin test authority, is
                              valid until 2030-01-01, for 28 days more.
                           -> Have it renewed: after that day no connection comes about.
              ok    login     The server let user etl in.
              ok    version   PostgreSQL 18 is supported.
              ok    database  Database shop is there, and etl may connect to it.
              ok    role      The server is a primary.
              ok    clock     The server's clock agrees with this machine's. It keeps its log in the time zone
                              UTC; Bobbin reads in UTC, whatever zone is set.
              ok    table     The table can be read: shop.public.orders (3 columns).
              ok    table     The table can be read: shop.public.countries (2 columns).
              ok    key       The replication key is indexed: updated_at of shop.public.orders.
            passed, 1 warning
            """);
  }

  @Test
  void withoutASelectionLooksAtNoTable() {
    try (Replicator replicator = Replicator.from(shop()).named("check").build()) {
      CheckReport report = replicator.check();
      assertThat(report.isPassed()).isTrue();
      assertThat(report.findings())
          .extracting(Finding::subject)
          .endsWith(Subject.ROLE, Subject.CLOCK);
    }
  }

  @Test
  void takesFewConnectionsAndWritesNothing() throws SQLException {
    long before = transactions();
    try (TcpProxy proxy = server.proxy()) {
      PostgresDialect there =
          PostgresDialect.at("localhost", proxy.port(), "shop")
              .tls(Tls.verifyFull().ca(authority.certificate()))
              .login("etl", PASSWORD);
      assertThat(check(there, table("*.*.*"), table("closed.public.t")).findings()).isNotEmpty();
      // One to each of the databases shop and postgres; closed refuses twice.
      assertThat(proxy.connections()).isLessThanOrEqualTo(4);
      assertThat(proxy.openConnections()).isLessThanOrEqualTo(2);
    }
    assertThat(transactions() - before).as("transaction ids that were taken").isEqualTo(1);
  }

  private static long transactions() throws SQLException {
    return Long.parseLong(server.query("postgres", "SELECT txid_current()"));
  }

  @Test
  void namesTheNearestTablesOfEachLineThatNamesNone() {
    CheckReport report =
        check(table("public.ordres"), table("countrys"), table("sales.*"), table("orders"));
    assertThat(report.failures())
        .extracting(Finding::subject)
        .containsExactly(Subject.TABLE, Subject.TABLE, Subject.TABLE);
    assertThat(report.failures().get(0).seen()).contains("names public.ordres");
    assertThat(report.failures().get(0).remedy()).contains("public.orders").doesNotContain("GRANT");
    assertThat(report.failures().get(1).seen()).contains("names countrys");
    assertThat(report.failures().get(2).seen()).contains("names sales.*");
    assertThat(of(report, Subject.TABLE))
        .extracting(Finding::seen)
        .contains("The table can be read: shop.public.orders (3 columns).");
    assertThatThrownBy(report::throwIfFailed)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("public.ordres")
        .hasMessageContaining("sales.*");
  }

  @Test
  void saysWhichLinesContradictEachOtherAndWhatIsExcludedInVain() {
    CheckReport report =
        check(
            Replicator.from(shop()),
            Selection.of(table("ord*"), table("*rders"), table("countries"), table("nowhere"))
                .exclude("ghosts"));
    assertThat(report.failures())
        .extracting(Finding::seen)
        .satisfiesExactly(
            first -> assertThat(first).contains("exclude(…) names ghosts"),
            second -> assertThat(second).contains("names nowhere"),
            third -> assertThat(third).contains("is matched by ord* and by *rders"));
    assertThat(of(report, Subject.TABLE))
        .extracting(Finding::seen)
        .contains("The table can be read: shop.public.countries (2 columns).");

    Finding both =
        check(Replicator.from(shop()), Selection.of(table("orders")).exclude("orders"))
            .failures()
            .get(0);
    assertThat(both.seen()).contains("both selected by name and excluded");
  }

  @Test
  void theGrantMakesASchemaWithoutUsagePass() throws SQLException {
    server.execute(
        "shop",
        "CREATE SCHEMA \"the \"\"B\"\" side\"",
        "CREATE TABLE \"the \"\"B\"\" side\".\"T; --\" (\"a b\" int PRIMARY KEY)");
    TableSelection line = table("\"the \"\"B\"\" side\".\"T; --\"");
    Finding failure = check(line).failures().get(0);
    assertThat(failure.subject()).isEqualTo(Subject.TABLE);
    assertThat(failure.seen()).startsWith("This user may not read table shop.");
    assertThat(statements(failure))
        .containsExactly(
            "GRANT USAGE ON SCHEMA \"the \"\"B\"\" side\" TO \"etl\";",
            "GRANT SELECT ON \"the \"\"B\"\" side\".\"T; --\" TO \"etl\";");
    run("shop", statements(failure));
    assertThat(check(line).isPassed()).isTrue();
  }

  @Test
  void theGrantMakesATableWithoutSelectPassAndGivesNoMoreThanIsCopied() throws SQLException {
    server.execute(
        "shop", "CREATE TABLE payments (id int PRIMARY KEY, amount int, card_number text)");
    TableSelection line = table("payments").except("card_number");
    Finding failure = check(line).failures().get(0);
    assertThat(statements(failure))
        .containsExactly(
            "GRANT SELECT (\"id\", \"amount\") ON \"public\".\"payments\" TO \"etl\";");
    run("shop", statements(failure));
    CheckReport mended = check(line);
    assertThat(mended.isPassed()).isTrue();
    assertThat(of(mended, Subject.COLUMNS)).isEmpty();
    assertThat(check(table("payments").only("amount")).isPassed()).isTrue();
  }

  @Test
  void theGrantMakesColumnsPassThatTheSelectionNames() throws SQLException {
    server.execute(
        "shop",
        "CREATE TABLE people (id int PRIMARY KEY, name text, born date, seen timestamptz)",
        "GRANT SELECT (id) ON people TO etl");
    for (TableSelection line :
        List.of(
            table("people").only("name"),
            table("people").incrementalBy("seen"),
            table("people").identifiedBy("born"))) {
      Finding failure = check(line).failures().get(0);
      assertThat(failure.subject()).isEqualTo(Subject.COLUMNS);
      assertThat(failure.seen()).contains("which the selection names");
      run("shop", statements(failure));
      assertThat(check(line).isPassed()).isTrue();
    }
  }

  @Test
  void partialGrantsAreAWarningWhereTheRestIsCopied() throws SQLException {
    server.execute(
        "shop",
        "CREATE TABLE staff (id int PRIMARY KEY, name text, salary int)",
        "GRANT SELECT (id, name) ON staff TO etl");
    CheckReport report = check(table("staff"));
    assertThat(report.isPassed()).isTrue();
    Finding columns = one(report, Subject.COLUMNS);
    assertThat(columns.result()).isEqualTo(Result.WARNING);
    assertThat(columns.seen()).contains("column salary of table shop.public.staff");
    assertThat(one(report, Subject.TABLE).seen()).contains("(2 of 3 columns)");
    run("shop", statements(columns));
    assertThat(of(check(table("staff")), Subject.COLUMNS)).isEmpty();
  }

  @Test
  void theGrantMakesADatabaseWithoutConnectPass() throws SQLException {
    TableSelection line = table("closed.public.t");
    Finding failure = check(line).failures().get(0);
    assertThat(failure.remedy()).contains("-- in database \"closed\"");
    run("closed", statements(failure));
    assertThat(check(line).isPassed()).isTrue();
    server.execute("postgres", "REVOKE CONNECT ON DATABASE closed FROM etl");
  }

  @Test
  void patternsWarnOfWhatTheySkipAndTellOfManyTablesTogether() throws SQLException {
    List<String> sql =
        new ArrayList<>(List.of("CREATE SCHEMA many", "GRANT USAGE ON SCHEMA many TO etl"));
    for (int i = 0; i < 12; i++) {
      sql.add("CREATE TABLE many.t" + i + " (id int PRIMARY KEY)");
      if (i > 0) {
        sql.add("GRANT SELECT ON many.t" + i + " TO etl");
      }
    }
    server.execute("shop", sql.toArray(String[]::new));
    CheckReport report = check(table("many.*").incrementalBy("id"));
    assertThat(report.isPassed()).isTrue();
    assertThat(of(report, Subject.TABLE)).hasSize(2);
    assertThat(of(report, Subject.TABLE).get(0).seen())
        .startsWith("11 tables can be read: shop.many.t1 (1 column), ")
        .endsWith(" and 6 more.");
    assertThat(one(report, Subject.KEY).seen()).startsWith("11 replication keys are indexed: ");
    Finding skipped = of(report, Subject.TABLE).get(1);
    assertThat(skipped.result()).isEqualTo(Result.WARNING);
    assertThat(statements(skipped)).containsExactly("GRANT SELECT ON \"many\".\"t0\" TO \"etl\";");

    server.execute("shop", "REVOKE SELECT ON ALL TABLES IN SCHEMA many FROM etl");
    Finding all = check(table("many.*")).failures().get(0);
    assertThat(all.seen()).contains("and nothing else is");
    run("shop", statements(all));
    assertThat(of(check(table("many.*")), Subject.TABLE).get(0).seen()).startsWith("12 tables");
  }

  @Test
  void offersNoMoreThanTheNamedColumnsOfTablesThatAPatternSkips() throws SQLException {
    server.execute(
        "shop",
        "CREATE SCHEMA few",
        "GRANT USAGE ON SCHEMA few TO etl",
        "CREATE TABLE few.a (id int PRIMARY KEY, n int, secret text)",
        "CREATE TABLE few.b (n int, secret text)",
        "CREATE TABLE few.c (n int)",
        "GRANT SELECT ON few.c TO etl");
    Finding skipped = of(check(table("few.*").only("n")), Subject.TABLE).get(1);
    assertThat(statements(skipped))
        .containsExactlyInAnyOrder(
            "GRANT SELECT (\"n\", \"id\") ON \"few\".\"a\" TO \"etl\";",
            "GRANT SELECT (\"n\") ON \"few\".\"b\" TO \"etl\";");
  }

  @Test
  void theIndexMakesTheWarningOfAKeyGo() throws SQLException {
    server.execute(
        "shop",
        "CREATE TABLE visits (id int PRIMARY KEY, \"Seen At\" timestamptz)",
        "CREATE VIEW visits_seen AS SELECT * FROM visits",
        "GRANT SELECT ON visits, visits_seen TO etl");
    TableSelection line = table("visits").incrementalBy("Seen At").noOverlap();
    CheckReport report = check(line, table("visits_seen").incrementalBy("id").identifiedBy("id"));
    assertThat(report.isPassed()).isTrue();
    List<Finding> keys = of(report, Subject.KEY);
    assertThat(keys).extracting(Finding::result).containsOnly(Result.WARNING);
    assertThat(keys)
        .extracting(Finding::seen)
        .anyMatch(seen -> seen.startsWith("shop.public.visits: No index begins with"))
        .anyMatch(seen -> seen.startsWith("shop.public.visits, shop.public.visits_seen: No over"))
        .anyMatch(seen -> seen.contains("visits_seen: The key may be NULL:"))
        .anyMatch(seen -> seen.startsWith("shop.public.visits_seen: No index begins with"));
    Finding unindexed = keys.get(0);
    assertThat(statements(unindexed))
        .containsExactly("CREATE INDEX CONCURRENTLY ON \"public\".\"visits\" (\"Seen At\");");
    run("shop", statements(unindexed));
    assertThat(of(check(line), Subject.KEY).get(0).seen()).contains("key is indexed: Seen At of");
  }

  @Test
  void warnsOfRowLevelSecurity() throws SQLException {
    server.execute(
        "shop",
        "CREATE TABLE secured (id int PRIMARY KEY)",
        "ALTER TABLE secured ENABLE ROW LEVEL SECURITY",
        "GRANT SELECT ON secured TO etl");
    CheckReport report = check(table("secured"));
    assertThat(report.isPassed()).isTrue();
    Finding security = of(report, Subject.TABLE).get(1);
    assertThat(security.result()).isEqualTo(Result.WARNING);
    assertThat(security.seen()).contains("Row-level security");
    assertThat(security.remedy()).contains("policy");
  }

  @Test
  void refusesAColumnThatIsNotThereAndAKeyThatIsNone() throws SQLException {
    Finding missing = check(table("orders").only("totl")).failures().get(0);
    assertThat(missing.subject()).isEqualTo(Subject.COLUMNS);
    assertThat(missing.remedy()).contains("total").doesNotContain("GRANT");
    server.execute(
        "shop", "CREATE TABLE docs (id int PRIMARY KEY, doc json)", "GRANT SELECT ON docs TO etl");
    Finding key = check(table("docs").incrementalBy("doc")).failures().get(0);
    assertThat(key.subject()).isEqualTo(Subject.KEY);
    assertThat(key.seen()).contains("no order");
  }

  @Test
  void namesTheDifferenceOfTheClocks() {
    Clock fast = Clock.offset(Clock.system(ZoneOffset.UTC), Duration.ofMinutes(-90));
    CheckReport report = check(Replicator.from(shop()).clock(fast), Selection.of());
    Finding clock = one(report, Subject.CLOCK);
    assertThat(clock.result()).isEqualTo(Result.WARNING);
    assertThat(clock.seen()).containsPattern("is 1 h (29|30) min ahead of this machine's");
    assertThat(clock.remedy()).contains("Bookmarks");
  }

  @Test
  void namesAStandbysSettings() throws SQLException {
    try (PostgresServer standby = server.standby();
        PostgresServer patient =
            server.standby(
                Map.of("max_standby_streaming_delay", "-1", "max_standby_archive_delay", "8h"))) {
      Finding role = one(check(at(standby)), Subject.ROLE);
      assertThat(role.result()).isEqualTo(Result.WARNING);
      assertThat(role.seen())
          .contains("hot standby")
          .contains("max_standby_streaming_delay = 30s")
          .contains("max_standby_archive_delay = 30s")
          .contains("hot_standby_feedback = off");
      assertThat(role.remedy()).contains("8h").contains("-1");
      assertThat(one(check(at(patient)), Subject.ROLE).result()).isEqualTo(Result.PASS);
    }
  }

  private static PostgresDialect at(PostgresServer standby) {
    return PostgresDialect.at("localhost", standby.port(), "shop")
        .tls(Tls.off())
        .login("etl", PASSWORD);
  }

  @Test
  void looksThroughADataSourceOfTheHost() throws SQLException {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(server.jdbcUrl("shop"));
    source.setUser("etl");
    source.setPassword(PASSWORD);
    CheckReport report = check(PostgresDialect.from(source), table("orders"));
    assertThat(report.isPassed()).as(report.describe()).isTrue();
    assertThat(report.findings().get(0).subject()).isEqualTo(Subject.LOGIN);
    source.setPassword("wrong");
    Finding refused = check(PostgresDialect.from(source)).failures().get(0);
    assertThat(refused.subject()).isEqualTo(Subject.LOGIN);
  }

  @Test
  void throwsOnlyWhenItIsClosedOrInterrupted() {
    Replicator replicator = Replicator.from(shop()).named("check").build();
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(replicator::check).isInstanceOf(CancellationException.class);
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
    } finally {
      Thread.interrupted();
    }
    replicator.close();
    assertThatThrownBy(replicator::check).isInstanceOf(IllegalStateException.class);
  }
}
