package dev.bobbin.dialect.postgres;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.Replicator;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testkit.CollectingSink;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.tls.Tls;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What the statements of {@code grants} grant: they are run as they stand by an administrator, and
 * then the user copies exactly its selection, and can read nothing else.
 */
class PostgresGrantsTest {

  private static final AtomicInteger COUNT = new AtomicInteger();

  private static PostgresServer server;

  private String database = "";
  private final List<String> databases = new ArrayList<>();

  @BeforeAll
  static void start() {
    // Of its own: roles are of the whole server.
    server = PostgresServer.version("18").start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @AfterEach
  void drop() throws SQLException {
    for (String name : databases) {
      server.dropDatabase(name);
    }
  }

  private String database(String name, String... sql) throws SQLException {
    server.createDatabase(name);
    databases.add(name);
    server.execute(name, sql);
    return name;
  }

  private void shop(String... sql) throws SQLException {
    database = database("shop " + COUNT.incrementAndGet(), sql);
  }

  private PostgresDialect dialect(String user) {
    return PostgresDialect.at(server.host(), server.port(), database)
        .tls(Tls.off())
        .login(user, "");
  }

  /** Does what psql does: its commands stand on lines of their own. */
  private void run(String script) throws SQLException {
    String connected = database;
    StringBuilder statements = new StringBuilder();
    for (String line : (script + "\n\\end").split("\n", -1)) {
      if (line.startsWith("\\")) {
        execute(connected, statements.toString());
        statements.setLength(0);
        connected = line.equals("\\end") ? connected : target(line);
      } else {
        statements.append(line).append('\n');
      }
    }
  }

  private static void execute(String database, String sql) throws SQLException {
    try (Connection connection = server.connect(database, Map.of("preferQueryMode", "simple"));
        Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute(sql);
    }
  }

  private static String target(String command) {
    String argument =
        command.substring(command.indexOf('"') + 1, command.length() - 1).replace("\"\"", "\"");
    return command.startsWith("\\connect -reuse-previous=on ")
        ? argument.substring("dbname='".length(), argument.length() - 1).replaceAll("\\\\(.)", "$1")
        : argument;
  }

  private String granted(String user, Selection selection) throws SQLException {
    String sql = dialect("postgres").grants(user, selection);
    run(sql.replace("<password>", "a-password"));
    return sql;
  }

  private CollectingSink copied(String user, Selection selection) {
    CollectingSink sink = new CollectingSink();
    try (Replicator replicator = Replicator.from(dialect(user)).named("x").build()) {
      replicator.replicate(selection, sink).throwIfFailed();
    }
    return sink;
  }

  private void assertReads(String user, Selection selection, TableId... tables) {
    assertThat(copied(user, selection).tables()).containsExactlyInAnyOrder(tables);
  }

  private TableId id(String... parts) {
    List<String> all = new ArrayList<>(List.of(database));
    all.addAll(Arrays.asList(parts));
    return TableId.of(all);
  }

  private void assertCannotRead(String user, String in, String table) {
    assertThatThrownBy(
            () -> {
              try (Connection connection = server.connect(in, Map.of("user", user));
                  Statement statement = connection.createStatement()) {
                statement.executeQuery("SELECT * FROM " + table);
              }
            })
        .as(table)
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("permission denied");
  }

  private void assertRefused(String user, TableSelection line) {
    assertThatThrownBy(() -> copied(user, Selection.of(line))).isInstanceOf(BobbinException.class);
  }

  @Test
  void grantsTheNamedTablesAndNothingBesideThem() throws SQLException {
    shop(
        "CREATE TABLE orders (id int PRIMARY KEY, updated_at timestamptz, note text)",
        "CREATE TABLE countries (code text)",
        "CREATE TABLE secrets (id int)",
        "CREATE SCHEMA hr",
        "CREATE TABLE hr.staff (id int)",
        "CREATE TABLE hr.pay (id int)");
    Selection selection =
        Selection.of(
            table("orders").incrementalBy("updated_at").except("note"),
            table("public.countries"),
            table("hr.staff"));
    String sql = granted("etl", selection);

    assertThat(sql)
        .isEqualTo(
            """
            -- In psql, as a superuser, or as the owner of the tables who may create roles; connected to the database %1$s.
            CREATE USER "etl" WITH PASSWORD '<password>';

            -- Bobbin only ever reads; this says so once more, on the server's side:
            ALTER ROLE "etl" SET default_transaction_read_only = on;

            GRANT CONNECT ON DATABASE "%1$s" TO "etl";
            GRANT USAGE ON SCHEMA "public" TO "etl";
            GRANT USAGE ON SCHEMA "hr" TO "etl";
            -- The whole of orders, as except(...) copies columns that are added later. To withhold some, list the others: GRANT SELECT (...) ON ...
            GRANT SELECT ON "public"."orders" TO "etl";
            GRANT SELECT ON "public"."countries" TO "etl";
            GRANT SELECT ON "hr"."staff" TO "etl";
            """
                .formatted(database));
    assertReads(
        "etl", selection, id("public", "orders"), id("public", "countries"), id("hr", "staff"));
    assertCannotRead("etl", database, "secrets");
    assertCannotRead("etl", database, "hr.pay");
    assertRefused("etl", table("secrets"));
  }

  @Test
  void grantsNamedColumnsWithReplicationKeyAndIdentity() throws SQLException {
    shop("CREATE TABLE t (id int, name text, changed int NOT NULL, secret text)");
    Selection selection =
        Selection.of(table("t").only("name").incrementalBy("changed").identifiedBy("id"));
    assertThat(granted("columns", selection))
        .contains("GRANT SELECT (\"id\", \"changed\", \"name\") ON \"public\".\"t\" TO");
    assertReads("columns", selection, id("public", "t"));
    assertCannotRead("columns", database, "t");
    assertThat(dialect("x").grants("columns", Selection.of(table("t").only("name"))))
        .contains(
            "-- With the columns of its primary key, where they are not named:\nGRANT SELECT (\"name\") ON");
  }

  @Test
  void grantsAWholeSchemaWithTheTablesThatAreMadeLater() throws SQLException {
    shop("CREATE TABLE a (id int)", "CREATE SCHEMA hr", "CREATE TABLE hr.staff (id int)");
    Selection selection = Selection.of(table("public.*"));
    granted("whole", selection);
    server.execute(database, "CREATE TABLE later (id int)", "CREATE VIEW v AS SELECT 1 AS n");
    assertReads("whole", selection, id("public", "a"), id("public", "later"), id("public", "v"));
    assertCannotRead("whole", database, "hr.staff");
  }

  @Test
  void grantsWhatAPatternMatchesWithoutWhatIsExcludedOrNamedByAnotherLine() throws SQLException {
    shop(
        "CREATE TABLE sales_a (id int)",
        "CREATE TABLE \"sales_O'x\\\" (id int)",
        "CREATE TABLE sales_tmp (id int)",
        "CREATE TABLE salesXb (id int)",
        "CREATE TABLE sales_pay (id int PRIMARY KEY, amount int, secret text)",
        "CREATE TABLE sales_parent (id int) PARTITION BY LIST (id)",
        "CREATE TABLE sales_child PARTITION OF sales_parent DEFAULT");
    Selection selection =
        Selection.of(table("public.sales_*"), table("sales_pay").only("id", "amount"))
            .exclude("public.*tmp");
    granted("pattern", selection);
    assertReads(
        "pattern",
        selection,
        id("public", "sales_a"),
        id("public", "sales_O'x\\"),
        id("public", "sales_pay"),
        id("public", "sales_parent"));
    assertCannotRead("pattern", database, "sales_tmp");
    assertCannotRead("pattern", database, "salesXb");
    assertCannotRead("pattern", database, "sales_pay");
    assertCannotRead("pattern", database, "sales_child");
  }

  @Test
  void grantsNoWholeSchemaWhereSomethingOfItIsExcluded() throws SQLException {
    shop("CREATE TABLE a (id int)", "CREATE TABLE b (id int)");
    Selection selection = Selection.of(table("*")).exclude("b");
    assertThat(granted("most", selection)).doesNotContain("ALL TABLES");
    assertReads("most", selection, id("public", "a"));
    assertCannotRead("most", database, "b");
    assertThat(dialect("x").grants("u", Selection.of(table("a"), table("b")).exclude("b")))
        .contains("-- b is excluded, and so not granted.")
        .doesNotContain("\"b\"");
  }

  @Test
  void grantsColumnsOfAllTablesOfAPatternWithTheirPrimaryKeys() throws SQLException {
    shop(
        "CREATE TABLE log_a (k int, \"b\"\"q\" int, n int, secret text, PRIMARY KEY (k, \"b\"\"q\"))",
        "CREATE TABLE log_b (n int, secret text)");
    Selection selection = Selection.of(table("*.log_?").only("n"));
    granted("narrow", selection);
    CollectingSink sink = copied("narrow", selection);
    assertThat(sink.tables())
        .containsExactlyInAnyOrder(id("public", "log_a"), id("public", "log_b"));
    assertCannotRead("narrow", database, "log_a");
  }

  @Test
  void grantsInEachDatabaseThatIsNamed() throws SQLException {
    String odd = "odd 'db\" \\ = 😀" + COUNT.incrementAndGet();
    String plain = "plain-" + COUNT.get();
    database(odd, "CREATE TABLE t (id int)", "CREATE TABLE beside (id int)");
    database(plain, "CREATE TABLE t (id int)");
    shop("CREATE TABLE t (id int)");
    Selection selection =
        Selection.of(
            table("t"),
            table(TableId.of(odd, "public", "t").toString()),
            table(TableId.of(plain, "public", "t").toString()));
    granted("many", selection);
    assertReads(
        "many",
        selection,
        id("public", "t"),
        TableId.of(odd, "public", "t"),
        TableId.of(plain, "public", "t"));
    assertCannotRead("many", odd, "beside");
  }

  @Test
  void quotesWhateverNamesHold() throws SQLException {
    String evil = "];DROP TABLE prey; -- \n';DROP TABLE prey;$grants$ \"\"x\"\"";
    String name = evil.replace("\"\"", "\"");
    shop(
        "CREATE TABLE prey (id int)",
        "CREATE SCHEMA \"s" + evil + "\"",
        "CREATE TABLE \"s" + evil + "\".\"😀" + evil + "\" (\"c" + evil + "\" int, d int)",
        "CREATE TABLE \"s" + evil + "\".\"😀gone" + evil + "\" (d int)");
    String user = "u" + evil.replace("\"\"", "\"") + " \\";
    String schema = "s" + name;
    TableId wanted = id(schema, "😀" + name);
    String pattern = TableId.of(schema).toString() + ".😀*";
    assertThat(user.length()).isLessThan(64);
    String gone = TableId.of(schema, "😀gone" + name).toString();
    Selection byName =
        Selection.of(table(TableId.of(schema, "😀" + name).toString()).only("c" + name))
            .exclude(gone);
    granted(user, byName);
    assertReads(user, byName, wanted);
    server.execute(
        database,
        "DROP OWNED BY " + PostgresSql.identifier(user),
        "DROP ROLE " + PostgresSql.identifier(user));
    Selection byPattern = Selection.of(table(pattern).except("d")).exclude(gone);
    granted(user, byPattern);
    assertReads(user, byPattern, wanted);
    assertCannotRead(user, database, PostgresSql.table(TableId.of(schema, "😀gone" + name)));
    assertThat(server.query(database, "SELECT count(*) FROM prey")).isEqualTo("0");
  }

  @Test
  void findsTheDatabaseOfADataSourceWhereTheStatementsAreRun() throws SQLException {
    shop("CREATE TABLE t (id int)");
    org.postgresql.ds.PGSimpleDataSource host = new org.postgresql.ds.PGSimpleDataSource();
    Selection selection = Selection.of(table("t"));
    String sql = PostgresDialect.from(host).grants("hosted", selection);
    assertThat(sql).contains("current_database()");
    run(sql);
    assertReads("hosted", selection, id("public", "t"));
  }

  @Test
  void grantsToConnectToEachDatabaseThatAPatternMatches() throws SQLException {
    shop("CREATE TABLE t (id int)");
    String other =
        database(
            "app_" + COUNT.incrementAndGet(),
            "REVOKE CONNECT ON DATABASE \"app_" + COUNT.get() + "\" FROM PUBLIC",
            "CREATE TABLE t (id int)");
    Selection selection = Selection.of(table("app\\_*.public.t".replace("\\", "")));
    String sql = dialect("postgres").grants("wide", selection);
    int here = sql.indexOf("-- Connected to each database that app_* matches");
    run(sql.substring(0, here));
    String home = database;
    run(sql.substring(here)); // in a database that does not match
    assertCannotRead("wide", home, "t");
    database = other;
    run(sql.substring(here));
    assertReads("wide", selection, TableId.of(other, "public", "t"));
  }

  @Test
  void grantsNothingInADatabaseThatAPatternDoesNotMatch() throws SQLException {
    shop("CREATE TABLE t_1 (id int)", "CREATE TABLE u (id int)", "CREATE SCHEMA s");
    server.execute(database, "CREATE TABLE s.v (id int)");
    Selection selection =
        Selection.of(
            table("nowhere_*.public.t_*"), table("nowhere_*.public.u"), table("nowhere_*.s.*"));
    granted("nothing", selection);
    server.execute(database, "CREATE TABLE s.later (id int)");
    assertThat(
            server.query(
                database,
                "SELECT (SELECT count(*) FROM pg_class WHERE relacl::text LIKE '%nothing%')"
                    + " + (SELECT count(*) FROM pg_namespace WHERE nspacl::text LIKE '%nothing%')"
                    + " + (SELECT count(*) FROM pg_default_acl)"))
        .isEqualTo("0");
  }

  @Test
  void skipsTablesOfAPatternThatHaveNoneOfTheColumns() throws SQLException {
    shop("CREATE TABLE log_a (n int, secret text)", "CREATE TABLE log_b (other int)");
    granted("some", Selection.of(table("log_*").only("n")));
    assertReads("some", Selection.of(table("log_a").only("n")), id("public", "log_a"));
    assertCannotRead("some", database, "log_b");
  }

  @Test
  void callsNoFunctionThatAnotherSchemaHoldsOfTheSameName() throws SQLException {
    shop(
        "CREATE TABLE log_a (n int)",
        "CREATE TABLE called (id int)",
        "CREATE FUNCTION format(text, name, name, text) RETURNS text LANGUAGE plpgsql AS"
            + " 'BEGIN INSERT INTO public.called VALUES (1); RETURN ''SELECT 1''; END'");
    granted("hijack", Selection.of(table("log_*")));
    assertThat(server.query(database, "SELECT count(*) FROM called")).isEqualTo("0");
    assertReads("hijack", Selection.of(table("log_a")), id("public", "log_a"));
  }

  @Test
  void refusesAUserWithoutAName() {
    PostgresDialect dialect = PostgresDialect.at("db", 5432, "shop");
    assertThatThrownBy(() -> dialect.grants("", Selection.of(table("t"))))
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> dialect.grants("u", Selection.of(table("a.b.c.d"))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("a.b.c.d has more parts");
  }
}
